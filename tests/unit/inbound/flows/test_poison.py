"""An event whose work ends its process is set aside after three deaths, and takes no other event with it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from apify_camunda.camunda.model import PublishMessage, PublishResult
from apify_camunda.inbound.domain.poison import DEATHS_OF_POISON, ENDS_ITS_PROCESS, OLDEST, TOO_OLD
from apify_camunda.inbound.flows.replay_event import ReplayEvent
from apify_camunda.platform.http_messages import HttpReply

from tests import builders
from tests.event_loop import run_async
from tests.fakes.clock import NOON
from tests.fakes.engine import UNREACHABLE
from tests.fakes.mortal import Killed
from tests.fakes.receiver_world import World

LATER = timedelta(minutes=7)
"""After this time SQS delivers a message again whose worker died."""


class Poisoned(World):
    """The command of one run ends the process."""

    def __init__(self, poison: str = "poison") -> None:
        super().__init__(builders.catch())
        self.poison = poison
        publish = self.engine.publish_message

        async def deadly(command: PublishMessage) -> PublishResult:
            if command.correlation_key == self.poison:
                raise Killed
            return await publish(command)

        self.engine.publish_message = deadly  # type: ignore[method-assign]  # one command is deadly

    def park(self, *runs: str) -> None:
        for run in runs:
            run_async(self.parking.park(builders.received(event_of(run)), delay=timedelta()))

    def receive(self, run: str = "poison") -> HttpReply | None:
        try:
            return run_async(self.receiver()(builders.request(event_of(run))))
        except Killed:
            return None

    @property
    def aside(self) -> list[str]:
        return [each.reason for each in run_async(self.ledger.aside())]

    @property
    def served(self) -> list[str]:
        return sorted(message.correlation_key for message in self.engine.published)

    @property
    def replayer(self) -> ReplayEvent:
        return ReplayEvent(ledger=self.ledger, listeners=self.registry, parking=self.parking)


def event_of(run: str) -> Any:
    return builders.body(resource=builders.run(id=run))


def test_delivered_event_is_set_aside() -> None:
    """A delivery that ended its receiver three times is answered 200, kept, listed and not tried again."""
    world = Poisoned()
    for _ in range(DEATHS_OF_POISON):
        assert world.receive() is None
        world.clock.advance(LATER)

    for _ in range(2):
        reply = world.receive()
        assert reply == HttpReply(200, {"status": "set aside"})
    assert world.aside == [ENDS_ITS_PROCESS]
    assert world.metrics.counted["EventsSetAside"] >= 1


@pytest.mark.parametrize("position", range(6))
def test_parked_event_takes_no_other_with_it(position: int) -> None:
    """Wherever in a batch it is, only the event that ends the process is set aside; the others are served."""
    world = Poisoned()
    runs = [f"run{number}" for number in range(5)]
    world.park(*runs[:position], "poison", *runs[position:])

    for _ in range(12):
        world.work_queue()
        world.clock.advance(LATER)

    assert world.served == runs
    assert world.aside == [ENDS_ITS_PROCESS]
    assert not world.parking.events


def test_replay_lets_it_be_tried_again() -> None:
    """Once its cause is gone, a replay gives the event its one effect."""
    world = Poisoned()
    world.park("poison")
    for _ in range(6):
        world.work_queue()
        world.clock.advance(LATER)
    [aside] = run_async(world.ledger.aside())

    world.poison = "nothing"
    assert run_async(world.replayer(aside.event)) == 1
    for _ in range(3):
        world.work_queue()
        world.clock.advance(LATER)

    assert world.served == ["poison"]
    assert world.aside == []
    assert not world.parking.events


def test_replay_that_does_not_help_sets_it_aside_again() -> None:
    """An event that still ends its process is set aside once more."""
    world = Poisoned()
    world.park("poison")
    for _ in range(6):
        world.work_queue()
        world.clock.advance(LATER)
    [aside] = run_async(world.ledger.aside())

    run_async(world.replayer(aside.event))
    for _ in range(12):
        world.work_queue()
        world.clock.advance(LATER)

    assert world.aside == [ENDS_ITS_PROCESS]
    assert not world.parking.events


def test_outage_does_not_count_as_a_death() -> None:
    """An event that is tried for hours because Camunda does not answer is not set aside."""
    world = World(builders.catch())
    world.engine.troubles = [UNREACHABLE] * 60
    assert world.post()
    while world.engine.troubles:
        world.clock.advance(LATER)
        world.work_queue()

    world.go_on(accepted=True)
    assert run_async(world.ledger.aside()) == []
    assert world.effects == 1


def test_repetitions_of_a_finished_event_do_not_count_as_deaths() -> None:
    """An event that is done answers "duplicate", however often it is delivered again."""
    world = Poisoned(poison="nothing")
    for _ in range(DEATHS_OF_POISON + 3):
        reply = world.receive("run1")
        assert reply is not None
        assert reply.status == 200
        world.clock.advance(LATER)

    assert world.aside == []
    assert world.served == ["run1"]


class TestOldEvents:
    def world(self, age: timedelta, *, known: bool = False) -> World:
        """Return a world in which an event that arrived so long ago comes back to the queue."""
        world = World(builders.plain_start())
        if known:
            assert world.post()
        world.clock.advance(age)
        run_async(world.parking.park(builders.received(received_at=NOON), delay=timedelta()))
        world.work_queue()
        return world

    def test_older_than_its_rows_is_refused(self) -> None:
        """An event that may have had effects that no row remembers is set aside, and says what to do."""
        world = self.world(OLDEST + timedelta(hours=1))

        assert [each.reason for each in run_async(world.ledger.aside())] == [TOO_OLD]
        assert world.effects == 0
        assert not world.parking.events

    def test_younger_is_served(self) -> None:
        """An event that waited for days in the dead-letter queue has its effect."""
        assert self.world(OLDEST - timedelta(hours=1)).effects == 1

    def test_event_that_is_remembered_is_done_once(self) -> None:
        """An old event whose rows are there is known to be done."""
        world = self.world(OLDEST + timedelta(hours=1), known=True)

        assert world.effects == 1
        assert run_async(world.ledger.aside()) == []
