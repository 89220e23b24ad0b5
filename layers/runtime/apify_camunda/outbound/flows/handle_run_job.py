"""Does the next step of a job with a run: start it, find it, look at it, or report its outcome."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import assert_never

from apify_camunda.errors import ApifyRejected, ApifyUnavailable, ErrorCode, PermanentError
from apify_camunda.outbound.domain import next_step as steps
from apify_camunda.outbound.domain import retry_policy
from apify_camunda.outbound.domain.attempt import Attempt
from apify_camunda.outbound.domain.attempt_transitions import NoteRun
from apify_camunda.outbound.domain.run_identity import NoRunFound, RunFound, RunUnclear
from apify_camunda.outbound.flows.cluster_name import ClusterName
from apify_camunda.outbound.flows.end_attempt import EndAttempt
from apify_camunda.outbound.flows.find_run import FindRun
from apify_camunda.outbound.flows.follow_run import FollowRun
from apify_camunda.outbound.flows.run_work import StartWork
from apify_camunda.outbound.flows.start_run import StartRun
from apify_camunda.outbound.ports import AttemptLedger
from apify_camunda.platform.log_facts import LogFacts
from apify_camunda.platform.ports import Clock

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class HandleRunJob:
    """Carries jobs through their runs; each attempt starts at most one."""

    attempts: AttemptLedger
    clock: Clock
    start_run: StartRun
    find_run: FindRun
    follow_run: FollowRun
    end_attempt: EndAttempt
    cluster: str
    cluster_name: ClusterName

    async def __call__(self, work: StartWork) -> None:
        """Do what comes next for the job.

        Raises:
            InvalidInput: The request cannot be made; no run was started and no attempt begun.
            StoreUnavailable: The ledger or the signing keys cannot be read; nothing was started blindly.
            EngineUnavailable: Camunda does not answer; the job comes again when its lock runs out.
        """
        latest = await self.attempts.latest(work.job.key)
        told = await self.cluster_name()
        now = self.clock.now()
        match steps.next_step(latest, work.job, cluster=self.cluster, told=told, now=now):
            case steps.Begin() as begin:
                await self.start_run.begin(work, begin, told=told)
            case steps.TakeOver(attempt=attempt):
                await self.start_run.take_over(work, attempt)
            case steps.FindRun(attempt=attempt, may_start=may_start):
                await self._find(work, attempt, may_start=may_start)
            case steps.FollowRun(attempt=attempt):
                await self.follow_run(work, attempt)
            case steps.ReportAgain(attempt=attempt):
                await self.end_attempt.report_decided(work, attempt)
            case unknown:
                assert_never(unknown)

    async def _find(self, work: StartWork, attempt: Attempt, *, may_start: bool) -> None:
        try:
            found = await self.find_run(attempt, work.operation.start_request(), work.apify)
        except ApifyUnavailable as error:
            await self.follow_run.put_off(work, attempt, error)
            return
        except ApifyRejected as error:
            await self.end_attempt.fail_but_keep(work, attempt, error)
            return
        match found:
            case RunFound(run_id=run_id):
                noted = await self.attempts.change(attempt.id, NoteRun(run_id), seen=attempt)
                if noted.done and noted.row is not None:
                    await self.follow_run(work, noted.row)
                else:
                    await self.follow_run.wait(work, attempt, retry_policy.SHORT_DELAY)
            case NoRunFound() | RunUnclear() if not may_start:
                await self._wait_for_lease(work, attempt)
            case NoRunFound():
                await self._start_again(work, attempt)
            case RunUnclear(reason=reason):
                log.error("run of an attempt was not clear", extra=work.facts(attempt))
                await self.end_attempt.conclude(work, attempt, work.outcome_of(_start_unclear(reason)))
            case _:
                assert_never(found)

    async def _wait_for_lease(self, work: StartWork, attempt: Attempt) -> None:
        """Let the job wait until the poller that may be starting its run has certainly ended."""
        assert attempt.lease_until is not None, "a lease that was given up is taken over"
        left = max(attempt.lease_until - self.clock.now(), retry_policy.SHORT_DELAY)
        facts = LogFacts(waits_until=attempt.lease_until.isoformat(timespec="seconds"))
        log.info("job was put off until its start is certain", extra=work.facts(attempt) | facts)
        await self.follow_run.wait(work, attempt, left)

    async def _start_again(self, work: StartWork, attempt: Attempt) -> None:
        """Start a run where it is proved that none exists, unless Apify keeps failing to start it."""
        if attempt.lost_starts < retry_policy.UNANSWERED_STARTS:
            await self.start_run.take_over(work, attempt)
            return
        log.warning("start was never answered, and no run exists", extra=work.facts(attempt))
        error = ApifyUnavailable(
            f"Apify did not start the run: {attempt.lost_starts} requests were not answered, and no run "
            f"exists. The last error: {attempt.lost_by}"
        )
        await self.end_attempt.conclude(work, attempt, work.outcome_of(error))


def _start_unclear(reason: str) -> PermanentError:
    return PermanentError(
        "A run may have been started, but Apify's answer was lost, and no run proves to be this job's: "
        f"{reason}. Look at the runs in Apify's console; resolving this incident starts a new run.",
        code=ErrorCode.START_UNCLEAR,
    )
