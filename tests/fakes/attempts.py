"""An attempt ledger in memory."""

from __future__ import annotations

from typing import Any

from apify_camunda.apify.model import TERMINAL_STATUSES
from apify_camunda.errors import StoreUnavailable
from apify_camunda.identifiers import AttemptId, JobKey, RunId
from apify_camunda.json_types import JsonObject
from apify_camunda.outbound.domain.attempt import Attempt, AttemptState


class FakeAttemptLedger:
    def __init__(self) -> None:
        self.rows: dict[AttemptId, Attempt] = {}
        self._owners: dict[RunId, AttemptId] = {}
        self.is_away = False

    async def latest(self, job: JobKey) -> Attempt | None:
        self._answer()
        rows = [row for row in self.rows.values() if row.job_key == job]
        return max(rows, key=lambda row: row.number, default=None)

    async def open(self, attempt: Attempt) -> bool:
        self._answer()
        return self.rows.setdefault(attempt.id, attempt) is attempt

    async def take_lease(self, attempt: Attempt, *, lease_until: float) -> bool:
        self._answer()
        row = self.rows.get(attempt.id)
        if row is None or row.state is not AttemptState.STARTING or row.lease_until != attempt.lease_until:
            return False
        self._change(attempt.id, lease_until=lease_until)
        return True

    async def claim_run(self, run_id: RunId, attempt: AttemptId) -> bool:
        self._answer()
        if self._owner(run_id) is None and self._owners.get(run_id) != attempt:
            self._owners[run_id] = attempt
        return self._owners[run_id] == attempt

    async def owner_of_run(self, run_id: RunId) -> AttemptId | None:
        self._answer()
        return self._owner(run_id)

    def _owner(self, run_id: RunId) -> AttemptId | None:
        """Return whose a run is; who has noted another one has let go of it."""
        claimant = self._owners.get(run_id)
        row = self.rows.get(claimant) if claimant is not None else None
        return None if row is not None and row.run_id not in (None, run_id) else claimant

    async def record_run(self, attempt: AttemptId, run_id: RunId) -> bool:
        self._answer()
        row = self.rows.get(attempt)
        if row is None or row.run_id not in (None, run_id):
            return False
        self._start(row, run_id)
        return True

    async def record_status(self, attempt: AttemptId, run_id: RunId, status: str) -> Attempt | None:
        self._answer()
        row = self.rows.get(attempt)
        if row is None or row.run_id not in (None, run_id):
            return row
        self._start(row, run_id)
        if row.run_status not in TERMINAL_STATUSES:
            self._change(attempt, run_status=status, looks=0)
        return self.rows[attempt]

    async def record_look(self, attempt: AttemptId, looks: int) -> None:
        self._answer()
        self._change(attempt, looks=looks)

    async def expect_retries(self, attempt: AttemptId, retries: int) -> None:
        self._answer()
        self._change(attempt, retries=retries)

    async def decide(self, attempt: AttemptId, outcome: JsonObject) -> JsonObject:
        self._answer()
        row = self.rows[attempt]
        if row.state is AttemptState.CLOSED:
            return outcome
        if row.outcome is None:
            self._change(attempt, state=AttemptState.DECIDED, outcome=outcome)
        return self.rows[attempt].outcome or outcome

    async def reconsider(self, attempt: AttemptId) -> None:
        self._answer()
        row = self.rows.get(attempt)
        if row is not None and row.state is AttemptState.DECIDED:
            state = AttemptState.STARTED if row.run_id else AttemptState.STARTING
            self._change(attempt, state=state, outcome=None, retries=0)

    async def close(self, attempt: AttemptId, *, retries: int = 0) -> None:
        self._answer()
        self._change(attempt, state=AttemptState.CLOSED, outcome=None, retries=retries)

    def _start(self, row: Attempt, run_id: RunId) -> None:
        state = AttemptState.STARTED if row.state is AttemptState.STARTING else row.state
        self._change(row.id, run_id=run_id, state=state)

    def _change(self, attempt: AttemptId, **changes: Any) -> None:
        self.rows[attempt] = self.rows[attempt].model_copy(update=changes)

    def _answer(self) -> None:
        if self.is_away:
            raise StoreUnavailable("The fake attempt ledger is away.")
