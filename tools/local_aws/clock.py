"""The time by which schedules fire, failed events are retried and throttles refill.

It may run faster than the wall's. What a function itself sees (its deadline) is always real time.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Tells the time and waits for it to pass."""

    def now(self) -> datetime: ...

    async def sleep(self, duration: timedelta) -> None: ...


class ScaledClock:
    """The machine's clock, from now on `speed` times as fast; needs a running event loop."""

    def __init__(self, speed: float = 1.0) -> None:
        if speed <= 0:
            raise ValueError(f"A clock's speed must be above 0, not {speed}.")
        self._speed = speed
        self._loop = asyncio.get_running_loop()
        self._epoch = datetime.now(UTC)
        self._epoch_s = self._loop.time()

    def now(self) -> datetime:
        return self._epoch + timedelta(seconds=(self._loop.time() - self._epoch_s) * self._speed)

    async def sleep(self, duration: timedelta) -> None:
        await asyncio.sleep(duration.total_seconds() / self._speed)
