"""Lets a job wait for a run that something else has started.

    write the row - read the run - write the run's id - ask for a callback - set the job's lock
    write the outcome - report it - close the row

Every step can be repeated: nothing is started, and Apify keeps one webhook for one idempotency key.
"""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass
from datetime import datetime

from apify_camunda.apify.model import ApifyRun
from apify_camunda.errors import ApifyRejected, ApifyUnavailable, ErrorCode, PermanentError
from apify_camunda.outbound.domain import next_step as steps
from apify_camunda.outbound.domain import retry_policy
from apify_camunda.outbound.domain.attempt import Attempt
from apify_camunda.outbound.domain.attempt_transitions import NoteRun
from apify_camunda.outbound.domain.run_callback import callback_webhook, set_callback
from apify_camunda.outbound.flows.end_attempt import EndAttempt
from apify_camunda.outbound.flows.follow_run import FollowRun
from apify_camunda.outbound.flows.run_work import WaitWork
from apify_camunda.outbound.ports import AttemptLedger
from apify_camunda.platform.log_facts import LogFacts
from apify_camunda.platform.ports import Clock, SecretSource

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitForRun:
    """Lets jobs wait for given runs.

    Attributes:
        cluster: Names the cluster whose jobs these are.
        public_url: Where Apify reaches our callbacks; empty means that none are asked for.
    """

    attempts: AttemptLedger
    secrets: SecretSource
    clock: Clock
    follow_run: FollowRun
    end_attempt: EndAttempt
    cluster: str
    public_url: str

    async def __call__(self, work: WaitWork) -> None:
        """Do what comes next for the job.

        Raises:
            StoreUnavailable: The ledger or the signing keys cannot be read.
            EngineUnavailable: Camunda does not answer; the job comes again when its lock runs out.
        """
        latest = await self.attempts.latest(work.job.key)
        match steps.next_step(latest, work.job, cluster=self.cluster, now=self.clock.now()):
            case steps.Begin() as begin:
                await self._begin(work, begin)
            case steps.TakeOver(attempt=attempt) | steps.FindRun(attempt=attempt):
                await self._attach(work, attempt)
            case steps.FollowRun(attempt=attempt):
                await self.follow_run(work, attempt)
            case steps.ReportAgain(attempt=attempt):
                await self.end_attempt.report_decided(work, attempt)

    async def _begin(self, work: WaitWork, begin: steps.Begin) -> None:
        attempt = steps.new_attempt(
            work.job,
            begin,
            cluster=self.cluster,
            fingerprint=hashlib.sha256(work.operation.run.encode()).hexdigest(),
            now=self.clock.now(),
            lease_until=self._lease_until(work),
            sends_callback=False,
        )
        if await self.attempts.open(attempt):
            await self._attach(work, attempt)
        else:
            await self.follow_run.wait(work, attempt, retry_policy.OTHER_POLLER_DELAY)

    def _lease_until(self, work: WaitWork) -> datetime:
        return work.deadline.at + retry_policy.SETTLE

    async def _attach(self, work: WaitWork, attempt: Attempt) -> None:
        run_id = work.operation.run
        try:
            run = await work.apify.run(run_id)
        except ApifyUnavailable as error:
            await self.follow_run.put_off(work, attempt, error)
            return
        except ApifyRejected as error:
            await self.end_attempt.fail_but_keep(work, attempt, error)
            return
        if run is None:
            await self.end_attempt.conclude(work, attempt, work.outcome_of(_not_found(run_id)))
            return
        noted = await self.attempts.change(attempt.id, NoteRun(run.id), seen=attempt)
        if not noted.done or noted.row is None:
            await self.follow_run.wait(work, attempt, retry_policy.SHORT_DELAY)
            return
        await self._ask_for_callback(work, noted.row, run)
        await self.follow_run.begin(work, noted.row, run)

    async def _ask_for_callback(self, work: WaitWork, attempt: Attempt, run: ApifyRun) -> None:
        """Ask Apify to report the run's end; without a callback the run is looked at from time to time."""
        if run.is_terminal or not self.public_url:
            return
        keys = await self.secrets.signing_keys()
        webhook = callback_webhook(attempt, public_url=self.public_url, keys=keys, until_the_end=True)
        try:
            await work.apify.call(set_callback(webhook, run.id))
        except (ApifyRejected, ApifyUnavailable) as error:
            facts = work.facts(attempt) | LogFacts(run_id=run.id, code=error.code)
            log.warning("callback was not set up; the run is looked at from time to time", extra=facts)


def _not_found(run_id: str) -> PermanentError:
    return PermanentError(
        f"Apify does not know the run {run_id}, or the token of this element may not see it.",
        code=ErrorCode.RUN_NOT_FOUND,
    )
