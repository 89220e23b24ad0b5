"""Works on one event: who listens, which effects that has, freeze them, carry each out.

It is what a delivery, a parked event and a run that was found afterwards have in common; it answers nobody
and parks nothing.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeAlias

from apify_camunda.camunda.elements import InboundElement
from apify_camunda.identifiers import EventId, RunId
from apify_camunda.inbound.domain.correlation import each_effect, shared
from apify_camunda.inbound.domain.effect import Effect, EffectState
from apify_camunda.inbound.domain.event_identity import event_id
from apify_camunda.inbound.flows.apply_effect import ApplyEffect
from apify_camunda.inbound.flows.effect_report import EffectReport, EffectStatus
from apify_camunda.inbound.ports import EventLedger, Listeners
from apify_camunda.platform.deadline import Deadline
from apify_camunda.platform.log_facts import LogFacts
from apify_camunda.platform.ports import Metrics
from apify_camunda.webhooks.events import TEST_EVENT_TYPE, ReceivedEvent

log = logging.getLogger(__name__)

_AT_ONCE = 16
"""Effects of one event that are applied side by side; it bounds connections, threads and memory."""


@dataclass(frozen=True, slots=True)
class UnknownRoute:
    """Nobody listens there, and nobody did when the event came first."""


@dataclass(frozen=True, slots=True)
class TestNoted:
    """Apify's console tried the webhook; that is no event."""

    __test__ = False  # pytest: not a test class


@dataclass(frozen=True, slots=True)
class EventReport:
    """What became of each effect of an event; no effects: nobody's condition was true."""

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
        """Return when to work on the event again, or None: never. Who comes too early looks and waits on."""
        return min((report.later_in for report in self.effects if report.later_in), default=None)


WorkedOn: TypeAlias = UnknownRoute | TestNoted | EventReport


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessEvent:
    """Brings an event as far as it can be brought now."""

    ledger: EventLedger
    listeners: Listeners
    metrics: Metrics
    apply_effect: ApplyEffect

    async def __call__(self, received: ReceivedEvent, deadline: Deadline) -> WorkedOn:
        """Return what became of the event.

        Effects for which the time until `deadline` is too short are reported as parked.

        Raises:
            StoreUnavailable: It could not be found out who listens, or the effects could not be frozen;
                nothing has been done.
        """
        event = event_id(received)
        listeners = await self.listeners.listeners(received.route)
        if listeners is not None and received.event.event_type == TEST_EVENT_TYPE:
            log.info("test event was noted", extra=LogFacts(route=received.route))
            return TestNoted()
        if listeners is None:
            frozen = await self.ledger.effects(event, received.route)
            if frozen is None:
                return UnknownRoute()
        else:
            frozen = await self._freeze(event, received, await self._effects(event, received, listeners))
        report = EventReport(event, await self._all(event, frozen, received, deadline))
        _tell(received, report)
        return report

    async def _effects(
        self, event: EventId, received: ReceivedEvent, listeners: Sequence[InboundElement]
    ) -> tuple[Effect, ...]:
        """Return the effects of the event, and let a deadline end the work between two elements."""
        evaluated = []
        for effect in each_effect(event, received, listeners):
            evaluated.append(effect)
            await asyncio.sleep(0)
        return shared(evaluated)

    async def _all(
        self, event: EventId, effects: Sequence[Effect], received: ReceivedEvent, deadline: Deadline
    ) -> tuple[EffectReport, ...]:
        """Return what became of each effect once every one has ended.

        Where one fails unexpectedly the others are waited for all the same: one that went on after the
        invocation would be frozen with it, and give its command when others have settled it long ago.
        """
        slots = asyncio.Semaphore(_AT_ONCE)

        async def apply(effect: Effect) -> EffectReport:
            async with slots:
                return await self.apply_effect(event, effect, received, deadline, siblings=len(effects))

        ended = await asyncio.gather(*map(apply, effects), return_exceptions=True)
        for report in ended:
            if isinstance(report, BaseException):
                raise report
        return tuple(report for report in ended if isinstance(report, EffectReport))

    async def _freeze(
        self, event: EventId, received: ReceivedEvent, effects: Sequence[Effect]
    ) -> tuple[Effect, ...]:
        """Freeze the effects; what is rejected from the start is kept before anything says so."""
        rejected = [effect for effect in effects if effect.state is EffectState.REJECTED]
        if rejected:
            await self.ledger.keep(event, received)
        frozen = await self.ledger.freeze(event, received.route, effects)
        for effect in rejected:
            self.metrics.count("EffectsRejected")
            log.error(
                "effect could not be worked out",
                extra=LogFacts(event_id=event, element=effect.element.ref, error=effect.reason),
            )
        for effect in frozen:
            if effect.shared_with:
                log.info(
                    "message was shared; the newest version gave the variables",
                    extra=LogFacts(
                        event_id=event, element=effect.element.ref, shared_with=effect.shared_with
                    ),
                )
        return frozen


def _tell(received: ReceivedEvent, report: EventReport) -> None:
    """Log what joins a run at Apify with what its event did."""
    run_id = received.event.run().id
    facts = LogFacts(
        event_id=report.event,
        route=received.route,
        run_id=RunId(run_id) if run_id else None,
        effects=len(report.effects),
        event_status=report.status,
    )
    log.info("event was worked on", extra=facts)
