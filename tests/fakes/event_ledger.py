"""An event ledger in memory; its transitions are those of the table in domain/effect.py."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from apify_camunda.errors import StoreUnavailable
from apify_camunda.identifiers import EffectKey, EventId
from apify_camunda.inbound.domain.effect import (
    ClaimId,
    Condition,
    Effect,
    EffectState,
    Transition,
    condition_of,
)
from apify_camunda.inbound.event_rows import LONGEST_WORK
from apify_camunda.inbound.ports import (
    Claimed,
    ClaimRefused,
    Command,
    EffectClaim,
    EventHistory,
    Receipt,
    SetAsideEvent,
    UnresolvedEffect,
)
from apify_camunda.webhooks.events import ReceivedEvent

from tests.fakes.clock import NOON


@dataclass
class _Row:
    effect: Command
    claim: ClaimId | None = None
    lease_until: datetime | None = None


@dataclass
class _Receipt:
    effects: tuple[Effect, ...] | None = None
    begun: set[datetime] = field(default_factory=set)


class FakeEventLedger:
    def __init__(self) -> None:
        self._receipts: dict[tuple[EventId, str], _Receipt] = {}
        self._rows: dict[tuple[EventId, EffectKey], _Row] = {}
        self._kept: dict[tuple[EventId, str], ReceivedEvent] = {}
        self._aside: dict[tuple[EventId, str], SetAsideEvent] = {}
        self._in_doubt: set[EventId] = set()
        self._claims = 0
        self.is_away = False

    async def begin(self, event: EventId, route: str, *, now: datetime) -> Receipt:
        self._answer()
        receipt = self._receipts.setdefault((event, route), _Receipt())
        deaths = sum(now - begun > LONGEST_WORK for begun in receipt.begun)
        receipt.begun.add(now)
        return Receipt(receipt.effects, deaths)

    async def withdraw(self, event: EventId, route: str, *, begun: datetime) -> None:
        self._answer()
        if (event, route) in self._receipts:
            self._receipts[event, route].begun.discard(begun)

    async def end(self, event: EventId, route: str) -> None:
        self._answer()
        if (event, route) in self._receipts:
            self._receipts[event, route].begun.clear()

    async def effects(self, event: EventId, route: str) -> tuple[Effect, ...] | None:
        self._answer()
        receipt = self._receipts.get((event, route))
        if receipt is None or receipt.effects is None:
            return None
        return tuple(self._standing(event, effect) for effect in receipt.effects)

    async def freeze(self, event: EventId, route: str, effects: Sequence[Effect]) -> tuple[Effect, ...]:
        self._answer()
        receipt = self._receipts.setdefault((event, route), _Receipt())
        if receipt.effects is None:
            receipt.effects = tuple(effects)
        return receipt.effects

    async def refreeze(self, event: EventId, route: str, effects: Sequence[Effect]) -> None:
        self._answer()
        rejected = {
            key
            for key, (effect, routes) in self._all_of(event).items()
            if effect.state is EffectState.REJECTED and route in routes
        }
        self._receipts[event, route] = _Receipt(tuple(effects))
        for (its_event, its_route), receipt in self._receipts.items():
            if its_event == event and its_route != route and receipt.effects is not None:
                receipt.effects = tuple(
                    effect
                    for effect in receipt.effects
                    if not (effect.key in rejected and effect.state.is_settled)
                )
        for key in rejected:
            self._rows.pop((event, key), None)

    async def claim(self, event: EventId, effect: Command, *, now: datetime, lease: timedelta) -> EffectClaim:
        self._answer()
        row = self._rows.setdefault((event, effect.key), _Row(effect.opened()))
        if not self._is_allowed(row, Transition.CLAIM, now=now):
            return ClaimRefused(row.effect)
        self._claims += 1
        row.claim, row.lease_until = ClaimId(f"claim-{self._claims}"), now + lease
        claimed = row.effect.claimed()
        first_try = claimed.attempted_at or (now if effect.engine_drops_repeats else None)
        row.effect = replace(claimed, attempted_at=first_try)
        return Claimed(claimed, row.claim)

    async def freeze_claimed(
        self, event: EventId, route: str, effect: Command, *, now: datetime, lease: timedelta
    ) -> Claimed | None:
        self._answer()
        receipt = self._receipts.setdefault((event, route), _Receipt())
        if receipt.effects is not None or (event, effect.key) in self._rows:
            return None
        receipt.effects = (effect,)
        claim = await self.claim(event, effect, now=now, lease=lease)
        assert isinstance(claim, Claimed)
        return claim

    async def attempt(self, event: EventId, effect: EffectKey, claim: ClaimId, *, at: datetime) -> bool:
        self._answer()
        row = self._rows[event, effect]
        if not self._is_allowed(row, Transition.ATTEMPT, claim=claim):
            return row.claim == claim and row.effect.state is EffectState.ATTEMPTED
        row.effect = row.effect.attempted(at)
        return True

    async def confirm(self, event: EventId, effect: Effect) -> None:
        self._answer()
        assert not effect.state.is_settled or effect.state is EffectState.DONE
        row = self._rows.setdefault((event, effect.key), _Row(effect))  # type: ignore[arg-type]  # has a command
        if self._is_allowed(row, Transition.CONFIRM):
            row.effect = row.effect.confirmed(effect.reference)

    async def reject(self, event: EventId, effect: Effect, claim: ClaimId) -> bool:
        self._answer()
        row = self._rows[event, effect.key]
        if not self._is_allowed(row, Transition.REJECT, claim=claim):
            return row.claim == claim and row.effect.state is EffectState.REJECTED
        row.effect = row.effect.rejected(effect.reason or "", effect.code or "")
        return True

    async def hand_back(
        self, event: EventId, effect: EffectKey, claim: ClaimId, *, attempted_at: datetime | None
    ) -> bool:
        self._answer()
        row = self._rows[event, effect]
        if not self._is_allowed(row, Transition.HAND_BACK, claim=claim):
            return False
        row.effect, row.claim = row.effect.opened(attempted_at=attempted_at), None
        return True

    async def reopen(self, event: EventId, effect: Effect) -> bool:
        self._answer()
        row = self._rows[event, effect.key]
        if not self._is_allowed(row, Transition.REOPEN, seen_at=effect.attempted_at):
            return False
        row.effect, row.claim = row.effect.opened(), None
        return True

    async def keep(self, event: EventId, received: ReceivedEvent, *, in_doubt: bool = False) -> None:
        self._answer()
        self._kept[event, received.route] = received
        if in_doubt:
            self._in_doubt.add(event)

    async def doubts(self) -> int:
        self._answer()
        found = {event: await self.effects_of(event) for event in self._in_doubt}
        doubts = {
            event: sum(effect.state is EffectState.ATTEMPTED for effect in effects)
            for event, effects in found.items()
        }
        self._in_doubt = {event for event, count in doubts.items() if count}
        return sum(doubts.values())

    async def kept(self, event: EventId) -> tuple[ReceivedEvent, ...]:
        self._answer()
        found = {route: received for (its, route), received in self._kept.items() if its == event}
        return tuple(found[route] for route in sorted(found))

    async def all_kept(self) -> Mapping[EventId, Sequence[ReceivedEvent]]:
        self._answer()
        return {event: await self.kept(event) for event, _ in self._kept}

    async def forget_payload(self, event: EventId) -> None:
        self._answer()
        self._kept = {key: each for key, each in self._kept.items() if key[0] != event}

    async def unresolved(self) -> Sequence[UnresolvedEffect]:
        self._answer()
        return [
            UnresolvedEffect(event, effect, routes)
            for event in dict.fromkeys(event for event, _ in self._kept)
            for effect, routes in self._all_of(event).values()
            if effect.state not in (EffectState.OPEN, EffectState.DONE)
        ]

    async def effects_of(self, event: EventId) -> Sequence[Effect]:
        self._answer()
        return [effect for effect, _ in self._all_of(event).values()]

    async def history(self) -> Sequence[EventHistory]:
        self._answer()
        return [found for event, _ in self._receipts if (found := await self.history_of(event))]

    async def history_of(self, event: EventId) -> EventHistory | None:
        self._answer()
        routes = tuple(sorted(route for its, route in self._receipts if its == event))
        effects = tuple(effect for effect, _ in self._all_of(event).values())
        return EventHistory(event, routes, effects, NOON) if routes else None

    async def set_aside(self, event: EventId, received: ReceivedEvent, *, reason: str, at: datetime) -> None:
        self._answer()
        self._kept[event, received.route] = received
        self._aside[event, received.route] = SetAsideEvent(event, received.route, reason, at)

    async def aside(self) -> Sequence[SetAsideEvent]:
        self._answer()
        return list(self._aside.values())

    async def take_up(self, event: EventId) -> None:
        self._answer()
        for (its, _), receipt in self._receipts.items():
            if its == event:
                receipt.begun.clear()
        self._aside = {key: each for key, each in self._aside.items() if key[0] != event}

    def _is_allowed(
        self,
        row: _Row,
        transition: Transition,
        *,
        now: datetime = NOON,
        claim: ClaimId | None = None,
        seen_at: datetime | None = None,
    ) -> bool:
        match condition_of(transition, row.effect.state):
            case None:
                return False
            case Condition.ALWAYS:
                return True
            case Condition.LEASE_ENDED:
                return row.lease_until is None or row.lease_until < now
            case Condition.OWN_CLAIM:
                return row.claim == claim
            case Condition.SEEN_ATTEMPT:
                return row.effect.attempted_at == seen_at

    def _all_of(self, event: EventId) -> dict[EffectKey, tuple[Effect, tuple[str, ...]]]:
        frozen = {
            route: receipt.effects or () for (its, route), receipt in self._receipts.items() if its == event
        }
        found: dict[EffectKey, Effect] = {each.key: each for effects in frozen.values() for each in effects}
        found |= {key: row.effect for (its, key), row in self._rows.items() if its == event}
        return {
            key: (
                effect,
                tuple(sorted(route for route, each in frozen.items() if any(key == one.key for one in each))),
            )
            for key, effect in found.items()
        }

    def _standing(self, event: EventId, effect: Effect) -> Effect:
        row = self._rows.get((event, effect.key))
        return row.effect if row else effect

    def _answer(self) -> None:
        if self.is_away:
            raise StoreUnavailable("The fake ledger is away.")
