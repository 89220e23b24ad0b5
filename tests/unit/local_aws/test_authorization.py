"""Functions get from the local AWS only what their roles in the template allow."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from local_aws import TemplateError
from local_aws.authorization import Call, Statement, calls_of, is_allowed, statement_of
from local_aws.authorizing import Guard, from_json, to_json

PLACE = "eu-central-1:123456789012"
TABLE = f"arn:aws:dynamodb:{PLACE}:table/Rows"
READ_EVENTS = Statement("Allow", ("dynamodb:GetItem", "dynamodb:Query"), (TABLE,), leading_keys=("event#*",))


@pytest.mark.parametrize(
    ("call", "allowed"),
    [
        (Call("dynamodb:GetItem", TABLE, "event#1"), True),
        (Call("dynamodb:GetItem", TABLE, "attempt#1"), False),
        (Call("dynamodb:PutItem", TABLE, "event#1"), False),
        (Call("dynamodb:GetItem", f"{TABLE}2", "event#1"), False),
    ],
)
def test_only_what_is_named_is_allowed(call: Call, *, allowed: bool) -> None:
    """
    Action, resource and partition must all be those of a statement.
    """
    assert is_allowed(call, [READ_EVENTS]) is allowed


def test_denial_wins() -> None:
    """
    What one statement allows another may deny.
    """
    call = Call("dynamodb:GetItem", TABLE, "event#1")
    denial = Statement("Deny", ("dynamodb:GetItem",), ("*",))

    assert not is_allowed(call, [READ_EVENTS, denial])


@pytest.mark.parametrize(
    ("target", "body", "calls"),
    [
        (
            "DynamoDB_20120810.PutItem",
            {"TableName": "Rows", "Item": {"pk": {"S": "event#1"}}},
            [Call("dynamodb:PutItem", TABLE, "event#1")],
        ),
        (
            "DynamoDB_20120810.Query",
            {
                "TableName": "Rows",
                "KeyConditionExpression": "pk = :pk",
                "ExpressionAttributeValues": {":pk": {"S": "kept"}},
            },
            [Call("dynamodb:Query", TABLE, "kept")],
        ),
        (
            "DynamoDB_20120810.TransactWriteItems",
            {
                "TransactItems": [
                    {"Put": {"TableName": "Rows", "Item": {"pk": {"S": "a"}}}},
                    {"ConditionCheck": {"TableName": "Rows", "Key": {"pk": {"S": "b"}}}},
                ]
            },
            [Call("dynamodb:PutItem", TABLE, "a"), Call("dynamodb:ConditionCheckItem", TABLE, "b")],
        ),
        (
            "AmazonSQS.SendMessage",
            {"QueueUrl": "http://127.0.0.1:1/123456789012/Parked"},
            [Call("sqs:SendMessage", f"arn:aws:sqs:{PLACE}:Parked")],
        ),
        (
            "secretsmanager.GetSecretValue",
            {"SecretId": "key"},
            [Call("secretsmanager:GetSecretValue", f"arn:aws:secretsmanager:{PLACE}:secret:key")],
        ),
        (
            "AmazonSSM.GetParametersByPath",
            {"Path": "/apify"},
            [Call("ssm:GetParametersByPath", f"arn:aws:ssm:{PLACE}:parameter/apify")],
        ),
        ("Other.Thing", {}, []),
    ],
)
def test_requests_are_understood(target: str, body: dict[str, Any], calls: list[Call]) -> None:
    """
    A request is the actions, resources and partitions that IAM would judge.
    """
    assert list(calls_of(target, json.dumps(body).encode(), PLACE)) == calls


def test_unknown_condition_is_refused() -> None:
    """
    A condition that is not understood allows nothing by mistake.
    """
    statement = {
        "Effect": "Allow",
        "Action": "sqs:SendMessage",
        "Resource": "*",
        "Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}},
    }

    with pytest.raises(TemplateError, match="aws:SourceIp"):
        statement_of(statement)


def test_guard_refuses_and_writes_down(tmp_path: Path) -> None:
    """
    A function hears which permission is missing; only its own calls are written down.
    """
    calls = tmp_path / "calls"
    guard = Guard(from_json(to_json({"Reader": [READ_EVENTS]})), calls)
    read, write = Call("dynamodb:GetItem", TABLE, "event#1"), Call("dynamodb:PutItem", TABLE, "event#1")
    authorization = "AWS4-HMAC-SHA256 Credential={}/20261129/eu-central-1/dynamodb/aws4_request"

    assert guard.refusal(authorization.format("Reader"), [read]) is None
    refusal = guard.refusal(authorization.format("Reader"), [write])
    assert guard.refusal(authorization.format("operator"), [write]) is None

    assert refusal is not None
    assert "ReaderRole" in refusal
    assert "dynamodb:PutItem" in refusal
    noted = [json.loads(line) for line in calls.read_text().splitlines()]
    assert [(each["action"], each["allowed"]) for each in noted] == [
        ("dynamodb:GetItem", True),
        ("dynamodb:PutItem", False),
    ]
