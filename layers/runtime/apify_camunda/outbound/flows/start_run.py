"""Starts the run of an attempt, at most once for each.

The order of effects is what matters, because the program may die between any two:

    write the row - start the run - write the run's id - set the job's lock - read the row once more
    write the outcome - report it - close the row

The row is written before what it speaks of, so that the next poller knows what may have happened.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from apify_camunda.apify.model import ApifyRun
from apify_camunda.apify.model import StartRun as StartRequest
from apify_camunda.camunda.model import JobGone
from apify_camunda.errors import ApifyRejected, ApifyUnavailable, ErrorCode, PermanentError
from apify_camunda.expressions.masking import mask_text
from apify_camunda.outbound.domain import next_step as attempts
from apify_camunda.outbound.domain import retry_policy
from apify_camunda.outbound.domain.attempt import Attempt
from apify_camunda.outbound.domain.attempt_transitions import (
    NoteLook,
    NoteRun,
    NoteWebhookRefused,
    TakeLease,
)
from apify_camunda.outbound.domain.next_step import Begin
from apify_camunda.outbound.domain.run_callback import callback_webhook
from apify_camunda.outbound.flows.end_attempt import EndAttempt
from apify_camunda.outbound.flows.follow_run import FollowRun
from apify_camunda.outbound.flows.run_work import StartWork
from apify_camunda.outbound.ports import AttemptLedger
from apify_camunda.platform.log_facts import LogFacts
from apify_camunda.platform.ports import Clock, Metrics, SecretSource
from apify_camunda.platform.signing_keys import SigningKeys

log = logging.getLogger(__name__)
_REMEMBERED: Final = 500
"""How much of Apify's error is kept until it is proved that no run was started."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StartRun:
    """Starts runs.

    Attributes:
        cluster: Names the cluster whose jobs these are.
        public_url: Where Apify reaches our callbacks; empty means that none are asked for.
    """

    attempts: AttemptLedger
    secrets: SecretSource
    clock: Clock
    metrics: Metrics
    follow_run: FollowRun
    end_attempt: EndAttempt
    cluster: str
    public_url: str

    async def begin(self, work: StartWork, begin: Begin, *, told: str = "") -> None:
        """Write a new attempt and start its run; `told` is what the cluster calls itself.

        Raises:
            InvalidInput: The request cannot be made; no run was started and no attempt begun.
            StoreUnavailable: The ledger or the signing keys cannot be read; nothing was started blindly.
        """
        request = work.operation.start_request()
        # What may fail comes before the row: a row that says STARTING keeps every other poller from starting.
        keys = await self._signing_keys()
        # The attempt before was reported: a job that is still handed out to its poller too is refused by now.
        if begin.number > 1 and not await self._holds(work):
            return
        attempt = attempts.new_attempt(
            work.job,
            begin,
            cluster=self.cluster,
            told=told,
            fingerprint=attempts.fingerprint(request),
            now=self.clock.now(),
            lease_until=self._lease_until(work),
            sends_callback=keys is not None,
        )
        if await self.attempts.open(attempt):
            await self._start(work, attempt, request, keys)
        else:
            await self.follow_run.wait(work, attempt, retry_policy.OTHER_POLLER_DELAY)

    async def take_over(self, work: StartWork, attempt: Attempt) -> None:
        """Take the right to start of an attempt that certainly has no run, and start it."""
        request = work.operation.start_request()
        keys = await self._signing_keys()
        lease = TakeLease(attempt.lease_until, self._lease_until(work))
        taken = await self.attempts.change(attempt.id, lease, seen=attempt)
        if taken.done and taken.row is not None:
            await self._start(work, taken.row, request, keys)
        else:
            await self.follow_run.wait(work, attempt, retry_policy.OTHER_POLLER_DELAY)

    def _lease_until(self, work: StartWork) -> datetime:
        """Return when this invocation has certainly ended, and a run that it started has appeared."""
        return work.deadline.at + retry_policy.SETTLE

    async def _holds(self, work: StartWork) -> bool:
        """Say whether the job is still ours."""
        return not isinstance(await self.follow_run.locks.renew(work.job), JobGone)

    async def _signing_keys(self) -> SigningKeys | None:
        """Return the keys that sign a callback, or None where no callback is asked for."""
        return await self.secrets.signing_keys() if self.public_url else None

    async def _start(
        self, work: StartWork, attempt: Attempt, request: StartRequest, keys: SigningKeys | None
    ) -> None:
        request = replace(request, mark=attempts.start_mark(attempt))
        if keys is not None:
            webhook = callback_webhook(
                attempt, public_url=self.public_url, keys=keys, until_the_end=work.operation.waits
            )
            request = replace(request, webhooks=(webhook,))
        try:
            run = await self._started(work, attempt, request)
        except ApifyUnavailable as error:
            await self._not_started(work, attempt, error)
        except PermanentError as error:
            await self.end_attempt.conclude(work, attempt, work.outcome_of(error))
        else:
            self.metrics.count("RunsStarted")
            log.info("run was started", extra=work.facts(attempt) | LogFacts(run_id=run.id))
            await self._note(work, attempt, run)

    async def _started(self, work: StartWork, attempt: Attempt, request: StartRequest) -> ApifyRun:
        try:
            return await work.apify.start_run(request)
        except ApifyRejected as error:
            if error.code != ErrorCode.WEBHOOK_REFUSED or not request.webhooks:
                raise
        log.warning("callback was refused: Apify took no more webhooks", extra=work.facts(attempt))
        # It is written before the second request: no webhook reports the run of that one.
        await self.attempts.change(attempt.id, NoteWebhookRefused(), seen=attempt)
        return await work.apify.start_run(replace(request, webhooks=()))

    async def _note(self, work: StartWork, attempt: Attempt, run: ApifyRun) -> None:
        """Write down the run that was just started; one that came too late for its attempt is superfluous."""
        if not await self.attempts.claim_run(run.id, attempt.id):
            facts = work.facts(attempt) | LogFacts(run_id=run.id)
            log.error("run was taken by another job whose own was lost", extra=facts)
            await self.follow_run.wait(work, attempt, retry_policy.SETTLE)
            return
        noted = await self.attempts.change(attempt.id, NoteRun(run.id), seen=attempt)
        if noted.done and noted.row is not None:
            await self.follow_run.begin(work, noted.row, run)
            return
        # An earlier start of this attempt arrived after all, and another poller found its run meanwhile.
        facts = work.facts(attempt) | LogFacts(run_id=run.id)
        log.error("attempt had two runs; the second is superfluous", extra=facts)
        # A job that asks for the same may have taken it meanwhile; none may take it once it is aborted.
        if await self.attempts.claim_run(run.id, attempts.surplus_of(work.job.key)):
            await self.follow_run.abort(work, run.id)
        await self.follow_run.wait(work, attempt, retry_policy.SHORT_DELAY)

    async def _not_started(self, work: StartWork, attempt: Attempt, error: ApifyUnavailable) -> None:
        now = self.clock.now()
        facts = work.facts(attempt) | LogFacts(code=error.code)
        if error.outcome_unknown:
            log.warning("start was not answered; its run will be looked for", extra=facts)
            await self._lose(work, attempt, error)
        elif retry_policy.is_not_now(error) and now - attempt.began_at < retry_policy.NOT_NOW_LIMIT:
            log.info("start was put off: Apify took no run now", extra=facts)
            counted = await self.attempts.change(attempt.id, NoteLook(attempt.looks), seen=attempt)
            seen = counted.row or attempt
            await self.attempts.change(attempt.id, TakeLease(attempt.lease_until, None), seen=seen)
            delay = retry_policy.not_now_delay(attempt.looks, error.retry_after)
            await self.follow_run.wait(work, attempt, delay)
        else:
            await self.end_attempt.conclude(work, attempt, work.outcome_of(error))

    async def _lose(self, work: StartWork, attempt: Attempt, error: ApifyUnavailable) -> None:
        """Note that the answer of a start was lost; the run is looked for once it must have appeared."""
        # The request may still be on its way to Apify: the next poller looks after it has settled.
        until = self.clock.now() + retry_policy.SETTLE
        told = mask_text(error.message, work.secrets)[:_REMEMBERED]
        lost = await self.attempts.change(
            attempt.id, TakeLease(attempt.lease_until, until, lost_by=told), seen=attempt
        )
        # The callback may have named the run before this was written: then nothing else ends the wait.
        named = lost.row is not None and lost.row.reported_runs
        delay = retry_policy.AT_ONCE if named else retry_policy.SETTLE
        await self.follow_run.wait(work, attempt, delay)
