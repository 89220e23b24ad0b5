"""Parks events in an SQS queue, postpones them by their visibility, reads what the queue hands out."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from apify_camunda.errors import StoreUnavailable
from apify_camunda.webhooks.events import ParkedMessage, ReceivedEvent

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

_LONGEST_DELAY_S = 900
"""SQS delays a message by at most 15 minutes."""
_LONGEST_VISIBILITY_S = 43_200 - 60
# JSON escapes ASCII controls; these further characters SQS refuses as text.
_REFUSED = re.compile("[\ud800-\udfff\ufffe\uffff]")


class SqsParking:
    """The queue of parked events."""

    def __init__(self, *, client: SQSClient, queue_url: str) -> None:
        self._client = client
        self._queue_url = queue_url

    async def park(self, event: ReceivedEvent, *, delay: timedelta) -> None:
        """Send the event; when SQS has answered, it is on several machines' disks."""
        delay_s = _seconds(delay, _LONGEST_DELAY_S)

        def send() -> None:
            self._client.send_message(
                QueueUrl=self._queue_url, MessageBody=message_body(event), DelaySeconds=delay_s
            )

        with _failures_translated():
            await asyncio.to_thread(send)

    async def postpone(self, receipt: str, *, delay: timedelta) -> None:
        """Make the message visible again after `delay`."""
        visibility_s = _seconds(delay, _LONGEST_VISIBILITY_S)

        def change() -> None:
            self._client.change_message_visibility(
                QueueUrl=self._queue_url, ReceiptHandle=receipt, VisibilityTimeout=visibility_s
            )

        with _failures_translated():
            await asyncio.to_thread(change)


def message_body(event: ReceivedEvent) -> str:
    """Return the event as JSON text that SQS takes."""
    text = json.dumps(event.to_json(), ensure_ascii=False, separators=(",", ":"))
    return _REFUSED.sub(lambda match: f"\\u{ord(match.group()):04x}", text)


def messages_from(event: Mapping[str, Any]) -> list[ParkedMessage]:
    """Return the messages of the event with which SQS invokes a Lambda function."""
    return [
        ParkedMessage(
            id=record["messageId"],
            receipt=record["receiptHandle"],
            receive_count=int(record["attributes"]["ApproximateReceiveCount"]),
            body=record["body"],
        )
        for record in event["Records"]
    ]


def batch_reply(failed: frozenset[str]) -> dict[str, Any]:
    """Return the answer that leaves exactly the failed messages in the queue."""
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in sorted(failed)]}


def _seconds(delay: timedelta, longest: int) -> int:
    return max(0, min(longest, round(delay.total_seconds())))


@contextmanager
def _failures_translated() -> Iterator[None]:
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415  # 100 ms of a cold start

    try:
        yield
    except (BotoCoreError, ClientError) as error:
        raise StoreUnavailable(f"SQS did not do what was asked: {error}") from error
