"""Counts the events that wait in a queue, and moves them to another one without losing any."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from apify_camunda.identifiers import EventId
from apify_camunda.inbound.domain.event_identity import event_id
from apify_camunda.webhooks.events import ReceivedEvent

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


@dataclass(frozen=True, slots=True)
class Sifted:
    """What was found among the events of a queue.

    Attributes:
        meant: How many events were meant.
        unseen: About how many could not be received, because they wait for their next try.
    """

    meant: int
    unseen: int


@dataclass(frozen=True, slots=True)
class Moved:
    """What became of the events of a queue.

    Attributes:
        moved: How many are in the other queue now.
        left: The ids of those that stay where they were.
    """

    moved: int
    left: tuple[EventId, ...]


class EventQueue:
    """An SQS queue of events."""

    def __init__(self, client: SQSClient, url: str) -> None:
        self._client = client
        self.url = url

    async def count(self) -> int:
        """Return about how many events wait, those that are postponed or worked on included."""
        return await asyncio.to_thread(self._count)

    async def move_to(self, other: EventQueue, *, but: Callable[[ReceivedEvent], bool]) -> Moved:
        """Send each event to the other queue, then delete it here; those that `but` holds for stay.

        Dying half-way sends an event twice, which is harmless: effects that were done stay done.
        """
        return await asyncio.to_thread(self._move_to, other, but)

    async def purge(self) -> None:
        """Delete every event of the queue; events that are being processed may still have their effect."""
        await asyncio.to_thread(self._client.purge_queue, QueueUrl=self.url)

    async def sift(self, is_meant: Callable[[ReceivedEvent], bool], *, remove: bool) -> Sifted:
        """Count the events that are meant, and delete them if asked to; the others come back at once."""
        return await asyncio.to_thread(self._sift, is_meant, remove=remove)

    def _sift(self, is_meant: Callable[[ReceivedEvent], bool], *, remove: bool) -> Sifted:
        present = self._count()
        others: dict[str, str] = {}
        count = 0
        while messages := self._receive():
            for message in messages:
                if not _holds(message["Body"], is_meant):
                    others[message["MessageId"]] = message["ReceiptHandle"]
                    continue
                count += 1
                if remove:
                    self._client.delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])
                else:
                    others[message["MessageId"]] = message["ReceiptHandle"]
        self._put_back(others.values())
        seen = len(others) + (count if remove else 0)
        return Sifted(count, max(present - seen, 0))

    def _count(self) -> int:
        told = self._client.get_queue_attributes(QueueUrl=self.url, AttributeNames=list(_COUNTS))
        return sum(int(count) for count in told["Attributes"].values())

    def _move_to(self, other: EventQueue, but: Callable[[ReceivedEvent], bool]) -> Moved:
        moved = 0
        left: dict[str, MessageTypeDef] = {}
        while messages := self._receive():
            for message in messages:
                if _holds(message["Body"], but):
                    left[message["MessageId"]] = message
                    continue
                self._client.send_message(QueueUrl=other.url, MessageBody=message["Body"])
                self._client.delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])
                moved += 1
        self._put_back(message["ReceiptHandle"] for message in left.values())
        events = {event_id(ReceivedEvent.from_json(json.loads(message["Body"]))) for message in left.values()}
        return Moved(moved, tuple(sorted(events)))

    def _put_back(self, receipts: Iterable[str]) -> None:
        """Make received messages visible again."""
        for receipt in receipts:
            self._client.change_message_visibility(
                QueueUrl=self.url, ReceiptHandle=receipt, VisibilityTimeout=0
            )

    def _receive(self) -> list[MessageTypeDef]:
        answer = self._client.receive_message(
            QueueUrl=self.url, MaxNumberOfMessages=_BATCH, WaitTimeSeconds=_LOOK_FOR_S
        )
        return answer.get("Messages", [])


def _holds(body: str, is_meant: Callable[[ReceivedEvent], bool]) -> bool:
    """Say whether the body is an event that is meant; what is not an event of ours is left alone."""
    try:
        return is_meant(ReceivedEvent.from_json(json.loads(body)))
    except (KeyError, TypeError, ValueError):
        return False
