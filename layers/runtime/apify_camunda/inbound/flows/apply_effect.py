"""Carries out one effect of an event: claim, write down, command, settle.

A death between any two steps leaves the effect done once, to be done, or visibly in doubt.

It decides nothing about who takes part (domain/correlation.py) nor about the answer (flows/receive_event.py).
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import assert_never

from apify_camunda.camunda.model import InstanceCreated, MessageAlreadyPublished, MessagePublished
from apify_camunda.camunda.ports import EngineCommands
from apify_camunda.errors import EngineRejected, EngineUnavailable, InvalidInput, StoreUnavailable
from apify_camunda.expressions.result_mapping import too_large_for_the_engine
from apify_camunda.expressions.strict_json import whole_characters
from apify_camunda.identifiers import EventId
from apify_camunda.inbound.domain.correlation import message_of, start_of, variables_of
from apify_camunda.inbound.domain.effect import Effect, EffectKind, EffectState
from apify_camunda.inbound.flows.effect_report import EffectReport, EffectStatus, report_on
from apify_camunda.inbound.flows.resolve_doubt import (
    AnswerAwaited,
    DidNotHappen,
    Happened,
    NeverClear,
    NotClearYet,
    ResolveDoubt,
)
from apify_camunda.inbound.ports import Claimed, ClaimRefused, EventLedger
from apify_camunda.json_types import JsonObject
from apify_camunda.platform.deadline import Deadline
from apify_camunda.platform.log_facts import LogFacts
from apify_camunda.platform.ports import Clock, Metrics
from apify_camunda.webhooks.events import ReceivedEvent

log = logging.getLogger(__name__)

OUT_OF_TIME = "there was no time left"
"""Why an event or effect is parked that did not fit into the invocation."""


@dataclass(frozen=True, slots=True)
class EffectTiming:
    """How long the steps of an effect may take.

    Attributes:
        lease: For how long a claim keeps others away; longer than an invocation lives.
        command: After this time a command without answer counts as unanswered.
        retry: When to try again what Camunda could not take.
        least: With less time left no effect is begun: its command would be cut off, and be in doubt.
        settle: What a command leaves of the time, to write down how it ended.
    """

    lease: timedelta = timedelta(seconds=60)
    command: timedelta = timedelta(seconds=12)
    retry: timedelta = timedelta(seconds=5)
    least: timedelta = timedelta(seconds=5)
    settle: timedelta = timedelta(seconds=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplyEffect:
    """Brings one effect as far as it can be brought now."""

    commands: EngineCommands
    resolve_doubt: ResolveDoubt
    ledger: EventLedger
    clock: Clock
    metrics: Metrics
    timing: EffectTiming = EffectTiming()

    async def __call__(
        self,
        event: EventId,
        effect: Effect,
        received: ReceivedEvent,
        deadline: Deadline,
        *,
        siblings: int = 1,
    ) -> EffectReport:
        """Return the state of the effect after this try; an unavailable store or engine is a report, too.

        Args:
            event: The event that has the effect.
            effect: The effect as it was frozen.
            received: The delivery that reported the event.
            deadline: No command is sent that could not be answered by then.
            siblings: How many effects share what the results of one event may use; this one is included.
        """
        if effect.state is EffectState.REJECTED:
            return report_on(effect, EffectStatus.REJECTED, effect.reason)
        if deadline.remaining(self.clock.now()) < self.timing.least:
            return report_on(effect, EffectStatus.PARKED, OUT_OF_TIME, self.timing.retry)
        try:
            claim = await self.ledger.claim(event, effect, now=self.clock.now(), lease=self.timing.lease)
            match claim:
                case Claimed():
                    return await self._work(event, claim, received, siblings, deadline)
                case ClaimRefused(effect=standing):
                    return await self._look_at(event, standing, received)
                case _:
                    assert_never(claim)
        except StoreUnavailable as error:
            log.warning("store was unavailable", extra=_facts(event, effect) | LogFacts(error=error.message))
            return report_on(effect, EffectStatus.PARKED, error.code, self.timing.retry)

    async def _work(
        self, event: EventId, claim: Claimed, received: ReceivedEvent, siblings: int, deadline: Deadline
    ) -> EffectReport:
        effect = claim.effect
        try:
            variables = variables_of(effect, received, sharers=siblings)
        except InvalidInput as error:
            return await self._reject(event, effect, received, error.message)
        if effect.engine_drops_repeats:
            return await self._publish_again_or_first(event, claim, received, variables, deadline)
        now = self.clock.now()
        if not await self.ledger.mark_attempted(event, effect.key, lease_until=claim.lease_until, at=now):
            return report_on(effect, EffectStatus.PARKED, "claimed by another receiver", self.timing.lease)
        attempted = effect.model_copy(
            update={"state": EffectState.ATTEMPTED, "attempted_at": now.isoformat()}
        )
        return await self._send(event, attempted, claim.lease_until, received, variables, deadline=deadline)

    async def _publish_again_or_first(
        self,
        event: EventId,
        claim: Claimed,
        received: ReceivedEvent,
        variables: JsonObject,
        deadline: Deadline,
    ) -> EffectReport:
        """Publish a message whose repetition the engine drops, unless it may have forgotten our first try."""
        effect = claim.effect
        claimed = effect.model_copy(update={"state": EffectState.CLAIMED})
        earlier = effect.attempted_at
        if earlier is not None and self._may_be_forgotten(effect, datetime.fromisoformat(earlier)):
            first_try = datetime.fromisoformat(earlier)
            await self.ledger.mark_attempted(event, effect.key, lease_until=claim.lease_until, at=first_try)
            attempted = effect.model_copy(update={"state": EffectState.ATTEMPTED})
            return await self._look_at(event, attempted, received)
        return await self._send(event, claimed, claim.lease_until, received, variables, deadline=deadline)

    def _may_be_forgotten(self, effect: Effect, first_try: datetime) -> bool:
        remembered = timedelta(seconds=effect.time_to_live_s or 0) - self.timing.command
        return self.clock.now() - first_try >= remembered

    async def _send(
        self,
        event: EventId,
        effect: Effect,
        lease_until: float,
        received: ReceivedEvent,
        variables: JsonObject,
        *,
        deadline: Deadline,
    ) -> EffectReport:
        sent_at = self.clock.now()
        patience = min(self.timing.command, deadline.earlier_by(self.timing.settle).remaining(sent_at))
        try:
            async with asyncio.timeout(patience.total_seconds()):
                reference = await self._command(effect, variables)
        except EngineRejected as error:
            reason = too_large_for_the_engine(variables, error.code) or error.message
            return await self._reject(event, effect, received, reason)
        except TimeoutError:
            unanswered = EngineUnavailable("Camunda did not answer in time.", outcome_unknown=True)
            return await self._not_now(event, effect, unanswered, sent_at, lease_until)
        except EngineUnavailable as error:
            too_large = too_large_for_the_engine(variables, error.code)
            if too_large is not None:
                return await self._reject(event, effect, received, too_large)
            return await self._not_now(event, effect, error, sent_at, lease_until)
        await self.ledger.settle(event, _done(effect, reference))
        return self._is_done(event, effect, received, reference)

    async def _command(self, effect: Effect, variables: JsonObject) -> int | None:
        """Give the command and return what the engine calls the result; None: it had it already."""
        if effect.kind is EffectKind.START:
            created: InstanceCreated = await self.commands.start_process(start_of(effect, variables))
            return created.process_instance_key
        published = await self.commands.publish_message(message_of(effect, variables))
        match published:
            case MessagePublished(message_key=key):
                return key
            case MessageAlreadyPublished():
                return None
            case _:
                assert_never(published)

    async def _not_now(
        self,
        event: EventId,
        effect: Effect,
        error: EngineUnavailable,
        sent_at: datetime,
        lease_until: float,
    ) -> EffectReport:
        """Hand the effect back as far as that is safe; what may have happened stays written down."""
        log.warning(
            "command was not taken",
            extra=_facts(event, effect)
            | LogFacts(error=error.message, outcome_unknown=error.outcome_unknown),
        )
        if effect.engine_drops_repeats:
            on_its_way = effect.attempted_at or (sent_at.isoformat() if error.outcome_unknown else None)
            await self.ledger.hand_back(event, effect.key, lease_until=lease_until, attempted_at=on_its_way)
        elif error.outcome_unknown:
            return report_on(effect, EffectStatus.IN_DOUBT, error.code, self.resolve_doubt.timing.settle)
        else:
            await self.ledger.reopen(event, effect)
        return report_on(effect, EffectStatus.PARKED, error.code, error.retry_after or self.timing.retry)

    async def _look_at(self, event: EventId, standing: Effect, received: ReceivedEvent) -> EffectReport:
        """Return how an effect stands that we could not claim; one that is in doubt is searched for."""
        match standing.state:
            case EffectState.DONE:
                return report_on(standing, EffectStatus.DUPLICATE)
            case EffectState.REJECTED:
                return report_on(standing, EffectStatus.REJECTED, standing.reason)
            case EffectState.ATTEMPTED:
                return await self._resolve(event, standing, received)
            case EffectState.OPEN | EffectState.CLAIMED:
                return report_on(
                    standing, EffectStatus.PARKED, "claimed by another receiver", self.timing.lease
                )
            case _:
                assert_never(standing.state)

    async def _resolve(self, event: EventId, effect: Effect, received: ReceivedEvent) -> EffectReport:
        """Settle an attempted effect that is there, hand back one that surely is not, show every other."""
        resolution = await self.resolve_doubt(effect)
        match resolution:
            case Happened(reference=reference):
                await self.ledger.settle(event, _done(effect, reference))
                return self._is_done(event, effect, received, reference)
            case DidNotHappen():
                await self.ledger.reopen(event, effect)
                log.info("attempted effect had not happened", extra=_facts(event, effect))
                return report_on(effect, EffectStatus.PARKED, "it had not happened", self.timing.retry)
            case AnswerAwaited(remaining=remaining):
                return report_on(effect, EffectStatus.IN_DOUBT, "its answer is awaited", remaining)
            case NotClearYet(reason=reason):
                log.warning("effect was still in doubt", extra=_facts(event, effect) | LogFacts(error=reason))
                await self._show_doubt(event, received)
                return report_on(effect, EffectStatus.IN_DOUBT, reason, self.timing.retry)
            case NeverClear(reason=reason):
                log.error(
                    "effect stayed in doubt; look for it in Operate, then resolve it by `events resolve`",
                    extra=_facts(event, effect) | LogFacts(error=reason),
                )
                await self._show_doubt(event, received)
                return report_on(effect, EffectStatus.IN_DOUBT, "a person must look")
            case _:
                assert_never(resolution)

    async def _show_doubt(self, event: EventId, received: ReceivedEvent) -> None:
        """Let operators see the effect, and the alarm ring."""
        await self.ledger.keep(event, received)
        self.metrics.count("EffectsInDoubt")

    async def _reject(
        self, event: EventId, effect: Effect, received: ReceivedEvent, reason: str
    ) -> EffectReport:
        await self.ledger.keep(event, received)
        reason = whole_characters(reason)
        rejected = effect.model_copy(update={"state": EffectState.REJECTED, "reason": reason})
        await self.ledger.settle(event, rejected)
        self.metrics.count("EffectsRejected")
        log.error("effect was rejected", extra=_facts(event, effect) | LogFacts(error=reason))
        return report_on(effect, EffectStatus.REJECTED, reason)

    def _is_done(
        self, event: EventId, effect: Effect, received: ReceivedEvent, reference: int | None
    ) -> EffectReport:
        self.metrics.count("EffectsDone")
        ended_at = received.event.finished_at()
        if ended_at is not None:
            self.metrics.measure("EventToEffect", self.clock.now() - ended_at)
        log.info("effect was done", extra=_facts(event, effect) | LogFacts(reference=reference))
        return report_on(effect, EffectStatus.OK)


def _done(effect: Effect, reference: int | None) -> Effect:
    return effect.model_copy(update={"state": EffectState.DONE, "reference": reference, "reason": None})


def _facts(event: EventId, effect: Effect) -> LogFacts:
    return LogFacts(event_id=event, effect_key=effect.key, element=effect.element.ref)
