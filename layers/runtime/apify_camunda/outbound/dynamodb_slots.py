"""Keeps the slots of pollers in the ledger table: `pollers` / `{number}`, each taken until it expires."""

from __future__ import annotations

from datetime import datetime

from apify_camunda.platform.aws_api import AnyDynamoDB
from apify_camunda.platform.dynamodb_table import DynamoDBTable, Item, key_of
from apify_camunda.platform.ports import Clock


class DynamoDBSlots:
    """So many slots for pollers as it is made with."""

    def __init__(self, *, client: AnyDynamoDB, table: str, clock: Clock, slots: int) -> None:
        self._table = DynamoDBTable(client=client, name=table, clock=clock)
        self._clock = clock
        self._places = slots

    async def take(self, *, until: datetime) -> int | None:
        """Put the row of the first free slot."""
        for slot in range(1, self._places + 1):
            if await self._table.put_new({**_key(slot), "expires_at": _moment(until)}):
                return slot
        return None

    async def leave(self, slot: int, *, until: datetime) -> None:
        """Let the row expire now, unless another poller has written it since."""
        await self._table.update(
            _key(slot),
            "SET expires_at = :now",
            "expires_at = :until",
            {":until": _moment(until), ":now": _moment(self._clock.now())},
        )


def _key(slot: int) -> Item:
    return key_of("pollers", str(slot))


def _moment(moment: datetime) -> dict[str, str]:
    return {"N": repr(moment.timestamp())}
