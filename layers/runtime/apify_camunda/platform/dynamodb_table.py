"""Reads and writes items of one of our DynamoDB tables; the stores share it and nothing else.

Every failure but that of a condition is StoreUnavailable, or StoreRejected where this one item is at fault.
Items that have expired do not exist, neither to be read nor to be changed, and a new one takes their place:
DynamoDB itself deletes them days later.

A release that gives rows another form writes its number into their attribute `version`; without it the form
is 1, that of release 0.1.0. A row of a newer form is neither read nor changed here: that is StoreUnavailable.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from apify_camunda.errors import StoreRejected, StoreUnavailable
from apify_camunda.platform.aws_api import (
    AnyDynamoDB,
    AwsAnswer,
    AwsRefused,
    AwsUnreachable,
    aws_api,
)
from apify_camunda.platform.ports import Clock

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


_CONDITIONS = ("ConditionalCheckFailedException", "TransactionCanceledException")
"""What says that a condition failed, of one item and of a transaction."""
_REFUSED_ITEM = "ValidationException"
"""More than 400 KB, or a key that is too long."""
ROW_VERSION: Final = 1
"""The newest form of rows that this release reads."""
_READABLE: Final = {"N": str(ROW_VERSION)}
_IS_READABLE = "(attribute_not_exists(version) OR version <= :readable)"
_HAS_NOT_EXPIRED = f"(attribute_not_exists(expires_at) OR expires_at > :present) AND {_IS_READABLE}"
_IS_GONE = "attribute_not_exists(pk) OR expires_at <= :present"


def key_of(pk: str, sk: str) -> Item:
    """Return the key of an item."""
    return {"pk": {"S": pk}, "sk": {"S": sk}}


class DynamoDBTable:
    """A table with the string keys `pk` and `sk`, and `expires_at` in seconds where an item expires."""

    def __init__(self, *, client: AnyDynamoDB, name: str, clock: Clock) -> None:
        self._api = aws_api(client)
        self._name = name
        self._clock = clock

    async def items(self, pk: str, projection: str | None = None, *, prefix: str = "") -> list[Item]:
        """Return all items of a partition, read consistently, all pages.

        Args:
            pk: The partition.
            projection: Names of the attributes to return, or None for all.
            prefix: Only items whose sort key begins with it.
        """
        request: dict[str, Any] = {
            "KeyConditionExpression": "pk = :pk",
            "ExpressionAttributeValues": {":pk": {"S": pk}},
        }
        if prefix:
            request["KeyConditionExpression"] += " AND begins_with(sk, :prefix)"
            request["ExpressionAttributeValues"][":prefix"] = {"S": prefix}
        if projection is not None:
            request["ProjectionExpression"] = f"{projection}, expires_at, version"
        return await self._all_pages("Query", request)

    async def scan(self, prefix: str) -> list[Item]:
        """Return all items whose partition key begins with `prefix`; this reads the whole table."""
        request = {
            "FilterExpression": "begins_with(pk, :prefix)",
            "ExpressionAttributeValues": {":prefix": {"S": prefix}},
        }
        return await self._all_pages("Scan", request)

    async def get(self, key: Item) -> Item | None:
        """Return an item, read consistently, or None."""
        request = {"TableName": self._name, "Key": key, "ConsistentRead": True}
        answer = await self._call("GetItem", request)
        item: Item | None = answer.get("Item")
        return item if item and self._is_alive(item) else None

    async def put(self, item: Item) -> None:
        """Write an item over the one that is there, if any."""
        if not await self._put(item, _IS_READABLE, {":readable": _READABLE}):
            raise _is_newer(item)

    async def put_new(self, item: Item) -> bool:
        """Write an item unless there is one; False where there is."""
        return await self._put(item, _IS_GONE, {":present": self._now()})

    async def put_if(self, item: Item, condition: str, values: Item) -> bool:
        """Write an item over the one that is there; False where it has expired or the condition fails."""
        condition = f"attribute_exists(pk) AND ({condition}) AND {_HAS_NOT_EXPIRED}"
        return await self._put(item, condition, {**values, **self._present()})

    async def put_unless_later(self, item: Item) -> bool:
        """Write an item, unless a later one of this method is there; False where one is.

        A write that was cut off and arrives late changes nothing. When an item was written is in its
        attribute `written_at`, in microseconds.
        """
        written_at = {"N": str(int(self._clock.now().timestamp() * 1_000_000))}
        condition = f"(attribute_not_exists(written_at) OR written_at <= :written_at) AND {_IS_READABLE}"
        values = {":written_at": written_at, ":readable": _READABLE}
        return await self._put({**item, "written_at": written_at}, condition, values)

    async def update(self, key: Item, change: str, condition: str, values: Item) -> Item | None:
        """Change an item; in both expressions `#state` means the attribute `state`.

        Returns:
            The item as it was before ({}: there was none); None where it has expired or the condition fails.
        """
        answer = await self.change(key, change, condition, values)
        return answer.before if isinstance(answer, Changed) else None

    async def change(self, key: Item, change: str, condition: str, values: Item) -> Changed | Refused:
        """Change an item, and return what it was, or what it is where the condition fails.

        In both expressions `#state` means the attribute `state`. A blank condition is always true. An item
        that has expired is refused with any condition.
        """
        request = {**self._change(key, change, condition, values), "ReturnValues": "ALL_OLD"}
        answer = await self._call_if("UpdateItem", request)
        return answer if isinstance(answer, Refused) else Changed(answer.get("Attributes", {}))

    async def change_beside_new(
        self, key: Item, change: str, condition: str, values: Item, *, new: Item
    ) -> Refused | None:
        """Change an item and write a new one, both or neither.

        The item to change is given as to `change`. Returns None where both were written; else nothing was,
        for a condition or because another writes one of the two at this moment, and the refusal tells what
        is in the place of `new`.
        """
        update = {**self._change(key, change, condition, values), "TableName": self._name}
        put = {
            "TableName": self._name,
            "Item": new,
            "ConditionExpression": _IS_GONE,
            "ExpressionAttributeValues": {":present": self._now()},
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }
        try:
            await self._call("TransactWriteItems", {"TransactItems": [{"Update": update}, {"Put": put}]})
        except AwsRefused as error:
            _, reason = error.answer["CancellationReasons"]
            return self._refused(reason)
        return None

    async def delete(self, key: Item) -> None:
        """Delete an item; one that is gone is deleted."""
        values = {":readable": _READABLE}
        request = {"Key": key, "ConditionExpression": _IS_READABLE, "ExpressionAttributeValues": values}
        if isinstance(await self._call_if("DeleteItem", request), Refused):
            raise _is_newer(key)

    def _change(self, key: Item, change: str, condition: str, values: Item) -> dict[str, Any]:
        """Return an update, as DynamoDB takes it alone or in a transaction."""
        request: dict[str, Any] = {
            "Key": key,
            "UpdateExpression": change,
            "ConditionExpression": f"({condition}) AND {_HAS_NOT_EXPIRED}" if condition else _HAS_NOT_EXPIRED,
            "ExpressionAttributeValues": {**values, **self._present()},
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }
        if "#state" in change + condition:
            request["ExpressionAttributeNames"] = {"#state": "state"}
        return request

    async def _all_pages(self, operation: str, request: dict[str, Any]) -> list[Item]:
        items: list[Item] = []
        while True:
            page = await self._call(operation, {"TableName": self._name, **request, "ConsistentRead": True})
            items += [item for item in page["Items"] if self._is_alive(item)]
            if not page.get("LastEvaluatedKey"):
                return items
            request["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    async def _put(self, item: Item, condition: str, values: Item) -> bool:
        request = {"Item": item, "ConditionExpression": condition, "ExpressionAttributeValues": values}
        return not isinstance(await self._call_if("PutItem", request), Refused)

    async def _call_if(self, operation: str, request: Mapping[str, Any]) -> AwsAnswer | Refused:
        """Make a call with a condition."""
        try:
            return await self._call(operation, {"TableName": self._name, **request})
        except AwsRefused as error:
            return self._refused(error.answer)

    async def _call(self, operation: str, request: Mapping[str, Any]) -> AwsAnswer:
        """Make a call, and turn its failures into ours.

        Raises:
            AwsRefused: Only for a condition.
        """
        try:
            return await self._api.call(operation, request)
        except UnicodeEncodeError as error:
            raise StoreRejected("DynamoDB stores no text with half a surrogate pair.") from error
        except (AwsRefused, AwsUnreachable) as error:
            cause = error.__cause__ or error  # what the client itself raised, if it is boto3's
            code = error.code if isinstance(error, AwsRefused) else None
            if code in _CONDITIONS:
                raise
            if code == _REFUSED_ITEM:
                raise StoreRejected(f"DynamoDB refused an item: {error}") from cause
            raise StoreUnavailable(f"DynamoDB did not do what was asked: {error}") from cause

    def _refused(self, answer: AwsAnswer) -> Refused:
        """Return a refusal with the item that it tells, unless that has expired."""
        standing = answer.get("Item")
        return Refused(standing if standing and self._is_alive(standing) else None)

    def _present(self) -> Item:
        """Return the values of `_HAS_NOT_EXPIRED`."""
        return {":present": self._now(), ":readable": _READABLE}

    def _now(self) -> dict[str, str]:
        return {"N": repr(self._clock.now().timestamp())}

    def _is_alive(self, item: Item) -> bool:
        """Return whether an item has not expired.

        Raises:
            StoreUnavailable: It has not, and a newer release wrote it.
        """
        expires_at = item.get("expires_at")
        is_alive = expires_at is None or float(expires_at["N"]) > self._clock.now().timestamp()
        if is_alive and int(item.get("version", _READABLE)["N"]) > ROW_VERSION:
            raise _is_newer(item)
        return is_alive


def _is_newer(item: Item) -> StoreUnavailable:
    """Return the error of a row that is left alone; the item may lack what was not asked for."""
    key = "/".join(item[name]["S"] for name in ("pk", "sk") if name in item)
    return StoreUnavailable(
        f"The row {key!r} was written by a newer release, in a form that this one does not read (it reads up "
        f"to {ROW_VERSION}). It is left as it is. Deploy the newer release again; docs/operations.md says "
        "which way back is safe."
    )
