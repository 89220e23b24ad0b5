"""AWS in this process for contract suites: one moto for all, emptied between tests; or a server of one's own.

`DYNAMODB_ENDPOINT_URL` points the DynamoDB suites at another implementation, for example DynamoDB Local.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
import moto

REGION = "eu-central-1"
CREDENTIALS = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing"}
_KEYS = {"pk": "HASH", "sk": "RANGE"}


@contextmanager
def aws_client(service: str) -> Iterator[Any]:
    """Give a client of one service of a fresh AWS."""
    endpoint = os.environ.get("DYNAMODB_ENDPOINT_URL") if service == "dynamodb" else None
    with moto.mock_aws():
        client = boto3.client(service, region_name=REGION, endpoint_url=endpoint, **CREDENTIALS)
        try:
            yield client
        finally:
            client.close()


@contextmanager
def dynamodb_table(name: str) -> Iterator[Any]:
    """Give a client beside an empty table of this name."""
    with aws_client("dynamodb") as client:
        if name in client.list_tables()["TableNames"]:
            client.delete_table(TableName=name)
        client.create_table(
            TableName=name,
            KeySchema=[{"AttributeName": key, "KeyType": kind} for key, kind in _KEYS.items()],
            AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in _KEYS],
            BillingMode="PAY_PER_REQUEST",
        )
        yield client
