"""What an operator can still do with an event."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from apify_camunda.camunda.elements import InboundElement
from apify_camunda.errors import EngineRejected
from apify_camunda.identifiers import EffectKey, EventId
from apify_camunda.inbound.domain.effect import Effect, EffectState
from apify_camunda.inbound.domain.event_identity import event_id
from apify_camunda.inbound.flows.replay_event import ReplayEvent

from tests import builders
from tests.event_loop import run_async
from tests.fakes.clock import FrozenClock
from tests.fakes.engine import ANSWER_LOST, REQUEST_LOST, FakeEngine, Trouble
from tests.fakes.event_ledger import FakeEventLedger
from tests.fakes.inbound_flows import InboundPorts
from tests.fakes.metrics import FakeMetrics
from tests.fakes.mortal import Killed, Lifetime
from tests.fakes.parking import FakeParking
from tests.fakes.registry import FakeRegistry
from tests.fakes.secret_source import FakeSecretSource

BROKEN = builders.catch(properties=builders.properties(correlationKeyExpression="=nothing"))
MENDED = builders.catch(definition_key=1002, version=2)
OTHER = builders.plain_start(element_id="Start_1")
BROKEN_ELSEWHERE = builders.catch(
    process_id="elsewhere",
    message_name="elsewhere",
    properties=builders.properties(correlationKeyExpression="=nothing"),
)
MENDED_ELSEWHERE = builders.catch(
    process_id="elsewhere", message_name="elsewhere", definition_key=2002, version=2
)


class World:
    """A cluster without search, its stores, and one event that has been received."""

    def __init__(self, *listeners: InboundElement, troubles: tuple[Trouble, ...] = ()) -> None:
        self.clock = FrozenClock()
        self.engine = FakeEngine(self.clock)
        self.engine.troubles = list(troubles)
        self.engine.search_trouble = EngineRejected("There is no search.", rejection="NOT_OFFERED")
        self.ledger = FakeEventLedger()
        self.registry = FakeRegistry()
        self.parking = FakeParking(self.clock)
        self.ports = InboundPorts(
            commands=self.engine,
            search=self.engine,
            ledger=self.ledger,
            registry=self.registry,
            parking=self.parking,
            secrets=FakeSecretSource(),
            clock=self.clock,
            metrics=FakeMetrics(),
        )
        self.listen(*listeners)
        run_async(self.ports.receiver()(builders.request()))
        self.work_queue()

    def listen(self, *listeners: InboundElement) -> None:
        run_async(self.registry.set_listeners(builders.ROUTE, listeners))

    def replayer(self, lifetime: Lifetime | None = None) -> ReplayEvent:
        live = lifetime.mortal if lifetime else lambda port: port
        return ReplayEvent(
            ledger=live(self.ledger), listeners=live(self.registry), parking=live(self.parking)
        )

    @property
    def unresolved(self) -> tuple[EventId, Effect]:
        [found] = run_async(self.ledger.unresolved())
        return found.event, found.effect

    def work_queue(self) -> None:
        deliver = self.ports.deliverer()
        for _ in range(5):
            self.clock.advance(timedelta(minutes=5))
            messages = self.parking.receive()
            stay = run_async(deliver(messages, self.ports.deadline()))
            for message in messages:
                if message.id not in stay:
                    self.parking.delete(message.id)
        assert not self.parking.events


def builders_event() -> EventId:
    """Return the event that every world has received."""
    return event_id(builders.received())


class TestReplay:
    def test_mended_element_has_its_effect(self) -> None:
        """After a redeployment the rejected element has its effect; its neighbour has no second one."""
        world = World(BROKEN, OTHER)
        event, _ = world.unresolved
        world.listen(MENDED, OTHER)

        assert run_async(world.replayer()(event)) == 1
        world.work_queue()

        assert (len(world.engine.published), len(world.engine.started)) == (1, 1)
        assert run_async(world.ledger.unresolved()) == []

    def test_changed_neighbour_is_not_done_again(self) -> None:
        """What was done stays done, although its element's message has another name by now."""
        world = World(BROKEN, builders.catch(element_id="Done"))
        event, _ = world.unresolved
        world.listen(MENDED, builders.catch(element_id="Done", message_name="renamed", definition_key=1002))

        run_async(world.replayer()(event))
        world.work_queue()

        assert [message.name for message in world.engine.published] == ["run-finished"]

    def test_still_broken_is_rejected_again(self) -> None:
        """What has not been corrected is rejected again, and can be replayed again."""
        world = World(BROKEN)
        event, _ = world.unresolved

        run_async(world.replayer()(event))
        world.work_queue()

        assert world.unresolved[0] == event

    def test_refusal_of_the_engine_is_tried_again(self) -> None:
        """A start that the engine refused is given to it again."""
        world = World(OTHER, troubles=(Trouble(EngineRejected("No.", rejection="NOT_FOUND")),))
        event, _ = world.unresolved

        run_async(world.replayer()(event))
        world.work_queue()

        assert len(world.engine.started) == 1

    @pytest.mark.parametrize("step", range(6))
    @pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
    def test_replay_that_dies_is_replayed(self, step: int, after: Any) -> None:
        """Replaying again after a death has each effect once."""
        world = World(BROKEN, OTHER)
        event, _ = world.unresolved
        world.listen(MENDED, OTHER)

        try:
            run_async(world.replayer(Lifetime(step, after=after))(event))
        except Killed:
            run_async(world.replayer()(event))
        world.work_queue()

        assert (len(world.engine.published), len(world.engine.started)) == (1, 1)

    def test_unknown_event_is_not_found(self) -> None:
        """What was never kept cannot be replayed."""
        assert run_async(World(OTHER).replayer()(EventId("0" * 64))) is None


class TestSeveralRoutes:
    """An event that came by two webhooks is one event."""

    OTHER_ROUTE = "inbound/context-1"

    def world(self, *listeners: InboundElement, troubles: tuple[Trouble, ...] = ()) -> World:
        world = World(*listeners, troubles=troubles)
        run_async(world.registry.set_listeners(self.OTHER_ROUTE, [BROKEN_ELSEWHERE]))
        run_async(world.ports.receiver()(builders.request(path=f"/{self.OTHER_ROUTE}")))
        world.work_queue()
        return world

    def test_replay_serves_every_route(self) -> None:
        """What was rejected through either webhook is computed again."""
        world = self.world(BROKEN)
        event = builders_event()
        assert {each.routes for each in run_async(world.ledger.unresolved())} == {
            (builders.ROUTE,),
            (self.OTHER_ROUTE,),
        }
        world.listen(MENDED)
        run_async(world.registry.set_listeners(self.OTHER_ROUTE, [MENDED_ELSEWHERE]))

        assert run_async(world.replayer()(event)) == 2
        world.work_queue()

        assert sorted(message.name for message in world.engine.published) == ["elsewhere", "run-finished"]
        assert run_async(world.ledger.unresolved()) == []

    def test_replay_keeps_what_is_still_broken(self) -> None:
        """An effect that is still rejected through one webhook is not lost when the other one is replayed."""
        world = self.world(BROKEN)
        world.listen(MENDED)

        run_async(world.replayer()(builders_event()))
        world.work_queue()

        [left] = run_async(world.ledger.unresolved())
        assert left.routes == (self.OTHER_ROUTE,)
        assert [message.name for message in world.engine.published] == ["run-finished"]

    @pytest.mark.parametrize("happened", [True, False])
    def test_every_id_that_is_listed_is_resolved(self, happened: Any) -> None:
        """A doubt is resolved by the ids that the list shows, although another webhook was rejected later."""
        world = self.world(OTHER, troubles=(ANSWER_LOST if happened else REQUEST_LOST,))
        [doubt] = [
            each
            for each in run_async(world.ledger.unresolved())
            if each.effect.state is EffectState.ATTEMPTED
        ]

        assert run_async(world.replayer().resolve(doubt.event, doubt.effect.key, happened=happened))
        world.work_queue()
        assert len(world.engine.started) == 1


class TestResolvingMany:
    def world(self) -> World:
        """Return a world in which three events of one element are in doubt."""
        world = World(OTHER, troubles=(REQUEST_LOST,) * 3)
        for run in ("run2", "run3"):
            content = builders.body(resource=builders.run(id=run))
            run_async(world.ports.receiver()(builders.request(content)))
        world.work_queue()
        return world

    @pytest.mark.parametrize("name", ["orders/1/Start_1", "orders/Start_1", "orders"])
    def test_all_doubts_of_an_element(self, name: str) -> None:
        """One answer settles every doubt of the element, named with or without version, or by its process."""
        world = self.world()

        assert run_async(world.replayer().resolve_all(name, happened=False)) == 3
        world.work_queue()

        assert len(world.engine.started) == 3
        assert run_async(world.ledger.unresolved()) == []

    @pytest.mark.parametrize("name", ["orders/2/Start_1", "orders/Start", "order", "Start_1", ""])
    def test_other_elements_are_left(self, name: str) -> None:
        """A name that is not exactly the element's settles nothing."""
        world = self.world()

        assert run_async(world.replayer().resolve_all(name, happened=True)) == 0
        assert len(run_async(world.ledger.unresolved())) == 3


class TestResolving:
    def test_it_happened(self) -> None:
        """An operator who found the instance settles the effect; nothing is started."""
        world = World(OTHER, troubles=(ANSWER_LOST,))
        event, effect = world.unresolved

        assert run_async(world.replayer().resolve(event, effect.key, happened=True))

        world.work_queue()
        assert len(world.engine.started) == 1
        assert run_async(world.ledger.unresolved()) == []

    def test_it_did_not_happen(self) -> None:
        """An operator who found no instance has it started."""
        world = World(OTHER, troubles=(REQUEST_LOST,))
        event, effect = world.unresolved

        assert run_async(world.replayer().resolve(event, effect.key, happened=False))

        world.work_queue()
        assert len(world.engine.started) == 1

    def test_what_is_not_in_doubt_is_left(self) -> None:
        """A rejected effect, or an unknown one, is not resolved."""
        world = World(BROKEN)
        event, effect = world.unresolved

        assert not run_async(world.replayer().resolve(event, effect.key, happened=False))
        assert not run_async(world.replayer().resolve(event, EffectKey("0" * 64), happened=True))
