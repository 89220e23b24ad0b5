"""Receives what Apify says of a run that a job waits for: note it, let the engine hand the job out again."""

from __future__ import annotations

import logging
from datetime import timedelta

from apify_camunda.apify.model import EVENT_TYPE_OF_STATUS, RUN_CREATED, TERMINAL_STATUSES
from apify_camunda.camunda.ports import JobQueue
from apify_camunda.errors import EngineRejected, EngineUnavailable, StoreUnavailable
from apify_camunda.identifiers import AttemptId, RunId
from apify_camunda.outbound.domain.attempt import Attempt
from apify_camunda.outbound.domain.next_step import is_surplus
from apify_camunda.outbound.ports import AttemptLedger, PollerWaker
from apify_camunda.platform.http_messages import HttpReply, HttpRequest
from apify_camunda.platform.log_facts import LogFacts
from apify_camunda.platform.ports import SecretSource
from apify_camunda.webhooks.admission import admit
from apify_camunda.webhooks.events import TEST_EVENT_TYPE, ReceivedEvent

log = logging.getLogger(__name__)

_STATUS_OF_EVENT_TYPE = {event_type: status for status, event_type in EVENT_TYPE_OF_STATUS.items()} | {
    RUN_CREATED: "READY"
}
_AT_ONCE = timedelta(milliseconds=1)
_PREFIX = "runs/"
_MOST_CLAIMS = 3


class RecordCallback:
    """Answers the callback of one waiting run."""

    def __init__(
        self,
        *,
        attempts: AttemptLedger,
        jobs: JobQueue,
        waker: PollerWaker,
        secrets: SecretSource,
    ) -> None:
        self._attempts = attempts
        self._jobs = jobs
        self._waker = waker
        self._secrets = secrets

    async def __call__(self, request: HttpRequest) -> HttpReply:
        """Return the answer to a callback; 503 lets Apify try again."""
        admitted = await admit(request, self._secrets)
        if isinstance(admitted, HttpReply):
            return admitted
        try:
            return await self._record(admitted)
        except StoreUnavailable as error:
            log.warning("callback could not be recorded", extra=LogFacts(error=error.message))
            return HttpReply(503, {"status": "unavailable"})

    async def _record(self, received: ReceivedEvent) -> HttpReply:
        if received.event.event_type == TEST_EVENT_TYPE:
            return HttpReply(200, {"status": "test"})
        run_id, status = _run_of(received)
        if run_id is None or status is None:
            return HttpReply(400, {"error": "The body names no run."})
        attempt_id = await self._attempt_with(run_id, AttemptId(received.route.removeprefix(_PREFIX)))
        attempt = await self._attempts.record_status(attempt_id, run_id, status)
        if attempt is None:
            return HttpReply(404, {"error": "No such attempt."})
        facts = LogFacts(job_key=attempt.job_key, attempt_id=attempt_id, run_id=run_id, run_status=status)
        log.info("run was reported", extra=facts)
        if status in TERMINAL_STATUSES:
            await self._hand_out_again(attempt)
        return HttpReply(200, {"status": "ok"})

    async def _attempt_with(self, run_id: RunId, named: AttemptId) -> AttemptId:
        """Return whose the run is: the attempt's that its webhook names, which no other one may find then.

        Unless another one that asked for the same has found it before: that one goes on with it, and the one
        that is named finds the other's.
        """
        for _ in range(_MOST_CLAIMS):
            if await self._attempts.claim_run(run_id, named):
                return named
            owner = await self._attempts.owner_of_run(run_id)
            if owner is not None and is_surplus(owner):
                return named
            if owner is not None:
                facts = LogFacts(attempt_id=named, run_id=run_id)
                log.warning("run was another attempt's already", extra=facts)
                return owner
        raise StoreUnavailable("A run changed hands again and again.")

    async def _hand_out_again(self, attempt: Attempt) -> None:
        """Shorten the job's lock and wake the poller; where that fails the lock runs out by itself."""
        try:
            await self._jobs.set_lock(attempt.job_key, _AT_ONCE)
        except (EngineUnavailable, EngineRejected) as error:
            log.warning(
                "lock of a job could not be shortened",
                extra=LogFacts(job_key=attempt.job_key, error=error.message),
            )
        await self._waker.wake()


def _run_of(received: ReceivedEvent) -> tuple[RunId | None, str | None]:
    """Return the run's id and status, from the run itself or from what the event says of it."""
    event = received.event
    run = event.run()
    in_event_data = (event.event_data or {}).get("actorRunId")
    run_id = run.id or (in_event_data if isinstance(in_event_data, str) else None)
    status = _STATUS_OF_EVENT_TYPE.get(event.event_type) or run.status
    return (RunId(run_id) if run_id else None), status
