"""Why the message that an instance waits for has not come."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from apify_camunda_cli.deployment.page_camunda import Hints
from apify_camunda_cli.deployment.page_ledger import PageLedger

from tests import builders
from tests.event_loop import run_async
from tests.unit.cli.page.test_page_ledger import EVENT, Stores

ROW: dict[str, Any] = {
    "messageName": "run-finished",
    "correlationKey": "wanted",
    "processDefinitionId": "orders",
    "elementId": "Event_1",
}


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
            hints_after(builders.message_effect()),
            "an event came with key 'run1': the two correlation keys differ",
        ),
        (hints_after(builders.message_effect(correlation_key="wanted")), None),
        (hints_after(builders.message_effect(name="another")), None),
        (
            hints_after(builders.faulty_effect()),
            "an event of run run1 was rejected: The correlation key is null.",
        ),
        (
            hints_after(listens=True),
            "an event of run run1 was ignored: the activation condition was not true for it",
        ),
        (hints_after(), None),
    ],
    ids=["other-key", "same-key", "other-message", "rejected", "ignored", "of-another-element"],
)
def test_instance_that_waits_knows_why(hints: Hints, why: str | None) -> None:
    """
    Where an event came with another key, was rejected or ignored, the wait says so; else it says nothing.
    """
    assert hints.why(ROW) == why
