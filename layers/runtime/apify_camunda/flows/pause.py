"""Remembers for some seconds whether an operator has paused a direction, so that not every event asks."""

from __future__ import annotations

from datetime import datetime, timedelta

from apify_camunda.ports import Clock, Registry

_ASK_EVERY = timedelta(seconds=30)


class PauseSwitch:
    """Says whether a direction is paused, at most half a minute late."""

    def __init__(self, *, registry: Registry, clock: Clock, direction: str) -> None:
        self._registry = registry
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
            self._is_paused = await self._registry.is_paused(self._direction)
            self._asked_at = now
        return self._is_paused
