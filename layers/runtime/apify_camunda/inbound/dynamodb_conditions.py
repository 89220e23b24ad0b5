"""Keeps troubles of elements in the ledger table: `pk=conditions`, `sk={tenant}/{element's ref}`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from apify_camunda.camunda.elements import InboundElement
from apify_camunda.identifiers import TenantId
from apify_camunda.inbound.ports import ConditionTrouble
from apify_camunda.platform.aws_api import AnyDynamoDB
from apify_camunda.platform.dynamodb_table import DynamoDBTable, Item, Refused, key_of
from apify_camunda.platform.ports import Clock

_PK: Final = "conditions"
_KEEP_FOR: Final = timedelta(days=14)
_LONGEST_REASON: Final = 1_000


class DynamoDBConditionTroubles:
    """The troubles in the ledger table."""

    def __init__(self, *, client: AnyDynamoDB, table: str, clock: Clock) -> None:
        self._table = DynamoDBTable(client=client, name=table, clock=clock)
        self._clock = clock

    async def note(self, element: InboundElement, *, reason: str, times: int, at: datetime) -> None:
        """Update the element's row."""
        key = key_of(_PK, f"{element.tenant_id}/{element.ref}")
        values = {
            ":reason": {"S": reason[:_LONGEST_REASON]},
            ":at": {"S": at.isoformat()},
            ":times": {"N": str(times)},
            ":expires": {"N": str(int((self._clock.now() + _KEEP_FOR).timestamp()))},
        }
        change = "SET reason = :reason, last_at = :at, expires_at = :expires ADD times :times"
        if isinstance(await self._table.change(key, change, "", values), Refused):
            row = {"reason": values[":reason"], "last_at": values[":at"], "times": values[":times"]}
            await self._table.put({**key, **row, "expires_at": values[":expires"]})

    async def troubles(self) -> Sequence[ConditionTrouble]:
        """Return all rows."""
        return [_trouble(item) for item in await self._table.items(_PK)]


def _trouble(item: Item) -> ConditionTrouble:
    tenant, _, element = item["sk"]["S"].partition("/")
    return ConditionTrouble(
        tenant_id=TenantId(tenant),
        element=element,
        reason=item["reason"]["S"],
        at=datetime.fromisoformat(item["last_at"]["S"]),
        times=int(item["times"]["N"]),
    )
