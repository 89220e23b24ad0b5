"""Lets an operator replay what was rejected, and say how a doubt ended; what was done is not done again."""

from __future__ import annotations

import logging
from datetime import timedelta

from apify_camunda.identifiers import EffectKey, EventId
from apify_camunda.inbound.domain.correlation import effects_of
from apify_camunda.inbound.domain.effect import Effect, EffectState
from apify_camunda.inbound.ports import EventLedger, Listeners, ParkedEvents
from apify_camunda.platform.log_facts import LogFacts
from apify_camunda.webhooks.events import ReceivedEvent

log = logging.getLogger(__name__)

_AT_ONCE = timedelta()
_AFTER_THIS = timedelta(minutes=2)
"""Longer than a replay takes: what is parked for this long finds what the replay has written."""


class ReplayEvent:
    """Works on events that were kept for an operator's eyes."""

    def __init__(self, *, ledger: EventLedger, listeners: Listeners, parking: ParkedEvents) -> None:
        self._ledger = ledger
        self._listeners = listeners
        self._parking = parking

    async def __call__(self, event: EventId) -> int | None:
        """Work out anew what was rejected, by the elements as they listen now, and park the event.

        Returns:
            How many effects are to be tried, or None where the event was not kept.

        Raises:
            StoreUnavailable: A store did not answer; replaying again is harmless.
        """
        received = await self._ledger.kept(event)
        if received is None:
            return None
        frozen = await self._ledger.effects(event, received.route) or ()
        standing = [effect for effect in frozen if effect.state is not EffectState.REJECTED]
        replayed = await self._worked_out_anew(event, received, standing)
        # Parked first: an event that is parked twice is harmless, one that is open and not parked is lost.
        await self._parking.park(received, delay=_AFTER_THIS)
        await self._ledger.refreeze(event, received.route, (*standing, *replayed))
        await self._parking.park(received, delay=_AT_ONCE)
        log.info("event was replayed", extra=LogFacts(event_id=event, effects=len(replayed)))
        return len(replayed)

    async def resolve(self, event: EventId, effect: EffectKey, *, happened: bool) -> bool:
        """Note how an effect in doubt ended, as an operator saw it in Operate; False: it is not in doubt.

        Raises:
            StoreUnavailable: A store did not answer; resolving again is harmless.
        """
        received = await self._ledger.kept(event)
        frozen = await self._ledger.effects(event, received.route) if received else None
        doubtful = next(
            (each for each in frozen or () if each.key == effect and each.state is EffectState.ATTEMPTED),
            None,
        )
        if received is None or doubtful is None:
            return False
        if happened:
            await self._ledger.settle(event, doubtful.model_copy(update={"state": EffectState.DONE}))
            return True
        # Parked first: an event that is parked twice is harmless, one that is open and not parked is lost.
        await self._parking.park(received, delay=_AT_ONCE)
        return await self._ledger.reopen(event, doubtful)

    async def _worked_out_anew(
        self, event: EventId, received: ReceivedEvent, standing: list[Effect]
    ) -> list[Effect]:
        """Return the effects of elements, in whatever version, that have none standing yet."""
        served = {_place(effect) for effect in standing}
        keys = {effect.key for effect in standing}
        listeners = await self._listeners.listeners(received.route) or ()
        return [
            effect
            for effect in effects_of(event, received, listeners)
            if effect.key not in keys and _place(effect) not in served
        ]


def _place(effect: Effect) -> tuple[str, str, str]:
    return effect.element.tenant_id, effect.element.process_id, effect.element.element_id
