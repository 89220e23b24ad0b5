"""Wakes the poller by invoking its Lambda function without waiting for it."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from apify_camunda.platform.log_facts import LogFacts

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

log = logging.getLogger(__name__)


class LambdaWaker:
    """The poller's Lambda function, invoked as an event."""

    def __init__(self, *, client: LambdaClient, function_name: str) -> None:
        self._client = client
        self._function_name = function_name

    async def wake(self) -> None:
        """Invoke the poller; one that is running already, or any failure, is left to the schedule."""
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415  # 100 ms of a cold start

        try:
            await asyncio.to_thread(self._invoke)
        except (BotoCoreError, ClientError) as error:
            log.info("poller was not woken", extra=LogFacts(error=str(error)))

    def _invoke(self) -> None:
        self._client.invoke(
            FunctionName=self._function_name, InvocationType="Event", Payload=b'{"source": "callback"}'
        )
