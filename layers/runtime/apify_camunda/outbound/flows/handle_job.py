"""Works one job: reads its headers and inputs, carries out its operation, and reports the outcome.

Whatever happens, the job ends reported, waiting by its lock, or handed back with its retries untouched.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from apify_camunda.apify.port import ApifyAccounts
from apify_camunda.camunda.model import ActivatedJob, FailJob, JobGone, JobOutcome
from apify_camunda.camunda.ports import JobQueue
from apify_camunda.errors import (
    ConfigurationError,
    ConnectorError,
    EngineRejected,
    EngineUnavailable,
    ErrorCode,
    InvalidInput,
    StoreUnavailable,
    TransientError,
)
from apify_camunda.outbound.domain import retry_policy
from apify_camunda.outbound.domain.attempt import AttemptState
from apify_camunda.outbound.domain.job_facts import facts_of_job
from apify_camunda.outbound.domain.job_headers import JobHeaders, lenient_headers, read_headers
from apify_camunda.outbound.domain.job_outcome import outcome_of_error, outcome_of_result
from apify_camunda.outbound.flows.carry_run import CarryRun
from apify_camunda.outbound.flows.follow_run import RunWork
from apify_camunda.outbound.flows.large_results import LargeResults
from apify_camunda.outbound.flows.report_outcome import ReportOutcome
from apify_camunda.outbound.flows.resolve_secrets import NotVisibleYet, ResolveSecrets
from apify_camunda.outbound.operations.model import ReadOperation, RunOperation
from apify_camunda.outbound.operations.request import OperationRequest, read_request
from apify_camunda.outbound.ports import AttemptLedger
from apify_camunda.platform.deadline import Deadline
from apify_camunda.platform.log_facts import LogFacts
from apify_camunda.platform.ports import Clock

log = logging.getLogger(__name__)
AT_ONCE: Final = timedelta(milliseconds=1)
_NOT_VISIBLE_YET: Final = timedelta(seconds=3)
_LONGEST_NOT_VISIBLE: Final = timedelta(minutes=1)
_VISIBLE_WITHIN: Final = timedelta(minutes=10)
_MENDED_WITHIN: Final = timedelta(minutes=2)
_OUR_OWN_TROUBLE: Final = timedelta(seconds=15)
_LOCK_MARGIN: Final = timedelta(seconds=5)
JOB_TIMED_OUT: Final = ErrorCode.JOB_TIMED_OUT
UNEXPECTED: Final = ErrorCode.UNEXPECTED_ERROR


@dataclass(frozen=True, slots=True, kw_only=True)
class HandleJob:
    """Works jobs, one a call.

    Attributes:
        initial_lock: How long an activated job is ours.
    """

    jobs: JobQueue
    accounts: ApifyAccounts
    attempts: AttemptLedger
    clock: Clock
    report: ReportOutcome
    resolve_secrets: ResolveSecrets
    carry_run: CarryRun
    large_results: LargeResults
    initial_lock: timedelta

    async def __call__(self, job: ActivatedJob, deadline: Deadline) -> None:
        """Work the job until it is done or waits, and hand it back where the time does not suffice."""
        started_at = self.clock.now()
        try:
            headers = read_headers(job.headers)
        except InvalidInput as error:
            outcome = outcome_of_error(error, lenient_headers(job.headers), retries=job.retries)
            await self._or_hand_back(job, self.report(job, outcome))
            return
        lock = headers.job_timeout or self.initial_lock
        until = deadline.or_sooner(started_at + lock - min(_LOCK_MARGIN, lock / 10))
        try:
            async with asyncio.timeout(until.remaining(started_at).total_seconds()):
                await self._or_hand_back(job, self._work(job, headers, deadline))
        except TimeoutError:
            await self._stop(job, headers, lock if until != deadline else None)

    async def _stop(self, job: ActivatedJob, headers: JobHeaders, lock: timedelta | None) -> None:
        """End a job that was cut off: by the end of the invocation (None), or by that of its own lock."""
        if lock is None:
            log.warning("job was handed back: the invocation ends", extra=facts_of_job(job))
            await self.hand_back(job, AT_ONCE)
            return
        error = TransientError(
            f"The job took longer than its lock of {lock}. Ask for less, or set the header jobTimeout.",
            code=JOB_TIMED_OUT,
        )
        outcome = outcome_of_error(error, headers, retries=job.retries)
        await self._or_hand_back(job, self._fail(job, outcome))

    async def hand_back(self, job: ActivatedJob, delay: timedelta) -> None:
        """Let the engine hand the job out again after `delay`, with its retries untouched."""
        try:
            await self.jobs.set_lock(job.key, delay)
        except (EngineUnavailable, EngineRejected):
            log.warning("job was not handed back; its lock runs out", extra=facts_of_job(job))

    async def _or_hand_back(self, job: ActivatedJob, work: Awaitable[object]) -> None:
        """Hand the job back where not it, but a store of ours, Camunda or our program is in trouble."""
        try:
            await work
        except (StoreUnavailable, EngineUnavailable) as error:
            log.warning("job was handed back", extra=facts_of_job(job) | LogFacts(code=error.code))
        except Exception:  # the invocation's other jobs go on
            log.exception(
                "job was handed back: not even its failure could be reported", extra=facts_of_job(job)
            )
        else:
            return
        await self.hand_back(job, _OUR_OWN_TROUBLE)

    async def _work(self, job: ActivatedJob, headers: JobHeaders, deadline: Deadline) -> None:
        if headers.job_timeout is not None and not await self._lock_for(job, headers.job_timeout):
            return
        try:
            await self._resolve_and_carry_out(job, headers, deadline)
        except (StoreUnavailable, EngineUnavailable):
            raise
        except Exception as error:  # one faulty job must not take the others down
            log.exception("job failed unexpectedly", extra=facts_of_job(job))
            fault = TransientError(
                f"Unexpected error ({type(error).__name__}); see the poller's log.", code=UNEXPECTED
            )
            # The error expression is left out: it may be what broke.
            plain = JobHeaders(retry_backoff=headers.retry_backoff)
            await self._fail(job, outcome_of_error(fault, plain, retries=job.retries))

    async def _resolve_and_carry_out(
        self, job: ActivatedJob, headers: JobHeaders, deadline: Deadline
    ) -> None:
        secrets: frozenset[str] = frozenset()
        try:
            resolved = await self.resolve_secrets(job)
            if isinstance(resolved, NotVisibleYet):
                await self._wait_for_definition(job, resolved.asked_for)
                return
            secrets = resolved.used
            request = read_request(resolved.variables)
            secrets |= {request.token}
            await self._carry_out(job, headers, request, secrets, deadline)
        except (StoreUnavailable, EngineUnavailable):
            raise
        except ConfigurationError as error:
            # The fault is the deployment's, and all jobs meet it: they are given time until it is mended.
            log.error("job could not be worked: the deployment is set up wrongly", extra=facts_of_job(job))  # noqa: TRY400 - no fault of the program's
            later = TransientError(error.message, code=error.code, retry_after=_MENDED_WITHIN)
            outcome = outcome_of_error(later, headers, retries=job.retries, secrets=secrets)
            await self._fail(job, outcome)
        except ConnectorError as error:
            if retry_policy.is_not_now(error):
                asked_for = error.retry_after if isinstance(error, TransientError) else None
                await self.hand_back(job, retry_policy.not_now_delay(0, asked_for))
            else:
                outcome = outcome_of_error(error, headers, retries=job.retries, secrets=secrets)
                await self._fail(job, outcome)

    async def _wait_for_definition(self, job: ActivatedJob, asked_for: timedelta) -> None:
        """Hand a job back until its definition can be seen, for longer and longer.

        Raises:
            ConfigurationError: It should have been seen by now.
        """
        if asked_for > _VISIBLE_WITHIN:
            raise ConfigurationError(
                f"The process definition {job.process_id} has not been seen for {asked_for}, so the secrets "
                "that its element names are not known. Grant the client READ_PROCESS_DEFINITION for it, or "
                "deploy with SecretScope=any."
            )
        log.info("job was handed back: its definition is not visible yet", extra=facts_of_job(job))
        await self.hand_back(job, min(max(_NOT_VISIBLE_YET, asked_for / 2), _LONGEST_NOT_VISIBLE))

    async def _carry_out(
        self,
        job: ActivatedJob,
        headers: JobHeaders,
        request: OperationRequest,
        secrets: frozenset[str],
        deadline: Deadline,
    ) -> None:
        apify = self.accounts.with_token(request.token)
        match request.operation:
            case ReadOperation() as read:
                outcome = await self.large_results.outcome(
                    lambda most_bytes: read.read(apify, most_bytes=most_bytes),
                    lambda result: outcome_of_result(result, headers, retries=job.retries, secrets=secrets),
                )
                await self.report(job, outcome)
            case RunOperation() as run:
                await self.carry_run(RunWork(job, headers, run, apify, secrets, deadline))
            case other:
                raise AssertionError(f"an operation of no known kind: {other.type}")

    async def _lock_for(self, job: ActivatedJob, duration: timedelta) -> bool:
        """Lock the job for as long as its header says; False where it is gone."""
        try:
            reply = await self.jobs.set_lock(job.key, duration)
        except EngineUnavailable:
            return True
        return not isinstance(reply, JobGone)

    async def _fail(self, job: ActivatedJob, outcome: JobOutcome) -> None:
        """Report a failure that ended no attempt: one that is open stays open, with the run that it has."""
        latest = await self.attempts.latest(job.key)
        if latest is not None and latest.state is not AttemptState.CLOSED and isinstance(outcome, FailJob):
            await self.attempts.expect_retries(latest.id, min(outcome.retries, latest.retries))
        await self.report(job, outcome)
