"""The sample events name what the set-up holds, and are signed with its key."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from apify_camunda.platform.signing_keys import SigningKeys
from apify_camunda.webhooks.signature import signature as signature_of_the_layer
from sam_local.event_files import RecordedIds, rewritten, signature, write

EVENTS = Path(__file__).parents[3] / "events"
IDS = RecordedIds(
    registration="local-1",
    context="context-1",
    attempt="7-1",
    run_id="run1",
    key={"id": "k2", "secret": "other"},
)


def test_signature_is_what_the_receiver_checks() -> None:
    """
    The signature of a path is the one that the receiver itself makes.
    """
    keys = SigningKeys("k2", {"k2": b"other"})

    assert signature("/apify/local-1", IDS.key) == signature_of_the_layer("/apify/local-1", keys)


@pytest.mark.parametrize("path", sorted(EVENTS.glob("*.json")), ids=lambda path: path.stem)
def test_every_place_of_an_id_is_rewritten(path: Path) -> None:
    """
    An event that is written for other ids names these alone, and is signed for its own path if it was signed.
    """
    event = json.loads(path.read_text())

    changed = rewritten(event, IDS)

    if "routeKey" not in event:
        assert ("Records" in event) == (changed != event)
        return
    assert changed["rawPath"] == changed["requestContext"]["http"]["path"]
    assert changed["rawPath"] in {"/apify/local-1", "/inbound/context-1", "/runs/7-1"}
    signed = "x-apify-camunda-signature"
    assert (signed in changed["headers"]) == (signed in event["headers"])
    if signed in changed["headers"]:
        assert changed["headers"][signed] == signature(changed["rawPath"], IDS.key)


def test_writing_twice_changes_nothing(tmp_path: Path) -> None:
    """
    The files are the same for the same ids.
    """
    for path in EVENTS.glob("*.json"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    write(tmp_path, IDS)
    once = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    write(tmp_path, IDS)

    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == once
