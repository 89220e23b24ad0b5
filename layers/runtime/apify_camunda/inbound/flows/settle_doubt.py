"""Settles an effect whose command was sent and not answered, as far as the cluster proves how it ended.

What stays in doubt is kept for an operator; flows/report_doubts.py lets its alarm last as long as it does.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import assert_never

from apify_camunda.errors import ErrorCode
from apify_camunda.inbound.domain.effect import Effect
from apify_camunda.inbound.domain.processing import Processing
from apify_camunda.inbound.flows.effect_report import EffectReport, EffectStatus, effect_facts, report_on
from apify_camunda.inbound.flows.resolve_doubt import (
    AnswerAwaited,
    DidNotHappen,
    Happened,
    NeverClear,
    NotClearYet,
    ResolveDoubt,
)
from apify_camunda.inbound.ports import Command, EventLedger
from apify_camunda.platform.log_facts import LogFacts
from apify_camunda.platform.ports import Clock, Metrics

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class DoubtDelays:
    """How often a doubt is looked at.

    Attributes:
        in_flight: A command may be under way for this time; until then it is no doubt to be shown.
        retry: When to ask again a cluster that did not answer or does not show everything yet.
    """

    in_flight: timedelta = timedelta(seconds=60)
    retry: timedelta = timedelta(seconds=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class SettleDoubt:
    """Confirms what happened, opens what did not, and shows every other attempted effect."""

    resolve: ResolveDoubt
    ledger: EventLedger
    clock: Clock
    metrics: Metrics
    delays: DoubtDelays = DoubtDelays()

    async def __call__(self, effect: Command, processing: Processing) -> EffectReport:
        """Return the state of an attempted effect after a look at the cluster."""
        facts = effect_facts(effect, processing.event)
        resolution = await self.resolve(effect)
        match resolution:
            case Happened(reference=reference):
                return await self.confirm(effect, processing, reference)
            case DidNotHappen():
                await self.ledger.reopen(processing.event, effect)
                log.info("attempted effect had not happened", extra=facts)
                return report_on(effect, EffectStatus.PARKED, "it had not happened", self.delays.retry)
            case AnswerAwaited(remaining=remaining):
                if self._was_left(effect):
                    await self.show(processing)
                return report_on(effect, EffectStatus.IN_DOUBT, "its answer is awaited", remaining)
            case NotClearYet(reason=reason):
                log.warning("effect was still in doubt", extra=facts | LogFacts(error=reason))
                await self.show(processing)
                return report_on(effect, EffectStatus.IN_DOUBT, reason, self.delays.retry)
            case NeverClear(reason=reason):
                log.error(
                    "effect stayed in doubt; look for it in Operate, then resolve it by `events resolve`",
                    extra=facts | LogFacts(error=reason),
                )
                await self.show(processing)
                return report_on(effect, EffectStatus.IN_DOUBT, "a person must look")
            case _:
                assert_never(resolution)

    async def lost_answer(self, effect: Command, processing: Processing, code: ErrorCode) -> EffectReport:
        """Return the report of an effect whose command was sent just now, and not answered."""
        await self.show(processing)
        return report_on(effect, EffectStatus.IN_DOUBT, code, self.resolve.timing.settle)

    async def confirm(self, effect: Effect, processing: Processing, reference: int | None) -> EffectReport:
        """Write that the effect happened, and return its report."""
        await self.ledger.confirm(processing.event, effect.confirmed(reference))
        self.metrics.count("EffectsDone")
        ended_at = processing.received.event.finished_at()
        if ended_at is not None:
            self.metrics.measure("EventToEffect", self.clock.now() - ended_at)
        facts = effect_facts(effect, processing.event) | LogFacts(reference=reference)
        log.info("effect was done", extra=facts)
        return report_on(effect, EffectStatus.OK)

    async def show(self, processing: Processing) -> None:
        """List the doubt for operators, and let its alarm ring."""
        await self.ledger.keep(processing.event, processing.received, in_doubt=True)
        self.metrics.count("EffectsInDoubt")

    def _was_left(self, effect: Effect) -> bool:
        """Return whether the receiver that sent the command cannot be waiting for its answer any more."""
        return effect.attempted_at is None or self.clock.now() - effect.attempted_at >= self.delays.in_flight
