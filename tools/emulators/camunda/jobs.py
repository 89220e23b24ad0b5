"""The life of jobs: handed out, locked, given back, ended; what that means for the element is an action."""

import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from emulators.camunda.actions import AdHocDecision, Complete, Decision, ThrowError
from emulators.camunda.expressions import evaluate_number, evaluate_text
from emulators.camunda.incidents import Incidents
from emulators.camunda.model import JobDefinition, Kind
from emulators.camunda.rejection import Rejection, RejectionKind
from emulators.camunda.scopes import Scopes
from emulators.camunda.state import ActivatedJob, ElementInstance, IncidentKind, Job, JobState, Variables
from emulators.camunda.store import Store

MAX_MESSAGE_BYTES = 4 * 1024 * 1024
"""What one gRPC message may hold; a job that does not fit into one is not handed out."""

_JOB_OVERHEAD_BYTES = 512

LOCK = "job lock"
BACK_OFF = "job back-off"


@dataclass(frozen=True, slots=True)
class JobProperties:
    """A job's evaluated type and retries."""

    type: str
    retries: int


class Jobs:
    """Creates jobs and carries out the commands on them."""

    def __init__(self, store: Store, scopes: Scopes, incidents: Incidents) -> None:
        self._store = store
        self._scopes = scopes
        self._incidents = incidents

    def evaluate(self, definition: JobDefinition, variables: Variables) -> JobProperties:
        """Return what the job would be.

        Raises:
            Stuck: An expression fails.
        """
        kind = IncidentKind.EXTRACT_VALUE_ERROR
        return JobProperties(
            evaluate_text(definition.type, variables, kind),
            evaluate_number(definition.retries, variables, kind),
        )

    def create(self, row: ElementInstance, definition: JobDefinition, properties: JobProperties) -> None:
        """Create an element's job."""
        instance = self._store.instances[row.process_instance_key]
        job = self._store.jobs.put(
            Job(
                key=self._store.new_key(),
                type=properties.type,
                state=JobState.ACTIVATABLE,
                retries=properties.retries,
                headers=definition.headers,
                process_instance_key=row.process_instance_key,
                process_id=row.process_id,
                definition_key=row.definition_key,
                definition_version=instance.version,
                element_id=row.element_id,
                element_instance_key=row.key,
                tenant_id=row.tenant_id,
                tags=instance.tags,
                kind=_kind_of(row),
                created_at=self._store.now,
            )
        )
        self._tell("job.created", job)

    def activate(
        self,
        *,
        job_type: str,
        worker: str,
        timeout: timedelta,
        max_jobs: int,
        fetch: Sequence[str],
        tenants: Collection[str],
    ) -> Iterator[ActivatedJob]:
        """Lock activatable jobs, oldest first, as many as are wanted."""
        count = 0
        for job in sorted(self._store.jobs.find("activatable", job_type), key=lambda j: j.key):
            if count == max_jobs:
                return
            if job.tenant_id not in tenants:
                continue
            variables = self._variables(job, fetch)
            size = _JOB_OVERHEAD_BYTES + _size(variables) + _size(dict(job.headers))
            if size > MAX_MESSAGE_BYTES:
                self._too_large(job, size)
                continue
            count += 1
            yield ActivatedJob(self._lock(job, worker, timeout), variables)

    def complete(self, key: int, variables: Variables, decision: Decision | None = None) -> None:
        """Complete a job; that of an ad-hoc sub-process decides how it goes on.

        Raises:
            Rejection: NOT_FOUND, INVALID_STATE.
        """
        job = self._workable(key, "COMPLETE", "complete")
        self._end(job, JobState.COMPLETED)
        row = self._store.elements[job.element_instance_key]
        if row.kind == Kind.AD_HOC_SUB_PROCESS:
            said = decision or Decision()
            self._store.agenda.append(AdHocDecision(row.key, variables, said))
        else:
            self._store.agenda.append(Complete(row.key, variables))
        self._tell("job.completed", job, variables=tuple(variables))

    def fail(self, key: int, retries: int, message: str, backoff: timedelta, variables: Variables) -> None:
        """Give a job back, at once, after a back-off, or as an incident.

        Raises:
            Rejection: NOT_FOUND, INVALID_STATE.
        """
        job = self._workable(key, "FAIL", "fail")
        self._scopes.set_local(job.element_instance_key, variables)
        failed = replace(job, retries=retries, error_message=message, deadline=None, state=JobState.FAILED)
        self._tell("job.failed", failed, retries=failed.retries, message=message)
        if retries <= 0:
            text = message or "No more retries left."
            self._incidents.stop_job(self._store.jobs.put(failed), IncidentKind.JOB_NO_RETRIES, text)
        elif backoff > timedelta(0):
            retry_at = self._store.now + backoff
            self._store.jobs.put(replace(failed, retry_at=retry_at))
            self._store.put_due(retry_at, key, BACK_OFF)
        else:
            self._store.jobs.put(replace(failed, state=JobState.ACTIVATABLE))

    def throw_error(self, key: int, code: str, message: str, variables: Variables) -> None:
        """Throw a BPMN error from a job.

        Raises:
            Rejection: NOT_FOUND, INVALID_STATE.
        """
        job = self._workable(key, "THROW_ERROR", "throw an error for")
        thrown = replace(job, state=JobState.ERROR_THROWN, error_code=code, error_message=message)
        self._store.jobs.put(replace(thrown, deadline=None))
        self._store.agenda.append(ThrowError(job.element_instance_key, code, message, variables, key))
        self._tell("job.error_thrown", thrown, code=code, message=message)

    def update_timeout(self, key: int, timeout: timedelta) -> None:
        """Move the lock of an activated job.

        Raises:
            Rejection: NOT_FOUND, INVALID_STATE.
        """
        job = self._existing(key, "UPDATE_TIMEOUT", "update")
        if job.state is not JobState.ACTIVATED:
            reason = f"Expected to update the timeout of job with key '{key}', but it is not active"
            raise Rejection.of_command("UPDATE_TIMEOUT", RejectionKind.INVALID_STATE, reason)
        self._lock(job, job.worker, timeout)

    def update_retries(self, key: int, retries: int) -> None:
        """Set how often a job may still be tried.

        Raises:
            Rejection: NOT_FOUND, INVALID_ARGUMENT.
        """
        job = self._existing(key, "UPDATE_RETRIES", "update")
        if retries < 1:
            what = f"Expected to update retries for job with key '{key}' with a positive amount of retries"
            reason = f"{what}, but the amount given was '{retries}'"
            raise Rejection.of_command("UPDATE_RETRIES", RejectionKind.INVALID_ARGUMENT, reason)
        self._store.jobs.put(replace(job, retries=retries))

    def cancel_of(self, element_key: int) -> None:
        """Cancel the job of an element that ended without it."""
        for job in self._store.jobs.find("element", element_key):
            self._end(job, JobState.CANCELED if job.state is not JobState.ERROR_THROWN else job.state)

    def lock_is_due(self, key: int, at: datetime) -> bool:
        """Return whether a job's lock still ends at an instant."""
        job = self._store.jobs.get(key)
        return job is not None and job.state is JobState.ACTIVATED and job.deadline == at

    def back_off_is_due(self, key: int, at: datetime) -> bool:
        """Return whether a job's back-off still ends at an instant."""
        job = self._store.jobs.get(key)
        return job is not None and job.state is JobState.FAILED and job.retry_at == at

    def hand_back(self, key: int) -> None:
        """Make a job activatable again whose lock or back-off ended."""
        job = self._store.jobs[key]
        self._tell("job.timed_out" if job.state is JobState.ACTIVATED else "job.recurred", job)
        self._store.jobs.put(replace(job, state=JobState.ACTIVATABLE, deadline=None, retry_at=None))

    def _lock(self, job: Job, worker: str, timeout: timedelta) -> Job:
        deadline = self._store.now + timeout
        locked = replace(job, state=JobState.ACTIVATED, worker=worker, deadline=deadline)
        self._store.put_due(deadline, job.key, LOCK)
        self._tell(
            "job.locked" if job.state is JobState.ACTIVATED else "job.activated", locked, until=deadline
        )
        return self._store.jobs.put(locked)

    def _end(self, job: Job, state: JobState) -> None:
        self._store.jobs.put(
            replace(job, state=state, deadline=None, retry_at=None, ended_at=self._store.now)
        )

    def _existing(self, key: int, command: str, verb: str) -> Job:
        job = self._store.jobs.get(key)
        if job is None or job.ended_at is not None:
            reason = f"Expected to {verb} job with key '{key}', but no such job was found"
            raise Rejection.of_command(command, RejectionKind.NOT_FOUND, reason)
        return job

    def _workable(self, key: int, command: str, verb: str) -> Job:
        job = self._existing(key, command, verb)
        if job.state not in {JobState.ACTIVATABLE, JobState.ACTIVATED}:
            reason = f"Expected to {verb} job with key '{key}', but it is in state '{job.state}'"
            raise Rejection.of_command(command, RejectionKind.INVALID_STATE, reason)
        return job

    def _variables(self, job: Job, fetch: Sequence[str]) -> Variables:
        visible = self._scopes.visible(job.element_instance_key)
        return {n: v for n, v in visible.items() if n in fetch} if fetch else visible

    def _too_large(self, job: Job, size: int) -> None:
        what = (
            f"The job with key '{job.key}' can not be activated, because with {size / 1024**2:.1f} MB it is"
        )
        limit = "larger than the configured message size (per default is 4 MB). Try to reduce the size by"
        hint = "reducing the number of fetched variables or modifying the variable values."
        message = f"{what} {limit} {hint}"
        stopped = self._store.jobs.put(replace(job, state=JobState.FAILED))
        self._incidents.stop_job(stopped, IncidentKind.MESSAGE_SIZE_EXCEEDED, message)

    def _tell(self, kind: str, job: Job, **facts: Any) -> None:
        self._store.happened(kind, key=job.key, type=job.type, element_id=job.element_id, **facts)


def _kind_of(row: ElementInstance) -> str:
    return "AD_HOC_SUB_PROCESS" if row.kind == Kind.AD_HOC_SUB_PROCESS else "BPMN_ELEMENT"


def _size(document: Variables) -> int:
    return len(json.dumps(document, ensure_ascii=False).encode())
