"""Finds runs that ended while no webhook reported them, and parks their events as if one had.

What was delivered after all is one event with what is found here: the same run, type and `finishedAt`.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from apify_camunda.apify.model import EVENT_TYPE_OF_STATUS, ApifyRun
from apify_camunda.apify.port import Apify
from apify_camunda.errors import StoreRejected
from apify_camunda.identifiers import RunId
from apify_camunda.json_types import JsonObject
from apify_camunda.platform.deadline import Deadline
from apify_camunda.platform.log_facts import LogFacts
from apify_camunda.platform.ports import Clock
from apify_camunda.registration.domain.registration import Registration
from apify_camunda.registration.flows.open_accounts import Account
from apify_camunda.registration.ports import EventParking
from apify_camunda.webhooks.events import ReceivedEvent
from apify_camunda.webhooks.routes import registration_route

log = logging.getLogger(__name__)

_LONGEST_RUN = timedelta(days=7)
"""Apify lists runs by their start; one that ended in the gap may have begun this long before it."""
_LONGEST_GAP = timedelta(days=13)
"""The ledger's rows of earlier deliveries have expired: their effects would happen again."""
_MARGIN = timedelta(minutes=2)
"""How long after the end of the gap runs are searched too, since Apify's clock may differ from ours."""
_MOST_RUNS = 10_000
_LET_WEBHOOKS_COME_FIRST = timedelta(seconds=20)


@dataclass(frozen=True, slots=True)
class CaughtUp:
    """How far a search has come.

    Attributes:
        parked: How many events were parked.
        covered_until: Runs that finished before this time are parked.
        is_whole: That is the end of the gap.
    """

    parked: int
    covered_until: datetime
    is_whole: bool


class CatchUpRuns:
    """Delivers the runs of a gap, in the order in which they ended."""

    def __init__(self, *, parking: EventParking, clock: Clock) -> None:
        self._parking = parking
        self._clock = clock

    async def __call__(self, registration: Registration, account: Account, deadline: Deadline) -> CaughtUp:
        """Park the runs that ended in the registration's gap: at least one, and more until the deadline.

        Raises:
            ApifyRejected: No token may read the runs.
            ApifyUnavailable: Apify did not answer; nothing is lost by doing it all again.
            StoreUnavailable: An event could not be parked.
        """
        now = self._clock.now()
        since = registration.covered_until or now
        if since < now - _LONGEST_GAP:
            log.error("gap was too old to be searched whole", extra=LogFacts(registration_id=registration.id))
            since = now - _LONGEST_GAP
        until = registration.gap_until or now
        ended = await account.ask(lambda apify: self._ended_runs(registration, apify, since, until + _MARGIN))
        parked = 0
        for finished_at, run in ended:
            if parked and deadline.has_passed(self._clock.now()):
                facts = LogFacts(registration_id=registration.id, runs=parked)
                log.warning("gap was searched in part", extra=facts)
                return CaughtUp(parked, finished_at, is_whole=False)
            whole = await _whole(run, account)
            if await self._is_parked(_as_delivery(whole, registration, now), whole.id):
                parked += 1
        log.info("gap was searched", extra=LogFacts(registration_id=registration.id, runs=parked))
        return CaughtUp(parked, until, is_whole=True)

    async def _is_parked(self, event: ReceivedEvent, run_id: RunId) -> bool:
        """Park an event; one that the queue never takes is logged, and stops no other."""
        try:
            await self._parking.park(event, delay=_LET_WEBHOOKS_COME_FIRST)
        except StoreRejected as error:
            log.exception("run could not be parked", extra=LogFacts(run_id=run_id, error=error.message))
            return False
        return True

    async def _ended_runs(
        self, registration: Registration, apify: Apify, since: datetime, until: datetime
    ) -> list[tuple[datetime, ApifyRun]]:
        """Return the runs of a wanted type that ended between two moments, by their end."""
        ended: list[tuple[datetime, ApifyRun]] = []
        seen = 0
        oldest = since - _LONGEST_RUN
        async for run in apify.runs(registration.kind, registration.resource_id, since=oldest):
            seen += 1
            started_at = _moment(run, "startedAt")
            if started_at is not None and started_at < oldest:
                break  # and so did all that follow: Apify cuts only an Actor's list by time
            if seen > _MOST_RUNS:
                log.error("gap held too many runs", extra=LogFacts(registration_id=registration.id))
                break
            finished_at = _moment(run, "finishedAt")
            if finished_at is not None and since <= finished_at <= until and _is_wanted(run, registration):
                ended.append((finished_at, run))
        return sorted(ended, key=lambda each: each[0])


async def _whole(run: ApifyRun, account: Account) -> ApifyRun:
    """Return the run with all fields that its webhook would have sent; a list leaves some out."""
    return await account.ask(lambda apify: apify.run(run.id)) or run


def _moment(run: ApifyRun, name: str) -> datetime | None:
    """Return a time of the run; None where it has none that can be read."""
    try:
        moment = datetime.fromisoformat(run.text(name) or "")
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None


def _is_wanted(run: ApifyRun, registration: Registration) -> bool:
    return run.is_terminal and EVENT_TYPE_OF_STATUS[run.status] in registration.event_types


def _as_delivery(run: ApifyRun, registration: Registration, now: datetime) -> ReceivedEvent:
    """Return the event as Apify's default payload template would have written it."""
    event_data: JsonObject = {"actorId": run.text("actId"), "actorRunId": run.id}
    if run.text("actorTaskId"):
        event_data["actorTaskId"] = run.text("actorTaskId")
    return ReceivedEvent(
        route=registration_route(registration.id),
        headers={"content-type": "application/json"},
        params={},
        body={
            "userId": registration.apify_user_id,
            "createdAt": run.text("finishedAt"),
            "eventType": EVENT_TYPE_OF_STATUS[run.status],
            "eventData": event_data,
            "resource": run.raw,
        },
        received_at=now,
        dispatch_id=None,
    )
