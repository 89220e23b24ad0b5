"""What one event does when all that may happen to it happens at once, in any order.

Receivers of two webhooks, deliverers and the reader of gaps work on it side by side. Each call to a store may
fail before or after its effect, or be repeated by the client; each command may be lost, or its answer; clocks
differ; and an invocation may end between any two steps.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from apify_camunda.camunda.elements import InboundElement
from apify_camunda.errors import EngineUnavailable, StoreUnavailable
from apify_camunda.inbound.domain.effect import EffectState
from apify_camunda.inbound.flows.replay_event import ReplayEvent

from tests import builders
from tests.event_loop import run_async
from tests.fakes.clock import FrozenClock
from tests.fakes.engine import FakeEngine
from tests.fakes.event_ledger import FakeEventLedger
from tests.fakes.inbound_flows import InboundPorts
from tests.fakes.metrics import FakeMetrics
from tests.fakes.mortal import Killed
from tests.fakes.parking import FakeParking
from tests.fakes.registry import FakeRegistry
from tests.fakes.secret_source import FakeSecretSource
from tests.fakes.turmoil import Faults, Turmoil

ROUTES = (builders.ROUTE, "apify/acme-fedcba9876543210")
KEYED = {"correlationKeyExpression": "=connectorData.runId"}
ELEMENTS = {
    "start": builders.plain_start(process_id="start"),
    "message": builders.catch(process_id="message", message_name="message"),
    "message of TTL 0": builders.catch(
        process_id="message of TTL 0",
        message_name="message of TTL 0",
        properties=builders.properties(**KEYED, messageTtl="PT0S"),
    ),
    "short-lived message": builders.catch(
        process_id="short-lived message",
        message_name="short-lived message",
        properties=builders.properties(**KEYED, messageTtl="PT30S"),
    ),
}
A_REPETITION_MEETS_A_LATER_CLAIM = 2103
AWAY = StoreUnavailable("The store is away.")
CUT = EngineUnavailable("The connection was cut.", outcome_unknown=True)
STORE = Faults(before=[(0.04, AWAY)], after=[(0.04, AWAY)], repeated=0.06)
FAULTS = {
    FakeEventLedger: STORE,
    FakeRegistry: STORE,
    FakeParking: Faults(before=[(0.04, AWAY)], after=[(0.04, AWAY)]),
    FakeEngine: Faults(
        names=frozenset({"start_process", "publish_message"}),
        before=[(0.08, EngineUnavailable("Camunda is away.")), (0.08, CUT)],
        after=[(0.08, CUT)],
    ),
}


class World:
    """One event, and all who work on it."""

    def __init__(self, seed: int, kinds: Sequence[str] = ()) -> None:
        self.chance = random.Random(seed)
        self.clock = FrozenClock()
        self.engine = FakeEngine(self.clock)
        self.engine.is_busy = True
        self.ledger = FakeEventLedger()
        self.registry = FakeRegistry()
        self.parking = FakeParking(self.clock)
        self.kinds = kinds or self.chance.sample(sorted(ELEMENTS), self.chance.randint(1, len(ELEMENTS)))
        self.accepted = dict.fromkeys(ROUTES, False)

    @property
    def elements(self) -> tuple[InboundElement, ...]:
        return tuple(ELEMENTS[kind] for kind in self.kinds)

    def happened(self, kind: str) -> int:
        started = sum(start.process_id == kind for start in self.engine.started)
        return started + sum(message.name == kind for message in self.engine.published)

    async def turmoil(self) -> None:
        """Let some invocations overlap, some times."""
        for route in ROUTES:
            await self.registry.set_listeners(route, self.elements)
        works = [
            lambda: self._receive(ROUTES[0]),
            lambda: self._receive(ROUTES[1]),
            self._deliver,
            self._read_gap,
        ]
        for _ in range(self.chance.randint(2, 6)):
            chosen = self.chance.choices(works, k=self.chance.randint(1, 4))
            await asyncio.gather(*(_until_it_ends(work()) for work in chosen))
            self.clock.advance(timedelta(seconds=self.chance.choice([0, 1, 10, 61, 130])))

    async def calm(self) -> None:
        """Let Apify repeat until it is answered 2xx and the queue be worked until it is empty.

        An event that was set aside, because too many invocations died with it, is replayed by an operator.
        """
        ports = self._ports()
        replay = ReplayEvent(ledger=self.ledger, listeners=self.registry, parking=self.parking)
        for _ in range(400):
            self.clock.advance(timedelta(minutes=1))
            for event in {each.event for each in await self.ledger.aside()}:
                await replay(event)
            messages = self.parking.receive()
            stay = await ports.deliverer()(messages, ports.deadline())
            self._delete({message.id for message in messages} - stay)
            for route in [route for route, accepted in self.accepted.items() if not accepted]:
                reply = await ports.receiver()(_request(route))
                self.accepted[route] = reply.status < 300
            is_aside = await self.ledger.aside()
            if not self.parking.events and all(self.accepted.values()) and not is_aside:
                return
        raise AssertionError("It never came to an end.")

    async def _receive(self, route: str) -> None:
        ports = self._ports(self._invocation(timedelta(seconds=25)))
        reply = await ports.receiver()(_request(route))
        self.accepted[route] |= reply.status < 300

    async def _deliver(self) -> None:
        messages = self.parking.receive()
        if self.chance.random() < 0.1:
            messages += messages[:1]  # SQS may hand one out twice
        ports = self._ports(self._invocation(timedelta(seconds=60)))
        stay = await ports.deliverer()(messages, ports.deadline())
        if self.chance.random() < 0.9:  # else the function's answer is lost
            self._delete({message.id for message in messages} - stay)

    async def _read_gap(self) -> None:
        delay = timedelta(seconds=self.chance.choice([0, 20]))
        await self.parking.park(builders.received(dispatch_id=None), delay=delay)

    def _delete(self, messages: set[str]) -> None:
        for message in messages:
            with suppress(KeyError):  # who was handed it out too has deleted it
                self.parking.delete(message)

    def _invocation(self, limit: timedelta) -> Turmoil:
        return Turmoil(self.clock, self.chance, FAULTS, limit=limit)

    def _ports(self, invocation: Turmoil | None = None) -> InboundPorts:
        live = invocation.mortal if invocation else _as_it_is
        return InboundPorts(
            commands=live(self.engine),
            search=live(self.engine),
            ledger=live(self.ledger),
            registry=live(self.registry),
            parking=live(self.parking),
            secrets=FakeSecretSource(),
            clock=invocation.clock if invocation else self.clock,
            metrics=FakeMetrics(),
        )


def _as_it_is(port: Any) -> Any:
    return port


def _request(route: str) -> Any:
    return builders.request(path=f"/{route}", headers={"x-apify-webhook-dispatch-id": route})


async def _until_it_ends(work: Awaitable[None]) -> None:
    with suppress(Killed, StoreUnavailable):
        await work


@pytest.mark.parametrize("seed", [*range(100), A_REPETITION_MEETS_A_LATER_CLAIM])
def test_each_effect_happens_once_or_is_in_doubt(seed: int) -> None:
    """In the end each effect has happened once, or is visibly in doubt: never twice, and never lost."""
    require_each_once(World(seed))


@pytest.mark.parametrize("kind", list(ELEMENTS))
@pytest.mark.parametrize("seed", range(15))
def test_only_effect_happens_once_or_is_in_doubt(kind: str, seed: int) -> None:
    """So does an event's only effect, which is frozen and claimed by one write."""
    require_each_once(World(seed, [kind]))


def require_each_once(world: World) -> None:
    """Let all happen, and look at what has happened."""

    async def play() -> None:
        await world.turmoil()
        await world.calm()

    run_async(play())

    in_doubt = {
        each.effect.element.process_id
        for each in run_async(world.ledger.unresolved())
        if each.effect.state is EffectState.ATTEMPTED
    }
    for kind in world.kinds:
        assert world.happened(kind) in ((0, 1) if kind in in_doubt else (1,)), kind
