"""Receives what Apify says of a run that a job waits for, and lets the engine hand the job out again.

A callback only wakes. Which run an attempt has is decided by the poller, which asks Apify for the run.
"""

from __future__ import annotations

import logging

from apify_camunda.apify.model import EVENT_TYPE_OF_STATUS, RUN_CREATED, TERMINAL_STATUSES
from apify_camunda.camunda.ports import JobQueue
from apify_camunda.errors import EngineRejected, EngineUnavailable, StoreUnavailable
from apify_camunda.identifiers import JobKey, RunId
from apify_camunda.outbound.domain import retry_policy
from apify_camunda.outbound.domain.attempt import Attempt
from apify_camunda.outbound.domain.attempt_transitions import NoteReport
from apify_camunda.outbound.ports import AttemptLedger, PollerWaker
from apify_camunda.platform.http_messages import HttpReply, HttpRequest
from apify_camunda.platform.log_facts import LogFacts
from apify_camunda.platform.ports import Clock, SecretSource
from apify_camunda.webhooks.admission import admit
from apify_camunda.webhooks.events import TEST_EVENT_TYPE, ReceivedEvent
from apify_camunda.webhooks.routes import attempt_of

log = logging.getLogger(__name__)

_STATUS_OF_EVENT_TYPE = {event_type: status for status, event_type in EVENT_TYPE_OF_STATUS.items()} | {
    RUN_CREATED: "READY"
}


class RecordCallback:
    """Answers the callback of one waiting run."""

    def __init__(
        self,
        *,
        attempts: AttemptLedger,
        jobs: JobQueue,
        waker: PollerWaker,
        secrets: SecretSource,
        clock: Clock,
    ) -> None:
        self._attempts = attempts
        self._jobs = jobs
        self._waker = waker
        self._secrets = secrets
        self._clock = clock

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
        attempt_id = attempt_of(received.route)
        noted = await self._attempts.change(attempt_id, NoteReport(run_id, status))
        if noted.row is None:
            return HttpReply(404, {"error": "No such attempt."})
        facts = LogFacts(job_key=noted.row.job_key, attempt_id=attempt_id, run_id=run_id, run_status=status)
        if not noted.done:
            log.info("callback was not needed: the job does not wait for this run", extra=facts)
            return HttpReply(200, {"status": "ignored"})
        log.info("run was reported", extra=facts)
        if not _ends_a_wait(noted.row, status):
            return HttpReply(200, {"status": "ok"})
        was_woken = await self._hand_out_again(noted.row.job_key)
        await self._waker.wake()
        return HttpReply(200, {"status": "ok"}) if was_woken else HttpReply(503, {"status": "unavailable"})

    async def _hand_out_again(self, job: JobKey) -> bool:
        """Shorten the job's lock; False where Camunda did not answer, so that Apify must call again."""
        for pause in (*retry_policy.CALLBACK_PAUSES, None):
            try:
                await self._jobs.set_lock(job, retry_policy.AT_ONCE)
            except EngineUnavailable as error:
                if pause is None:
                    facts = LogFacts(job_key=job, error=error.message)
                    log.warning("lock of a job could not be shortened", extra=facts)
                    return False
                await self._clock.sleep(pause)
            except EngineRejected as error:
                facts = LogFacts(job_key=job, error=error.message)
                log.warning("lock of a job could not be shortened; it runs out by itself", extra=facts)
                return True
            else:
                return True
        return False


def _ends_a_wait(row: Attempt, status: str) -> bool:
    """Say whether the job waits for this: the end of its run, or any report after a start was lost."""
    return status in TERMINAL_STATUSES or (row.run_id is None and row.lost_by != "")


def _run_of(received: ReceivedEvent) -> tuple[RunId | None, str | None]:
    """Return the run's id and status, from the run itself or from what the event says of it."""
    event = received.event
    run = event.run()
    in_event_data = (event.event_data or {}).get("actorRunId")
    run_id = run.id or (in_event_data if isinstance(in_event_data, str) else None)
    status = _STATUS_OF_EVENT_TYPE.get(event.event_type) or run.status
    return (RunId(run_id) if run_id else None), status
