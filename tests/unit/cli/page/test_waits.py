"""Why the message that an instance waits for has not come."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from apify_camunda_cli.deployment.page_hints import Hints
from apify_camunda_cli.deployment.page_ledger import PageLedger

from tests import builders
from tests.event_loop import run_async
from tests.fakes.clock import FrozenClock
from tests.unit.cli.page.test_page_ledger import EVENT, Stores

ROW: dict[str, Any] = {
    "messageName": "run-finished",
    "correlationKey": "wanted",
    "processDefinitionId": "orders",
    "elementId": "Event_1",
}


NOW = FrozenClock().now()
PUBLISHED = builders.message_effect(attempted_at=NOW).confirmed(1)
RUN = str(builders.received().event.run().id)


def hints_after(*effects: Any, listens: bool = False) -> Hints:
    """Return the hints after an event that had these effects."""
    stores = Stores()
    if listens:
        run_async(stores.registry.set_listeners(builders.ROUTE, [builders.catch()]))
    run_async(stores.events.begin(EVENT, builders.ROUTE, now=stores.clock.now()))
    run_async(stores.events.keep(EVENT, builders.received()))
    run_async(stores.events.freeze(EVENT, builders.ROUTE, effects))
    return run_async(PageLedger(timedelta()).hints(stores.container))


@pytest.mark.parametrize(
    ("hints", "why"),
    [
        (
            hints_after(PUBLISHED),
            "an event came with key 'run1': the two correlation keys differ",
        ),
        (hints_after(replace(PUBLISHED, correlation_key="wanted")), None),
        (hints_after(replace(PUBLISHED, name="another")), None),
        (hints_after(builders.message_effect()), None),
        (
            hints_after(builders.faulty_effect()),
            "an event of run run1 was rejected: The correlation key is null. [INVALID_INPUT]",
        ),
        (
            hints_after(listens=True),
            "an event of run run1 was ignored: the activation condition was not true for it",
        ),
        (hints_after(), None),
    ],
    ids=[
        "other-key",
        "same-key",
        "other-message",
        "not-published",
        "rejected",
        "ignored",
        "of-another-element",
    ],
)
def test_instance_that_waits_knows_why(hints: Hints, why: str | None) -> None:
    """
    Where an event came with another key, was rejected or ignored, the wait says so; else it says nothing.
    """
    assert hints.why(ROW) == why


def hints_with(**changes: Any) -> Hints:
    """Return the hints after a message with another key, changed."""
    return replace(hints_after(PUBLISHED), **changes)


@pytest.mark.parametrize(
    ("hints", "row", "is_named"),
    [
        (hints_with(), {"lastUpdatedDate": NOW.isoformat()}, True),
        (hints_with(), {"lastUpdatedDate": (NOW + timedelta(seconds=1)).isoformat()}, False),
        (hints_with(reached=frozenset({("run-finished", "run1")})), {}, False),
        (hints_with(reached=frozenset({("another", "run1")})), {}, True),
        (hints_with(starters={RUN: "7"}), {"processInstanceKey": "7"}, True),
        (
            hints_with(starters={RUN: "7"}),
            {"processInstanceKey": "7", "lastUpdatedDate": (NOW + timedelta(seconds=1)).isoformat()},
            True,
        ),
        (hints_with(starters={RUN: "8"}), {"processInstanceKey": "7"}, False),
        (hints_with(starters={RUN: "8"}), {"processInstanceKey": "7", "rootProcessInstanceKey": "8"}, True),
        (hints_with(starters={"mine": "7"}), {"processInstanceKey": "7"}, RUN is None),
    ],
    ids=[
        "since",
        "before",
        "reached",
        "other-name-reached",
        "own-run",
        "own-run-that-ended-before-the-wait",
        "run-of-another",
        "run-of-caller",
        "run-of-nothing",
    ],
)
def test_only_a_related_message_is_named(hints: Hints, row: dict[str, Any], is_named: bool) -> None:  # noqa: FBT001 - pytest's
    """
    A message is named that reached no instance and is of the own run, or came since and is of no other's.
    """
    waiting = {**ROW, **row}
    assert hints.other_keys(waiting) == (["run1"] if is_named else [])
    assert (hints.why(waiting) is not None) == is_named


@pytest.mark.parametrize("effect", [builders.faulty_effect(), None], ids=["rejected", "ignored"])
def test_event_of_another_run_explains_nothing(effect: Any) -> None:
    """
    That an event of another instance's run was rejected or ignored says nothing of an instance that waits.
    """
    hints = hints_after(*filter(None, [effect]), listens=True)
    waiting = {**ROW, "processInstanceKey": "7"}
    with_payload = replace(hints, starters={RUN: "7"})
    assert with_payload.why(waiting) is not None
    assert replace(hints, starters={RUN: "8"}).why(waiting) is None
