"""The page on the running product, in Chromium: each view does what it is for, by keyboard alone, too."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.page.chromium import scenario
from tests.page.running import page

pytestmark = [pytest.mark.timeout(400), pytest.mark.xdist_group("running-page")]
SLOW = {
    "users": [{"username": "acme", "tokens": ["token-of-acme"]}],
    "actors": [
        {"owner": "acme", "name": "crawler"},
        {"owner": "acme", "name": "slow", "runs": [{"durationSeconds": 86_400}]},
    ],
}


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The page of a running local world, with the examples."""
    with page(tmp_path_factory.mktemp("home")) as found:
        yield found


@pytest.mark.parametrize(
    "name",
    [
        "addresses, a file, an example",
        "badges say what is wrong",
        "an instance: variables, tokens, incident, cancel",
        "the panel of an element",
        "a payload as a tree, and FEEL on it",
        "the ledger: effects, attempts, replay",
        "what was seen is saved",
        "the keyboard alone",
        "a wrong correlation key is seen and corrected",
    ],
)
def test_view(address: str, name: str) -> None:
    """The scenario passes; the console shows no error, and no request goes to another host."""
    scenario(name, address)


def test_apify(tmp_path: Path) -> None:
    """Runs are started and ended at the emulated Apify, events delivered again, and test events sent."""
    world = tmp_path / "slow.world.json"
    world.write_text(json.dumps(SLOW))
    with page(tmp_path, "--world", world) as found:
        scenario("runs, deliveries and test events at Apify", found)
