"""Handles one job: reads its headers and inputs, carries out its operation, and reports the outcome.

In each case the job is reported, waits under its lock, or is handed back with its retries unchanged.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Protocol

from apify_camunda.apify.port import Apify, ApifyAccounts
from apify_camunda.camunda.model import ActivatedJob, FailJob, JobGone, JobOutcome
from apify_camunda.errors import (
    ApifyUnavailable,
    ConfigurationError,
    ConnectorError,
    EngineUnavailable,
    ErrorCode,
    InvalidInput,
    StoreUnavailable,
    TransientError,
)
from apify_camunda.outbound.domain import retry_policy
from apify_camunda.outbound.domain.attempt_transitions import ExpectRetries
from apify_camunda.outbound.domain.job_facts import facts_of_job
from apify_camunda.outbound.domain.job_headers import JobHeaders, lenient_headers, read_headers
from apify_camunda.outbound.domain.job_outcome import OperationResult, outcome_of_error
from apify_camunda.outbound.flows.act_once import ActOnce
from apify_camunda.outbound.flows.counted_work import CountedWork
from apify_camunda.outbound.flows.fresh_token import ApifyWithFreshToken
from apify_camunda.outbound.flows.given_document import GivenDocument
from apify_camunda.outbound.flows.handle_run_job import HandleRunJob
from apify_camunda.outbound.flows.job_locks import JobLocks
from apify_camunda.outbound.flows.job_slots import JobSlots, Slot
from apify_camunda.outbound.flows.make_outcome import MakeOutcome, Mapping
from apify_camunda.outbound.flows.report_outcome import ReportOutcome
from apify_camunda.outbound.flows.resolve_secrets import NotVisibleYet, ResolveSecrets
from apify_camunda.outbound.flows.run_work import ActWork, StartWork, WaitWork
from apify_camunda.outbound.flows.wait_for_apify import WaitForApify
from apify_camunda.outbound.flows.wait_for_run import WaitForRun as WaitForRunFlow
from apify_camunda.outbound.operations.model import ActOperation, ReadOperation, StartOperation
from apify_camunda.outbound.operations.request import OperationRequest, read_request
from apify_camunda.outbound.operations.wait_for_run import WaitForRun
from apify_camunda.outbound.ports import AttemptLedger
from apify_camunda.platform.deadline import Deadline
from apify_camunda.platform.log_facts import LogFacts
from apify_camunda.platform.ports import Clock

log = logging.getLogger(__name__)

_LOCK_MARGIN: Final = timedelta(seconds=5)


class Ask(Protocol):
    """What a repeatable operation asks of Apify."""

    async def __call__(self, apify: Apify, *, most_bytes: int) -> OperationResult:
        """Return its result."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class HandleJob:
    """Handles jobs, one a call.

    Attributes:
        longest_job: How long a job may be at work whose header `jobTimeout` does not say otherwise.
    """

    locks: JobLocks
    slots: JobSlots
    accounts: ApifyAccounts
    attempts: AttemptLedger
    clock: Clock
    report: ReportOutcome
    resolve_secrets: ResolveSecrets
    handle_run_job: HandleRunJob
    act_once: ActOnce
    wait_for_run: WaitForRunFlow
    make_outcome: MakeOutcome
    given_document: GivenDocument
    counted_work: CountedWork
    wait_for_apify: WaitForApify
    longest_job: timedelta = retry_policy.LONGEST_JOB

    async def __call__(self, job: ActivatedJob, deadline: Deadline) -> None:
        """Handle the job until it is done or waits, and hand it back where time or slots do not suffice."""
        async with self.locks.kept(job):
            slot = await self.slots.take(job)
            if slot is None:
                await self._hand_back_without_slot(job)
                return
            try:
                await self._handle(job, deadline, slot)
            finally:
                await self.slots.leave(slot)

    async def _handle(self, job: ActivatedJob, deadline: Deadline, slot: Slot) -> None:
        started_at = self.clock.now()
        try:
            headers = read_headers(job.headers)
        except InvalidInput as error:
            outcome = outcome_of_error(error, lenient_headers(job.headers), retries=job.retries)
            await self._or_hand_back(job, self.report(job, outcome))
            return
        longest = headers.job_timeout or self.longest_job
        until = deadline.or_sooner(started_at + longest - min(_LOCK_MARGIN, longest / 10))
        try:
            async with asyncio.timeout(until.remaining(started_at).total_seconds()):
                await self._or_hand_back(job, self._work(job, headers, deadline, slot))
        except TimeoutError:
            await self._stop(job, headers, longest if until != deadline else None)

    async def _stop(self, job: ActivatedJob, headers: JobHeaders, longest: timedelta | None) -> None:
        """End a job that was cut off: by the end of the invocation (None), or by its own time limit."""
        if longest is None:
            log.warning("job was handed back: the invocation ends", extra=facts_of_job(job))
            await self.locks.hand_back(job, retry_policy.AT_ONCE, at_once=True)
            return
        error = TransientError(
            f"The job took longer than {longest}. Ask for less, or set the header jobTimeout.",
            code=ErrorCode.JOB_TIMED_OUT,
        )
        outcome = outcome_of_error(error, headers, retries=job.retries)
        await self._or_hand_back(job, self._fail(job, outcome))

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
        await self.locks.hand_back(job, retry_policy.OWN_TROUBLE_DELAY)

    async def _hand_back_without_slot(self, job: ActivatedJob) -> None:
        log.info(
            "job was handed back: its process or account holds its share of the slots",
            extra=facts_of_job(job),
        )
        await self.locks.hand_back(job, retry_policy.no_slot_delay(job.key))

    async def _work(self, job: ActivatedJob, headers: JobHeaders, deadline: Deadline, slot: Slot) -> None:
        if headers.job_timeout is not None and not await self._lock_for(job, headers.job_timeout):
            return
        try:
            await self._resolve_and_carry_out(job, headers, deadline, slot)
        except (StoreUnavailable, EngineUnavailable):
            raise
        except Exception as error:  # one faulty job must not take the others down
            log.exception("job failed unexpectedly", extra=facts_of_job(job))
            fault = TransientError(
                f"Unexpected error ({type(error).__name__}); see the poller's log.",
                code=ErrorCode.UNEXPECTED_ERROR,
            )
            # The error expression is left out: it may be what broke.
            plain = JobHeaders(retry_backoff=headers.retry_backoff)
            await self._fail(job, outcome_of_error(fault, plain, retries=job.retries))

    async def _resolve_and_carry_out(
        self, job: ActivatedJob, headers: JobHeaders, deadline: Deadline, slot: Slot
    ) -> None:
        secrets: set[str] = set()
        try:
            resolved = await self.resolve_secrets(job)
            if isinstance(resolved, NotVisibleYet):
                await self._wait_for_definition(job, resolved.asked_for)
                return
            secrets |= resolved.used
            request = read_request(resolved.variables)
            secrets.add(request.token)
            if request.unknown_inputs:
                facts = facts_of_job(job) | LogFacts(unknown_inputs=request.unknown_inputs)
                log.warning("job had inputs that its operation does not know", extra=facts)
            if not await self.slots.join(slot, request.token):
                await self._hand_back_without_slot(job)
                return
            await self._carry_out(job, headers, request, secrets, deadline)
        except (StoreUnavailable, EngineUnavailable):
            raise
        except ConfigurationError as error:
            # The deployment is wrong, and all jobs fail: they wait until it is corrected.
            log.error("job could not be worked: the deployment is set up wrongly", extra=facts_of_job(job))  # noqa: TRY400 - no fault of the program's
            later = TransientError(error.message, code=error.code, retry_after=retry_policy.MENDED_WITHIN)
            outcome = outcome_of_error(later, headers, retries=job.retries, secrets=secrets)
            await self._fail(job, outcome)
        except ConnectorError as error:
            if isinstance(error, ApifyUnavailable) and await self.wait_for_apify(job, error):
                return
            outcome = outcome_of_error(error, headers, retries=job.retries, secrets=secrets)
            await self._fail(job, outcome)

    async def _wait_for_definition(self, job: ActivatedJob, asked_for: timedelta) -> None:
        """Hand a job back until its definition can be seen, for longer and longer.

        Raises:
            ConfigurationError: It should have been seen by now.
        """
        if asked_for > retry_policy.VISIBLE_WITHIN:
            raise ConfigurationError(
                f"The process definition {job.process_id} has not been seen for {asked_for}, so the secrets "
                "that its element names are not known. Grant the client READ_PROCESS_DEFINITION for it, or "
                "deploy with SecretScope=any."
            )
        log.info("job was handed back: its definition is not visible yet", extra=facts_of_job(job))
        delay = max(retry_policy.NOT_VISIBLE_FIRST, asked_for / 2)
        await self.locks.hand_back(job, min(delay, retry_policy.NOT_VISIBLE_LONGEST))

    async def _carry_out(
        self,
        job: ActivatedJob,
        headers: JobHeaders,
        request: OperationRequest,
        secrets: set[str],
        deadline: Deadline,
    ) -> None:
        apify = ApifyWithFreshToken(
            accounts=self.accounts, token=request.token, renew=lambda: self._new_token(job, secrets)
        )
        match request.operation:
            case ReadOperation() as read:
                await self.report(job, await self._repeatable(job, headers, read.read, apify, secrets))
            case ActOperation(is_repeatable=True) as act:
                ask = self.given_document(act)
                await self.report(job, await self._repeatable(job, headers, ask, apify, secrets))
            case ActOperation() as act:
                work = ActWork(
                    job=job, headers=headers, operation=act, apify=apify, secrets=secrets, deadline=deadline
                )
                await self.act_once(work)
            case StartOperation() as start:
                await self.handle_run_job(
                    StartWork(
                        job=job,
                        headers=headers,
                        operation=start,
                        apify=apify,
                        secrets=secrets,
                        deadline=deadline,
                        token_reference=_token_reference(job, request.token),
                    )
                )
            case WaitForRun() as wait:
                await self.wait_for_run(
                    WaitWork(
                        job=job,
                        headers=headers,
                        operation=wait,
                        apify=apify,
                        secrets=secrets,
                        deadline=deadline,
                        token_reference=_token_reference(job, request.token),
                    )
                )
            case other:
                raise AssertionError(f"an operation of no known kind: {other.type}")

    async def _repeatable(
        self, job: ActivatedJob, headers: JobHeaders, ask: Ask, apify: Apify, secrets: set[str]
    ) -> JobOutcome:
        """Return the outcome of an operation that can be repeated safely."""
        return await self.counted_work(
            job,
            lambda: self.make_outcome(
                Mapping(job, headers, secrets), lambda most_bytes: ask(apify, most_bytes=most_bytes)
            ),
        )

    async def _new_token(self, job: ActivatedJob, secrets: set[str]) -> str | None:
        """Return the token as its secret is now, where the job takes it from one."""
        resolved = await self.resolve_secrets(job, refresh=True)
        if isinstance(resolved, NotVisibleYet) or not resolved.used:
            return None
        token = read_request(resolved.variables).token
        secrets |= resolved.used | {token}
        return token

    async def _lock_for(self, job: ActivatedJob, duration: timedelta) -> bool:
        """Lock the job for as long as its header says; False where it is gone."""
        try:
            reply = await self.locks.set(job.key, duration)
        except EngineUnavailable:
            return True
        return not isinstance(reply, JobGone)

    async def _fail(self, job: ActivatedJob, outcome: JobOutcome) -> None:
        """Report a failure that ended no attempt: one that is open stays open, with the run that it has."""
        latest = await self.attempts.latest(job.key)
        if latest is not None and latest.is_open and isinstance(outcome, FailJob):
            await self.attempts.change(latest.id, ExpectRetries(outcome.retries), seen=latest)
        await self.report(job, outcome)


def _token_reference(job: ActivatedJob, token: str) -> str:
    """Return what the element's token field says, where a secret was put into it; else nothing."""
    authentication = job.variables.get("authentication")
    given = authentication.get("token") if isinstance(authentication, dict) else None
    return given if isinstance(given, str) and given != token else ""
