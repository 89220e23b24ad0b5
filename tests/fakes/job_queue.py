"""Jobs in memory, locked and handed out as the engine does it, on a clock that a test moves."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import assert_never

from apify_camunda.camunda.model import (
    ActivatedJob,
    CompleteJob,
    FailJob,
    JobGone,
    JobOutcome,
    JobReply,
    JobTaken,
    ThrowBpmnError,
)
from apify_camunda.errors import ConnectorError, EngineRejected
from apify_camunda.identifiers import JobKey
from apify_camunda.json_types import JsonObject

from tests.fakes.clock import FrozenClock
from tests.fakes.engine import must_fit

_TURNS = 100


@dataclass
class _Waiting:
    job: ActivatedJob
    handed_out_from: datetime
    has_failed: bool = False
    is_incident: bool = False

    def state(self, now: datetime) -> str:
        """Return ACTIVATABLE, ACTIVATED or FAILED, as the engine calls it."""
        if self.is_incident:
            return "FAILED"
        if self.handed_out_from <= now:
            return "ACTIVATABLE"
        return "FAILED" if self.has_failed else "ACTIVATED"


class FakeJobQueue:
    """Hands out each job whose lock or back-off has ended; an empty poll takes as long as it may wait.

    A job that comes while a poll waits is handed out then, and so is one whose lock ends meanwhile.
    """

    def __init__(self, clock: FrozenClock) -> None:
        self._clock = clock
        self._waiting: dict[JobKey, _Waiting] = {}
        self.reported: list[tuple[JobKey, JobOutcome]] = []
        self.locks: list[tuple[JobKey, timedelta]] = []
        self.local_variables: dict[int, JsonObject] = {}
        self.activations = 0
        self.troubles: list[ConnectorError] = []
        self.report_troubles: list[ConnectorError] = []
        self.lock_troubles: list[ConnectorError] = []
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

    def state(self, key: JobKey) -> str:
        """Return the state of a job: ACTIVATABLE, ACTIVATED or FAILED."""
        return self._waiting[key].state(self._clock.now())

    async def activate(
        self, *, job_type: str, max_jobs: int, lock: timedelta, wait: timedelta
    ) -> Sequence[ActivatedJob]:
        self.activations += 1
        if self.troubles:
            raise self.troubles.pop(0)
        found = self._due(job_type, max_jobs)
        for _ in range(0 if found else _TURNS):
            # The event loop's other tasks get their turn, as they do while a real poll waits.
            await asyncio.sleep(0)
        found = found or self._due(job_type, max_jobs)
        if not found:
            await self._clock.sleep(wait)
            found = self._due(job_type, max_jobs)
        return [self._hand_out(item, lock) for item in found]

    async def report(self, job: JobKey, outcome: JobOutcome) -> JobReply:
        if self.report_troubles:
            raise self.report_troubles.pop(0)
        must_fit(outcome.variables)
        item = self._waiting.get(job)
        if item is None:
            return _unknown(job)
        if self.state(job) == "FAILED":
            return JobGone(f"Job {job} is in state 'FAILED'")
        self.reported.append((job, outcome))
        match outcome:
            case CompleteJob() | ThrowBpmnError():
                del self._waiting[job]
            case FailJob():
                variables = {**item.job.variables, **outcome.variables}
                item.job = replace(item.job, retries=outcome.retries, variables=variables)
                item.has_failed = True
                item.is_incident = outcome.retries == 0
                item.handed_out_from = self._clock.now() + outcome.backoff
            case _:
                assert_never(outcome)
        return JobTaken()

    async def set_lock(self, job: JobKey, duration: timedelta) -> JobReply:
        if self.lock_troubles:
            raise self.lock_troubles.pop(0)
        self.locks.append((job, duration))
        item = self._waiting.get(job)
        if item is None:
            return _unknown(job)
        if self.state(job) != "ACTIVATED":
            return JobGone(f"Job {job} is not active")
        item.handed_out_from = self._clock.now() + duration
        return JobTaken()

    async def set_local_variables(self, element_instance_key: int, variables: JsonObject) -> None:
        of_element = [
            item for item in self._waiting.values() if item.job.element_instance_key == element_instance_key
        ]
        if not of_element:
            raise EngineRejected(f"There is no element {element_instance_key}.", rejection="NOT_FOUND")
        self.local_variables[element_instance_key] = variables
        for item in of_element:
            item.job = replace(item.job, variables={**item.job.variables, **variables})

    def _due(self, job_type: str, max_jobs: int) -> list[_Waiting]:
        now = self._clock.now()
        ours = (item for item in self._waiting.values() if item.job.type == job_type)
        return [item for item in ours if item.state(now) == "ACTIVATABLE"][:max_jobs]

    def _hand_out(self, item: _Waiting, lock: timedelta) -> ActivatedJob:
        item.has_failed = False
        item.handed_out_from = self._clock.now() + lock
        item.job = replace(item.job, deadline_ms=round(item.handed_out_from.timestamp() * 1000))
        return item.job


def _unknown(job: JobKey) -> JobGone:
    return JobGone(f"no such job was found: {job}", is_unknown=True)
