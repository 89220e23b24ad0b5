"""Keeps the places of pollers in the ledger table: `pollers` / `{number}`, each taken until it expires."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from apify_camunda.adapters.dynamodb_table import DynamoDBTable, Item, key_of
from apify_camunda.ports import Clock

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class DynamoDBPlaces:
    """So many places for pollers as it is made with."""

    def __init__(self, *, client: DynamoDBClient, table: str, clock: Clock, places: int) -> None:
        self._table = DynamoDBTable(client=client, name=table, clock=clock)
        self._clock = clock
        self._places = places

    async def take(self, *, until: datetime) -> int | None:
        """Put the row of the first place that nobody has."""
        for place in range(1, self._places + 1):
            if await self._table.put_new({**_key(place), "expires_at": _moment(until)}):
                return place
        return None

    async def leave(self, place: int, *, until: datetime) -> None:
        """Let the row expire now, unless another poller has written it since."""
        await self._table.update(
            _key(place),
            "SET expires_at = :now",
            "expires_at = :until",
            {":until": _moment(until), ":now": _moment(self._clock.now())},
        )


def _key(place: int) -> Item:
    return key_of("pollers", str(place))


def _moment(moment: datetime) -> dict[str, str]:
    return {"N": repr(moment.timestamp())}
