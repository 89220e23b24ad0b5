"""How a batch of parked events shares the time of one invocation."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from apify_camunda.camunda.elements import InboundElement
from apify_camunda.platform.deadline import Deadline
from apify_camunda.webhooks.events import ParkedMessage

from tests import builders
from tests.event_loop import run_async
from tests.fakes.clock import FrozenClock
from tests.fakes.receiver_world import World
from tests.fakes.registry import FakeRegistry

BATCH = 10


class SlowRegistry(FakeRegistry):
    """Lets each event take so much of the invocation's time, in which nothing else happens."""

    def __init__(self, clock: FrozenClock, takes: timedelta) -> None:
        super().__init__(clock)
        self._time = clock
        self._takes = takes
        self.at_work = 0
        self.most_at_work = 0

    async def listeners(self, route: str) -> tuple[InboundElement, ...] | None:
        self.at_work += 1
        self.most_at_work = max(self.at_work, self.most_at_work)
        await asyncio.sleep(0)
        self._time.advance(self._takes)
        self.at_work -= 1
        return await super().listeners(route)


class Batch:
    """Ten parked events of ten runs, each of which starts an instance and takes its time."""

    def __init__(self, takes: timedelta) -> None:
        self.clock = FrozenClock()
        self.registry = SlowRegistry(self.clock, takes)
        self.world = World(builders.plain_start(), clock=self.clock, registry=self.registry)
        self.world.engine.is_busy = False
        for number in range(BATCH):
            content = builders.body(resource=builders.run(id=f"run{number}"))
            run_async(self.world.parking.park(builders.received(content), delay=timedelta()))

    def deliver(self) -> tuple[list[ParkedMessage], timedelta]:
        """Work the queue once, and return what stays in it and how long that took."""
        began_at = self.clock.now()
        messages = self.world.parking.receive()
        stay = run_async(self.world.deliverer()(messages, self.world.deadline))
        for message in messages:
            if message.id not in stay:
                self.world.parking.delete(message.id)
        return [message for message in messages if message.id in stay], self.clock.now() - began_at


def test_quick_events_are_all_worked_on() -> None:
    """A batch that finds its time is done in one invocation, some events side by side."""
    batch = Batch(timedelta(milliseconds=100))

    stay, _ = batch.deliver()

    assert stay == []
    assert batch.world.effects == BATCH
    assert 1 < batch.registry.most_at_work < BATCH


def test_age_and_latency_are_measured() -> None:
    """Of each event it is noted how long it has waited, and of each effect how long after its run it came."""
    batch = Batch(timedelta(milliseconds=100))

    batch.deliver()

    measured = batch.world.metrics.measured
    assert len(measured["ParkedEventAge"]) == len(measured["EventToEffect"]) == BATCH
    assert min(measured["EventToEffect"]) > timedelta()


@pytest.mark.parametrize("takes", [7, 12], ids=lambda takes: f"{takes} s each")
def test_invocation_ends_before_its_time(takes: int) -> None:
    """Events that take long do not take the whole batch down: what cannot be finished is not begun."""
    batch = Batch(timedelta(seconds=takes))

    stay, took = batch.deliver()

    assert 0 < len(stay) < BATCH
    assert batch.world.effects == BATCH - len(stay)
    assert took < timedelta(minutes=1)


def test_something_is_begun_in_any_case() -> None:
    """A function that has less time than an event may take still makes progress."""
    batch = Batch(timedelta(milliseconds=1))
    short = Deadline(batch.clock.now() + timedelta(seconds=3))

    stay = run_async(batch.world.deliverer()(batch.world.parking.receive(), short))

    assert 0 < batch.world.effects == BATCH - len(stay)


def test_events_that_were_not_begun_come_again_soon() -> None:
    """What was left to the next batch has not failed: it does not wait for as long as its tries are many."""
    batch = Batch(timedelta(seconds=12))

    stay, _ = batch.deliver()
    for _ in range(BATCH):
        assert {batch.world.parking.visible_in(message.id) for message in stay} <= {timedelta(seconds=5)}
        batch.clock.advance(timedelta(seconds=5))
        stay, _ = batch.deliver()

    assert stay == []
    assert batch.world.effects == BATCH
