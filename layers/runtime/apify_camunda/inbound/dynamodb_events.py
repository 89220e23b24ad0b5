"""Keeps events and their effects in DynamoDB: one item for a receipt, one for each effect.

`pk=event#{event}`: `sk=receipt#{route}` holds the effects as they were frozen, `sk=effect#{key}` how far one
has come. `pk=kept`: `sk={event}` holds a delivery for an operator. It decides nothing: conditions do.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from apify_camunda.errors import StoreUnavailable
from apify_camunda.identifiers import EffectKey, EventId
from apify_camunda.inbound.domain.effect import Effect, EffectState
from apify_camunda.inbound.ports import Claimed, ClaimRefused, EffectClaim, EventHistory
from apify_camunda.platform.dynamodb_table import DynamoDBTable, Item, key_of
from apify_camunda.platform.ports import Clock
from apify_camunda.webhooks.events import ReceivedEvent

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_KEEP_FOR = timedelta(days=14)
"""Longer than Apify repeats (34 hours), than SQS holds an event, and than an operator's holiday weekend."""
_CLAIMABLE = "attribute_not_exists(pk) OR #state = :open OR (#state = :claimed AND lease_until < :now)"


class DynamoDBEventLedger:
    """The event ledger in the ledger table; a client of boto3 or anything that speaks like it."""

    def __init__(self, *, client: DynamoDBClient, table: str, clock: Clock) -> None:
        self._table = DynamoDBTable(client=client, name=table, clock=clock)
        self._clock = clock

    async def effects(self, event: EventId, route: str) -> tuple[Effect, ...] | None:
        """Return the frozen effects with their present states, or None."""
        items = await self._table.items(_event_pk(event))
        rows = {item["sk"]["S"]: item for item in items}
        receipt = rows.get(f"receipt#{route}")
        if receipt is None:
            return None
        return tuple(_brought_up(effect, rows.get(f"effect#{effect.key}")) for effect in _frozen(receipt))

    async def freeze(self, event: EventId, route: str, effects: Sequence[Effect]) -> tuple[Effect, ...]:
        """Put the receipt unless there is one; who comes second reads what stands."""
        item = self._receipt(event, route, effects)
        if await self._table.put_new(item):
            return tuple(effects)
        standing = await self._table.get(key_of(_event_pk(event), f"receipt#{route}"))
        if standing is None:
            raise StoreUnavailable("A receipt appeared and vanished.")
        return _frozen(standing)

    async def claim(self, event: EventId, effect: Effect, *, now: datetime, lease: timedelta) -> EffectClaim:
        """Take the effect by one conditional update; an expired one is written anew."""
        lease_until = (now + lease).timestamp()
        sets = [
            "#state = :claimed",
            "lease_until = :lease",
            "expires_at = :expires",
            "effect = if_not_exists(effect, :effect)",
        ]
        if effect.engine_drops_repeats:
            sets.append("attempted_at = if_not_exists(attempted_at, :at)")
        values: dict[str, Any] = {
            ":claimed": {"S": EffectState.CLAIMED.value},
            ":open": {"S": EffectState.OPEN.value},
            ":now": {"N": repr(now.timestamp())},
            ":lease": {"N": repr(lease_until)},
            ":expires": {"N": self._expires_at()},
            ":effect": {"S": json.dumps(effect.to_json())},
        }
        if effect.engine_drops_repeats:
            values[":at"] = {"S": now.isoformat()}
        key = _effect_key(event, effect.key)
        before = await self._table.update(key, "SET " + ", ".join(sets), _CLAIMABLE, values)
        if before is not None:
            return Claimed(_effect_before(effect, before), lease_until)
        standing = await self._table.get(key)
        if standing is not None:
            return ClaimRefused(_effect_in(standing))
        if not await self._table.put_new(self._claimed_row(event, effect, now=now, lease_until=lease_until)):
            raise StoreUnavailable("An effect vanished and appeared.")
        return Claimed(_effect_before(effect, {}), lease_until)

    async def mark_attempted(
        self, event: EventId, effect: EffectKey, *, lease_until: float, at: datetime
    ) -> bool:
        """Write ATTEMPTED where the claim with this lease still stands."""
        values = {
            ":attempted": {"S": EffectState.ATTEMPTED.value},
            ":claimed": {"S": EffectState.CLAIMED.value},
            ":lease": {"N": repr(lease_until)},
            ":at": {"S": at.isoformat()},
        }
        marked = await self._table.update(
            _effect_key(event, effect),
            "SET #state = :attempted, attempted_at = :at",
            "#state = :claimed AND lease_until = :lease",
            values,
        )
        return marked is not None

    async def settle(self, event: EventId, effect: Effect) -> None:
        """Write DONE or REJECTED; what is done is never made undone."""
        values: dict[str, Any] = {
            ":state": {"S": effect.state.value},
            ":done": {"S": EffectState.DONE.value},
            ":effect": {"S": json.dumps(effect.to_json())},
            ":expires": {"N": self._expires_at()},
            ":reason": {"S": effect.reason} if effect.reason else {"NULL": True},
            ":reference": {"N": str(effect.reference)} if effect.reference is not None else {"NULL": True},
        }
        await self._table.update(
            _effect_key(event, effect.key),
            "SET #state = :state, reason = :reason, engine_reference = :reference, expires_at = :expires, "
            "effect = if_not_exists(effect, :effect)",
            "attribute_not_exists(pk) OR #state <> :done",
            values,
        )

    async def hand_back(
        self, event: EventId, effect: EffectKey, *, lease_until: float, attempted_at: str | None
    ) -> bool:
        """Write OPEN where the claim with this lease still stands."""
        values: dict[str, Any] = {
            ":open": {"S": EffectState.OPEN.value},
            ":claimed": {"S": EffectState.CLAIMED.value},
            ":lease": {"N": repr(lease_until)},
        }
        change = "SET #state = :open REMOVE lease_until, attempted_at"
        if attempted_at is not None:
            change = "SET #state = :open, attempted_at = :at REMOVE lease_until"
            values[":at"] = {"S": attempted_at}
        condition = "#state = :claimed AND lease_until = :lease"
        return await self._table.update(_effect_key(event, effect), change, condition, values) is not None

    async def reopen(self, event: EventId, effect: Effect) -> bool:
        """Write OPEN where the attempt that was seen still stands."""
        values = {
            ":open": {"S": EffectState.OPEN.value},
            ":attempted": {"S": EffectState.ATTEMPTED.value},
            ":seen_at": {"S": effect.attempted_at or ""},
        }
        reopened = await self._table.update(
            _effect_key(event, effect.key),
            "SET #state = :open REMOVE lease_until, attempted_at",
            "#state = :attempted AND attempted_at = :seen_at",
            values,
        )
        return reopened is not None

    async def keep(self, event: EventId, received: ReceivedEvent) -> None:
        """Put the delivery beside the others that an operator may want."""
        await self._table.put(self._item("kept", event, delivery=_packed(received.to_json())))

    async def kept(self, event: EventId) -> ReceivedEvent | None:
        """Return a delivery that was kept, or None."""
        item = await self._table.get(key_of("kept", event))
        return ReceivedEvent.from_json(_unpacked(item["delivery"])) if item else None

    async def all_kept(self) -> Mapping[EventId, ReceivedEvent]:
        """Return every delivery that was kept."""
        items = await self._table.items("kept")
        return {
            EventId(item["sk"]["S"]): ReceivedEvent.from_json(_unpacked(item["delivery"])) for item in items
        }

    async def forget_payload(self, event: EventId) -> None:
        """Delete a delivery that was kept; what became of its effects stays known."""
        await self._table.delete(key_of("kept", event))

    async def unresolved(self) -> Sequence[tuple[EventId, Effect]]:
        """Return the effects of kept deliveries that are REJECTED, ATTEMPTED or CLAIMED."""
        events = [EventId(item["sk"]["S"]) for item in await self._table.items("kept", "sk")]
        found: list[tuple[EventId, Effect]] = []
        for event in events:
            items = await self._table.items(_event_pk(event))
            found += [(event, effect) for effect in _effects_among(items) if effect.state not in _QUIET]
        return found

    async def history(self) -> Sequence[EventHistory]:
        """Return every event that is remembered, latest change first; this reads the whole table."""
        rows: dict[EventId, list[Item]] = {}
        for item in await self._table.scan(_event_pk(EventId(""))):
            rows.setdefault(_event_of(item), []).append(item)
        histories = [_history(event, items) for event, items in rows.items()]
        return sorted(histories, key=lambda each: each.changed_at, reverse=True)

    async def history_of(self, event: EventId) -> EventHistory | None:
        """Return what is remembered of one event, or None."""
        items = await self._table.items(_event_pk(event))
        return _history(event, items) if items else None

    async def refreeze(self, event: EventId, route: str, effects: Sequence[Effect]) -> None:
        """Put the receipt, then take the event's REJECTED effects out of other receipts and away."""
        await self._table.put(self._receipt(event, route, effects))
        for item in await self._table.items(_event_pk(event)):
            kind, _, name = item["sk"]["S"].partition("#")
            if kind == "receipt" and name != route:
                await self._table.put(self._receipt(event, name, _not_rejected(item)))
            elif item.get("state", {}).get("S") == EffectState.REJECTED.value:
                await self._table.delete({"pk": item["pk"], "sk": item["sk"]})

    def _receipt(self, event: EventId, route: str, effects: Sequence[Effect]) -> Item:
        frozen = _packed([effect.to_json() for effect in effects])
        return self._item(_event_pk(event), f"receipt#{route}", effects=frozen)

    def _claimed_row(self, event: EventId, effect: Effect, *, now: datetime, lease_until: float) -> Item:
        attributes: dict[str, Any] = {
            "state": {"S": EffectState.CLAIMED.value},
            "lease_until": {"N": repr(lease_until)},
            "effect": {"S": json.dumps(effect.to_json())},
        }
        if effect.engine_drops_repeats:
            attributes["attempted_at"] = {"S": now.isoformat()}
        return self._item(_event_pk(event), f"effect#{effect.key}", **attributes)

    def _item(self, pk: str, sk: str, **attributes: Any) -> dict[str, Any]:
        return {**key_of(pk, sk), **attributes, "expires_at": {"N": self._expires_at()}}

    def _expires_at(self) -> str:
        return str(int((self._clock.now() + _KEEP_FOR).timestamp()))


_QUIET = (EffectState.OPEN, EffectState.DONE)


def _packed(value: Any) -> dict[str, bytes]:
    """Return JSON as a small binary: many listeners' effects, or a long delivery, fit into one item."""
    return {"B": zlib.compress(json.dumps(value).encode())}


def _unpacked(attribute: Any) -> Any:
    return json.loads(zlib.decompress(attribute["B"]))


def _event_pk(event: EventId) -> str:
    return f"event#{event}"


def _effect_key(event: EventId, effect: EffectKey) -> Item:
    return key_of(_event_pk(event), f"effect#{effect}")


def _event_of(item: Item) -> EventId:
    return EventId(item["pk"]["S"].partition("#")[2])


def _history(event: EventId, items: Sequence[Item]) -> EventHistory:
    routes = (item["sk"]["S"].partition("#") for item in items)
    changed_at = max(float(item["expires_at"]["N"]) for item in items)
    return EventHistory(
        event=event,
        routes=tuple(sorted(name for kind, _, name in routes if kind == "receipt")),
        effects=tuple(_effects_among(items)),
        changed_at=datetime.fromtimestamp(changed_at, UTC) - _KEEP_FOR,
    )


def _frozen(receipt: Item) -> tuple[Effect, ...]:
    return tuple(Effect.model_validate(effect) for effect in _unpacked(receipt["effects"]))


def _not_rejected(receipt: Item) -> list[Effect]:
    return [effect for effect in _frozen(receipt) if effect.state is not EffectState.REJECTED]


def _effect_in(item: Item) -> Effect:
    """Return the effect of an item: what it is from its JSON, how it stands from the attributes."""
    stands = {
        "state": EffectState(item["state"]["S"]),
        "attempted_at": item.get("attempted_at", {}).get("S"),
        "reason": item.get("reason", {}).get("S"),
        "reference": int(item["engine_reference"]["N"]) if "N" in item.get("engine_reference", {}) else None,
    }
    return Effect.model_validate(json.loads(item["effect"]["S"])).model_copy(update=stands)


def _effect_before(effect: Effect, before: Item) -> Effect:
    """Return a claimed effect; its `attempted_at` tells of tries before this claim."""
    known = _effect_in(before) if "effect" in before else effect
    earlier = before.get("attempted_at", {}).get("S")
    return known.model_copy(update={"state": EffectState.CLAIMED, "attempted_at": earlier})


def _brought_up(effect: Effect, item: Item | None) -> Effect:
    return _effect_in(item) if item is not None else effect


def _effects_among(items: Sequence[Item]) -> list[Effect]:
    """Return the effects of one event: those with rows, and those that were rejected from the start."""
    rows = {item["sk"]["S"]: item for item in items}
    effects = {sk: _effect_in(item) for sk, item in rows.items() if sk.startswith("effect#")}
    for sk, item in rows.items():
        if sk.startswith("receipt#"):
            for effect in _frozen(item):
                effects.setdefault(f"effect#{effect.key}", effect)
    return list(effects.values())
