"""AWS for contract suites: moto in this process, emptied between tests.

For stores that many ask at once: moto as the local AWS runs it, or Amazon's own DynamoDB Local.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from typing import Any

import boto3
import moto
import pytest
from apify_camunda.platform.aws_api import AwsAnswer
from apify_camunda.platform.aws_http import DYNAMODB, AwsService, SignedAws
from apify_camunda.platform.aws_signature import AwsCredentials
from apify_camunda.platform.system_clock import SystemClock

REGION = "eu-central-1"
CREDENTIALS = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing"}
DYNAMODBS = (
    "local AWS",
    pytest.param("DynamoDB Local", marks=[pytest.mark.engine, pytest.mark.xdist_group("dynamodb-local")]),
)
"""What suites of the stores run on; `endpoint_of` says where each is."""
_KEYS = {"pk": "HASH", "sk": "RANGE"}


def endpoint_of(kind: str, request: pytest.FixtureRequest) -> str:
    """Return where a DynamoDB of this kind is, which is started unless it runs."""
    if kind == "DynamoDB Local":
        return str(request.getfixturevalue("dynamodb_local").url)
    return str(request.getfixturevalue("local_aws_dynamodb"))


@contextmanager
def aws_client(service: str, endpoint: str | None = None) -> Iterator[Any]:
    """Give a client of one service: of a fresh AWS, or of what is at the endpoint."""
    make: Any = boto3.client  # typed for each service by its literal name
    with moto.mock_aws() if endpoint is None else nullcontext():
        client = make(service, region_name=REGION, endpoint_url=endpoint, **CREDENTIALS)
        try:
            yield client if service != "dynamodb" or endpoint is None else ServedDynamoDB(client, endpoint)
        finally:
            client.close()


class Signed:
    """A served service, called as the functions call it.

    Each call has a connection of its own, because a test has an event loop for each of its calls.
    """

    def __init__(self, service: AwsService, endpoint: str) -> None:
        self._service = service
        self._endpoint = endpoint

    async def call(self, operation: str, request: Mapping[str, Any]) -> AwsAnswer:
        """Carry out an operation; see AwsApi."""
        signed = SignedAws(
            self._service,
            endpoint=self._endpoint,
            region=REGION,
            credentials=AwsCredentials("testing", "testing"),
            clock=SystemClock(),
            tls=ssl.create_default_context,
            chance=lambda: 0,
        )
        try:
            return await signed.call(operation, request)
        finally:
            signed.close()
            await asyncio.sleep(0)  # the transport closes at the next turn of the loop


class ServedDynamoDB(Signed):
    """A served DynamoDB: stores call it as the functions do, tests prepare and look by boto3."""

    def __init__(self, boto3_client: Any, endpoint: str) -> None:
        super().__init__(DYNAMODB, endpoint)
        self._boto3_client = boto3_client

    def __getattr__(self, name: str) -> Any:
        return getattr(self._boto3_client, name)


@contextmanager
def dynamodb_table(name: str, endpoint: str | None = None) -> Iterator[Any]:
    """Give a client beside an empty table of this name."""
    with aws_client("dynamodb", endpoint) as client:
        make_table(client, name)
        try:
            yield client
        finally:
            client.delete_table(TableName=name)


def make_table(client: Any, name: str) -> None:
    """Make a table with the keys that all of ours have."""
    client.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": key, "KeyType": kind} for key, kind in _KEYS.items()],
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in _KEYS],
        BillingMode="PAY_PER_REQUEST",
    )
