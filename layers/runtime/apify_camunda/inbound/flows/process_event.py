"""Processes one event: which elements listen, which effects that has, freeze them, apply each.

It is shared by a delivery, a parked event and a run that was found afterwards. It answers no request and
parks nothing.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, TypeAlias, TypeVar

from apify_camunda.camunda.elements import InboundElement
from apify_camunda.errors import StoreRejected, StoreUnavailable
from apify_camunda.identifiers import EventId, RunId
from apify_camunda.inbound.domain.connector_data import delivery_context
from apify_camunda.inbound.domain.correlation import Ignored, each_effect, shared, without_what_is_too_large
from apify_camunda.inbound.domain.effect import Effect, EffectState
from apify_camunda.inbound.domain.event_identity import event_id
from apify_camunda.inbound.domain.poison import (
    DEATHS_OF_POISON,
    ENDS_ITS_PROCESS,
    TOO_OLD,
    is_older_than_rows,
)
from apify_camunda.inbound.domain.processing import Processing
from apify_camunda.inbound.domain.shares import result_shares
from apify_camunda.inbound.flows.apply_effect import ApplyEffect
from apify_camunda.inbound.flows.effect_report import EffectReport, EffectStatus
from apify_camunda.inbound.flows.watch_conditions import WatchConditions
from apify_camunda.inbound.ports import Claimed, EventLedger, Listeners, Receipt
from apify_camunda.json_types import JsonObject
from apify_camunda.platform.deadline import Deadline
from apify_camunda.platform.log_facts import LogFacts
from apify_camunda.platform.ports import Clock, Metrics
from apify_camunda.webhooks.events import TEST_EVENT_TYPE, ReceivedEvent
from apify_camunda.webhooks.routes import shown_route

log = logging.getLogger(__name__)

T = TypeVar("T")
U = TypeVar("U")

_AT_ONCE: Final = 8
"""Effects of one event that are applied side by side; it bounds connections, threads and memory."""
_TIME_TO_END: Final = timedelta(seconds=2)
"""How long to try to note the end of work that failed or was cut off."""


@dataclass(frozen=True, slots=True)
class UnknownRoute:
    """No element listens there, and none did when the event came first."""


@dataclass(frozen=True, slots=True)
class TestNoted:
    """Apify's console tried the webhook; that is no event."""

    __test__ = False  # pytest: not a test class


@dataclass(frozen=True, slots=True)
class SetAside:
    """The event is not worked on any more until an operator replays it.

    Attributes:
        reason: Why, in a sentence for the operator.
    """

    reason: str


@dataclass(frozen=True, slots=True)
class MustBeAlone:
    """Earlier work on the event died: nothing else may be at work in the process when it is tried again."""


@dataclass(frozen=True, slots=True)
class EventReport:
    """The results of each effect of an event; no effects: no condition was true."""

    event: EventId
    effects: tuple[EffectReport, ...]

    @property
    def status(self) -> str:
        """Return the event's status in one word: the worst of its effects."""
        if not self.effects:
            return "ignored"
        if self.later_in is not None:
            return "parked"
        statuses = {report.status for report in self.effects}
        worst_first = (EffectStatus.IN_DOUBT, EffectStatus.REJECTED, EffectStatus.OK)
        return next((status.value for status in worst_first if status in statuses), "duplicate")

    @property
    def later_in(self) -> timedelta | None:
        """Return when to work on the event again, or None: never. An effect that is not due yet waits on."""
        return min((report.later_in for report in self.effects if report.later_in), default=None)


Processed: TypeAlias = UnknownRoute | TestNoted | SetAside | MustBeAlone | EventReport


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessEvent:
    """Brings an event as far as it can be brought now."""

    ledger: EventLedger
    listeners: Listeners
    metrics: Metrics
    clock: Clock
    apply_effect: ApplyEffect
    watch_conditions: WatchConditions

    async def __call__(
        self, received: ReceivedEvent, deadline: Deadline, *, is_alone: bool = True
    ) -> Processed:
        """Return what became of the event.

        Args:
            received: The delivery that reported it.
            deadline: Effects for which the time is too short are reported as parked.
            is_alone: Whether nothing else is at work in this process.

        Raises:
            StoreUnavailable: It is not known which elements listen, or the effects could not be frozen;
                nothing has been done.
        """
        event, route, now = event_id(received), received.route, self.clock.now()
        if received.event.event_type == TEST_EVENT_TYPE:
            return await self._test(route)
        listeners, receipt = await _both(
            self.listeners.listeners(route), self.ledger.begin(event, route, now=now)
        )
        try:
            processed = await self._process(event, received, listeners, receipt, deadline, is_alone=is_alone)
        except (Exception, asyncio.CancelledError):
            await self._end(event, route)
            raise
        if isinstance(processed, MustBeAlone):
            await self.ledger.withdraw(event, route, begun=now)
        elif not _is_finished(processed):
            await self._end(event, route)
        return processed

    async def _test(self, route: str) -> TestNoted | UnknownRoute:
        if await self.listeners.listeners(route) is None:
            return UnknownRoute()
        log.info("test event was noted", extra=LogFacts(route=shown_route(route)))
        return TestNoted()

    async def _process(
        self,
        event: EventId,
        received: ReceivedEvent,
        listeners: Sequence[InboundElement] | None,
        receipt: Receipt,
        deadline: Deadline,
        *,
        is_alone: bool,
    ) -> Processed:
        frozen, claimed = await self._standing(event, received.route, receipt), None
        context = delivery_context(received)
        if frozen is None or not all(effect.state.is_settled for effect in frozen):
            if receipt.deaths >= DEATHS_OF_POISON:
                return await self._set_aside(event, received, ENDS_ITS_PROCESS)
            if receipt.deaths and not is_alone:
                return MustBeAlone()
        if frozen is None:
            if listeners is None:
                return UnknownRoute()
            if is_older_than_rows(received.received_at, self.clock.now()):
                return await self._set_aside(event, received, TOO_OLD)
            frozen, claimed = await self._freeze(event, received, context, listeners, deadline)
        to_do = sum(not effect.state.is_settled for effect in frozen)
        processing = Processing(event, received, context, deadline, result_shares(to_do))
        report = EventReport(event, await self._apply_all(frozen, processing, claimed))
        _tell(received, report)
        return report

    async def _standing(self, event: EventId, route: str, receipt: Receipt) -> tuple[Effect, ...] | None:
        """Return the frozen effects in their present states, or None where none were frozen yet."""
        if receipt.effects is None:
            return None
        return await self.ledger.effects(event, route) if receipt.effects else ()

    async def _freeze(
        self,
        event: EventId,
        received: ReceivedEvent,
        context: JsonObject,
        listeners: Sequence[InboundElement],
        deadline: Deadline,
    ) -> tuple[tuple[Effect, ...], Claimed | None]:
        """Freeze the effects, and claim the only one if it can be claimed by the same write.

        The delivery of an effect that is rejected from the start is kept before.
        """
        evaluated: list[Effect | Ignored] = []
        for effect in each_effect(event, received, listeners, context):
            evaluated.append(effect)
            await asyncio.sleep(0)  # a deadline may end the work between two elements
        await self.watch_conditions(evaluated)
        effects = shared(evaluated)
        try:
            frozen, claimed = await self._write(event, received, effects, deadline)
        except StoreRejected:
            effects = without_what_is_too_large(effects)
            frozen, claimed = await self._write(event, received, effects, deadline)
        _tell_faults(event, frozen)
        rejected = sum(effect.state is EffectState.REJECTED for effect in effects)
        if rejected:
            self.metrics.count("EffectsRejected", rejected)
        return frozen, claimed

    async def _write(
        self, event: EventId, received: ReceivedEvent, effects: tuple[Effect, ...], deadline: Deadline
    ) -> tuple[tuple[Effect, ...], Claimed | None]:
        if len(effects) == 1:
            claimed = await self.apply_effect.freeze_claimed(event, received.route, effects[0], deadline)
            if claimed is not None:
                return effects, claimed
        if any(effect.state is EffectState.REJECTED for effect in effects):
            await self.ledger.keep(event, received)
        return await self.ledger.freeze(event, received.route, effects), None

    async def _apply_all(
        self, effects: Sequence[Effect], processing: Processing, claimed: Claimed | None
    ) -> tuple[EffectReport, ...]:
        """Return the result of each effect once every one has ended; `claimed` is the claim of an only one.

        Where one fails unexpectedly the others are still waited for: one that went on after the
        invocation would be frozen with it, and send its command when others have settled it long ago.
        """
        if len(effects) == 1:
            return (await self.apply_effect(effects[0], processing, claimed),)
        slots = asyncio.Semaphore(_AT_ONCE)

        async def apply(effect: Effect) -> EffectReport:
            async with slots:
                return await self.apply_effect(effect, processing)

        ended = await asyncio.gather(*map(apply, effects), return_exceptions=True)
        for report in ended:
            if isinstance(report, BaseException):
                raise report
        return tuple(report for report in ended if isinstance(report, EffectReport))

    async def _set_aside(self, event: EventId, received: ReceivedEvent, reason: str) -> SetAside:
        await self.ledger.set_aside(event, received, reason=reason, at=self.clock.now())
        self.metrics.count("EventsSetAside")
        facts = LogFacts(event_id=event, route=shown_route(received.route), error=reason)
        log.error("event was set aside; `events list` shows it", extra=facts)
        return SetAside(reason)

    async def _end(self, event: EventId, route: str) -> None:
        """Note that this work ended. If that fails, the work counts as one that died."""
        with suppress(StoreUnavailable, TimeoutError):
            async with asyncio.timeout(_TIME_TO_END.total_seconds()):
                await self.ledger.end(event, route)


async def _both(one: Coroutine[Any, Any, T], other: Coroutine[Any, Any, U]) -> tuple[T, U]:
    """Return the results of two calls that are made side by side; neither goes on after this has ended."""
    ended = await asyncio.gather(one, other, return_exceptions=True)
    for result in ended:
        if isinstance(result, BaseException):
            raise result
    return ended[0], ended[1]


def _is_finished(processed: Processed) -> bool:
    """Return whether the event will not come again, so that nothing needs to be noted."""
    if isinstance(processed, EventReport):
        return all(report.status.is_final for report in processed.effects)
    return isinstance(processed, SetAside)


def _tell_faults(event: EventId, effects: Sequence[Effect]) -> None:
    for effect in effects:
        if effect.state is EffectState.REJECTED:
            facts = LogFacts(event_id=event, element=effect.element.ref, code=effect.code or "")
            log.error("effect could not be determined", extra=facts)
        elif effect.shared_with:
            facts = LogFacts(event_id=event, element=effect.element.ref, shared_with=effect.shared_with)
            log.info("message was shared; the newest version gave the variables", extra=facts)


def _tell(received: ReceivedEvent, report: EventReport) -> None:
    """Log what joins a run at Apify with what its event did."""
    run_id = received.event.run().id
    facts = LogFacts(
        event_id=report.event,
        route=shown_route(received.route),
        run_id=RunId(run_id) if run_id else None,
        effects=len(report.effects),
        event_status=report.status,
    )
    log.info("event was processed", extra=facts)
