"""Jobs in memory, locked and handed out as the engine does it, on a clock that a test moves."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from apify_camunda.contracts.commands import (
    ActivatedJob,
    FailJob,
    JobGone,
    JobOutcome,
    JobReply,
    JobTaken,
)
from apify_camunda.contracts.json_types import JobKey, JsonObject
from apify_camunda.errors import ConnectorError

from tests.fakes.clock import FrozenClock

_TURNS = 100


@dataclass
class _Waiting:
    job: ActivatedJob
    handed_out_from: datetime
    is_locked: bool = False
    is_incident: bool = False


class FakeJobQueue:
    """Hands out each job whose lock or back-off has ended; an empty poll takes as long as it may wait."""

    def __init__(self, clock: FrozenClock) -> None:
        self._clock = clock
        self._waiting: dict[JobKey, _Waiting] = {}
        self.reported: list[tuple[JobKey, JobOutcome]] = []
        self.locks: list[tuple[JobKey, timedelta]] = []
        self.local_variables: dict[int, JsonObject] = {}
        self.activations = 0
        self.troubles: list[ConnectorError] = []
        self.report_troubles: list[ConnectorError] = []
        self.lost_reports = 0

    def add(self, job: ActivatedJob) -> None:
        self._waiting[job.key] = _Waiting(job, self._clock.now())

    def cancel(self, key: JobKey) -> None:
        del self._waiting[key]

    def resolve_incident(self, key: JobKey, *, retries: int) -> None:
        found = self._waiting[key]
        found.job = replace(found.job, retries=retries)
        found.is_incident = False
        found.handed_out_from = self._clock.now()

    def is_there(self, key: JobKey) -> bool:
        return key in self._waiting

    def comes_back_in(self, key: JobKey) -> timedelta:
        """Return when the job is handed out again, from now."""
        return self._waiting[key].handed_out_from - self._clock.now()

    async def activate(
        self, *, job_type: str, max_jobs: int, lock: timedelta, wait: timedelta
    ) -> Sequence[ActivatedJob]:
        self.activations += 1
        if self.troubles:
            raise self.troubles.pop(0)
        found = [item for item in self._waiting.values() if self._is_due(item, job_type)][:max_jobs]
        for item in found:
            item.is_locked = True
            item.handed_out_from = self._clock.now() + lock
        if not found:
            # The event loop's other tasks get their turn, as they do while a real poll waits.
            for _ in range(_TURNS):
                await asyncio.sleep(0)
            await self._clock.sleep(wait)
        return [item.job for item in found]

    async def report(self, job: JobKey, outcome: JobOutcome) -> JobReply:
        if self.report_troubles:
            raise self.report_troubles.pop(0)
        item = self._waiting.get(job)
        if item is None:
            return JobGone("no such job was found", is_unknown=True)
        if item.is_incident:
            return JobGone("is in state 'FAILED'")
        self.reported.append((job, outcome))
        if isinstance(outcome, FailJob):
            item.job = replace(item.job, retries=outcome.retries)
            item.is_locked = False
            item.is_incident = outcome.retries == 0
            item.handed_out_from = self._clock.now() + outcome.backoff
        else:
            del self._waiting[job]
        return JobTaken()

    async def set_lock(self, job: JobKey, duration: timedelta) -> JobReply:
        self.locks.append((job, duration))
        item = self._waiting.get(job)
        if item is None:
            return JobGone("no such job was found", is_unknown=True)
        if not item.is_locked or item.handed_out_from <= self._clock.now():
            return JobGone("it is not active")
        item.handed_out_from = self._clock.now() + duration
        return JobTaken()

    async def set_local_variables(self, element_instance_key: int, variables: JsonObject) -> None:
        self.local_variables[element_instance_key] = variables

    def _is_due(self, item: _Waiting, job_type: str) -> bool:
        is_ours = item.job.type == job_type and not item.is_incident
        return is_ours and item.handed_out_from <= self._clock.now()
