"""Carries a job through its run: starts it at most once for each attempt, or finds the one that was started.

The order of effects is what matters, for the program may die between any two:

    write the row - start the run - write the run's id - extend the job's lock - read the row once more
    write the outcome - report it - close the row

The row is written before what it speaks of, so that whoever comes next knows what may have happened.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final, assert_never

from apify_camunda.apify.model import ApifyRun, StartRun
from apify_camunda.errors import ApifyRejected, ApifyUnavailable, ErrorCode, PermanentError
from apify_camunda.outbound.domain import next_step as attempts
from apify_camunda.outbound.domain import retry_policy
from apify_camunda.outbound.domain.attempt import Attempt
from apify_camunda.outbound.domain.job_facts import facts_of_job
from apify_camunda.outbound.domain.next_step import Begin
from apify_camunda.outbound.domain.run_callback import callback_webhook
from apify_camunda.outbound.domain.run_identity import NoRunFound, RunFound, RunUnclear
from apify_camunda.outbound.domain.stored_outcome import from_stored
from apify_camunda.outbound.flows.find_run import FindRun
from apify_camunda.outbound.flows.follow_run import FollowRun, RunWork
from apify_camunda.outbound.ports import AttemptLedger
from apify_camunda.platform.log_facts import LogFacts
from apify_camunda.platform.ports import Clock, Metrics, SecretSource
from apify_camunda.platform.signing_keys import SigningKeys

log = logging.getLogger(__name__)
WEBHOOK_REFUSED: Final = ErrorCode.WEBHOOK_REFUSED
START_UNCLEAR: Final = ErrorCode.START_UNCLEAR
_ELSEWHERE: Final = timedelta(seconds=30)  # another poller is at work on the same job
_SHORTEST_WAIT: Final = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class RunPolicy:
    """How patient we are.

    Attributes:
        cluster: Names the cluster whose jobs these are.
        public_url: Where Apify reaches our callbacks; empty means that none are asked for.
        settle: How long a run that was started without an answer may take to appear at Apify. The right to
            start lasts for so long beyond the invocation, which can start nothing once it has ended.
        patience: How long "not now" is waited for before it counts as a failure.
    """

    cluster: str
    public_url: str
    settle: timedelta = timedelta(minutes=1)
    patience: timedelta = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class CarryRun:
    """Carries jobs through their runs; each attempt starts at most one."""

    attempts: AttemptLedger
    secrets: SecretSource
    clock: Clock
    metrics: Metrics
    find_run: FindRun
    follow_run: FollowRun
    policy: RunPolicy

    async def __call__(self, work: RunWork) -> None:
        """Do what comes next for the job: start, look, or report.

        Raises:
            InvalidInput: The request cannot be made; no run was started and no attempt begun.
            StoreUnavailable: The ledger or the signing keys cannot be read; nothing was started blindly.
            EngineUnavailable: Camunda does not answer; the job comes again when its lock runs out.
        """
        latest = await self.attempts.latest(work.job.key)
        step = attempts.next_step(latest, work.job, cluster=self.policy.cluster, now=self.clock.now())
        match step:
            case Begin():
                await self._begin(work, step)
            case attempts.TakeOver(attempt=attempt):
                await self._take_over(work, attempt, work.operation.start_request())
            case attempts.FindRun(attempt=attempt, may_start=may_start):
                await self._find(work, attempt, may_start=may_start)
            case attempts.FollowRun(attempt=attempt):
                await self.follow_run(work, attempt)
            case attempts.ReportAgain(attempt=attempt, outcome=outcome):
                await self.follow_run.report_decided(work, attempt, from_stored(outcome))
            case _:
                assert_never(step)

    # --- Starting ----------------------------------------------------------------------------------------

    async def _begin(self, work: RunWork, begin: Begin) -> None:
        request = work.operation.start_request()
        # What may fail comes before the row: a row that says STARTING keeps everybody else from starting.
        keys = await self._signing_keys()
        # An attempt that was closed was reported before: what was handed out twice is refused by now.
        if begin.number > 1 and not await self.follow_run.holds(work):
            return
        attempt = attempts.new_attempt(
            work.job,
            begin,
            cluster=self.policy.cluster,
            request=request,
            now=self.clock.now(),
            lease_until=self._lease_until(work),
        )
        if await self.attempts.open(attempt):
            await self._start(work, attempt, request, keys)
        else:
            await self.follow_run.wait(work, attempt, _ELSEWHERE)

    async def _take_over(self, work: RunWork, attempt: Attempt, request: StartRun) -> None:
        keys = await self._signing_keys()
        lease_until = self._lease_until(work)
        if await self.attempts.take_lease(attempt, lease_until=lease_until):
            await self._start(work, attempt.model_copy(update={"lease_until": lease_until}), request, keys)
        else:
            await self.follow_run.wait(work, attempt, _ELSEWHERE)

    def _lease_until(self, work: RunWork) -> float:
        return (work.deadline.at + self.policy.settle).timestamp()

    async def _signing_keys(self) -> SigningKeys | None:
        """Return the keys that sign a callback, or None where no callback is asked for."""
        return await self.secrets.signing_keys() if self.policy.public_url else None

    async def _start(
        self, work: RunWork, attempt: Attempt, request: StartRun, keys: SigningKeys | None
    ) -> None:
        if keys is not None:
            webhook = callback_webhook(
                attempt, public_url=self.policy.public_url, keys=keys, until_the_end=work.operation.waits
            )
            request = replace(request, webhooks=(webhook,))
        try:
            run = await self._started(work, request)
        except ApifyUnavailable as error:
            await self._not_started(work, attempt, error)
        except PermanentError as error:
            await self.follow_run.conclude(work, attempt, work.outcome_of(error))
        else:
            self.metrics.count("RunsStarted")
            log.info("run was started", extra=facts_of_job(work.job) | LogFacts(run_id=run.id))
            await self._note(work, attempt, run)

    async def _note(self, work: RunWork, attempt: Attempt, run: ApifyRun) -> None:
        """Write down the run that was just started; one that came too late for its attempt is surplus."""
        if not await self.attempts.claim_run(run.id, attempt.id):
            facts = facts_of_job(work.job) | LogFacts(run_id=run.id)
            log.error("run was taken by another job whose own was lost", extra=facts)
            await self.follow_run.wait(work, attempt, self.policy.settle)
            return
        if await self.attempts.record_run(attempt.id, run.id):
            if attempt.looks:  # they counted how often the start was put off
                await self.attempts.record_look(attempt.id, 0)
            await self.follow_run.begin(work, attempt.model_copy(update={"run_id": run.id, "looks": 0}), run)
            return
        # An earlier start of this attempt arrived after all: its callback wrote its run down meanwhile.
        log.error(
            "attempt had two runs; the second is superfluous",
            extra=_facts(work, attempt) | LogFacts(run_id=run.id),
        )
        # A job that asks for the same may have taken it meanwhile; none may take it once it is aborted.
        if await self.attempts.claim_run(run.id, attempts.surplus_of(work.job.key)):
            await self.follow_run.abort(work, run.id)
        await self.follow_run.wait(work, attempt, _SHORTEST_WAIT)

    async def _started(self, work: RunWork, request: StartRun) -> ApifyRun:
        try:
            return await work.apify.start_run(request)
        except ApifyRejected as error:
            if error.code != WEBHOOK_REFUSED or not request.webhooks:
                raise
        log.warning("callback was refused: Apify took no more webhooks", extra=facts_of_job(work.job))
        return await work.apify.start_run(replace(request, webhooks=()))

    async def _not_started(self, work: RunWork, attempt: Attempt, error: ApifyUnavailable) -> None:
        now = self.clock.now()
        facts = _facts(work, attempt) | LogFacts(code=error.code)
        if error.outcome_unknown:
            log.warning("start was not answered; its run will be looked for", extra=facts)
            # The request may still be on its way to Apify: who comes next looks after it has settled.
            await self.attempts.take_lease(attempt, lease_until=(now + self.policy.settle).timestamp())
            await self.follow_run.wait(work, attempt, self.policy.settle)
        elif (
            retry_policy.is_not_now(error)
            and now - datetime.fromisoformat(attempt.began_at) < self.policy.patience
        ):
            log.info("start was put off: Apify took no run now", extra=facts)
            await self.attempts.record_look(attempt.id, attempt.looks + 1)
            await self.attempts.take_lease(attempt, lease_until=0)
            await self.follow_run.wait(
                work, attempt, retry_policy.not_now_delay(attempt.looks, error.retry_after)
            )
        else:
            await self.follow_run.conclude(work, attempt, work.outcome_of(error))

    # --- Finding -----------------------------------------------------------------------------------------

    async def _find(self, work: RunWork, attempt: Attempt, *, may_start: bool) -> None:
        request = work.operation.start_request()
        try:
            found = await self.find_run(attempt, request, work.apify)
        except ApifyUnavailable as error:
            await self.follow_run.wait(work, attempt, retry_policy.not_now_delay(0, error.retry_after))
            return
        except ApifyRejected as error:
            await self.follow_run.fail_but_keep(work, attempt, error)
            return
        match found:
            case RunFound(run_id=run_id):
                if await self.attempts.record_run(attempt.id, run_id):
                    if attempt.looks:  # they counted how often the start was put off
                        await self.attempts.record_look(attempt.id, 0)
                    noted = attempt.model_copy(update={"run_id": run_id, "looks": 0})
                    await self.follow_run(work, noted)
                else:
                    await self.follow_run.wait(work, attempt, _SHORTEST_WAIT)
            case NoRunFound() | RunUnclear() if not may_start:
                lease_ends = datetime.fromtimestamp(attempt.lease_until, tz=UTC)
                await self.follow_run.wait(work, attempt, max(lease_ends - self.clock.now(), _SHORTEST_WAIT))
            case NoRunFound():
                await self._take_over(work, attempt, request)
            case RunUnclear(reason=reason):
                log.error("run of an attempt was not clear", extra=_facts(work, attempt))
                await self.follow_run.conclude(work, attempt, work.outcome_of(_start_unclear(reason)))
            case _:
                assert_never(found)


def _facts(work: RunWork, attempt: Attempt) -> LogFacts:
    return facts_of_job(work.job) | LogFacts(attempt_id=attempt.id)


def _start_unclear(reason: str) -> PermanentError:
    return PermanentError(
        "A run may have been started, but Apify's answer was lost and the run cannot be told for sure: "
        f"{reason}. Look at the runs in Apify's console; resolving this incident starts a new run.",
        code=START_UNCLEAR,
    )
