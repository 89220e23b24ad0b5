"""An element whose condition is in trouble is not ignored in silence."""

from __future__ import annotations

import logging
from datetime import timedelta

import pytest
from apify_camunda.inbound.domain.connector_data import delivery_context
from apify_camunda.inbound.domain.correlation import each_effect
from apify_camunda.inbound.flows.watch_conditions import LOG_EVERY, WRITE_EVERY, WatchConditions
from apify_camunda.inbound.ports import ConditionTrouble

from tests import builders
from tests.event_loop import run_async
from tests.fakes.clock import FrozenClock
from tests.fakes.conditions import FakeConditionTroubles
from tests.fakes.metrics import FakeMetrics


class World:
    def __init__(self) -> None:
        self.clock, self.kept, self.metrics = FrozenClock(), FakeConditionTroubles(), FakeMetrics()
        self.watch = WatchConditions(troubles=self.kept, metrics=self.metrics, clock=self.clock)

    def event(self, condition: str) -> None:
        element = builders.plain_start(properties=builders.properties(activationCondition=condition))
        received = builders.received()
        evaluated = each_effect(builders.EVENT, received, [element], delivery_context(received))
        run_async(self.watch(list(evaluated)))

    @property
    def troubles(self) -> list[ConditionTrouble]:
        return list(run_async(self.kept.troubles()))


@pytest.mark.parametrize(
    "condition",
    [
        '=statuss = "SUCCEEDED"',
        "=connectorData.status = SUCCEEDED",
        "=connectorData.statuss",
        "=request.boddy.x",
        "=1 +",
        "=assert(false, 1)",
    ],
)
def test_trouble_is_kept(condition: str) -> None:
    """A condition that fails, or is null because of an unknown name, is kept with its reason and counted."""
    world = World()
    world.event(condition)

    [trouble] = world.troubles
    assert (trouble.element, trouble.at, trouble.times) == ("orders/1/Event_1", world.clock.now(), 1)
    assert trouble.reason
    assert world.metrics.counted["ConditionsInTrouble"] == 1


@pytest.mark.parametrize(
    "condition",
    ["=false", "=null", "=1", '=connectorData.taskId = "x"', '=connectorData.status = "FAILED"', "=true"],
)
def test_ordinary_conditions_are_not_reported(condition: str) -> None:
    """A condition that is false, null by its own word, or another value, says what its modeller meant."""
    world = World()
    world.event(condition)

    assert world.troubles == []
    assert "ConditionsInTrouble" not in world.metrics.counted


def test_one_write_a_minute() -> None:
    """However many events come, the row is written once a minute, and no event is left out of its count."""
    world = World()
    for _ in range(120):
        world.event("=statuss")
        world.clock.advance(timedelta(seconds=1))
    world.clock.advance(WRITE_EVERY)
    world.event("=statuss")

    assert world.kept.writes == 3
    assert world.troubles[0].times == 121


def test_one_warning_an_hour(caplog: pytest.LogCaptureFixture) -> None:
    """The log has one warning an hour for each element, without the reason, which may quote values."""
    world = World()
    caplog.set_level(logging.WARNING)
    for _ in range(3):
        world.event("=statuss")
        world.clock.advance(LOG_EVERY / 2)

    assert len(caplog.records) == 2
    assert "statuss" not in caplog.text


def test_store_that_is_away_stops_nothing() -> None:
    """What could not be kept is kept with the next write."""
    world = World()
    world.kept.is_away = True
    world.event("=statuss")
    world.kept.is_away = False
    world.clock.advance(WRITE_EVERY)
    world.event("=statuss")

    assert world.troubles[0].times == 2
