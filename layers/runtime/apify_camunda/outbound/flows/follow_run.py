"""Follows a run that a job waits for: looks at it, lets the job wait on, and reports the outcome."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta

from apify_camunda.apify.model import TERMINAL_STATUSES, ApifyRun
from apify_camunda.camunda.model import JobGone, JobOutcome
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
from apify_camunda.outbound.domain.attempt_transitions import NoteLook
from apify_camunda.outbound.domain.cancellable_run import CancellableRun
from apify_camunda.outbound.domain.job_facts import facts_of_job
from apify_camunda.outbound.domain.job_outcome import OperationResult, is_about_the_mapping
from apify_camunda.outbound.domain.run_outcome import run_error, succeeded, variables_for_operators
from apify_camunda.outbound.flows.counted_work import CountedWork
from apify_camunda.outbound.flows.end_attempt import EndAttempt
from apify_camunda.outbound.flows.job_locks import JobLocks
from apify_camunda.outbound.flows.make_outcome import MakeOutcome, Mapping
from apify_camunda.outbound.flows.run_work import RunWork
from apify_camunda.outbound.flows.wait_for_apify import WaitForApify
from apify_camunda.outbound.ports import AttemptLedger, CancellableRuns
from apify_camunda.platform.log_facts import LogFacts

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowRun:
    """Follows runs whose ids are known."""

    jobs: JobQueue
    locks: JobLocks
    attempts: AttemptLedger
    end_attempt: EndAttempt
    make_outcome: MakeOutcome
    counted_work: CountedWork
    wait_for_apify: WaitForApify
    cancellable: CancellableRuns

    async def begin(self, work: RunWork, attempt: Attempt, run: ApifyRun) -> None:
        """Let the job wait for a run that was just started and written down."""
        if run.is_terminal or not work.operation.waits:
            await self._finish(work, attempt, run)
            return
        await self._list_as_cancellable(work, attempt)
        if await self.wait(work, attempt, retry_policy.look_interval(0, attempt.id)):
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
        await self._list_as_cancellable(work, attempt)
        reported_as_ended = attempt.run_status in TERMINAL_STATUSES
        look = NoteLook(attempt.looks, shown=True)
        noted = (await self.attempts.change(attempt.id, look, seen=attempt)).row or attempt
        if reported_as_ended:
            await self.wait(work, noted, retry_policy.lag_interval(attempt.looks))
        elif await self.wait(work, noted, retry_policy.look_interval(attempt.looks, attempt.id)):
            await self._show(work, run.id)
            await self._look_again_if_it_ended(work, noted)

    async def wait(self, work: RunWork, attempt: Attempt, duration: timedelta) -> bool:
        """Let the engine hand the job out again after `duration`; False where it is not ours any more."""
        reply = await self.locks.set(work.job.key, duration)
        if not isinstance(reply, JobGone):
            return True
        run_id = attempt.run_id
        log.info("job was not ours any more", extra=work.facts(attempt) | LogFacts(run_id=run_id))
        # A job whose lock ran out is refused too; it comes again and must find its attempt open.
        if reply.is_unknown and run_id is not None and work.operation.cancel_run_when_job_is_gone:
            await self.abort(work, run_id)
        return False

    async def abort(self, work: RunWork, run_id: RunId) -> None:
        """Abort a run that no job waits for; if that fails, the run goes on and the log says so."""
        facts = facts_of_job(work.job) | LogFacts(run_id=run_id)
        try:
            await work.apify.abort_run(run_id)
        except (ApifyRejected, ApifyUnavailable) as error:
            log.warning("run was not aborted", extra=facts | LogFacts(code=error.code))
        else:
            log.info("run was aborted", extra=facts)

    async def put_off(self, work: RunWork, attempt: Attempt, error: ApifyUnavailable) -> None:
        """Let the job wait where Apify did not answer a read; in the end it fails, and keeps its run."""
        if not await self.wait_for_apify(work.job, error):
            await self.end_attempt.fail_but_keep(work, attempt, error)

    async def _list_as_cancellable(self, work: RunWork, attempt: Attempt) -> None:
        """List the run of a job that waits, so that a sweep aborts it once the job is cancelled."""
        if work.operation.cancel_run_when_job_is_gone and work.token_reference and attempt.run_id:
            entry = CancellableRun(
                attempt.id,
                work.job.key,
                work.job.element_instance_key,
                attempt.run_id,
                work.token_reference,
            )
            await self.cancellable.put(entry)

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
            await self.put_off(work, attempt, error)
            return None
        except ApifyRejected as error:
            await self.end_attempt.fail_but_keep(work, attempt, error)
            return None
        if run is not None:
            return run
        # A fresh run may not be on every replica yet; one that Apify has shown before was deleted.
        if attempt.is_seen or attempt.looks >= retry_policy.MOST_MISSES:
            await self.end_attempt.conclude(work, attempt, work.outcome_of(_run_not_found(run_id)))
        else:
            await self.attempts.change(attempt.id, NoteLook(attempt.looks), seen=attempt)
            await self.wait(work, attempt, retry_policy.SHORT_DELAY)
        return None

    async def _finish(self, work: RunWork, attempt: Attempt, run: ApifyRun) -> None:
        self.end_attempt.report.measure_run(attempt, run)
        try:
            outcome = await self.counted_work(work.job, lambda: self._outcome(work, run))
        except ApifyUnavailable as error:
            await self.put_off(work, attempt, error)
        except ApifyRejected as error:
            await self.end_attempt.fail_but_keep(work, attempt, error)
        except EngineUnavailable:
            raise  # the document store did not answer; the job comes again, and goes on with this run
        except ConnectorError as error:
            if error.code == ErrorCode.WORKER_KILLED:
                await self.end_attempt.fail_but_keep(work, attempt, error)
            else:
                await self.end_attempt.conclude(work, attempt, work.outcome_of(error))
        else:
            if is_about_the_mapping(outcome):
                await self.end_attempt.report_but_keep(work, attempt, outcome)
            else:
                await self.end_attempt.conclude(work, attempt, outcome)

    async def _outcome(self, work: RunWork, run: ApifyRun) -> JobOutcome:
        mapping = Mapping(work.job, work.headers, work.secrets)
        return await self.make_outcome(mapping, lambda most_bytes: _result(work, run, most_bytes))

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
        PermanentError: The run did not succeed, and the model says that this is an error.
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
        code=ErrorCode.RUN_NOT_FOUND,
    )
