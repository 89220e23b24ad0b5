"""Slots of pollers in memory."""

from __future__ import annotations

from datetime import datetime

from apify_camunda.errors import StoreUnavailable

from tests.fakes.clock import FrozenClock


class FakeSlots:
    def __init__(self, clock: FrozenClock, slots: int) -> None:
        self._clock = clock
        self._until: dict[int, datetime | None] = dict.fromkeys(range(1, slots + 1))
        self.is_away = False

    async def take(self, *, until: datetime) -> int | None:
        self._answer()
        for slot, taken_until in self._until.items():
            if taken_until is None or taken_until <= self._clock.now():
                self._until[slot] = until
                return slot
        return None

    async def leave(self, slot: int, *, until: datetime) -> None:
        self._answer()
        if self._until[slot] == until:
            self._until[slot] = None

    def _answer(self) -> None:
        if self.is_away:
            raise StoreUnavailable("The fake slots are away.")
