"""Changes something at Apify at most once for each attempt of a job.

    write the row - act - write the outcome - report it - close the row

Apify does not know which change a job has made. So where the program dies, or an answer is lost, between the
row and the outcome, nothing can prove whether the change was made: the job becomes an incident that says so.
"""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass
from datetime import timedelta

from apify_camunda.apify.model import LARGE_BYTES
from apify_camunda.camunda.model import JobGone
from apify_camunda.errors import ApifyUnavailable, ErrorCode, PermanentError
from apify_camunda.outbound.domain import next_step as steps
from apify_camunda.outbound.domain import retry_policy
from apify_camunda.outbound.domain.attempt import Attempt
from apify_camunda.outbound.domain.attempt_transitions import TakeLease
from apify_camunda.outbound.domain.job_facts import facts_of_job
from apify_camunda.outbound.domain.job_outcome import outcome_of_result
from apify_camunda.outbound.flows.end_attempt import EndAttempt
from apify_camunda.outbound.flows.job_locks import JobLocks
from apify_camunda.outbound.flows.run_work import ActWork
from apify_camunda.outbound.ports import AttemptLedger
from apify_camunda.platform.ports import Clock

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class ActOnce:
    """Carries out operations that must not be repeated.

    Attributes:
        cluster: Names the cluster whose jobs these are.
    """

    attempts: AttemptLedger
    locks: JobLocks
    clock: Clock
    end_attempt: EndAttempt
    cluster: str

    async def __call__(self, work: ActWork) -> None:
        """Do what comes next for the job.

        Raises:
            ApifyUnavailable: Apify certainly did nothing; the job may come again for the same attempt.
            StoreUnavailable: The ledger cannot be read or written; nothing was done blindly.
            EngineUnavailable: Camunda does not answer; the job comes again when its lock runs out.
        """
        latest = await self.attempts.latest(work.job.key)
        match steps.next_step(latest, work.job, cluster=self.cluster, now=self.clock.now()):
            case steps.Begin() as begin:
                await self._begin(work, begin)
            case steps.TakeOver(attempt=attempt):
                await self._take_over(work, attempt)
            case steps.FindRun(attempt=attempt, may_start=False):
                await self._wait_for_lease(work, attempt)
            case steps.FindRun(attempt=attempt) | steps.FollowRun(attempt=attempt):
                await self._give_up(work, attempt)
            case steps.ReportAgain(attempt=attempt):
                await self.end_attempt.report_decided(work, attempt)

    async def _begin(self, work: ActWork, begin: steps.Begin) -> None:
        # The attempt before was reported: a job that is still handed out to its poller too is refused by now.
        if begin.number > 1 and isinstance(await self.locks.renew(work.job), JobGone):
            return
        attempt = steps.new_attempt(
            work.job,
            begin,
            cluster=self.cluster,
            fingerprint=hashlib.sha256(work.operation.model_dump_json().encode()).hexdigest(),
            now=self.clock.now(),
            lease_until=work.deadline.at + retry_policy.SETTLE,
            sends_callback=False,
        )
        if await self.attempts.open(attempt):
            await self._act(work, attempt)
        else:
            await self._wait(work, retry_policy.OTHER_POLLER_DELAY)

    async def _take_over(self, work: ActWork, attempt: Attempt) -> None:
        """Act for an attempt whose last try certainly did nothing."""
        lease = TakeLease(attempt.lease_until, work.deadline.at + retry_policy.SETTLE)
        taken = await self.attempts.change(attempt.id, lease, seen=attempt)
        if taken.done and taken.row is not None:
            await self._act(work, taken.row)
        else:
            await self._wait(work, retry_policy.OTHER_POLLER_DELAY)

    async def _act(self, work: ActWork, attempt: Attempt) -> None:
        try:
            result = await work.operation.act(work.apify, most_bytes=LARGE_BYTES)
        except ApifyUnavailable as error:
            if error.outcome_unknown:
                await self._give_up(work, attempt)
                return
            await self.attempts.change(attempt.id, TakeLease(attempt.lease_until, None), seen=attempt)
            raise
        except PermanentError as error:
            await self.end_attempt.conclude(work, attempt, work.outcome_of(error))
            return
        log.info("change was made at Apify", extra=work.facts(attempt))
        outcome = outcome_of_result(result, work.headers, retries=work.job.retries, secrets=work.secrets)
        await self.end_attempt.conclude(work, attempt, outcome)

    async def _wait_for_lease(self, work: ActWork, attempt: Attempt) -> None:
        """Let the job wait until the poller that may be acting has certainly ended."""
        assert attempt.lease_until is not None, "a lease that was given up is taken over"
        await self._wait(work, max(attempt.lease_until - self.clock.now(), retry_policy.SHORT_DELAY))

    async def _give_up(self, work: ActWork, attempt: Attempt) -> None:
        log.error("change at Apify was not clear", extra=work.facts(attempt))
        error = PermanentError(
            "Apify's answer was lost, so it is not known whether the change was made. Look at it in Apify's "
            "console. If it was made, complete the element by modifying the instance; if not, resolve this "
            "incident: then it is made again.",
            code=ErrorCode.ACTION_UNCLEAR,
        )
        await self.end_attempt.conclude(work, attempt, work.outcome_of(error))

    async def _wait(self, work: ActWork, duration: timedelta) -> None:
        if isinstance(await self.locks.set(work.job.key, duration), JobGone):
            log.info("job was not ours any more", extra=facts_of_job(work.job))
