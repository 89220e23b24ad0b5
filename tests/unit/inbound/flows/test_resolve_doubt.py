"""Whether a command whose answer was lost had its effect: what the cluster's search proves of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from apify_camunda.camunda.elements import InboundElement
from apify_camunda.errors import EngineRejected, EngineUnavailable
from apify_camunda.identifiers import EventId
from apify_camunda.inbound.domain.correlation import effects_of, message_of, start_of
from apify_camunda.inbound.domain.effect import FaultyEffect, MessageEffect, StartEffect
from apify_camunda.inbound.flows.resolve_doubt import (
    AnswerAwaited,
    DidNotHappen,
    Happened,
    NeverClear,
    NotClearYet,
    Resolution,
    ResolveDoubt,
)

from tests import builders
from tests.event_loop import run_async
from tests.fakes.clock import FrozenClock
from tests.fakes.engine import Bystander, FakeEngine

A_MINUTE = timedelta(minutes=1)
AN_HOUR = timedelta(hours=1)
START = builders.plain_start()


class World:
    """An effect that was attempted at noon, and an engine that may have got it."""

    def __init__(
        self, *, element: InboundElement = START, ttl: timedelta = timedelta(), lag: timedelta = timedelta()
    ) -> None:
        self.clock = FrozenClock()
        self.engine = FakeEngine(self.clock, lag)
        [effect] = effects_of(builders.EVENT, builders.received(), [element])
        assert not isinstance(effect, FaultyEffect)
        self.effect = effect.attempted(self.clock.now())
        if isinstance(self.effect, MessageEffect):
            self.effect = replace(self.effect, time_to_live=ttl)
        self._resolve = ResolveDoubt(search=self.engine, clock=self.clock)

    def takes_effect(self) -> None:
        if isinstance(self.effect, StartEffect):
            run_async(self.engine.start_process(start_of(self.effect, {}, EventId("event"))))
        else:
            run_async(self.engine.publish_message(message_of(self.effect, {})))

    def shows(self, *, ago: timedelta, process_id: str = "orders") -> None:
        """Let another instance have begun before now."""
        tenant = self.effect.element.tenant_id
        self.engine.bystanders.append(Bystander(process_id, tenant, self.clock.now() - ago))

    def after(self, time: timedelta) -> Resolution:
        self.clock.advance(time)
        return run_async(self._resolve(self.effect))


def test_an_answer_is_awaited_first() -> None:
    """For five minutes the command may be under way, so the cluster is not asked."""
    world = World()
    world.engine.search_trouble = EngineUnavailable("away")

    assert world.after(A_MINUTE) == AnswerAwaited(4 * A_MINUTE)


@pytest.mark.parametrize("ttl", [timedelta(seconds=30), AN_HOUR])
def test_a_message_is_under_way_as_long_as_it_is_repeated(ttl: timedelta) -> None:
    """A message may have been sent as late as its first try's time to live."""
    world = World(element=builders.catch(), ttl=ttl)

    assert world.after(ttl + A_MINUTE) == AnswerAwaited(4 * A_MINUTE)


def test_a_start_that_is_shown_has_happened() -> None:
    """The tag names the event, so an instance with the tag is ours."""
    world = World()
    world.takes_effect()

    assert world.after(6 * A_MINUTE) == Happened(1)


def test_a_start_that_is_not_shown_has_not_happened_where_all_is_shown() -> None:
    """Something of the process began later and is shown: so would be what began before."""
    world = World()
    world.clock.advance(6 * A_MINUTE)
    world.shows(ago=timedelta())

    assert world.after(A_MINUTE) == DidNotHappen()


@pytest.mark.parametrize("took_effect", [True, False])
def test_a_search_that_lags_proves_no_absence(took_effect: bool) -> None:  # noqa: FBT001 - a column
    """With an index an hour behind nothing is clear until it has caught up."""
    world = World(lag=AN_HOUR)
    world.engine.is_busy = True
    if took_effect:
        world.takes_effect()

    assert isinstance(world.after(6 * A_MINUTE), NotClearYet)
    assert isinstance(world.after(53 * A_MINUTE), NotClearYet)
    world.clock.advance(6 * A_MINUTE)
    assert world.after(A_MINUTE) == (Happened(1) if took_effect else DidNotHappen())


def test_where_nothing_happens_nothing_is_proved() -> None:
    """A cluster in which nothing began since shows no more than one that lags."""
    world = World()
    world.shows(ago=AN_HOUR)
    world.shows(ago=-2 * A_MINUTE)  # too near: clocks differ

    assert isinstance(world.after(6 * A_MINUTE), NotClearYet)


def test_what_we_may_not_read_is_not_absent() -> None:
    """A search that shows other processes, and none of this one, may be forbidden to."""
    world = World()
    world.clock.advance(6 * A_MINUTE)
    world.shows(ago=timedelta(), process_id="other")

    assert isinstance(world.after(A_MINUTE), NotClearYet)

    world.shows(ago=AN_HOUR)
    assert world.after(A_MINUTE) == DidNotHappen()


def test_what_is_shown_while_it_is_asked_for_counts() -> None:
    """An index that shows the effect a moment after another one shows that all is shown is waited for."""
    world = World()
    world.takes_effect()
    world.engine.is_busy = True
    looks: list[str] = []
    look = world.engine.instances_with_tag

    async def second_look_finds(tag: str) -> Any:
        looks.append(tag)
        return await look(tag) if len(looks) > 1 else []

    world.engine.instances_with_tag = second_look_finds  # type: ignore[method-assign]  # one index is late

    assert world.after(6 * A_MINUTE) == Happened(1)


def test_what_is_old_may_have_been_cleaned_up() -> None:
    """After a day a cluster may have forgotten what happened, so a person must look."""
    world = World()
    world.engine.is_busy = True

    assert isinstance(world.after(timedelta(hours=25)), NeverClear)


class TestMessages:
    def world(self, ttl: timedelta) -> World:
        world = World(element=builders.element(), ttl=ttl)
        world.engine.is_busy = True
        return world

    @pytest.mark.parametrize("ttl", [timedelta(), AN_HOUR])
    def test_one_that_came_through_may_be_another_events(self, ttl: timedelta) -> None:
        """Name and key tell no event: a correlation since proves neither that ours happened nor that not."""
        world = self.world(ttl)
        world.takes_effect()

        assert isinstance(world.after(ttl + 6 * A_MINUTE), NeverClear)

    @pytest.mark.parametrize("ttl", [timedelta(), AN_HOUR])
    def test_where_none_came_through_ours_did_not(self, ttl: timedelta) -> None:
        """Where no message of the name and key was correlated since, ours was not."""
        world = self.world(ttl)

        assert world.after(ttl + 6 * A_MINUTE) == DidNotHappen()

    def test_one_that_came_through_before_is_not_ours(self) -> None:
        """What was correlated before we sent ours says nothing."""
        world = self.world(timedelta())
        world.clock.advance(-AN_HOUR)
        world.takes_effect()

        assert world.after(AN_HOUR + 6 * A_MINUTE) == DidNotHappen()


def test_cluster_that_does_not_answer_is_asked_later() -> None:
    """A search that is away proves nothing."""
    world = World()
    world.engine.search_trouble = EngineUnavailable("away")

    assert world.after(6 * A_MINUTE) == NotClearYet("ENGINE_UNAVAILABLE")


def test_cluster_without_a_search_is_not_asked_again() -> None:
    """A cluster without search never tells."""
    world = World()
    world.engine.search_trouble = EngineRejected("This cluster has no search.", rejection="NOT_OFFERED")

    assert world.after(6 * A_MINUTE) == NeverClear("This cluster has no search.")
