"""The page alone, in Chromium: a fake server gives the answers, so that they can be hostile, many or few."""

from __future__ import annotations

import pytest

from tests.page.chromium import node, scenario

pytestmark = pytest.mark.timeout(300)


def test_built() -> None:
    """The built page is what its source gives, to the byte."""
    node("check_built.mjs")


def test_texts() -> None:
    """FEEL paths, places in wrong JSON and visible rows are right."""
    node("run.mjs", "tests/unit/texts.test.ts")


@pytest.mark.parametrize(
    "name",
    [
        "a change reads only what is visible",
        "a narrow window does not scroll sideways",
        "a property is corrected and deployed",
        "five hundred events",
        "keyboard alone",
        "markup in every field stays text",
        "ten thousand steps",
        "text has contrast, parts have names",
        "the diagram is fitted again",
        "what the mode does not allow is hidden",
        "wrong JSON is told beside the field",
    ],
)
def test_scenario(name: str) -> None:
    """The scenario passes; the console shows no error, and no request goes to another host."""
    scenario(name)
