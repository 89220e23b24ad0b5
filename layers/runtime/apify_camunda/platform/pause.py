"""Caches for some seconds whether an operator has paused inbound or outbound work."""

from __future__ import annotations

from datetime import datetime, timedelta

from apify_camunda.platform.ports import Clock, PauseStore

_ASK_EVERY = timedelta(seconds=30)


class PauseSwitch:
    """Tells whether a direction is paused; the answer is at most 30 seconds old."""

    def __init__(self, *, store: PauseStore, clock: Clock, direction: str) -> None:
        self._store = store
        self._clock = clock
        self._direction = direction
        self._asked_at: datetime | None = None
        self._is_paused = False

    async def is_on(self) -> bool:
        """Return whether the direction is paused.

        Raises:
            StoreUnavailable: The store did not answer.
        """
        now = self._clock.now()
        if self._asked_at is None or now - self._asked_at >= _ASK_EVERY:
            self._is_paused = await self._store.is_paused(self._direction)
            self._asked_at = now
        return self._is_paused
