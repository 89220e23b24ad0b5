"""What a table needs of DynamoDB: one call with a request in DynamoDB's own JSON.

`Boto3DynamoDB` makes it through boto3, for programs that have a client of it; `SignedDynamoDB` in
dynamodb_http.py makes it at a fifth of the CPU time.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, runtime_checkable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

DynamoDBAnswer: TypeAlias = Mapping[str, Any]
AnyDynamoDB: TypeAlias = "DynamoDBApi | DynamoDBClient"
"""What makes calls, or a client of boto3 that can be made one; see `dynamodb_api`."""


class DynamoDBRefused(Exception):
    """DynamoDB answered with an error.

    Attributes:
        code: For example `ConditionalCheckFailedException`.
        answer: The whole error, for example with the present `Item`.
    """

    def __init__(self, code: str, message: str, answer: DynamoDBAnswer) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.answer = answer


class DynamoDBUnreachable(Exception):
    """DynamoDB was not reached, or its answer did not arrive; the call may have been carried out."""


@runtime_checkable
class DynamoDBApi(Protocol):
    """Calls of DynamoDB."""

    async def call(self, operation: str, request: Mapping[str, Any]) -> DynamoDBAnswer:
        """Carry out an operation, for example `PutItem`; binary values are bytes in both directions.

        Raises:
            DynamoDBRefused: It answered with an error that a repetition does not correct.
            DynamoDBUnreachable: See there.
            UnicodeEncodeError: A text holds half a surrogate pair.
        """
        ...


class Boto3DynamoDB:
    """Calls of DynamoDB through a client of boto3."""

    def __init__(self, client: DynamoDBClient) -> None:
        self._client = client

    async def call(self, operation: str, request: Mapping[str, Any]) -> DynamoDBAnswer:
        """Carry out an operation; see DynamoDBApi."""
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415  # only who has boto3

        method = getattr(self._client, re.sub(r"(?<!^)(?=[A-Z])", "_", operation).lower())
        try:
            answer: DynamoDBAnswer = await asyncio.to_thread(method, **request)
        except ClientError as error:
            raised = error.response.get("Error", {})
            raise DynamoDBRefused(raised.get("Code", ""), str(error), error.response) from error
        except BotoCoreError as error:
            raise DynamoDBUnreachable(str(error)) from error
        return answer


def dynamodb_api(client: AnyDynamoDB) -> DynamoDBApi:
    """Return what makes calls: the client itself, or one of boto3 in its wrapping."""
    return client if isinstance(client, DynamoDBApi) else Boto3DynamoDB(client)
