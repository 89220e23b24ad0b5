"""The mapping from a queue to a function: what is invoked with, waited for, deleted and kept."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, cast

import pytest
from local_aws.declarations import QueueMappingSpec, QueueSpec
from local_aws.invocations import InvocationResult, Returned, Throttled, failure
from local_aws.observations import Observation, QueueBatchHandled
from local_aws.queues import QueueMapping, failed_messages

from tests.unit.local_aws.manual_clock import ManualClock

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

REPORTING = QueueMappingSpec("arn:q", "f", reports_item_failures=True, max_concurrency=1)
IDS = ["a", "b", "c"]


def returned(value: Any) -> Returned:
    return Returned(json.dumps(value).encode())


@pytest.mark.parametrize(
    ("result", "left"),
    [
        (returned(None), ""),
        (returned({}), ""),
        (returned({"batchItemFailures": []}), ""),
        (returned({"batchItemFailures": None}), ""),
        (returned({"batchItemFailures": [{"itemIdentifier": "b"}]}), "b"),
        (returned({"batchItemFailures": [{"itemIdentifier": "b"}, {"itemIdentifier": "a"}]}), "ab"),
        (returned({"batchItemFailures": [{"itemIdentifier": ""}]}), "abc"),
        (returned({"batchItemFailures": [{"itemIdentifier": "x"}]}), "abc"),
        (returned({"batchItemFailures": [{}]}), "abc"),
        (returned({"batchItemFailures": [1]}), "abc"),
        (returned("text"), "abc"),
        (failure("ValueError", "no"), "abc"),
        (Throttled(), "abc"),
    ],
)
def test_report_decides_what_stays(result: InvocationResult, left: str) -> None:
    """The messages that the report names stay; all stay where it is wrong or the function failed."""
    assert failed_messages(result, IDS, REPORTING) == frozenset(left)


def test_without_reports_success_is_for_the_whole_batch() -> None:
    """A mapping that takes no reports deletes the batch of a function that returned any value."""
    plain = replace(REPORTING, reports_item_failures=False)
    report = returned({"batchItemFailures": [{"itemIdentifier": "b"}]})
    assert failed_messages(report, IDS, plain) == frozenset()
    assert failed_messages(failure("ValueError", "no"), IDS, plain) == frozenset(IDS)


QUEUE = QueueSpec("Q", "q", "arn:aws:sqs:here:1:q", "http://sqs/q", {"VisibilityTimeout": "10"})


@dataclass
class FakeSqs:
    """A queue that hands out what is in `arriving`, one entry a call; it remembers what was asked."""

    arriving: list[list[dict[str, Any]]]
    asked: list[int] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)

    def receive_message(self, *, QueueUrl: str, MaxNumberOfMessages: int, **_: Any) -> dict[str, Any]:  # noqa: N803  # boto3's names
        assert QueueUrl == QUEUE.url
        self.asked.append(MaxNumberOfMessages)
        messages = self.arriving.pop(0) if self.arriving else []
        return {"Messages": messages} if messages else {}

    def delete_message(self, *, QueueUrl: str, ReceiptHandle: str) -> None:  # noqa: N803  # boto3's names
        assert QueueUrl == QUEUE.url
        self.deleted.append(ReceiptHandle)


def message(number: int, **more: Any) -> dict[str, Any]:
    return {
        "MessageId": f"m{number}",
        "ReceiptHandle": f"r{number}",
        "Body": f"body {number}",
        "MD5OfBody": "5",
        "Attributes": {"ApproximateReceiveCount": "1"},
        **more,
    }


@dataclass
class Handled:
    """What a mapping did with what arrived."""

    sqs: FakeSqs
    clock: ManualClock
    events: list[Any]
    told: list[Observation]


def handle(
    arriving: list[list[dict[str, Any]]],
    spec: QueueMappingSpec,
    results: Sequence[InvocationResult],
    sleeps: int,
) -> Handled:
    """Let a mapping run until it has slept so many times; the last result repeats."""
    handled = Handled(FakeSqs(arriving), ManualClock(sleeps), [], [])
    remaining = list(results)

    async def invoke(_name: str, payload: bytes) -> InvocationResult:
        handled.events.append(json.loads(payload))
        return remaining.pop(0) if len(remaining) > 1 else remaining[0]

    async def scenario() -> None:
        mapping = QueueMapping(
            spec,
            QUEUE,
            region="here",
            sqs=cast("SQSClient", handled.sqs),  # it has what a mapping asks for
            invoke=invoke,
            clock=handled.clock,
            observer=handled.told.append,
        )
        with pytest.raises(asyncio.CancelledError):
            await mapping.run()

    asyncio.run(scenario())
    return handled


def test_messages_become_records_and_are_deleted() -> None:
    """A batch reaches the function as SQS records; what it did not report as failed is deleted."""
    attributes = {
        "text": {"DataType": "String", "StringValue": "x"},
        "bytes": {"DataType": "Binary", "BinaryValue": b"\x00"},
    }
    arriving = [[message(1, MessageAttributes=attributes, MD5OfMessageAttributes="6"), message(2)]]
    handled = handle(
        arriving, REPORTING, [returned({"batchItemFailures": [{"itemIdentifier": "m2"}]})], sleeps=3
    )
    [event] = handled.events
    assert event["Records"][0] == {
        "messageId": "m1",
        "receiptHandle": "r1",
        "body": "body 1",
        "attributes": {"ApproximateReceiveCount": "1"},
        "messageAttributes": {
            "text": {
                "dataType": "String",
                "stringValue": "x",
                "stringListValues": [],
                "binaryListValues": [],
            },
            "bytes": {
                "dataType": "Binary",
                "binaryValue": "AA==",
                "stringListValues": [],
                "binaryListValues": [],
            },
        },
        "md5OfBody": "5",
        "md5OfMessageAttributes": "6",
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:here:1:q",
        "awsRegion": "here",
    }
    assert handled.sqs.deleted == ["r1"]
    assert handled.told == [QueueBatchHandled(QUEUE.arn, "f", deleted=1, left=1)]


def test_window_waits_for_a_fuller_batch() -> None:
    """A batching window gathers messages until the batch is full; no more are asked for than fit."""
    spec = replace(REPORTING, batch_size=3, window=timedelta(minutes=1))
    handled = handle([[message(1)], [], [message(2)], [message(3)]], spec, [returned(None)], sleeps=5)
    assert [len(event["Records"]) for event in handled.events] == [3]
    assert handled.sqs.asked[:4] == [3, 2, 2, 1]


def test_window_ends() -> None:
    """A batch that does not fill goes when its window is over."""
    spec = replace(REPORTING, window=timedelta(seconds=1))
    handled = handle([[message(1)]], spec, [returned(None)], sleeps=8)
    assert [len(event["Records"]) for event in handled.events] == [1]


def test_throttled_batch_is_tried_until_its_messages_are_visible_again() -> None:
    """A throttled batch is invoked again within the visibility timeout, then left to the queue."""
    handled = handle([[message(1)]], REPORTING, [Throttled()], sleeps=10)
    assert handled.clock.slept[:3] == [timedelta(seconds=s) for s in (1, 2, 4)]
    assert len(handled.events) == 4
    assert handled.sqs.deleted == []


def test_throttled_batch_succeeds_later() -> None:
    """A batch that finds a place later is done then, and deleted."""
    handled = handle([[message(1)]], REPORTING, [Throttled(), returned(None)], sleeps=10)
    assert len(handled.events) == 2
    assert handled.sqs.deleted == ["r1"]
