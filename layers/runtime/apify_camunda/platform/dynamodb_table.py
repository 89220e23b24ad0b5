"""Reads and writes items of one of our DynamoDB tables; the stores share it and nothing else.

Every failure but that of a condition is StoreUnavailable, or StoreRejected where this one item is at fault.
Items that have expired do not exist, neither to be read nor to be changed, and a new one takes their place:
DynamoDB itself deletes them days later.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from botocore.exceptions import BotoCoreError, ClientError

from apify_camunda.errors import StoreRejected, StoreUnavailable
from apify_camunda.platform.ports import Clock

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Item: TypeAlias = Mapping[str, Any]
"""An item or a key in DynamoDB's own notation, for example `{"pk": {"S": "..."}}`."""


@dataclass(frozen=True, slots=True)
class Changed:
    """The item was changed; `before` is what it was, {} where there was none."""

    before: Item


@dataclass(frozen=True, slots=True)
class Refused:
    """The condition failed; `standing` is the item as it is, None where it has expired."""

    standing: Item | None


_CONDITION_FAILED = "ConditionalCheckFailedException"
_REFUSED_ITEM = "ValidationException"
"""More than 400 KB, or a key that is too long."""
_HAS_NOT_EXPIRED = "(attribute_not_exists(expires_at) OR expires_at > :present)"
_IS_GONE = "attribute_not_exists(pk) OR expires_at <= :present"


def key_of(pk: str, sk: str) -> Item:
    """Return the key of an item."""
    return {"pk": {"S": pk}, "sk": {"S": sk}}


class DynamoDBTable:
    """A table with the string keys `pk` and `sk`, and `expires_at` in seconds where an item expires."""

    def __init__(self, *, client: DynamoDBClient, name: str, clock: Clock) -> None:
        self._client = client
        self._name = name
        self._clock = clock

    async def items(self, pk: str, projection: str | None = None, *, prefix: str = "") -> list[Item]:
        """Return all items of a partition, read consistently, all pages.

        Args:
            pk: The partition.
            projection: Names of the attributes to return, or None for all.
            prefix: Only items whose sort key begins with it.
        """
        return await asyncio.to_thread(self._items, pk, projection, prefix)

    async def scan(self, prefix: str) -> list[Item]:
        """Return all items whose partition key begins with `prefix`; this reads the whole table."""
        return await asyncio.to_thread(self._scan, prefix)

    async def get(self, key: Item) -> Item | None:
        """Return an item, read consistently, or None."""
        return await asyncio.to_thread(self._get, key)

    async def put(self, item: Item) -> None:
        """Write an item over whatever stands there."""
        await asyncio.to_thread(self._put, item, {})

    async def put_new(self, item: Item) -> bool:
        """Write an item unless there is one; False where there is."""
        condition = {"ConditionExpression": _IS_GONE, "ExpressionAttributeValues": {":present": self._now()}}
        return await asyncio.to_thread(self._put, item, condition)

    async def put_if(self, item: Item, condition: str, values: Item) -> bool:
        """Write an item over the one that is there; False where it has expired or the condition fails."""
        options = {
            "ConditionExpression": f"attribute_exists(pk) AND ({condition}) AND {_HAS_NOT_EXPIRED}",
            "ExpressionAttributeValues": {**values, ":present": self._now()},
        }
        return await asyncio.to_thread(self._put, item, options)

    async def put_unless_later(self, item: Item) -> bool:
        """Write an item, unless a later one of this method is there; False where one is.

        A write that was cut off and arrives late changes nothing. When an item was written stands in its
        attribute `written_at`, in microseconds.
        """
        written_at = {"N": str(int(self._clock.now().timestamp() * 1_000_000))}
        options = {
            "ConditionExpression": "attribute_not_exists(written_at) OR written_at <= :written_at",
            "ExpressionAttributeValues": {":written_at": written_at},
        }
        return await asyncio.to_thread(self._put, {**item, "written_at": written_at}, options)

    async def update(self, key: Item, change: str, condition: str, values: Item) -> Item | None:
        """Change an item; in both expressions `#state` stands for the attribute `state`.

        Returns:
            The item as it was before ({}: there was none); None where it has expired or the condition fails.
        """
        return await asyncio.to_thread(self._update, key, change, condition, values)

    async def change(self, key: Item, change: str, condition: str, values: Item) -> Changed | Refused:
        """Change an item, and return what it was, or what it is where the condition fails.

        In both expressions `#state` stands for the attribute `state`. A blank condition holds always. An item
        that has expired is refused, whatever the condition.
        """
        return await asyncio.to_thread(self._change, key, change, condition, values)

    async def delete(self, key: Item) -> None:
        """Delete an item; one that is gone is deleted."""
        await asyncio.to_thread(self._delete, key)

    def _items(self, pk: str, projection: str | None, prefix: str) -> list[Item]:
        request: dict[str, Any] = {
            "TableName": self._name,
            "KeyConditionExpression": "pk = :pk",
            "ExpressionAttributeValues": {":pk": {"S": pk}},
            "ConsistentRead": True,
        }
        if prefix:
            request["KeyConditionExpression"] += " AND begins_with(sk, :prefix)"
            request["ExpressionAttributeValues"][":prefix"] = {"S": prefix}
        if projection is not None:
            request["ProjectionExpression"] = f"{projection}, expires_at"
        return self._all_pages(self._client.query, request)

    def _scan(self, prefix: str) -> list[Item]:
        request: dict[str, Any] = {
            "TableName": self._name,
            "FilterExpression": "begins_with(pk, :prefix)",
            "ExpressionAttributeValues": {":prefix": {"S": prefix}},
            "ConsistentRead": True,
        }
        return self._all_pages(self._client.scan, request)

    def _all_pages(self, read: Callable[..., Any], request: dict[str, Any]) -> list[Item]:
        items: list[Item] = []
        with _failures_translated():
            while True:
                page = read(**request)
                items += [item for item in page["Items"] if self._is_alive(item)]
                if not page.get("LastEvaluatedKey"):
                    return items
                request["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    def _get(self, key: Item) -> Item | None:
        with _failures_translated():
            answer = self._client.get_item(TableName=self._name, Key=dict(key), ConsistentRead=True)
        item = answer.get("Item")
        return item if item and self._is_alive(item) else None

    def _put(self, item: Item, options: Mapping[str, Any]) -> bool:
        with _failures_translated(), _condition() as held:
            self._client.put_item(TableName=self._name, Item=dict(item), **options)
            held.append(True)
        return bool(held)

    def _update(self, key: Item, change: str, condition: str, values: Item) -> Item | None:
        answer = self._change(key, change, condition, values)
        return answer.before if isinstance(answer, Changed) else None

    def _change(self, key: Item, change: str, condition: str, values: Item) -> Changed | Refused:
        names = {"#state": "state"} if "#state" in change + condition else {}
        options: Any = {"ExpressionAttributeNames": names} if names else {}
        with _failures_translated():
            try:
                answer = self._client.update_item(
                    TableName=self._name,
                    Key=dict(key),
                    UpdateExpression=change,
                    ConditionExpression=f"({condition}) AND {_HAS_NOT_EXPIRED}"
                    if condition
                    else _HAS_NOT_EXPIRED,
                    ExpressionAttributeValues={**values, ":present": self._now()},
                    ReturnValues="ALL_OLD",
                    ReturnValuesOnConditionCheckFailure="ALL_OLD",
                    **options,
                )
            except ClientError as error:
                if error.response["Error"]["Code"] != _CONDITION_FAILED:
                    raise
                standing = cast("Mapping[str, Any]", error.response).get("Item")
                return Refused(standing if standing and self._is_alive(standing) else None)
        return Changed(answer.get("Attributes", {}))

    def _delete(self, key: Item) -> None:
        with _failures_translated():
            self._client.delete_item(TableName=self._name, Key=dict(key))

    def _now(self) -> dict[str, str]:
        return {"N": repr(self._clock.now().timestamp())}

    def _is_alive(self, item: Item) -> bool:
        expires_at = item.get("expires_at")
        return expires_at is None or float(expires_at["N"]) > self._clock.now().timestamp()


@contextmanager
def _failures_translated() -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        if error.response["Error"]["Code"] == _REFUSED_ITEM:
            raise StoreRejected(f"DynamoDB refused an item: {error}") from error
        raise StoreUnavailable(f"DynamoDB did not do what was asked: {error}") from error
    except UnicodeEncodeError as error:
        raise StoreRejected("DynamoDB stores no text with half a surrogate pair.") from error
    except BotoCoreError as error:
        raise StoreUnavailable(f"DynamoDB did not do what was asked: {error}") from error


@contextmanager
def _condition() -> Iterator[list[bool]]:
    """Swallow a failed condition; the list says whether the body came to its end."""
    held: list[bool] = []
    try:
        yield held
    except ClientError as error:
        if error.response["Error"]["Code"] != _CONDITION_FAILED:
            raise
