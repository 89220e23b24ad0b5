"""An event ledger in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from apify_camunda.errors import StoreUnavailable
from apify_camunda.identifiers import EffectKey, EventId
from apify_camunda.inbound.domain.effect import Effect, EffectState
from apify_camunda.inbound.ports import Claimed, ClaimRefused, EffectClaim
from apify_camunda.webhooks.events import ReceivedEvent


@dataclass
class _Row:
    effect: Effect
    lease_until: float = 0


class FakeEventLedger:
    def __init__(self) -> None:
        self._receipts: dict[tuple[EventId, str], tuple[Effect, ...]] = {}
        self._rows: dict[tuple[EventId, EffectKey], _Row] = {}
        self._kept: dict[EventId, ReceivedEvent] = {}
        self.is_away = False

    async def effects(self, event: EventId, route: str) -> tuple[Effect, ...] | None:
        self._answer()
        frozen = self._receipts.get((event, route))
        return None if frozen is None else tuple(self._standing(event, effect) for effect in frozen)

    async def freeze(self, event: EventId, route: str, effects: Sequence[Effect]) -> tuple[Effect, ...]:
        self._answer()
        return self._receipts.setdefault((event, route), tuple(effects))

    async def claim(self, event: EventId, effect: Effect, *, now: datetime, lease: timedelta) -> EffectClaim:
        self._answer()
        row = self._rows.setdefault(
            (event, effect.key), _Row(effect.model_copy(update={"state": EffectState.OPEN}))
        )
        stands = row.effect
        lease_has_ended = stands.state is EffectState.CLAIMED and row.lease_until < now.timestamp()
        if stands.state is not EffectState.OPEN and not lease_has_ended:
            return ClaimRefused(stands)
        row.lease_until = (now + lease).timestamp()
        claimed = stands.model_copy(update={"state": EffectState.CLAIMED})
        row.effect = claimed
        if effect.engine_drops_repeats and claimed.attempted_at is None:
            row.effect = claimed.model_copy(update={"attempted_at": now.isoformat()})
        return Claimed(claimed, row.lease_until)

    async def mark_attempted(
        self, event: EventId, effect: EffectKey, *, lease_until: float, at: datetime
    ) -> bool:
        self._answer()
        row = self._rows[event, effect]
        if row.effect.state is not EffectState.CLAIMED or row.lease_until != lease_until:
            return False
        change = {"state": EffectState.ATTEMPTED, "attempted_at": at.isoformat()}
        row.effect = row.effect.model_copy(update=change)
        return True

    async def settle(self, event: EventId, effect: Effect) -> None:
        self._answer()
        row = self._rows.setdefault((event, effect.key), _Row(effect))
        if row.effect.state is not EffectState.DONE:
            change = {"state": effect.state, "reason": effect.reason, "reference": effect.reference}
            row.effect = row.effect.model_copy(update=change)

    async def hand_back(
        self, event: EventId, effect: EffectKey, *, lease_until: float, attempted_at: str | None
    ) -> bool:
        self._answer()
        row = self._rows[event, effect]
        if row.effect.state is not EffectState.CLAIMED or row.lease_until != lease_until:
            return False
        change = {"state": EffectState.OPEN, "attempted_at": attempted_at}
        row.effect = row.effect.model_copy(update=change)
        return True

    async def reopen(self, event: EventId, effect: Effect) -> bool:
        self._answer()
        row = self._rows[event, effect.key]
        if row.effect.state is not EffectState.ATTEMPTED or row.effect.attempted_at != effect.attempted_at:
            return False
        row.effect = row.effect.model_copy(update={"state": EffectState.OPEN, "attempted_at": None})
        return True

    async def keep(self, event: EventId, received: ReceivedEvent) -> None:
        self._answer()
        self._kept[event] = received

    async def kept(self, event: EventId) -> ReceivedEvent | None:
        self._answer()
        return self._kept.get(event)

    async def unresolved(self) -> Sequence[tuple[EventId, Effect]]:
        self._answer()
        return [
            (event, effect)
            for event in self._kept
            for effect in self._all_of(event)
            if effect.state not in (EffectState.OPEN, EffectState.DONE)
        ]

    async def refreeze(self, event: EventId, route: str, effects: Sequence[Effect]) -> None:
        self._answer()
        self._receipts[event, route] = tuple(effects)
        for key, frozen in self._receipts.items():
            if key[0] == event and key[1] != route:
                self._receipts[key] = tuple(
                    effect for effect in frozen if effect.state is not EffectState.REJECTED
                )
        rejected = [
            key
            for key, row in self._rows.items()
            if key[0] == event and row.effect.state is EffectState.REJECTED
        ]
        for key in rejected:
            del self._rows[key]

    def _all_of(self, event: EventId) -> list[Effect]:
        found = {key: row.effect for (row_event, key), row in self._rows.items() if row_event == event}
        for (receipt_event, _), frozen in self._receipts.items():
            if receipt_event == event:
                for effect in frozen:
                    found.setdefault(effect.key, effect)
        return list(found.values())

    def _standing(self, event: EventId, effect: Effect) -> Effect:
        row = self._rows.get((event, effect.key))
        return row.effect if row else effect

    def _answer(self) -> None:
        if self.is_away:
            raise StoreUnavailable("The fake ledger is away.")
