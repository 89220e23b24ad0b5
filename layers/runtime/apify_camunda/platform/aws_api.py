"""What an adapter needs of a service of AWS: one call with a request in the service's own JSON.

`Boto3Aws` makes it through boto3, for programs that have a client of it; `SignedAws` in aws_http.py makes it
at a fifth of the CPU time, and without the 250 ms that boto3's first client takes.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, runtime_checkable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

AwsAnswer: TypeAlias = Mapping[str, Any]
AnyDynamoDB: TypeAlias = "AwsApi | DynamoDBClient"
"""What makes calls, or a client of boto3 that can be made one; see `aws_api`."""


class AwsRefused(Exception):
    """AWS answered with an error.

    Attributes:
        code: For example `ConditionalCheckFailedException`.
        answer: The whole error, for example with the present `Item`.
    """

    def __init__(self, code: str, message: str, answer: AwsAnswer) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.answer = answer


class AwsUnreachable(Exception):
    """AWS was not reached, or its answer did not arrive; the call may have been carried out."""


@runtime_checkable
class AwsApi(Protocol):
    """Calls of one service."""

    async def call(self, operation: str, request: Mapping[str, Any]) -> AwsAnswer:
        """Carry out an operation, for example `PutItem`; binary values are bytes in both directions.

        Raises:
            AwsRefused: It answered with an error that a repetition does not correct.
            AwsUnreachable: See there.
            UnicodeEncodeError: A text holds half a surrogate pair.
        """
        ...


class Boto3Aws:
    """Calls of one service through its client of boto3."""

    def __init__(self, client: Any) -> None:
        self._client = client

    async def call(self, operation: str, request: Mapping[str, Any]) -> AwsAnswer:
        """Carry out an operation; see AwsApi."""
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415  # only who has boto3

        method = re.sub(r"(?<!^)(?=[A-Z])", "_", operation).lower()

        def ask() -> AwsAnswer:  # in a thread, also for what a client that is made late imports
            answer: AwsAnswer = getattr(self._client, method)(**request)
            return answer

        try:
            return await asyncio.to_thread(ask)
        except ClientError as error:
            raised = error.response.get("Error", {})
            raise AwsRefused(raised.get("Code", ""), str(error), error.response) from error
        except BotoCoreError as error:
            raise AwsUnreachable(str(error)) from error


def aws_api(client: Any) -> AwsApi:
    """Return what makes calls: the client itself, or one of boto3 in its wrapping."""
    return client if isinstance(client, AwsApi) else Boto3Aws(client)
