"""Invocations to which anything may happen: others work between steps, calls fail, any may be cut off."""

from __future__ import annotations

import asyncio
import inspect
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from tests.fakes.clock import FrozenClock
from tests.fakes.mortal import Killed
from tests.fakes.untraced import untraced


@dataclass(frozen=True, kw_only=True)
class Faults:
    """What happens to calls, each fault with its share of them; the others go well.

    Attributes:
        names: The methods that this is about; None: all.
        before: The call fails without its effect.
        after: The call fails although it had its effect.
        repeated: The client sends it a second time, because no answer came to the first.
    """

    names: frozenset[str] | None = None
    before: Sequence[tuple[float, Exception]] = ()
    after: Sequence[tuple[float, Exception]] = ()
    repeated: float = 0.0

    async def apply(
        self, dice: float, call: Callable[[], Awaitable[Any]], step: Callable[[], Awaitable[None]]
    ) -> Any:
        for share, error in self.before:
            if dice < share:
                raise untraced(error)
            dice -= share
        for share, error in self.after:
            if dice < share:
                await call()
                raise untraced(error)
            dice -= share
        if dice < self.repeated:
            await call()
            await step()
        return await call()


class SkewedClock:
    """A machine's clock, off by some seconds; others work while it sleeps."""

    def __init__(self, clock: FrozenClock, skew: timedelta) -> None:
        self._clock = clock
        self._skew = skew

    def now(self) -> datetime:
        return self._clock.now() + self._skew

    async def sleep(self, duration: timedelta) -> None:
        for _ in range(20):
            await asyncio.sleep(0)
        await self._clock.sleep(duration)


class Turmoil:
    """One invocation of a function.

    Args:
        faults: What happens to the calls of each kind of port; no other port fails.
        limit: After this time the invocation is killed, as Lambda does.
    """

    def __init__(
        self,
        clock: FrozenClock,
        chance: random.Random,
        faults: Mapping[type, Faults],
        *,
        limit: timedelta,
    ) -> None:
        self.clock = SkewedClock(clock, timedelta(seconds=chance.uniform(-2, 2)))
        self._time = clock
        self._chance = chance
        self._faults = faults
        self._ends_at = clock.now() + limit
        self._is_doomed = chance.random() < 0.25
        self._is_dead = False

    def mortal(self, port: Any) -> Any:
        """Return the port as this invocation has it."""
        return _Port(port, self, self._faults.get(type(port), Faults()))

    async def step(self) -> None:
        """Let others go on, and time; end here if that is this invocation's fate."""
        for _ in range(self._chance.randint(0, 4)):
            await asyncio.sleep(0)
        if self._chance.random() < 0.1:
            self._time.advance(timedelta(seconds=self._chance.choice([0.1, 1, 5, 12])))
        self._is_dead |= self._is_doomed and self._chance.random() < 0.1
        self._is_dead |= self._time.now() > self._ends_at
        if self._is_dead:
            raise Killed

    async def call(self, method: Any, faults: Faults, *args: Any, **kwargs: Any) -> Any:
        await self.step()
        is_meant = faults.names is None or method.__name__ in faults.names
        dice = self._chance.random() if is_meant else 1.0
        answer = await faults.apply(dice, lambda: method(*args, **kwargs), self.step)
        await self.step()
        return answer


class _Port:
    def __init__(self, port: Any, invocation: Turmoil, faults: Faults) -> None:
        self._port = port
        self._invocation = invocation
        self._faults = faults

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._port, name)
        if inspect.isasyncgenfunction(method):
            return lambda *args, **kwargs: self._listed(method(*args, **kwargs))
        if not inspect.iscoroutinefunction(method):
            return method
        return lambda *args, **kwargs: self._invocation.call(method, self._faults, *args, **kwargs)

    async def _listed(self, items: AsyncIterator[Any]) -> AsyncIterator[Any]:
        await self._invocation.step()
        async for item in items:
            yield item
