"""Decides whether a function's role allows a call to AWS, as IAM does for statements like our template's.

It knows single actions, patterns of resources, and DynamoDB's leading keys. Anything else in a statement that
could allow or deny something is refused, so that no test passes because a condition was not understood.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from local_aws.intrinsics import TemplateError

_LEADING_KEYS = "dynamodb:LeadingKeys"
_NEVER_IN_A_CALL = ("lambda:SourceFunctionArn", "kms:ViaService")
"""Context keys of calls that are not made here: by Lambda itself, and to KMS."""
_SERVICES = {
    "DynamoDB_20120810": "dynamodb",
    "AmazonSQS": "sqs",
    "secretsmanager": "secretsmanager",
    "AmazonSSM": "ssm",
}
_PARTITION_KEY = "pk"
_KEY_CONDITION = re.compile(rf"\b{_PARTITION_KEY} = (:\w+)")
_ACTION_OF_ITEM = {
    "Put": "PutItem",
    "Update": "UpdateItem",
    "Delete": "DeleteItem",
    "ConditionCheck": "ConditionCheckItem",
    "Get": "GetItem",
}


@dataclass(frozen=True, slots=True)
class Call:
    """One action on one resource; `leading_key` is the partition that a call to DynamoDB names."""

    action: str
    resource: str
    leading_key: str | None = None


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement of a policy.

    Attributes:
        leading_keys: Patterns of the partitions to which it is bound, or None where it is bound to none.
        applies_here: False where it is about calls that no function makes here.
    """

    effect: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    leading_keys: tuple[str, ...] | None = None
    applies_here: bool = True

    def covers(self, call: Call) -> bool:
        """Return whether the statement is about the call."""
        return (
            self.applies_here
            and call.action in self.actions
            and any(fnmatchcase(call.resource, pattern) for pattern in self.resources)
            and (self.leading_keys is None or call.leading_key is None or self._has_key(call.leading_key))
        )

    def _has_key(self, key: str) -> bool:
        return any(fnmatchcase(key, pattern) for pattern in self.leading_keys or ())


def statement_of(source: Mapping[str, Any]) -> Statement:
    """Return a statement of an evaluated template.

    Raises:
        TemplateError: It has a condition that is not understood.
    """
    keys: tuple[str, ...] | None = None
    applies_here = True
    for operator, condition in source.get("Condition", {}).items():
        for name, value in condition.items():
            if name in _NEVER_IN_A_CALL:
                applies_here = False
            elif (operator, name) == ("ForAllValues:StringLike", _LEADING_KEYS):
                keys = _texts(value)
            else:
                raise TemplateError(f"The condition {operator} {name} of a policy is not understood here.")
    return Statement(
        effect=source["Effect"],
        actions=_texts(source["Action"]),
        resources=_texts(source["Resource"]),
        leading_keys=keys,
        applies_here=applies_here,
    )


def is_allowed(call: Call, statements: Sequence[Statement]) -> bool:
    """Return whether a statement allows the call and none denies it."""
    effects = {statement.effect for statement in statements if statement.covers(call)}
    return effects == {"Allow"}


def calls_of(target: str, body: bytes, place: str) -> Iterator[Call]:
    """Yield what a request to AWS asks for, which may be several actions.

    Args:
        target: The header X-Amz-Target, for example `DynamoDB_20120810.GetItem`.
        body: The JSON body.
        place: Region and account, as ARNs have them: `eu-central-1:123456789012`.
    """
    prefix, _, operation = target.rpartition(".")
    service = _SERVICES.get(prefix)
    if service is None:
        return
    request = json.loads(body or b"{}")
    if operation in {"TransactWriteItems", "TransactGetItems"}:
        for item in request["TransactItems"]:
            [(kind, part)] = item.items()
            yield _call(service, _ACTION_OF_ITEM[kind], part, place)
    elif operation in {"BatchGetItem", "BatchWriteItem"}:
        for table in request["RequestItems"]:
            yield _call(service, operation, {"TableName": table}, place)
    else:
        yield _call(service, operation, request, place)


def _call(service: str, operation: str, request: Mapping[str, Any], place: str) -> Call:
    match service:
        case "dynamodb":
            resource = f"arn:aws:dynamodb:{place}:table/{request.get('TableName')}"
        case "sqs":
            resource = f"arn:aws:sqs:{place}:{str(request.get('QueueUrl')).rpartition('/')[2]}"
        case "secretsmanager":
            secret = str(request.get("SecretId"))
            resource = (
                secret if secret.startswith("arn:") else f"arn:aws:secretsmanager:{place}:secret:{secret}"
            )
        case _:
            resource = f"arn:aws:ssm:{place}:parameter{request.get('Path') or request.get('Name')}"
    return Call(f"{service}:{operation}", resource, _leading_key(request) if service == "dynamodb" else None)


def _leading_key(request: Mapping[str, Any]) -> str | None:
    for name in ("Key", "Item"):
        if name in request:
            key: str = request[name][_PARTITION_KEY]["S"]
            return key
    named = _KEY_CONDITION.search(request.get("KeyConditionExpression", ""))
    if named is None:
        return None
    value: str = request["ExpressionAttributeValues"][named[1]]["S"]
    return value


def _texts(value: Any) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)
