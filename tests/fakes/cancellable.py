"""The list of cancellable runs in memory."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from apify_camunda.errors import StoreUnavailable
from apify_camunda.identifiers import AttemptId
from apify_camunda.outbound.domain.cancellable_run import CancellableRun

from tests.fakes.clock import FrozenClock


class FakeCancellableRuns:
    def __init__(self, clock: FrozenClock) -> None:
        self._clock = clock
        self._runs: dict[AttemptId, CancellableRun] = {}
        self._turn_until: datetime | None = None
        self.is_away = False

    async def put(self, run: CancellableRun) -> None:
        self._answer()
        self._runs[run.attempt] = run

    async def remove(self, attempt: AttemptId) -> None:
        self._answer()
        self._runs.pop(attempt, None)

    async def all(self) -> Sequence[CancellableRun]:
        self._answer()
        return [self._runs[attempt] for attempt in sorted(self._runs)]

    async def take_turn(self, until: datetime) -> bool:
        self._answer()
        if self._turn_until is not None and self._turn_until > self._clock.now():
            return False
        self._turn_until = until
        return True

    def _answer(self) -> None:
        if self.is_away:
            raise StoreUnavailable("The fake list of cancellable runs is away.")
