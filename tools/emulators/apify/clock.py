"""Time as the emulator sees it: wall time sped up, or time that a test drives; it must not decide anything.

Nothing in the emulator reads the time anywhere else.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Where the emulator gets its time from."""

    def now(self) -> datetime:
        """Return the emulated time, aware and in UTC."""
        ...

    def real_seconds_until(self, moment: datetime) -> float | None:
        """Return how many seconds a thread should sleep until `moment`; None if that cannot be known."""
        ...

    def on_jump(self, wake: Callable[[], None]) -> None:
        """Call `wake` whenever the time changed by other means than passing."""
        ...


class ScaledClock:
    """Wall time that passes `time_scale` times as fast as it does outside, from now on."""

    def __init__(self, time_scale: float = 1.0, start: datetime | None = None) -> None:
        """Start the clock.

        Raises:
            ValueError: `time_scale` is not positive.
        """
        if time_scale <= 0:
            raise ValueError(f"time_scale must be greater than 0, got {time_scale}")
        self._time_scale = time_scale
        self._start = start or datetime.now(UTC)
        self._origin = time.monotonic()

    def now(self) -> datetime:
        elapsed = time.monotonic() - self._origin
        return self._start + timedelta(seconds=elapsed * self._time_scale)

    def real_seconds_until(self, moment: datetime) -> float | None:
        return max(0.0, (moment - self.now()).total_seconds() / self._time_scale)

    def on_jump(self, wake: Callable[[], None]) -> None:
        """Never call `wake`: this clock does not jump."""


class DrivenClock:
    """Time that stops until it is moved; safe to move from any thread."""

    def __init__(self, start: datetime = datetime(2026, 1, 1, 12, tzinfo=UTC)) -> None:
        self._now = start
        self._wakers: list[Callable[[], None]] = []
        self._lock = threading.Lock()

    def now(self) -> datetime:
        with self._lock:
            return self._now

    def real_seconds_until(self, moment: datetime) -> float | None:
        return 0.0 if moment <= self.now() else None

    def on_jump(self, wake: Callable[[], None]) -> None:
        self._wakers.append(wake)

    def advance(self, step: timedelta) -> None:
        """Move the time forward by `step` and wake all threads that wait for it.

        Raises:
            ValueError: `step` is negative.
        """
        if step < timedelta(0):
            raise ValueError(f"time does not go back: {step}")
        with self._lock:
            self._now += step
        for wake in self._wakers:
            wake()
