"""Delivers parked events: the same work as on arrival, then what still cannot be finished is postponed.

An event leaves the queue only when all its effects are done; it is never sent again. An event that
was accepted waits for a listener to come back where no element listens any more, and in the end for a person.
Events whose earlier work died are tried last and one at a time, so that one that ends its process takes no
other with it.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import assert_never

from apify_camunda.errors import StoreUnavailable
from apify_camunda.inbound.flows.process_event import (
    EventReport,
    MustBeAlone,
    ProcessEvent,
    SetAside,
    TestNoted,
    UnknownRoute,
)
from apify_camunda.inbound.ports import ParkedEvents
from apify_camunda.platform.deadline import Deadline
from apify_camunda.platform.log_facts import LogFacts
from apify_camunda.platform.pause import PauseSwitch
from apify_camunda.platform.ports import Clock, Metrics
from apify_camunda.webhooks.events import ParkedMessage, ReceivedEvent
from apify_camunda.webhooks.routes import shown_route

log = logging.getLogger(__name__)

_FIRST_DELAY = timedelta(seconds=5)
"""How long a parked event waits after the first try; doubled by each."""
_LONGEST_DELAY = timedelta(minutes=15)
_AT_ONCE = 4
"""Events that are worked on side by side: the time that their expressions may take together fits in."""
_TIME_FOR_ONE = timedelta(seconds=35)
"""Beside others an event takes no longer: expressions, stores that hardly answer, a command, a search."""
_TIME_TO_POSTPONE = timedelta(seconds=4)
"""What is kept free at the end, to say when an unfinished event comes back."""
_LEAST_TIME = timedelta(seconds=10)
"""What the first few get in any case, so that a function with a short timeout makes progress."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliverEvents:
    """Works on a batch of parked events."""

    process_event: ProcessEvent
    pause: PauseSwitch
    parking: ParkedEvents
    clock: Clock
    metrics: Metrics

    async def __call__(self, messages: Sequence[ParkedMessage], deadline: Deadline) -> frozenset[str]:
        """Return the ids of the messages that must stay in the queue.

        The first few are begun in any case; of the others, what could not be finished by the deadline is not:
        cut off, Lambda would deliver the whole batch again, with the event that causes the trouble.
        """
        slots = asyncio.Semaphore(_AT_ONCE)

        async def must_stay(number: int, message: ParkedMessage) -> bool | MustBeAlone:
            async with slots:
                return await self._in_time(message, deadline, is_first=number < _AT_ONCE, is_alone=False)

        ended = await asyncio.gather(*(must_stay(*each) for each in enumerate(messages)))
        staying = {message.id for message, stays in zip(messages, ended, strict=True) if stays is True}
        suspects = [
            each for each, stays in zip(messages, ended, strict=True) if isinstance(stays, MustBeAlone)
        ]
        for number, message in enumerate(suspects):
            if await self._in_time(message, deadline, is_first=number == 0, is_alone=True):
                staying.add(message.id)
        return frozenset(staying)

    async def _in_time(
        self, message: ParkedMessage, deadline: Deadline, *, is_first: bool, is_alone: bool
    ) -> bool | MustBeAlone:
        """Return whether the message must stay in the queue; what does not fit into the time is not begun."""
        if not is_first and deadline.remaining(self.clock.now()) < _TIME_FOR_ONE:
            log.info("parked event was left to the next batch", extra=_facts(message))
            await self._postpone(message, _FIRST_DELAY)
            return True
        work_until = deadline.earlier_by(_TIME_TO_POSTPONE)
        if is_first:
            work_until = work_until.or_later(self.clock.now() + _LEAST_TIME)
        return await self._must_stay(message, work_until, is_alone=is_alone)

    async def _must_stay(
        self, message: ParkedMessage, work_until: Deadline, *, is_alone: bool
    ) -> bool | MustBeAlone:
        try:
            async with asyncio.timeout(work_until.remaining(self.clock.now()).total_seconds()):
                later_in = await self._process(message, work_until, is_alone=is_alone)
        except TimeoutError:
            log.warning("parked event was out of time", extra=_facts(message))
            later_in = timedelta()
        except Exception:
            log.exception("parked event could not be processed", extra=_facts(message))
            later_in = timedelta()
        if later_in is None:
            return False
        if isinstance(later_in, MustBeAlone):
            return later_in
        await self._postpone(message, max(later_in, _backoff(message)))
        return True

    async def _postpone(self, message: ParkedMessage, delay: timedelta) -> None:
        try:
            await self.parking.postpone(message.receipt, delay=delay)
        except StoreUnavailable as error:
            facts = _facts(message) | LogFacts(error=error.message)
            log.warning("parked event could not be postponed", extra=facts)

    async def _process(
        self, message: ParkedMessage, deadline: Deadline, *, is_alone: bool
    ) -> timedelta | MustBeAlone | None:
        """Return after which time to work on the event again, or None: it is finished."""
        if await self.pause.is_on():
            return _LONGEST_DELAY
        received = ReceivedEvent.from_json(json.loads(message.body))
        self.metrics.measure("ParkedEventAge", self.clock.now() - received.received_at)
        processed = await self.process_event(received, deadline, is_alone=is_alone)
        match processed:
            case UnknownRoute():
                log.warning("parked event had no listener", extra=LogFacts(route=shown_route(received.route)))
                return timedelta()
            case TestNoted() | SetAside():
                return None
            case MustBeAlone():
                return processed
            case EventReport():
                return processed.later_in
            case _:
                assert_never(processed)


def _facts(message: ParkedMessage) -> LogFacts:
    return LogFacts(sqs_message_id=message.id)


def _backoff(message: ParkedMessage) -> timedelta:
    """Return a growing delay, spread over a quarter of it by the message's id."""
    doublings = min(message.receive_count - 1, 20)
    full = min(_FIRST_DELAY * 2**doublings, _LONGEST_DELAY)
    spread = int.from_bytes(hashlib.sha256(f"{message.id}{doublings}".encode()).digest()[:2]) / 65536
    return timedelta(seconds=full.total_seconds() * (0.75 + 0.25 * spread))
