"""The rows of events in the ledger table: keys, attributes, and how effects are written in them.

`pk=event#{event}`: `sk=receipt#{route}` holds the effects as they were frozen and the notes of begun work,
`sk=effect#{key}` the state of one effect. `pk=kept`: `sk={event}#{route}` holds a delivery for an operator
(`sk={event}` in release 0.1.0).
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, Final

from apify_camunda.identifiers import EffectKey, EventId
from apify_camunda.inbound.domain.effect import Condition as Must
from apify_camunda.inbound.domain.effect import (
    Effect,
    EffectState,
    FaultyEffect,
    MessageEffect,
    StartEffect,
    Transition,
    rules_of,
)
from apify_camunda.inbound.domain.stored_effect import effect_from_json, effect_to_json, moment
from apify_camunda.inbound.ports import EventHistory, SetAsideEvent
from apify_camunda.platform.dynamodb_table import Item, key_of
from apify_camunda.webhooks.events import ReceivedEvent

KEPT: Final = "kept"
KEEP_FOR: Final = timedelta(days=14)
"""Longer than Apify repeats (34 hours), than SQS holds an event, and than an operator's holiday weekend."""
LONGEST_WORK: Final = timedelta(minutes=2)
"""No invocation works on an event for longer; what began earlier and has not ended has died."""
_CONDITIONS: Final = {
    Must.ALWAYS: "",
    Must.LEASE_ENDED: " AND lease_until < :now",
    Must.OWN_CLAIM: " AND claim = :claim",
    Must.SEEN_ATTEMPT: " AND attempted_at = :seen_at",
}
_RECEIPT, _EFFECT = "receipt#", "effect#"
_SMALL: Final = 10_000
"""Bytes of JSON up to which zlib works fast and with 40 KB: a fifth of the time, and hardly more bytes."""


def event_pk(event: EventId) -> str:
    """Return the partition of an event."""
    return f"event#{event}"


def receipt_key(event: EventId, route: str) -> Item:
    """Return the key of the receipt of an event through a route."""
    return key_of(event_pk(event), f"{_RECEIPT}{route}")


def effect_key(event: EventId, effect: EffectKey) -> Item:
    """Return the key of an effect's row."""
    return key_of(event_pk(event), f"{_EFFECT}{effect}")


def kept_key(event: EventId, route: str) -> Item:
    """Return the key of a delivery that is kept."""
    return key_of(KEPT, f"{event}#{route}")


def condition_for(transition: Transition, *, may_be_new: bool = False) -> tuple[str, dict[str, Any]]:
    """Return the table of transitions as a condition of DynamoDB, with the values of the states in it.

    The values `:now`, `:claim` and `:seen_at` are the caller's.

    Args:
        transition: What is to happen.
        may_be_new: Whether an effect without a row counts as one that is OPEN.
    """
    condition, values = _condition_for(transition, may_be_new=may_be_new)
    return condition, {**values}


@cache
def _condition_for(transition: Transition, *, may_be_new: bool) -> tuple[str, Item]:
    rules = rules_of(transition)
    allowed = [f"#state = :{rule.start.value}{_CONDITIONS[rule.condition]}" for rule in rules]
    if len(allowed) > 1 or may_be_new:
        allowed = [f"({each})" for each in allowed]  # DynamoDB refuses parentheses that change nothing
    if may_be_new:
        allowed.insert(0, "attribute_not_exists(pk)")
    values: dict[str, Any] = {f":{rule.start.value}": {"S": rule.start.value} for rule in rules}
    values[":next"] = {"S": rules[0].end.value}
    return " OR ".join(allowed), values


def packed(value: Any) -> dict[str, bytes]:
    """Return JSON as a small binary: many listeners' effects, or a long delivery, fit into one item."""
    text = json.dumps(value).encode()
    if len(text) >= _SMALL:
        return {"B": zlib.compress(text)}
    small = zlib.compressobj(level=1, wbits=12, memLevel=4)
    return {"B": small.compress(text) + small.flush()}


def unpacked(attribute: Any) -> Any:
    """Return the JSON of an attribute that `packed` has written, or of a text (release 0.1.0)."""
    return json.loads(attribute["S"] if "S" in attribute else zlib.decompress(attribute["B"]))


def packed_effects(effects: Iterable[Effect]) -> dict[str, bytes]:
    """Return effects as an attribute."""
    return packed([effect_to_json(effect) for effect in effects])


def frozen_in(receipt: Item) -> tuple[Effect, ...] | None:
    """Return the effects of a receipt in their first states, or None where none were frozen yet."""
    if "effects" not in receipt:
        return None
    return tuple(effect_from_json(effect) for effect in unpacked(receipt["effects"]))


def mark_of(begun: datetime) -> dict[str, list[str]]:
    """Return the note of work that began, as a set of one number: Unix time in milliseconds."""
    return {"NS": [str(round(begun.timestamp() * 1000))]}


def deaths_in(receipt: Item, now: datetime) -> int:
    """Return how many works on an event did not end and cannot be alive."""
    alive_since = (now - LONGEST_WORK).timestamp() * 1000
    return sum(float(begun) < alive_since for begun in receipt.get("begun", {}).get("NS", ()))


def effect_in(row: Item) -> Effect:
    """Return the effect of a row: what it is from its JSON, its state from the attributes."""
    return replace(
        effect_from_json(unpacked(row["effect"])),
        state=EffectState(row["state"]["S"]),
        attempted_at=moment(row.get("attempted_at", {}).get("S")),
        reason=row.get("reason", {}).get("S"),
        code=row.get("error_code", {}).get("S"),
        reference=int(row["engine_reference"]["N"]) if "N" in row.get("engine_reference", {}) else None,
    )


def command_in(row: Item) -> MessageEffect | StartEffect:
    """Return the effect of a row; one without a command has no row."""
    effect = effect_in(row)
    assert not isinstance(effect, FaultyEffect)
    return effect


def all_effects(items: Sequence[Item]) -> dict[EffectKey, tuple[Effect, tuple[str, ...]]]:
    """Return the effects among an event's rows with their routes: those with rows, and those only frozen."""
    rows = {
        effect.key: effect for item in items if _sk(item).startswith(_EFFECT) for effect in (effect_in(item),)
    }
    frozen = {_sk(item).removeprefix(_RECEIPT): frozen_in(item) or () for item in receipts_in(items)}
    found: dict[EffectKey, Effect] = {
        effect.key: effect for each in frozen.values() for effect in each
    } | rows
    return {
        key: (
            effect,
            tuple(sorted(route for route, each in frozen.items() if any(key == one.key for one in each))),
        )
        for key, effect in found.items()
    }


def receipts_in(items: Iterable[Item]) -> list[Item]:
    """Return the receipts among an event's rows."""
    return [item for item in items if _sk(item).startswith(_RECEIPT)]


def route_of(receipt: Item) -> str:
    """Return the route of a receipt."""
    return _sk(receipt).removeprefix(_RECEIPT)


def event_of(item: Item) -> EventId:
    """Return the event of one of its rows."""
    return EventId(item["pk"]["S"].partition("#")[2])


def history_in(event: EventId, items: Sequence[Item]) -> EventHistory:
    """Return what the rows of an event tell."""
    changed_at = max(float(item["expires_at"]["N"]) for item in items)
    return EventHistory(
        event=event,
        routes=tuple(sorted(map(route_of, receipts_in(items)))),
        effects=tuple(effect for effect, _ in all_effects(items).values()),
        changed_at=datetime.fromtimestamp(changed_at, UTC) - KEEP_FOR,
    )


def delivery_in(row: Item) -> ReceivedEvent:
    """Return the delivery of a kept row."""
    return ReceivedEvent.from_json(unpacked(row["delivery"]))


def kept_event(row: Item) -> EventId:
    """Return the event of a kept row."""
    return EventId(_sk(row).partition("#")[0])


def set_aside_in(row: Item) -> SetAsideEvent:
    """Return the event that a kept row says is set aside."""
    return SetAsideEvent(
        event=kept_event(row),
        route=_sk(row).partition("#")[2],
        reason=row["set_aside"]["S"],
        at=datetime.fromisoformat(row["set_aside_at"]["S"]),
    )


def unix(at: datetime) -> dict[str, str]:
    """Return a time as a number of seconds."""
    return {"N": repr(at.astimezone(UTC).timestamp())}


def text_or_null(text: str | None) -> dict[str, Any]:
    """Return a text as an attribute."""
    return {"S": text} if text else {"NULL": True}


def _sk(item: Item) -> str:
    return str(item["sk"]["S"])
