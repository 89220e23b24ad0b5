"""A clock for tests: waiting takes no time and moves it forward."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta


class ManualClock:
    """Starts at a fixed moment; each sleep is recorded and passes at once, up to `sleeps_allowed` of them."""

    def __init__(self, sleeps_allowed: int = 1000) -> None:
        self.moment = datetime(2026, 11, 21, 12, 0, 30, tzinfo=UTC)
        self.slept: list[timedelta] = []
        self._sleeps_allowed = sleeps_allowed

    def now(self) -> datetime:
        return self.moment

    async def sleep(self, duration: timedelta) -> None:
        if len(self.slept) == self._sleeps_allowed:
            raise asyncio.CancelledError
        self.slept.append(duration)
        self.moment += duration
        await asyncio.sleep(0)
