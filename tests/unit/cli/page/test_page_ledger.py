"""The ledger as the page shows it, on stores in memory."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, cast

import pytest
from apify_camunda.inbound.domain.event_identity import event_id
from apify_camunda.inbound.flows.replay_event import ReplayEvent
from apify_camunda_cli.deployment.container import Container
from apify_camunda_cli.deployment.page_ledger import PageLedger
from apify_camunda_cli.deployment.page_verdicts import verdict
from live_page import PageError

from tests import builders
from tests.event_loop import run_async
from tests.fakes.clock import FrozenClock
from tests.fakes.event_ledger import FakeEventLedger
from tests.fakes.parking import FakeParking
from tests.fakes.registry import FakeRegistry

EVENT = event_id(builders.received())


class NoQueue:
    async def count(self) -> int:
        return 0


class NoAttempts:
    async def history(self) -> list[Any]:
        return []


@dataclass(frozen=True)
class OnlyTables:
    reconciler: None = None


@dataclass
class Stores:
    """What the page needs of a container."""

    events: FakeEventLedger = field(default_factory=FakeEventLedger)
    registry: FakeRegistry = field(default_factory=FakeRegistry)
    clock: FrozenClock = field(default_factory=FrozenClock)
    attempts: NoAttempts = field(default_factory=NoAttempts)
    parked: NoQueue = field(default_factory=NoQueue)
    undelivered: NoQueue = field(default_factory=NoQueue)
    deployment: OnlyTables = field(default_factory=OnlyTables)

    def __post_init__(self) -> None:
        self.parking = FakeParking(self.clock)

    @property
    def replay(self) -> ReplayEvent:
        return ReplayEvent(ledger=self.events, listeners=self.registry, parking=self.parking)

    @property
    def container(self) -> Container:
        return cast(Container, self)

    def in_doubt(self) -> None:
        """Let a start of an instance be in doubt, with its delivery kept."""
        effect, now = builders.start_effect(), self.clock.now()
        run_async(self.events.begin(EVENT, builders.ROUTE, now=now))
        run_async(self.events.freeze(EVENT, builders.ROUTE, [effect]))
        claimed: Any = run_async(self.events.claim(EVENT, effect, now=now, lease=timedelta(seconds=30)))
        assert run_async(self.events.attempt(EVENT, effect.key, claimed.claim, at=now))
        run_async(self.events.keep(EVENT, builders.received(), in_doubt=True))


def page() -> PageLedger:
    return PageLedger(timedelta())


@pytest.mark.parametrize(("happened", "state"), [(True, "done"), (False, "open")])
def test_doubt_is_shown_and_resolved(happened: bool, state: str) -> None:  # noqa: FBT001 - pytest's
    """
    A doubt is among those of the ledger until a person says how it ended; then it is done, or tried again.
    """
    stores, ledger = Stores(), page()
    stores.in_doubt()
    summary = run_async(ledger.summary(stores.container))
    assert [each["id"] for each in summary["inDoubt"]] == [EVENT]
    assert summary["effectCounts"] == {"in doubt": 1}
    [row] = run_async(ledger.events(stores.container, 10, None))["items"]
    assert (row["state"], row["eventType"]) == ("in doubt", "ACTOR.RUN.SUCCEEDED")

    run_async(ledger.resolve(stores.container, EVENT, happened=happened))

    event = run_async(ledger.event(stores.container, EVENT))
    assert [each["state"] for each in event["effects"]] == [state]
    assert event["payload"]["request"]["body"] == builders.received().body
    with pytest.raises(PageError):
        run_async(ledger.resolve(stores.container, EVENT, happened=happened))


def test_event_without_payload_keeps_its_shape() -> None:
    """
    An event of which only the ledger tells has empty texts in place of what is not known.
    """
    stores = Stores()
    run_async(stores.events.begin(EVENT, builders.ROUTE, now=stores.clock.now()))
    run_async(stores.events.freeze(EVENT, builders.ROUTE, [builders.message_effect()]))

    event = run_async(page().event(stores.container, EVENT))

    assert (event["eventType"], event["runId"], event["actorName"], event["payload"]) == ("", "", "", None)
    [found] = event["verdicts"]
    assert (found["condition"], found["values"], found["outcome"]) == ("none", [], "open")


def test_event_that_is_set_aside_is_parked() -> None:
    """
    An event that was set aside is among the parked ones with its reason.
    """
    stores = Stores()
    at = stores.clock.now()
    run_async(stores.events.begin(EVENT, builders.ROUTE, now=at))
    run_async(stores.events.set_aside(EVENT, builders.received(), reason="It ended its process.", at=at))

    [parked] = run_async(page().summary(stores.container))["parked"]

    assert (parked["id"], parked["reason"]) == (EVENT, "It ended its process.")


def test_unknown_event_is_told() -> None:
    """
    An id and a cursor that nothing has are refused.
    """
    container = Stores().container
    with pytest.raises(PageError, match="14 days"):
        run_async(page().event(container, EVENT))
    with pytest.raises(PageError, match="was not kept"):
        run_async(page().replay(container, EVENT))
    with pytest.raises(PageError, match="cursor"):
        run_async(page().events(container, 10, "nothing"))


@pytest.mark.parametrize(
    ("properties", "condition", "outcome", "values"),
    [
        ({}, "none", "not received", {"connectorData.runId"}),
        (
            {"activationCondition": '=connectorData.status = "FAILED" and connectorData.runId != null'},
            "false",
            "ignored",
            {"connectorData.status", "connectorData.runId"},
        ),
        ({"activationCondition": "=1 +"}, "failed", "rejected", {"connectorData.runId"}),
        ({"activationCondition": "=nonsense"}, "false", "ignored", {"nonsense", "connectorData.runId"}),
        (
            {"correlationKeyExpression": "=connectorData.resource.items[1].name"},
            "none",
            "rejected",
            {"connectorData.resource.items"},
        ),
    ],
)
def test_verdict_has_the_values_that_decide(
    properties: dict[str, str], condition: str, outcome: str, values: set[str]
) -> None:
    """
    A verdict says what the condition was, and the value of each path that the expressions read.
    """
    given = {"correlationKeyExpression": "=connectorData.runId", **properties}
    element = builders.catch(properties=builders.properties(**given))

    found = verdict(builders.received(), element, ())

    assert (found["condition"], found["outcome"]) == (condition, outcome)
    assert {each["path"] for each in found["values"]} == values
    if "connectorData.runId" in values:
        [run] = [each["value"] for each in found["values"] if each["path"] == "connectorData.runId"]
        assert run == builders.received().event.run().id


@pytest.mark.parametrize(
    "properties", [{}, {"activationCondition": "=false"}, {"activationCondition": "=1 +"}]
)
def test_verdict_says_nothing_of_an_outcome_before_the_event_is_received(properties: dict[str, str]) -> None:
    """
    Where the ledger has no row of an event, its condition is known and its outcome is not.
    """
    given = {"correlationKeyExpression": "=connectorData.runId", **properties}
    element = builders.catch(properties=builders.properties(**given))

    found = verdict(builders.received(), element, None)

    assert found["outcome"] == "not received"
    assert "not delivered" in found["reason"]


def test_event_is_judged_with_the_version_that_received_it() -> None:
    """
    The condition is that of the version that an effect names, not of the one that listens now; it is shown.
    """
    keyed = {"correlationKeyExpression": "=connectorData.runId"}
    old = builders.catch(version=1, properties=builders.properties(**keyed, activationCondition="=true"))
    new = builders.catch(version=2, properties=builders.properties(**keyed, activationCondition="=false"))
    stores = Stores()
    now = stores.clock.now()
    run_async(stores.registry.set_listeners(builders.ROUTE, [new]))
    run_async(stores.events.begin(EVENT, builders.ROUTE, now=now))
    run_async(stores.events.keep(EVENT, builders.received()))

    ignored = run_async(page().event(stores.container, EVENT))["verdicts"]
    assert [(each["version"], each["isOfReceiver"], each["condition"]) for each in ignored] == [
        (2, False, "false")
    ]

    run_async(stores.events.freeze(EVENT, builders.ROUTE, [builders.message_effect(element=old)]))
    event = run_async(page().event(stores.container, EVENT))
    assert [(each["version"], each["isOfReceiver"], each["condition"]) for each in event["verdicts"]] == [
        (1, True, "true")
    ]
    assert [each["version"] for each in event["effects"]] == [1]


def test_ledger_is_not_read_all_the_time() -> None:
    """
    What was read is kept for a time, and read again after it.
    """
    stores, ledger = Stores(), PageLedger(timedelta(seconds=10))
    stores.in_doubt()

    def states() -> list[str]:
        return [each["state"] for each in run_async(ledger.events(stores.container, 10, None))["items"]]

    assert states() == ["in doubt"]
    effect = run_async(stores.events.effects_of(EVENT))[0]
    run_async(stores.events.confirm(EVENT, effect.confirmed(None)))
    stores.clock.advance(timedelta(seconds=9))
    assert states() == ["in doubt"]
    stores.clock.advance(timedelta(seconds=1))
    assert states() == ["done"]
