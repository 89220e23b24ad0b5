"""Lets an operator replay what was rejected or set aside, and say how a doubt ended."""

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

_NOW = timedelta()
_AFTER_THIS = timedelta(minutes=2)
"""Longer than a replay takes: what is parked for this long finds what the replay has written."""


class ReplayEvent:
    """Works on events that were kept for an operator."""

    def __init__(self, *, ledger: EventLedger, listeners: Listeners, parking: ParkedEvents) -> None:
        self._ledger = ledger
        self._listeners = listeners
        self._parking = parking

    async def __call__(self, event: EventId) -> int | None:
        """Park the event; its rejected effects are computed again from the elements that listen now.

        It is done for each route through which the event came and was kept. An event that was set aside is
        worked out by the function that delivers it, because that may end its process.

        Returns:
            How many effects are to be tried (of an event that was set aside: 1 at least), or None where the
            event was not kept.

        Raises:
            StoreUnavailable: A store did not answer; replaying again is harmless.
        """
        deliveries = await self._ledger.kept(event)
        if not deliveries:
            return None
        aside = {each.route for each in await self._ledger.aside() if each.event == event}
        if aside:
            await self._take_up(event, [each for each in deliveries if each.route in aside])
        replayed: set[EffectKey] = set()
        for received in deliveries:
            if received.route not in aside:
                replayed |= await self._replay(event, received)
        log.info("event was replayed", extra=LogFacts(event_id=event, effects=len(replayed)))
        return len(replayed) + len(aside)

    async def resolve(self, event: EventId, effect: EffectKey, *, happened: bool) -> bool:
        """Note how an effect in doubt ended, as an operator saw it in Operate; False: it is not in doubt.

        Raises:
            StoreUnavailable: A store did not answer; resolving again is harmless.
        """
        found = {each.key: each for each in await self._ledger.effects_of(event)}.get(effect)
        if found is None or found.state is not EffectState.ATTEMPTED:
            return False
        return await self._resolve(event, found, happened=happened)

    async def resolve_all(self, element: str, *, happened: bool) -> int:
        """Note how every doubt of an element ended, and return how many there were.

        Args:
            element: `process/version/element` as lists show it, `process/element` for every version, or the
                id of a process for all its elements.
            happened: Whether Camunda carried out the command.

        Raises:
            StoreUnavailable: A store did not answer; resolving again goes on with the rest.
        """
        resolved = 0
        for unresolved in await self._ledger.unresolved():
            effect = unresolved.effect
            if effect.state is EffectState.ATTEMPTED and _is_of(effect, element):
                resolved += await self._resolve(unresolved.event, effect, happened=happened)
        return resolved

    async def _take_up(self, event: EventId, deliveries: list[ReceivedEvent]) -> None:
        # Parked first: parking an event twice is harmless, taking it up without parking would lose it.
        for received in deliveries:
            await self._parking.park(received, delay=_AFTER_THIS)
        await self._ledger.take_up(event)
        for received in deliveries:
            await self._parking.park(received, delay=_NOW)

    async def _replay(self, event: EventId, received: ReceivedEvent) -> set[EffectKey]:
        frozen = await self._ledger.effects(event, received.route) or ()
        standing = [effect for effect in frozen if effect.state is not EffectState.REJECTED]
        everything = [
            each for each in await self._ledger.effects_of(event) if each.state is not EffectState.REJECTED
        ]
        replayed = await self._new_effects(event, received, everything)
        # Parked first: parking an event twice is harmless, opening it without parking would lose it.
        await self._parking.park(received, delay=_AFTER_THIS)
        await self._ledger.refreeze(event, received.route, (*standing, *replayed))
        await self._parking.park(received, delay=_NOW)
        return {effect.key for effect in replayed}

    async def _new_effects(
        self, event: EventId, received: ReceivedEvent, standing: list[Effect]
    ) -> list[Effect]:
        """Return the effects of elements that have no effect of any version yet."""
        served = {_place(effect) for effect in standing}
        keys = {effect.key for effect in standing}
        listeners = await self._listeners.listeners(received.route) or ()
        return [
            effect
            for effect in effects_of(event, received, listeners)
            if effect.key not in keys and _place(effect) not in served
        ]

    async def _resolve(self, event: EventId, effect: Effect, *, happened: bool) -> bool:
        if happened:
            await self._ledger.confirm(event, effect.confirmed(effect.reference))
            return True
        deliveries = await self._ledger.kept(event)
        # Parked first: parking an event twice is harmless, opening it without parking would lose it.
        for received in deliveries:
            await self._parking.park(received, delay=_NOW)
        return bool(deliveries) and await self._ledger.reopen(event, effect)


def _place(effect: Effect) -> tuple[str, str, str]:
    return effect.element.tenant_id, effect.element.process_id, effect.element.element_id


def _is_of(effect: Effect, name: str) -> bool:
    element = effect.element
    return name in (element.ref, f"{element.process_id}/{element.element_id}", element.process_id)
