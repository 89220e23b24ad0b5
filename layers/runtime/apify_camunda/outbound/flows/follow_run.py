"""Follows a run that a job waits for: looks at it, lets the job wait on, and reports the outcome."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from apify_camunda.apify.model import TERMINAL_STATUSES, ApifyRun
from apify_camunda.apify.port import Apify
from apify_camunda.camunda.model import ActivatedJob, FailJob, JobGone, JobOutcome
from apify_camunda.camunda.ports import JobQueue
from apify_camunda.errors import (
    ApifyRejected,
    ApifyUnavailable,
    ConnectorError,
    EngineRejected,
    EngineUnavailable,
    ErrorCode,
    PermanentError,
)
from apify_camunda.identifiers import RunId
from apify_camunda.outbound.domain import retry_policy
from apify_camunda.outbound.domain.attempt import Attempt
from apify_camunda.outbound.domain.job_facts import facts_of_job
from apify_camunda.outbound.domain.job_headers import JobHeaders
from apify_camunda.outbound.domain.job_outcome import (
    OperationResult,
    is_about_the_mapping,
    outcome_of_error,
    outcome_of_result,
)
from apify_camunda.outbound.domain.run_outcome import run_error, succeeded, variables_for_operators
from apify_camunda.outbound.domain.stored_outcome import from_stored, to_stored
from apify_camunda.outbound.flows.large_results import LargeResults
from apify_camunda.outbound.flows.report_outcome import ReportOutcome
from apify_camunda.outbound.operations.model import RunOperation
from apify_camunda.outbound.ports import AttemptLedger
from apify_camunda.platform.deadline import Deadline
from apify_camunda.platform.log_facts import LogFacts
from apify_camunda.platform.ports import Clock

log = logging.getLogger(__name__)
RUN_NOT_FOUND: Final = ErrorCode.RUN_NOT_FOUND
_SHORTEST_WAIT: Final = timedelta(seconds=5)
_MOST_MISSES: Final = 24
"""A fresh run may not be on every replica of Apify yet: for two minutes it is looked for all 5 seconds."""


@dataclass(frozen=True, slots=True)
class RunWork:
    """One job that wants a run, with all that was read of it.

    Attributes:
        secrets: Values that must not leave us.
        deadline: When the invocation ends that works the job.
    """

    job: ActivatedJob
    headers: JobHeaders
    operation: RunOperation
    apify: Apify
    secrets: frozenset[str]
    deadline: Deadline

    def outcome_of(self, error: ConnectorError) -> JobOutcome:
        """Return what the job is reported as after this error."""
        return outcome_of_error(error, self.headers, retries=self.job.retries, secrets=self.secrets)


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowRun:
    """Follows runs whose ids are known, and ends attempts."""

    jobs: JobQueue
    attempts: AttemptLedger
    clock: Clock
    report: ReportOutcome
    large_results: LargeResults

    async def begin(self, work: RunWork, attempt: Attempt, run: ApifyRun) -> None:
        """Let the job wait for a run that was just started and written down."""
        if run.is_terminal or not work.operation.waits:
            await self._finish(work, attempt, run)
        elif await self._let_wait(work, run.id, retry_policy.look_interval(0)):
            await self._show(work, run.id)
            await self._look_again_if_it_ended(work, attempt)

    async def __call__(self, work: RunWork, attempt: Attempt) -> None:
        """Look at the run, and end the attempt or let the job wait on."""
        run = await self._look(work, attempt)
        if run is None:
            return
        if run.is_terminal or not work.operation.waits:
            await self._finish(work, attempt, run)
            return
        said_to_have_ended = attempt.run_status in TERMINAL_STATUSES
        interval = retry_policy.lag_interval if said_to_have_ended else retry_policy.look_interval
        await self.attempts.record_look(attempt.id, attempt.looks + 1)
        still_there = await self._let_wait(work, run.id, interval(attempt.looks))
        if still_there and not said_to_have_ended:
            await self._show(work, run.id)
            await self._look_again_if_it_ended(work, attempt)

    async def _look_again_if_it_ended(self, work: RunWork, attempt: Attempt) -> None:
        """Catch a callback that came before the job's lock was extended, and whose wake-up that undid."""
        row = await self.attempts.latest(work.job.key)
        if row is not None and row.id == attempt.id and row.run_status in TERMINAL_STATUSES:
            await self(work, row)

    async def _look(self, work: RunWork, attempt: Attempt) -> ApifyRun | None:
        """Return the run, or None where that was dealt with."""
        run_id = attempt.run_id
        assert run_id is not None, "only an attempt with a run is followed"
        try:
            run = await work.apify.run(run_id)
        except ApifyUnavailable as error:
            await self.wait(work, attempt, retry_policy.not_now_delay(attempt.looks, error.retry_after))
            return None
        except ApifyRejected as error:
            await self.fail_but_keep(work, attempt, error)
            return None
        if run is not None:
            return run
        if attempt.looks < _MOST_MISSES:
            await self.attempts.record_look(attempt.id, attempt.looks + 1)
            await self.wait(work, attempt, _SHORTEST_WAIT)
        else:
            await self.conclude(work, attempt, work.outcome_of(_run_not_found(run_id)))
        return None

    async def _finish(self, work: RunWork, attempt: Attempt, run: ApifyRun) -> None:
        self.report.measure_run(attempt, run)
        try:
            outcome = await self.large_results.outcome(
                lambda most_bytes: _result(work, run, most_bytes),
                lambda result: outcome_of_result(
                    result, work.headers, retries=work.job.retries, secrets=work.secrets
                ),
            )
        except ApifyUnavailable as error:
            await self.wait(work, attempt, retry_policy.not_now_delay(attempt.looks, error.retry_after))
        except ApifyRejected as error:
            await self.fail_but_keep(work, attempt, error)
        except ConnectorError as error:
            await self.conclude(work, attempt, work.outcome_of(error))
        else:
            if is_about_the_mapping(outcome):
                await self._report_but_keep(work, attempt, outcome)
            else:
                await self.conclude(work, attempt, outcome)

    # --- Ending ------------------------------------------------------------------------------------------

    async def conclude(self, work: RunWork, attempt: Attempt, outcome: JobOutcome) -> None:
        """Write the attempt's outcome down, report it, and close the attempt."""
        stands = await self.attempts.decide(attempt.id, to_stored(outcome))
        await self.report_decided(work, attempt, from_stored(stands))

    async def report_decided(self, work: RunWork, attempt: Attempt, outcome: JobOutcome) -> None:
        """Report an outcome that is written down, and close the attempt.

        One that the engine refuses is none: the job is failed, and its attempt goes on with the run it has.
        """
        try:
            await self.report.as_it_is(work.job, outcome)
        except EngineRejected as error:
            failure = self.report.failure_of(work.job, outcome, error)
            await self.attempts.reconsider(attempt.id)
            await self.report.as_it_is(work.job, failure)
        else:
            left = outcome.retries if isinstance(outcome, FailJob) else 0
            await self.attempts.close(attempt.id, retries=left)

    async def fail_but_keep(self, work: RunWork, attempt: Attempt, error: ConnectorError) -> None:
        """Fail the job where a person must act (a token was revoked), and keep the run that it paid for."""
        await self._report_but_keep(work, attempt, work.outcome_of(error))

    async def _report_but_keep(self, work: RunWork, attempt: Attempt, outcome: JobOutcome) -> None:
        """Report a failure after which the job goes on with the run that it has; other outcomes end it."""
        if not isinstance(outcome, FailJob):
            await self.conclude(work, attempt, outcome)
            return
        await self.attempts.expect_retries(attempt.id, outcome.retries)
        await self.report(work.job, outcome)

    # --- Waiting -----------------------------------------------------------------------------------------

    async def wait(self, work: RunWork, attempt: Attempt, duration: timedelta) -> None:
        """Let the engine hand the job out again after `duration`."""
        await self._let_wait(work, attempt.run_id, duration)

    async def holds(self, work: RunWork) -> bool:
        """Keep the job locked for as long as it may be worked on; False where it is not ours any more."""
        remaining = work.deadline.remaining(self.clock.now())
        return await self._let_wait(work, None, max(remaining, _SHORTEST_WAIT))

    async def _let_wait(self, work: RunWork, run_id: RunId | None, duration: timedelta) -> bool:
        """Let the engine hand the job out again after `duration`; False where it is not ours any more."""
        reply = await self.jobs.set_lock(work.job.key, duration)
        if not isinstance(reply, JobGone):
            return True
        facts = facts_of_job(work.job) | LogFacts(run_id=run_id)
        log.info("job was not ours any more", extra=facts)
        # A job whose lock ran out is refused too; it comes again and must find its attempt open.
        if reply.is_unknown and run_id is not None and work.operation.cancel_run_when_job_is_gone:
            await self.abort(work, run_id)
        return False

    async def abort(self, work: RunWork, run_id: RunId) -> None:
        """Abort a run that nobody waits for; one that goes on all the same is only logged."""
        facts = facts_of_job(work.job) | LogFacts(run_id=run_id)
        try:
            await work.apify.abort_run(run_id)
        except (ApifyRejected, ApifyUnavailable) as error:
            log.warning("run was not aborted", extra=facts | LogFacts(code=error.code))
        else:
            log.info("run was aborted", extra=facts)

    async def _show(self, work: RunWork, run_id: RunId) -> None:
        try:
            await self.jobs.set_local_variables(
                work.job.element_instance_key, variables_for_operators(run_id)
            )
        except (EngineUnavailable, EngineRejected):
            log.debug(
                "run was not shown to operators", extra=facts_of_job(work.job) | LogFacts(run_id=run_id)
            )


async def _result(work: RunWork, run: ApifyRun, most_bytes: int) -> OperationResult:
    """Return what the process gets of the run.

    Raises:
        PermanentError: The run did not succeed, and the model wants that to fail.
        ConnectorError: The result cannot be read.
    """
    operation = work.operation
    if operation.fail_on_unsuccessful_run and operation.waits and not succeeded(run):
        raise run_error(run)
    return await operation.result(run, work.apify, most_bytes=most_bytes)


def _run_not_found(run_id: RunId) -> PermanentError:
    return PermanentError(
        f"Apify no longer knows the run {run_id}. It was deleted, or it belongs to another account than the "
        "token of this element.",
        code=RUN_NOT_FOUND,
    )
