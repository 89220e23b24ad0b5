"""Finds runs that ended while no webhook reported them, and parks their events as if it had.

What was delivered after all is one event with what is found here: the same run, type and `finishedAt`.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from apify_camunda.contracts.apify import EVENT_TYPE_OF_STATUS, ApifyRun
from apify_camunda.contracts.delivery import ReceivedEvent
from apify_camunda.contracts.json_types import JsonObject
from apify_camunda.contracts.log_facts import LogFacts
from apify_camunda.contracts.registration import Registration
from apify_camunda.ports import Apify, Clock, ParkedEvents

log = logging.getLogger(__name__)

_LONGEST_RUN = timedelta(days=7)
"""Apify lists runs by their start; one that ended in the gap may have begun this long before it."""
_MARGIN = timedelta(minutes=2)
"""How long after the webhook's creation runs are looked for too, whatever Apify's clock says."""
_MOST_RUNS = 10_000
_LET_WEBHOOKS_COME_FIRST = timedelta(seconds=20)


class CatchUpRuns:
    """Delivers afterwards what fell into a gap."""

    def __init__(self, *, parking: ParkedEvents, clock: Clock) -> None:
        self._parking = parking
        self._clock = clock

    async def __call__(self, registration: Registration, apify: Apify) -> int:
        """Park the runs that ended in the registration's gap; return how many.

        Raises:
            ApifyRejected: The token may not read the runs.
            ApifyUnavailable: Apify did not answer; nothing is lost by doing it all again.
            StoreUnavailable: An event could not be parked.
        """
        now = self._clock.now()
        since = datetime.fromisoformat(registration.covered_until or now.isoformat())
        until = datetime.fromisoformat(registration.gap_until or now.isoformat()) + _MARGIN
        found = seen = 0
        oldest = since - _LONGEST_RUN
        async for run in apify.runs(registration.kind, registration.resource_id, since=oldest):
            seen += 1
            if _began_before(run, oldest):
                break
            if seen > _MOST_RUNS:
                log.error("gap held too many runs", extra=LogFacts(registration_id=registration.id))
                break
            if _ended_within(run, since, until) and _is_wanted(run, registration):
                whole = await apify.run(run.id) or run
                await self._parking.park(
                    _as_delivery(whole, registration, now), delay=_LET_WEBHOOKS_COME_FIRST
                )
                found += 1
        log.info("gap was searched", extra=LogFacts(registration_id=registration.id, runs=found))
        return found


def _began_before(run: ApifyRun, oldest: datetime) -> bool:
    """Say whether a run, and all after it, is too old; Apify cuts only an Actor's list by time."""
    started_at = run.text("startedAt")
    return started_at is not None and datetime.fromisoformat(started_at) < oldest


def _ended_within(run: ApifyRun, since: datetime, until: datetime) -> bool:
    finished_at = run.text("finishedAt")
    return (
        run.is_terminal and finished_at is not None and since <= datetime.fromisoformat(finished_at) <= until
    )


def _is_wanted(run: ApifyRun, registration: Registration) -> bool:
    return EVENT_TYPE_OF_STATUS[run.status] in registration.event_types


def _as_delivery(run: ApifyRun, registration: Registration, now: datetime) -> ReceivedEvent:
    """Return the event as Apify's default payload template would have written it."""
    event_data: JsonObject = {"actorId": run.text("actId"), "actorRunId": run.id}
    if run.text("actorTaskId"):
        event_data["actorTaskId"] = run.text("actorTaskId")
    return ReceivedEvent(
        route=f"apify/{registration.id}",
        headers={"content-type": "application/json"},
        params={},
        body={
            "userId": registration.apify_user_id,
            "createdAt": run.text("finishedAt"),
            "eventType": EVENT_TYPE_OF_STATUS[run.status],
            "eventData": event_data,
            "resource": run.raw,
        },
        received_at=now.isoformat(),
        dispatch_id=None,
    )
