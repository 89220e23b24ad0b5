"""Ends attempts: the outcome is written down, reported to Camunda, and the attempt closed, in this order."""

from __future__ import annotations

from dataclasses import dataclass

from apify_camunda.camunda.model import FailJob, JobOutcome
from apify_camunda.errors import ConnectorError, EngineRejected
from apify_camunda.outbound.domain.attempt import Attempt
from apify_camunda.outbound.domain.attempt_transitions import Close, Decide, ExpectRetries, Reconsider
from apify_camunda.outbound.domain.stored_outcome import from_stored, to_stored
from apify_camunda.outbound.flows.report_outcome import ReportOutcome
from apify_camunda.outbound.flows.run_work import AttemptWork, RunWork
from apify_camunda.outbound.ports import AttemptLedger, CancellableRuns


@dataclass(frozen=True, slots=True, kw_only=True)
class EndAttempt:
    """Reports the outcomes of attempts."""

    attempts: AttemptLedger
    report: ReportOutcome
    cancellable: CancellableRuns

    async def conclude(self, work: AttemptWork, attempt: Attempt, outcome: JobOutcome) -> None:
        """Write the attempt's outcome down, report it, and close the attempt.

        An outcome that another poller has written before is reported instead.
        """
        stored = to_stored(outcome)
        decided = (await self.attempts.change(attempt.id, Decide(stored), seen=attempt)).row
        if decided is not None and decided.outcome is not None:
            await self.report_decided(work, decided)
        else:
            await self.report(work.job, outcome)  # closed meanwhile, or its outcome has expired

    async def report_decided(self, work: AttemptWork, attempt: Attempt) -> None:
        """Report the outcome that is written down, and close the attempt.

        Where the engine refuses it, the job is failed, and its attempt goes on with the run it has.
        """
        assert attempt.outcome is not None, "only a decided attempt is reported"
        outcome = from_stored(attempt.outcome)
        try:
            await self.report.as_it_is(work.job, outcome)
        except EngineRejected as error:
            failure = self.report.failure_of(work.job, outcome, error)
            await self.attempts.change(attempt.id, Reconsider(attempt.outcome), seen=attempt)
            await self.report.as_it_is(work.job, failure)
        else:
            left = outcome.retries if isinstance(outcome, FailJob) else 0
            await self.attempts.change(attempt.id, Close(left), seen=attempt)
            if isinstance(work, RunWork) and work.operation.cancel_run_when_job_is_gone:
                await self.cancellable.remove(attempt.id)

    async def fail_but_keep(self, work: AttemptWork, attempt: Attempt, error: ConnectorError) -> None:
        """Fail the job for what does not concern its run (a revoked token), and keep that run for it."""
        await self.report_but_keep(work, attempt, work.outcome_of(error))

    async def report_but_keep(self, work: AttemptWork, attempt: Attempt, outcome: JobOutcome) -> None:
        """Report a failure after which the job goes on with the run that it has; other outcomes end it."""
        if not isinstance(outcome, FailJob):
            await self.conclude(work, attempt, outcome)
            return
        await self.attempts.change(attempt.id, ExpectRetries(outcome.retries), seen=attempt)
        await self.report(work.job, outcome)
