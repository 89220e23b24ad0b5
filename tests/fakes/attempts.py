"""An attempt ledger in memory."""

from __future__ import annotations

import itertools
from collections.abc import Awaitable, Callable
from dataclasses import replace

from apify_camunda.errors import StoreUnavailable
from apify_camunda.identifiers import AttemptId, JobKey, RunId
from apify_camunda.outbound.domain.attempt import Attempt
from apify_camunda.outbound.domain.attempt_transitions import Transition, after
from apify_camunda.outbound.ports import Change


class FakeAttemptLedger:
    def __init__(self) -> None:
        self.rows: dict[AttemptId, Attempt] = {}
        self._owners: dict[RunId, AttemptId] = {}
        self._stamps = itertools.count(1)
        self.is_away = False
        self.meanwhile: Callable[[AttemptId, Transition], Awaitable[None]] | None = None
        """Does what happens just before a change, where a test arranges a race."""

    async def latest(self, job: JobKey) -> Attempt | None:
        self._answer()
        rows = [row for row in self.rows.values() if row.job_key == job]
        return max(rows, key=lambda row: row.number, default=None)

    async def open(self, attempt: Attempt) -> bool:
        self._answer()
        if attempt.id in self.rows:
            return False
        self.rows[attempt.id] = replace(attempt, stamp=str(next(self._stamps)))
        return True

    async def change(
        self, attempt: AttemptId, transition: Transition, *, seen: Attempt | None = None
    ) -> Change:
        self._answer()
        if self.meanwhile is not None:
            await self.meanwhile(attempt, transition)
        row = self.rows.get(attempt)
        changed = None if row is None else after(row, transition)
        if changed is None:
            return Change(done=False, row=row)
        self.rows[attempt] = replace(changed, stamp=str(next(self._stamps)))
        return Change(done=True, row=self.rows[attempt])

    async def claim_run(self, run_id: RunId, attempt: AttemptId) -> bool:
        self._answer()
        if self._owner(run_id) is None and self._owners.get(run_id) != attempt:
            self._owners[run_id] = attempt
        return self._owners[run_id] == attempt

    async def owner_of_run(self, run_id: RunId) -> AttemptId | None:
        self._answer()
        return self._owner(run_id)

    def _owner(self, run_id: RunId) -> AttemptId | None:
        """Return the owner of a run; an attempt that has noted another run owns it no longer."""
        claimant = self._owners.get(run_id)
        row = self.rows.get(claimant) if claimant is not None else None
        return None if row is not None and row.run_id not in (None, run_id) else claimant

    def _answer(self) -> None:
        if self.is_away:
            raise StoreUnavailable("The fake attempt ledger is away.")
