"""What one event does when all that may happen to it happens at once, in any order.

Receivers of two webhooks, deliverers and the reader of gaps work on it side by side. Each call to a store may
fail before or after its effect, or be repeated by the client; each command may be lost, or its answer; clocks
differ; and an invocation may end between any two steps.
"""

from __future__ import annotations

import asyncio
import inspect
import random
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import pytest
from apify_camunda.contracts.element import InboundElement
from apify_camunda.contracts.ledger import EffectState
from apify_camunda.errors import EngineUnavailable, StoreUnavailable

from tests import builders
from tests.fakes.clock import FrozenClock
from tests.fakes.engine import FakeEngine
from tests.fakes.event_ledger import FakeEventLedger
from tests.fakes.inbound_flows import InboundPorts
from tests.fakes.metrics import FakeMetrics
from tests.fakes.mortal import Killed
from tests.fakes.parking import FakeParking
from tests.fakes.registry import FakeRegistry
from tests.fakes.secret_source import FakeSecretSource

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


class SkewedClock:
    """A machine's clock, off by some seconds."""

    def __init__(self, clock: FrozenClock, skew: timedelta) -> None:
        self._clock = clock
        self._skew = skew

    def now(self) -> datetime:
        return self._clock.now() + self._skew

    async def sleep(self, duration: timedelta) -> None:
        await self._clock.sleep(duration)


class Invocation:
    """One run of a function: others work between its steps, and it may end at any of them."""

    def __init__(self, clock: FrozenClock, chance: random.Random, limit: timedelta) -> None:
        self.clock = SkewedClock(clock, timedelta(seconds=chance.uniform(-2, 2)))
        self.chance = chance
        self._time = clock
        self._ends_at = clock.now() + limit
        self._is_doomed = chance.random() < 0.25

    async def step(self) -> None:
        for _ in range(self.chance.randint(0, 4)):
            await asyncio.sleep(0)
        if self.chance.random() < 0.1:
            self._time.advance(timedelta(seconds=self.chance.choice([0.1, 1, 5, 12])))
        dies = self._is_doomed and self.chance.random() < 0.1
        if dies or self._time.now() > self._ends_at:
            raise Killed

    def store(self, port: Any) -> Any:
        return _Port(port, self, self._store_call)

    def engine(self, port: Any) -> Any:
        return _Port(port, self, self._engine_call)

    async def _store_call(self, name: str, call: Callable[[], Awaitable[Any]]) -> Any:
        dice = self.chance.random()
        if dice < 0.04:
            raise AWAY
        if dice < 0.08:
            await call()
            raise AWAY
        if dice < 0.14 and name not in ("park", "postpone"):  # the client repeats what was not answered
            await call()
            await self.step()
        return await call()

    async def _engine_call(self, name: str, call: Callable[[], Awaitable[Any]]) -> Any:
        dice = self.chance.random()
        if name not in ("start_process", "publish_message"):
            return await call()
        if dice < 0.08:
            raise EngineUnavailable("Camunda is away.")
        if dice < 0.16:
            raise CUT
        if dice < 0.24:
            await call()
            raise CUT
        return await call()


class _Port:
    def __init__(self, port: Any, invocation: Invocation, treat: Callable[..., Awaitable[Any]]) -> None:
        self._port = port
        self._invocation = invocation
        self._treat = treat

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._port, name)
        if not inspect.iscoroutinefunction(method):
            return method

        async def call(*args: Any, **kwargs: Any) -> Any:
            await self._invocation.step()
            answer = await self._treat(name, lambda: method(*args, **kwargs))
            await self._invocation.step()
            return answer

        return call


class World:
    """One event, and all who work on it."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.clock = FrozenClock()
        self.engine = FakeEngine(self.clock)
        self.engine.is_busy = True
        self.ledger = FakeEventLedger()
        self.registry = FakeRegistry()
        self.parking = FakeParking(self.clock)
        self.kinds = self.chance.sample(sorted(ELEMENTS), self.chance.randint(1, len(ELEMENTS)))
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
        """Let Apify repeat until it is answered 2xx and the queue be worked until it is empty."""
        ports = self._ports()
        for _ in range(400):
            self.clock.advance(timedelta(minutes=1))
            messages = self.parking.receive()
            stay = await ports.deliverer()(messages)
            self._delete({message.id for message in messages} - stay)
            for route in [route for route, accepted in self.accepted.items() if not accepted]:
                reply = await ports.receiver()(_request(route))
                self.accepted[route] = reply.status < 300
            if not self.parking.events and all(self.accepted.values()):
                return
        raise AssertionError("It never came to an end.")

    async def _receive(self, route: str) -> None:
        reply = await self._ports(Invocation(self.clock, self.chance, timedelta(seconds=25))).receiver()(
            _request(route)
        )
        self.accepted[route] |= reply.status < 300

    async def _deliver(self) -> None:
        messages = self.parking.receive()
        if self.chance.random() < 0.1:
            messages += messages[:1]  # SQS may hand one out twice
        ports = self._ports(Invocation(self.clock, self.chance, timedelta(seconds=60)))
        stay = await ports.deliverer()(messages)
        if self.chance.random() < 0.9:  # else the function's answer is lost
            self._delete({message.id for message in messages} - stay)

    async def _read_gap(self) -> None:
        delay = timedelta(seconds=self.chance.choice([0, 20]))
        await self.parking.park(builders.received(dispatch_id=None), delay=delay)

    def _delete(self, messages: set[str]) -> None:
        for message in messages:
            with suppress(KeyError):  # who was handed it out too has deleted it
                self.parking.delete(message)

    def _ports(self, invocation: Invocation | None = None) -> InboundPorts:
        store = invocation.store if invocation else _as_it_is
        engine = (invocation.engine if invocation else _as_it_is)(self.engine)
        return InboundPorts(
            commands=engine,
            search=engine,
            ledger=store(self.ledger),
            registry=store(self.registry),
            parking=store(self.parking),
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
    world = World(seed)

    async def play() -> None:
        await world.turmoil()
        await world.calm()

    asyncio.run(play())

    in_doubt = {
        effect.element.process_id
        for _, effect in asyncio.run(world.ledger.unresolved())
        if effect.state is EffectState.ATTEMPTED
    }
    for kind in world.kinds:
        assert world.happened(kind) in ((0, 1) if kind in in_doubt else (1,)), kind
