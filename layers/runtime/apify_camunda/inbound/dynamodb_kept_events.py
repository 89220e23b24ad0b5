"""Keeps deliveries in DynamoDB for an operator, and reads what is remembered of events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from apify_camunda.identifiers import EventId
from apify_camunda.inbound import event_rows as rows
from apify_camunda.inbound.domain.effect import Effect, EffectState
from apify_camunda.inbound.ports import EventHistory, SetAsideEvent, UnresolvedEffect
from apify_camunda.platform.aws_api import AnyDynamoDB
from apify_camunda.platform.dynamodb_table import DynamoDBTable, Item, Refused, key_of
from apify_camunda.platform.ports import Clock
from apify_camunda.webhooks.events import ReceivedEvent

_QUIET = (EffectState.OPEN, EffectState.DONE)


class DynamoDBKeptEvents:
    """The part of the event ledger that operators read and change."""

    def __init__(self, *, client: AnyDynamoDB, table: str, clock: Clock) -> None:
        self._table = DynamoDBTable(client=client, name=table, clock=clock)
        self._clock = clock

    async def keep(self, event: EventId, received: ReceivedEvent, *, in_doubt: bool = False) -> None:
        """Write the delivery beside the others that an operator may want; notes on it stay."""
        row = self._kept_row(event, received)
        values = {":delivery": row["delivery"], ":expires": row["expires_at"]}
        change = "SET delivery = :delivery, expires_at = :expires"
        if in_doubt:
            change += ", in_doubt = :in_doubt"
            values[":in_doubt"] = {"BOOL": True}
        key = rows.kept_key(event, received.route)
        if isinstance(await self._table.change(key, change, "", values), Refused):
            await self._table.put({**row, **({"in_doubt": {"BOOL": True}} if in_doubt else {})})

    async def doubts(self) -> int:
        """Return how many effects of the noted deliveries are ATTEMPTED, each counted once."""
        noted: dict[EventId, list[Item]] = {}
        for row in await self._table.items(rows.KEPT, "sk, in_doubt"):
            if "in_doubt" in row:
                noted.setdefault(rows.kept_event(row), []).append(row)
        found = 0
        for event, kept in noted.items():
            states = [effect.state for effect in await self.effects_of(event)]
            found += states.count(EffectState.ATTEMPTED)
            for row in kept if EffectState.ATTEMPTED not in states else ():
                key = key_of(rows.KEPT, row["sk"]["S"])
                await self._table.change(key, "REMOVE in_doubt", "attribute_exists(pk)", {})
        return found

    async def kept(self, event: EventId) -> tuple[ReceivedEvent, ...]:
        """Return the deliveries that were kept, by their routes."""
        found = {row.route: row for row in map(rows.delivery_in, await self._kept_rows(event))}
        return tuple(found[route] for route in sorted(found))

    async def all_kept(self) -> Mapping[EventId, Sequence[ReceivedEvent]]:
        """Return every delivery that was kept, by their events."""
        found: dict[EventId, list[ReceivedEvent]] = {}
        for row in await self._table.items(rows.KEPT):
            found.setdefault(rows.kept_event(row), []).append(rows.delivery_in(row))
        return found

    async def forget_payload(self, event: EventId) -> None:
        """Delete the deliveries of an event that were kept; what became of its effects stays known."""
        for row in await self._kept_rows(event):
            await self._table.delete(key_of(rows.KEPT, row["sk"]["S"]))

    async def unresolved(self) -> Sequence[UnresolvedEffect]:
        """Return the effects of kept deliveries that are REJECTED, ATTEMPTED or CLAIMED."""
        events = {rows.kept_event(row): None for row in await self._table.items(rows.KEPT, "sk")}
        found: list[UnresolvedEffect] = []
        for event in events:
            present = rows.all_effects(await self._table.items(rows.event_pk(event))).values()
            found += [
                UnresolvedEffect(event, effect, routes)
                for effect, routes in present
                if effect.state not in _QUIET
            ]
        return found

    async def history(self) -> Sequence[EventHistory]:
        """Return every event that is remembered, latest change first; this reads the whole table."""
        found: dict[EventId, list[Item]] = {}
        for item in await self._table.scan(rows.event_pk(EventId(""))):
            found.setdefault(rows.event_of(item), []).append(item)
        histories = [rows.history_in(event, items) for event, items in found.items()]
        return sorted(histories, key=lambda each: each.changed_at, reverse=True)

    async def history_of(self, event: EventId) -> EventHistory | None:
        """Return what is remembered of one event, or None."""
        items = await self._table.items(rows.event_pk(event))
        return rows.history_in(event, items) if items else None

    async def effects_of(self, event: EventId) -> Sequence[Effect]:
        """Return all effects of an event, of all routes."""
        present = rows.all_effects(await self._table.items(rows.event_pk(event)))
        return [effect for effect, _ in present.values()]

    async def set_aside(self, event: EventId, received: ReceivedEvent, *, reason: str, at: datetime) -> None:
        """Put the delivery with the reason."""
        aside = {"set_aside": {"S": reason}, "set_aside_at": {"S": at.isoformat()}}
        await self._table.put({**self._kept_row(event, received), **aside})

    async def aside(self) -> Sequence[SetAsideEvent]:
        """Return the deliveries that have such a reason."""
        items = await self._table.items(rows.KEPT, "sk, set_aside, set_aside_at")
        return [rows.set_aside_in(row) for row in items if "set_aside" in row]

    async def take_up(self, event: EventId) -> None:
        """Take the notes of begun work and the reason away."""
        for receipt in rows.receipts_in(await self._table.items(rows.event_pk(event))):
            begun = rows.receipt_key(event, rows.route_of(receipt))
            await self._table.change(begun, "REMOVE begun", "attribute_exists(pk)", {})
        for row in await self._kept_rows(event):
            key = key_of(rows.KEPT, row["sk"]["S"])
            await self._table.change(key, "REMOVE set_aside, set_aside_at", "attribute_exists(pk)", {})

    async def _kept_rows(self, event: EventId) -> list[Item]:
        found = await self._table.items(rows.KEPT, prefix=event)
        return [row for row in found if rows.kept_event(row) == event]

    def _kept_row(self, event: EventId, received: ReceivedEvent) -> Item:
        delivery = rows.packed(received.to_json())
        return {
            **rows.kept_key(event, received.route),
            "delivery": delivery,
            "expires_at": self._expires_at(),
        }

    def _expires_at(self) -> dict[str, str]:
        return {"N": str(int((self._clock.now() + rows.KEEP_FOR).timestamp()))}
