"""Applies one effect of an event: claim it, note the attempt, send the command, write down how it ended.

A death between any two steps leaves the effect done once, to be done, or visibly in doubt. Which elements
take part is decided in domain/correlation.py, the answer to Apify in flows/receive_event.py.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import assert_never

from apify_camunda.camunda.model import InstanceCreated, MessageAlreadyPublished, MessagePublished
from apify_camunda.camunda.ports import EngineCommands
from apify_camunda.errors import EngineRejected, EngineUnavailable, ErrorCode, InvalidInput, StoreUnavailable
from apify_camunda.expressions.result_mapping import too_large_for_the_engine
from apify_camunda.expressions.strict_json import whole_characters
from apify_camunda.identifiers import EventId
from apify_camunda.inbound.domain.correlation import message_of, start_of
from apify_camunda.inbound.domain.effect import ClaimId, Effect, EffectState, FaultyEffect, StartEffect
from apify_camunda.inbound.domain.processing import Processing
from apify_camunda.inbound.domain.variables import variables_of
from apify_camunda.inbound.flows.effect_report import EffectReport, EffectStatus, effect_facts, report_on
from apify_camunda.inbound.flows.settle_doubt import SettleDoubt
from apify_camunda.inbound.ports import Claimed, ClaimRefused, Command, EventLedger
from apify_camunda.json_types import JsonObject
from apify_camunda.platform.deadline import Deadline
from apify_camunda.platform.log_facts import LogFacts
from apify_camunda.platform.ports import Clock, Metrics

log = logging.getLogger(__name__)

OUT_OF_TIME = "there was no time left"
"""Why an event or effect is parked that did not fit into the invocation."""
_CLAIMED_BY_ANOTHER = "claimed by another receiver"


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


@dataclass(frozen=True, slots=True)
class _Sending:
    """A claimed effect whose command is being sent.

    Attributes:
        sent_at: Before the command was sent.
    """

    effect: Command
    claim: ClaimId
    variables: JsonObject
    sent_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplyEffect:
    """Brings one effect as far as it can be brought now."""

    commands: EngineCommands
    settle_doubt: SettleDoubt
    ledger: EventLedger
    clock: Clock
    metrics: Metrics
    timing: EffectTiming = EffectTiming()

    async def freeze_claimed(
        self, event: EventId, route: str, effect: Effect, deadline: Deadline
    ) -> Claimed | None:
        """Freeze the only effect of an event and claim it by the same write.

        None: nothing was written, and both are to be done one after the other.

        Raises:
            StoreUnavailable: It may have been written nevertheless.
        """
        now = self.clock.now()
        if isinstance(effect, FaultyEffect) or deadline.remaining(now) < self.timing.least:
            return None
        return await self.ledger.freeze_claimed(event, route, effect, now=now, lease=self.timing.lease)

    async def __call__(
        self, effect: Effect, processing: Processing, claimed: Claimed | None = None
    ) -> EffectReport:
        """Return the state of the effect after this try; an unavailable store or engine is a report, too.

        Args:
            effect: The effect as it is known.
            processing: Its event.
            claimed: The caller's claim, where it has one.
        """
        if isinstance(effect, FaultyEffect) or effect.state.is_settled:
            return _report_settled(effect)
        try:
            if claimed is not None:
                return await self._apply(claimed.effect, claimed.claim, processing)
            if processing.deadline.remaining(self.clock.now()) < self.timing.least:
                return report_on(effect, EffectStatus.PARKED, OUT_OF_TIME, self.timing.retry)
            if effect.state is EffectState.ATTEMPTED:
                return await self.settle_doubt(effect, processing)
            return await self._claim(effect, processing)
        except StoreUnavailable as error:
            facts = effect_facts(effect, processing.event) | LogFacts(error=error.message)
            log.warning("store was unavailable", extra=facts)
            return report_on(effect, EffectStatus.PARKED, error.code, self.timing.retry)

    async def _claim(self, effect: Command, processing: Processing) -> EffectReport:
        now = self.clock.now()
        claim = await self.ledger.claim(processing.event, effect, now=now, lease=self.timing.lease)
        match claim:
            case Claimed(effect=claimed, claim=claim_id):
                return await self._apply(claimed, claim_id, processing)
            case ClaimRefused(effect=standing) if standing.state.is_settled:
                return _report_settled(standing)
            case ClaimRefused(effect=standing) if standing.state is EffectState.ATTEMPTED:
                return await self.settle_doubt(standing, processing)
            case ClaimRefused(effect=standing):
                return report_on(standing, EffectStatus.PARKED, _CLAIMED_BY_ANOTHER, self.timing.lease)
            case _:
                assert_never(claim)

    async def _apply(self, effect: Command, claim: ClaimId, processing: Processing) -> EffectReport:
        try:
            variables = variables_of(effect, processing.context, processing.shares.next())
        except InvalidInput as error:
            return await self._reject(effect, claim, processing, error.message, error.code)
        now = self.clock.now()
        if effect.engine_drops_repeats:
            first_try = effect.attempted_at
            if first_try is not None and self._may_be_forgotten(effect, first_try):
                await self.ledger.attempt(processing.event, effect.key, claim, at=first_try)
                return await self.settle_doubt(effect.attempted(first_try), processing)
            return await self._send(_Sending(effect.claimed(), claim, variables, now), processing)
        if not await self.ledger.attempt(processing.event, effect.key, claim, at=now):
            return report_on(effect, EffectStatus.PARKED, _CLAIMED_BY_ANOTHER, self.timing.lease)
        return await self._send(_Sending(effect.attempted(now), claim, variables, now), processing)

    def _may_be_forgotten(self, effect: Command, first_try: datetime) -> bool:
        """Return whether the engine may not remember the message of an earlier try any more."""
        lives = timedelta() if isinstance(effect, StartEffect) else effect.time_to_live
        return self.clock.now() - first_try >= lives - self.timing.command

    async def _send(self, sending: _Sending, processing: Processing) -> EffectReport:
        effect, variables = sending.effect, sending.variables
        time_left = processing.deadline.earlier_by(self.timing.settle).remaining(sending.sent_at)
        try:
            async with asyncio.timeout(min(self.timing.command, time_left).total_seconds()):
                reference = await self._command(effect, variables, processing)
        except EngineRejected as error:
            reason = too_large_for_the_engine(variables, error.code) or error.message
            return await self._reject(effect, sending.claim, processing, reason, error.code)
        except TimeoutError:
            unanswered = EngineUnavailable("Camunda did not answer in time.", outcome_unknown=True)
            return await self._not_now(sending, processing, unanswered)
        except EngineUnavailable as error:
            too_large = too_large_for_the_engine(variables, error.code)
            if too_large is not None:
                return await self._reject(effect, sending.claim, processing, too_large, error.code)
            return await self._not_now(sending, processing, error)
        return await self.settle_doubt.confirm(effect, processing, reference)

    async def _command(self, effect: Command, variables: JsonObject, processing: Processing) -> int | None:
        """Send the command and return the engine's key of the result; None: the engine had it already."""
        if isinstance(effect, StartEffect):
            command = start_of(effect, variables, processing.event)
            started = await self.commands.start_process(command)
            return started.process_instance_key if isinstance(started, InstanceCreated) else None
        published = await self.commands.publish_message(message_of(effect, variables))
        match published:
            case MessagePublished(message_key=key):
                return key
            case MessageAlreadyPublished():
                return None
            case _:
                assert_never(published)

    async def _not_now(
        self, sending: _Sending, processing: Processing, error: EngineUnavailable
    ) -> EffectReport:
        """Hand the effect back as far as that is safe; what may have happened stays written down."""
        effect, event = sending.effect, processing.event
        trouble = LogFacts(error=error.message, outcome_unknown=error.outcome_unknown)
        log.warning("command was not taken", extra=effect_facts(effect, event) | trouble)
        if effect.engine_drops_repeats:
            on_its_way = effect.attempted_at or (sending.sent_at if error.outcome_unknown else None)
            await self.ledger.hand_back(event, effect.key, sending.claim, attempted_at=on_its_way)
        elif error.outcome_unknown:
            return await self.settle_doubt.lost_answer(effect, processing, error.code)
        else:
            await self.ledger.reopen(event, effect)
        return report_on(effect, EffectStatus.PARKED, error.code, error.retry_after or self.timing.retry)

    async def _reject(
        self, effect: Command, claim: ClaimId, processing: Processing, reason: str, code: ErrorCode
    ) -> EffectReport:
        """Reject the effect for good; the reason is for the operator only, because it may quote values."""
        rejected = effect.rejected(whole_characters(reason), code)
        await self.ledger.keep(processing.event, processing.received)
        if not await self.ledger.reject(processing.event, rejected, claim):
            return report_on(effect, EffectStatus.PARKED, _CLAIMED_BY_ANOTHER, self.timing.lease)
        self.metrics.count("EffectsRejected")
        log.error("effect was rejected", extra=effect_facts(effect, processing.event) | LogFacts(code=code))
        return _report_settled(rejected)


def _report_settled(effect: Effect) -> EffectReport:
    """Return the report of an effect that needs no further try."""
    if effect.state is EffectState.REJECTED:
        return report_on(effect, EffectStatus.REJECTED, effect.code)
    return report_on(effect, EffectStatus.DUPLICATE)
