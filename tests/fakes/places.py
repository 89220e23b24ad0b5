"""Places of pollers in memory."""

from __future__ import annotations

from datetime import datetime

from apify_camunda.errors import StoreUnavailable

from tests.fakes.clock import FrozenClock


class FakePlaces:
    def __init__(self, clock: FrozenClock, places: int) -> None:
        self._clock = clock
        self._until: dict[int, datetime | None] = dict.fromkeys(range(1, places + 1))
        self.is_away = False

    async def take(self, *, until: datetime) -> int | None:
        self._answer()
        for place, taken_until in self._until.items():
            if taken_until is None or taken_until <= self._clock.now():
                self._until[place] = until
                return place
        return None

    async def leave(self, place: int, *, until: datetime) -> None:
        self._answer()
        if self._until[place] == until:
            self._until[place] = None

    def _answer(self) -> None:
        if self.is_away:
            raise StoreUnavailable("The fake places are away.")
