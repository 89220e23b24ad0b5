"""What every queue of parked events does: the fake, and SQS."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Protocol

import pytest
from apify_camunda.errors import StoreUnavailable
from apify_camunda.inbound.ports import ParkedEvents
from apify_camunda.inbound.sqs_parking import SqsParking, message_body, messages_from
from apify_camunda.webhooks.events import ParkedMessage, ReceivedEvent
from apify_camunda.webhooks.parsing import MAX_BODY_BYTES

from tests import builders
from tests.contract.aws import aws_client
from tests.fakes.clock import FrozenClock
from tests.fakes.parking import FakeParking


class Target(Protocol):
    """A queue, and the side from which its messages are handed out."""

    @property
    def parking(self) -> ParkedEvents: ...

    def receive(self) -> list[ParkedMessage]: ...


class FakeTarget:
    def __init__(self) -> None:
        self.parking = FakeParking(FrozenClock())

    def receive(self) -> list[ParkedMessage]:
        return self.parking.receive()


class SqsTarget:
    def __init__(self, client: Any) -> None:
        self._client = client
        self._url = client.create_queue(QueueName="parked")["QueueUrl"]
        self.parking = SqsParking(client=client, queue_url=self._url)

    def receive(self) -> list[ParkedMessage]:
        """Hand out as Lambda's poller does, translated by the adapter."""
        answer = self._client.receive_message(
            QueueUrl=self._url, MaxNumberOfMessages=10, AttributeNames=["ApproximateReceiveCount"]
        )
        records = [
            {
                "messageId": message["MessageId"],
                "receiptHandle": message["ReceiptHandle"],
                "attributes": message["Attributes"],
                "body": message["Body"],
            }
            for message in answer.get("Messages", [])
        ]
        return messages_from({"Records": records})


@pytest.fixture(params=["fake", "sqs"])
def target(request: pytest.FixtureRequest) -> Iterator[Target]:
    if request.param == "fake":
        yield FakeTarget()
        return
    with aws_client("sqs") as client:
        yield SqsTarget(client)


def test_parked_event_comes_back(target: Target) -> None:
    """An event is handed out as it was parked, counted from one."""
    event = builders.received()
    asyncio.run(target.parking.park(event, delay=timedelta()))

    [message] = target.receive()

    assert ReceivedEvent.from_json(json.loads(message.body)) == event
    assert message.receive_count == 1


def test_delayed_event_is_not_handed_out_yet(target: Target) -> None:
    """An event that is parked with a delay waits."""
    asyncio.run(target.parking.park(builders.received(), delay=timedelta(minutes=10)))

    assert target.receive() == []


def test_event_being_worked_on_is_hidden(target: Target) -> None:
    """An event that one receiver works on is not handed to another."""
    asyncio.run(target.parking.park(builders.received(), delay=timedelta()))
    assert len(target.receive()) == 1

    assert target.receive() == []


def test_postponed_event_comes_back(target: Target) -> None:
    """An event that is postponed by nothing is handed out again, and counted."""
    asyncio.run(target.parking.park(builders.received(), delay=timedelta()))
    [message] = target.receive()

    asyncio.run(target.parking.postpone(message.receipt, delay=timedelta()))

    [again] = target.receive()
    assert (again.id, again.receive_count) == (message.id, 2)


def test_postponed_event_waits(target: Target) -> None:
    """An event that is postponed for long stays away."""
    asyncio.run(target.parking.park(builders.received(), delay=timedelta()))
    [message] = target.receive()

    asyncio.run(target.parking.postpone(message.receipt, delay=timedelta(minutes=15)))

    assert target.receive() == []


@pytest.mark.parametrize(
    "text",
    ["ä€😀", "\ud800", "\ufffe\uffff", "\x00\x1f\x7f", '"\\\u2028'],
    ids=["letters", "lone surrogate", "no characters", "controls", "escapes"],
)
def test_any_text_survives(target: Target, text: str) -> None:
    """All characters that JSON may hold come back."""
    event = builders.received(builders.body() | {"extra": text})
    asyncio.run(target.parking.park(event, delay=timedelta()))

    [message] = target.receive()

    assert ReceivedEvent.from_json(json.loads(message.body)) == event


def test_largest_delivery_fits(target: Target) -> None:
    """The largest body that the receiver accepts can be parked."""
    largest = builders.body() | {"extra": "ä" * ((MAX_BODY_BYTES - 2000) // 2)}
    event = builders.received(largest, headers={f"x-header-{n}": "v" * 900 for n in range(20)})

    asyncio.run(target.parking.park(event, delay=timedelta()))

    [message] = target.receive()
    assert len(message_body(event).encode()) <= 256 * 1024
    assert ReceivedEvent.from_json(json.loads(message.body)) == event


def test_absent_queue_is_unavailable() -> None:
    """What SQS does not take is StoreUnavailable."""
    with aws_client("sqs") as client:
        parking = SqsParking(client=client, queue_url="https://sqs.eu-central-1.amazonaws.com/1/absent")

        with pytest.raises(StoreUnavailable):
            asyncio.run(parking.park(builders.received(), delay=timedelta()))
