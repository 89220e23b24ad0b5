"""Receives a delivery: authenticate it, process the event, park what cannot be finished, answer.

No event is answered 2xx unless it is finished or durable.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol, assert_never

from apify_camunda.errors import ErrorCode, StoreUnavailable
from apify_camunda.inbound.flows.apply_effect import OUT_OF_TIME
from apify_camunda.inbound.flows.effect_report import EffectReport
from apify_camunda.inbound.flows.process_event import (
    EventReport,
    MustBeAlone,
    Processed,
    SetAside,
    TestNoted,
    UnknownRoute,
)
from apify_camunda.inbound.flows.refused_signatures import RefusedSignatures
from apify_camunda.inbound.ports import ParkedEvents
from apify_camunda.json_types import Json
from apify_camunda.platform.deadline import Deadline
from apify_camunda.platform.http_messages import HttpReply, HttpRequest
from apify_camunda.platform.log_facts import LogFacts
from apify_camunda.platform.pause import PauseSwitch
from apify_camunda.platform.ports import Clock, Metrics, SecretSource
from apify_camunda.webhooks.admission import admit
from apify_camunda.webhooks.events import ReceivedEvent
from apify_camunda.webhooks.routes import shown_route

log = logging.getLogger(__name__)


_PAUSED_FOR = timedelta(minutes=15)
"""A delivery that comes during a pause is looked at again after this time."""
_OUR_OWN_TROUBLE = timedelta(seconds=15)
"""When to try again an event that failed because of a store of ours, or of a fault in this program."""
_ANSWER_WITHIN = timedelta(seconds=24)
"""API Gateway waits for 30 seconds in all, a cold start included."""
_TIME_TO_PARK = timedelta(seconds=7)
"""What is kept free of that to make the event durable."""
_UNAUTHORIZED = 401
_UNEXPECTED = ErrorCode.UNEXPECTED_ERROR


class ProcessEventCall(Protocol):
    """Processes one event, as ProcessEvent does."""

    async def __call__(self, received: ReceivedEvent, deadline: Deadline) -> Processed:
        """Return what became of the event."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiveEvent:
    """Answers one delivery of Apify."""

    process_event: ProcessEventCall
    refused: RefusedSignatures
    pause: PauseSwitch
    parking: ParkedEvents
    secrets: SecretSource
    metrics: Metrics
    clock: Clock

    async def __call__(self, request: HttpRequest, deadline: Deadline) -> HttpReply:
        """Return the answer to a request: 401, 404, 400 or 413 if it is no delivery; else 200, 202 or 503.

        The worst result of the event's effects decides the answer, and its body lists each. What does not fit
        into the time until `deadline`, or into what API Gateway waits for, is parked.
        """
        deadline = deadline.or_sooner(self.clock.now() + _ANSWER_WITHIN)
        admitted = await admit(request, self.secrets)
        if isinstance(admitted, HttpReply):
            if admitted.status == _UNAUTHORIZED:
                await self.refused.note(request)
            return admitted
        self.metrics.count("EventsReceived")
        return await self._receive(admitted, deadline)

    async def _receive(self, received: ReceivedEvent, deadline: Deadline) -> HttpReply:
        work_until = deadline.earlier_by(_TIME_TO_PARK)
        left = work_until.remaining(self.clock.now())
        try:
            async with asyncio.timeout(left.total_seconds()):
                if await self.pause.is_on():
                    return await self._park(received, _PAUSED_FOR, "paused")
                processed = await self.process_event(received, work_until)
        except TimeoutError:
            log.warning("event was out of time", extra=LogFacts(route=shown_route(received.route)))
            return await self._park(received, _OUR_OWN_TROUBLE, OUT_OF_TIME)
        except StoreUnavailable as error:
            facts = LogFacts(route=shown_route(received.route), error=error.message)
            log.warning("store was unavailable", extra=facts)
            return await self._park(received, _OUR_OWN_TROUBLE, error.code)
        except Exception:  # Apify would give up one day; the queue has an alarm
            log.exception("event could not be processed", extra=LogFacts(route=shown_route(received.route)))
            return await self._park(received, _OUR_OWN_TROUBLE, _UNEXPECTED)
        return await self._reply_to(received, processed)

    async def _reply_to(self, received: ReceivedEvent, processed: Processed) -> HttpReply:
        match processed:
            case UnknownRoute():
                return HttpReply(404, {"error": "No element listens on this path."})
            case TestNoted():
                return HttpReply(200, {"status": "test"})
            case SetAside():
                return HttpReply(200, {"status": "set aside"})
            case EventReport(later_in=timedelta() as delay):
                return await self._park(received, delay, None, processed)
            case EventReport():
                return HttpReply(200, _answer(processed))
            case MustBeAlone():  # a receiver processes one event at a time
                return await self._park(received, _OUR_OWN_TROUBLE, None)
            case _:
                assert_never(processed)

    async def _park(
        self, received: ReceivedEvent, delay: timedelta, reason: str | None, report: EventReport | None = None
    ) -> HttpReply:
        """Make the event durable and say so; if that fails, Apify tries again for about 34 hours."""
        try:
            await self.parking.park(received, delay=delay)
        except StoreUnavailable as error:
            log.exception("event could not be parked", extra=LogFacts(error=error.message))
            return HttpReply(503, {"status": "unavailable"})
        self.metrics.count("EventsParked")
        answer = _answer(report) if report else {"status": "parked", "reason": reason}
        return HttpReply(202, {name: value for name, value in answer.items() if value is not None})


def _answer(report: EventReport) -> dict[str, Json]:
    effects: list[Json] = [_effect(effect) for effect in report.effects]
    return {"status": report.status, "effects": effects} if effects else {"status": report.status}


def _effect(report: EffectReport) -> dict[str, Json]:
    answer: dict[str, Json] = {"element": report.element, "status": report.status.value}
    if report.detail:
        answer["detail"] = report.detail
    if report.shared_with:
        answer["sharedWith"] = [*report.shared_with]
    return answer
