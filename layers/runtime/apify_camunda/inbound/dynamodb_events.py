"""Keeps events and their effects in DynamoDB; event_rows.py says how the rows look.

It decides nothing: the table of transitions becomes the conditions of its writes.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from apify_camunda.errors import StoreConflict
from apify_camunda.identifiers import EffectKey, EventId
from apify_camunda.inbound import event_rows as rows
from apify_camunda.inbound.domain.effect import ClaimId, Effect, EffectState, Transition
from apify_camunda.inbound.domain.stored_effect import effect_to_json, moment
from apify_camunda.inbound.dynamodb_kept_events import DynamoDBKeptEvents
from apify_camunda.inbound.ports import (
    Claimed,
    ClaimRefused,
    Command,
    EffectClaim,
    Receipt,
)
from apify_camunda.platform.dynamodb_table import Changed, Item, Refused


class DynamoDBEventLedger(DynamoDBKeptEvents):
    """The event ledger in the ledger table; a client of boto3 or anything that speaks like it."""

    async def begin(self, event: EventId, route: str, *, now: datetime) -> Receipt:
        """Add the note of the work to the receipt, and return what the receipt was before."""
        key, mark = rows.receipt_key(event, route), rows.mark_of(now)
        values = {":expires": self._expires_at(), ":mark": mark}
        written = await self._table.change(key, "SET expires_at = :expires ADD begun :mark", "", values)
        if isinstance(written, Refused):
            await self._put_new({**key, "begun": mark, "expires_at": self._expires_at()})
            return Receipt(None, 0)
        return Receipt(rows.frozen_in(written.before), rows.deaths_in(written.before, now))

    async def withdraw(self, event: EventId, route: str, *, begun: datetime) -> None:
        """Take one note out of the receipt."""
        values = {":mark": rows.mark_of(begun)}
        key = rows.receipt_key(event, route)
        await self._table.change(key, "DELETE begun :mark", "attribute_exists(pk)", values)

    async def end(self, event: EventId, route: str) -> None:
        """Take all notes out of the receipt."""
        key = rows.receipt_key(event, route)
        await self._table.change(key, "REMOVE begun", "attribute_exists(pk)", {})

    async def effects(self, event: EventId, route: str) -> tuple[Effect, ...] | None:
        """Return the frozen effects with their present states, or None."""
        items = await self._table.items(rows.event_pk(event))
        receipt = next((each for each in rows.receipts_in(items) if rows.route_of(each) == route), None)
        frozen = rows.frozen_in(receipt) if receipt is not None else None
        if frozen is None:
            return None
        present = rows.all_effects(items)
        return tuple(present[effect.key][0] for effect in frozen)

    async def freeze(self, event: EventId, route: str, effects: Sequence[Effect]) -> tuple[Effect, ...]:
        """Write the effects into the receipt unless it has some; return those that it has."""
        key, frozen = rows.receipt_key(event, route), rows.packed_effects(effects)
        values = {":effects": frozen, ":expires": self._expires_at()}
        change = "SET effects = :effects, expires_at = :expires"
        written = await self._table.change(key, change, "attribute_not_exists(effects)", values)
        if isinstance(written, Changed):
            return tuple(effects)
        if written.standing is None:
            await self._put_new({**key, "effects": frozen, "expires_at": self._expires_at()})
            return tuple(effects)
        return rows.frozen_in(written.standing) or ()

    async def refreeze(self, event: EventId, route: str, effects: Sequence[Effect]) -> None:
        """Put the receipt, then take what it does not hold any more out of other receipts and away."""
        items = await self._table.items(rows.event_pk(event))
        present = rows.all_effects(items)
        gone = {
            key
            for key, (effect, routes) in present.items()
            if effect.state is EffectState.REJECTED and route in routes
        }
        key = rows.receipt_key(event, route)
        await self._table.put(
            {**key, "effects": rows.packed_effects(effects), "expires_at": self._expires_at()}
        )
        for receipt in rows.receipts_in(items):
            frozen = rows.frozen_in(receipt) or ()
            left = [effect for effect in frozen if not (effect.key in gone and effect.state.is_settled)]
            if rows.route_of(receipt) != route and len(left) < len(frozen):
                await self._table.put({**receipt, "effects": rows.packed_effects(left)})
        for effect in gone:
            await self._table.delete(rows.effect_key(event, effect))

    async def claim(self, event: EventId, effect: Command, *, now: datetime, lease: timedelta) -> EffectClaim:
        """Claim the effect with one conditional write; an expired row is replaced."""
        claim = ClaimId(secrets.token_hex(8))
        condition, values = rows.condition_for(Transition.CLAIM, may_be_new=True)
        row = self._claimed_row(effect, claim, now=now, lease=lease)
        change = (
            "SET #state = :next, claim = :claim, lease_until = :lease, expires_at = :expires, "
            "effect = if_not_exists(effect, :effect)"
        )
        values |= {":claim": row["claim"], ":lease": row["lease_until"], ":now": rows.unix(now)}
        values |= {":effect": row["effect"], ":expires": row["expires_at"]}
        if effect.engine_drops_repeats:
            change += ", attempted_at = if_not_exists(attempted_at, :at)"
            values[":at"] = row["attempted_at"]
        key = rows.effect_key(event, effect.key)
        written = await self._table.change(key, change, condition, values)
        if isinstance(written, Changed):
            return Claimed(_before_claim(effect, written.before), claim)
        if written.standing is None:
            await self._put_new({**key, **row})
            return Claimed(effect.claimed(), claim)
        if _is_mine(written.standing, claim):
            return Claimed(_before_claim(effect, written.standing, own=now), claim)
        return ClaimRefused(rows.command_in(written.standing))

    async def freeze_claimed(
        self, event: EventId, route: str, effect: Command, *, now: datetime, lease: timedelta
    ) -> Claimed | None:
        """Write the effects into the receipt and the claimed effect beside it, by one transaction.

        A repetition finds its own claim there, and so its own effects in the receipt.
        """
        claim = ClaimId(secrets.token_hex(8))
        row = self._claimed_row(effect, claim, now=now, lease=lease)
        refused = await self._table.change_beside_new(
            rows.receipt_key(event, route),
            "SET effects = :effects, expires_at = :expires",
            "attribute_not_exists(effects)",
            {":effects": rows.packed_effects([effect]), ":expires": row["expires_at"]},
            new={**rows.effect_key(event, effect.key), **row},
        )
        is_written = refused is None or (refused.standing is not None and _is_mine(refused.standing, claim))
        return Claimed(effect.claimed(), claim) if is_written else None

    async def attempt(self, event: EventId, effect: EffectKey, claim: ClaimId, *, at: datetime) -> bool:
        """Write ATTEMPTED where the claim holds."""
        change = "SET #state = :next, attempted_at = :at"
        values = {":at": {"S": at.isoformat()}}
        return await self._fenced(Transition.ATTEMPT, rows.effect_key(event, effect), claim, change, values)

    async def confirm(self, event: EventId, effect: Effect) -> None:
        """Write DONE; an effect that has no row gets one."""
        key = rows.effect_key(event, effect.key)
        values: dict[str, Any] = {":expires": self._expires_at()}
        change = "SET #state = :next, expires_at = :expires"
        if effect.reference is not None:
            change += ", engine_reference = :reference"
            values[":reference"] = {"N": str(effect.reference)}
        gone = " REMOVE reason, error_code"
        condition, states = rows.condition_for(Transition.CONFIRM)
        written = await self._table.change(key, change + gone, condition, states | values)
        if isinstance(written, Refused) and written.standing is None:
            condition, states = rows.condition_for(Transition.CONFIRM, may_be_new=True)
            values[":effect"] = rows.packed(effect_to_json(effect))
            change += ", effect = if_not_exists(effect, :effect)" + gone
            await self._table.change(key, change, condition, states | values)

    async def reject(self, event: EventId, effect: Effect, claim: ClaimId) -> bool:
        """Write REJECTED where the claim holds."""
        values = {
            ":expires": self._expires_at(),
            ":reason": rows.text_or_null(effect.reason),
            ":code": rows.text_or_null(effect.code),
        }
        change = "SET #state = :next, reason = :reason, error_code = :code, expires_at = :expires"
        return await self._fenced(
            Transition.REJECT, rows.effect_key(event, effect.key), claim, change, values
        )

    async def hand_back(
        self, event: EventId, effect: EffectKey, claim: ClaimId, *, attempted_at: datetime | None
    ) -> bool:
        """Write OPEN where the claim holds."""
        change, values = "SET #state = :next REMOVE lease_until, claim, attempted_at", {}
        if attempted_at is not None:
            change = "SET #state = :next, attempted_at = :at REMOVE lease_until, claim"
            values = {":at": {"S": attempted_at.isoformat()}}
        return await self._fenced(Transition.HAND_BACK, rows.effect_key(event, effect), claim, change, values)

    async def reopen(self, event: EventId, effect: Effect) -> bool:
        """Write OPEN where the attempt that was seen is the latest."""
        condition, values = rows.condition_for(Transition.REOPEN)
        seen = effect.attempted_at.isoformat() if effect.attempted_at else ""
        change = "SET #state = :next REMOVE lease_until, claim, attempted_at"
        key = rows.effect_key(event, effect.key)
        written = await self._table.change(key, change, condition, values | {":seen_at": {"S": seen}})
        return isinstance(written, Changed)

    async def _fenced(
        self, transition: Transition, key: Item, claim: ClaimId, change: str, values: Item
    ) -> bool:
        """Carry out a transition that needs the claim; True also where it was carried out before."""
        condition, states = rows.condition_for(transition)
        written = await self._table.change(
            key, change, condition, {**states, **values, ":claim": {"S": claim}}
        )
        if isinstance(written, Changed):
            return True
        standing = written.standing
        return standing is not None and _is_mine(standing, claim) and standing["state"] == states[":next"]

    async def _put_new(self, item: Item) -> None:
        if not await self._table.put_new(item):
            raise StoreConflict("Another receiver wrote the same row at the same moment.")

    def _claimed_row(
        self, effect: Command, claim: ClaimId, *, now: datetime, lease: timedelta
    ) -> dict[str, Any]:
        row: dict[str, Any] = {
            "state": {"S": EffectState.CLAIMED.value},
            "claim": {"S": claim},
            "lease_until": rows.unix(now + lease),
            "effect": rows.packed(effect_to_json(effect)),
            "expires_at": self._expires_at(),
        }
        if effect.engine_drops_repeats:
            row["attempted_at"] = {"S": now.isoformat()}
        return row


def _is_mine(row: Item, claim: ClaimId) -> bool:
    return bool(row.get("claim", {}).get("S") == claim)


def _before_claim(effect: Command, row: Item, *, own: datetime | None = None) -> Command:
    """Return a claimed effect; its `attempted_at` is that of the row before this claim, made at `own`."""
    known = rows.command_in(row) if "effect" in row else effect
    earlier = moment(row.get("attempted_at", {}).get("S"))
    return replace(known.claimed(), attempted_at=None if earlier == own else earlier)
