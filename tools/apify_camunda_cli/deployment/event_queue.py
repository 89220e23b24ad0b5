"""Counts the events that wait in a queue, and moves them to another one without losing any."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.literals import QueueAttributeNameType
    from mypy_boto3_sqs.type_defs import MessageTypeDef

_COUNTS: Final[tuple[QueueAttributeNameType, ...]] = (
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesNotVisible",
    "ApproximateNumberOfMessagesDelayed",
)
_BATCH = 10
_LOOK_FOR_S = 2


class EventQueue:
    """An SQS queue of events."""

    def __init__(self, client: SQSClient, url: str) -> None:
        self._client = client
        self.url = url

    async def count(self) -> int:
        """Return about how many events wait, those that are postponed or worked on included."""
        return await asyncio.to_thread(self._count)

    async def move_to(self, other: EventQueue) -> int:
        """Send each event to the other queue, then delete it here; return how many.

        Dying half-way sends an event twice, which is harmless: effects that were done stay done.
        """
        return await asyncio.to_thread(self._move_to, other)

    def _count(self) -> int:
        told = self._client.get_queue_attributes(QueueUrl=self.url, AttributeNames=list(_COUNTS))
        return sum(int(count) for count in told["Attributes"].values())

    def _move_to(self, other: EventQueue) -> int:
        moved = 0
        while messages := self._receive():
            for message in messages:
                self._client.send_message(QueueUrl=other.url, MessageBody=message["Body"])
                self._client.delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])
                moved += 1
        return moved

    def _receive(self) -> list[MessageTypeDef]:
        answer = self._client.receive_message(
            QueueUrl=self.url, MaxNumberOfMessages=_BATCH, WaitTimeSeconds=_LOOK_FOR_S
        )
        return answer.get("Messages", [])
