"""What becomes of an event that was taken asynchronously."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import pytest
from local_aws.declarations import AsyncPolicy, FunctionSpec
from local_aws.events_for_later import EventsForLater
from local_aws.invocations import Invocation, InvocationResult, Returned, Throttled, failure
from local_aws.observations import EventGivenUp, Observation

from tests.unit.local_aws.manual_clock import ManualClock

SPEC = FunctionSpec("F", "f", "arn:f", Path(), "app.handler")
OK = Returned(b"null")
ERROR = failure("ValueError", "no")


@dataclass
class Scripted:
    """A function that ends each invocation as the script says; the last entry repeats."""

    script: list[InvocationResult]
    spec: FunctionSpec = SPEC
    invocations: list[Invocation] = field(default_factory=list)

    async def invoke(self, invocation: Invocation) -> InvocationResult:
        self.invocations.append(invocation)
        return self.script.pop(0) if len(self.script) > 1 else self.script[0]


@dataclass
class Delivery:
    """What one event led to."""

    function: Scripted
    clock: ManualClock
    sent: list[tuple[str, str, Mapping[str, str]]]
    told: list[Observation]


def deliver(*script: InvocationResult, policy: AsyncPolicy | None = None) -> Delivery:
    clock, told = ManualClock(), list[Observation]()
    sent: list[tuple[str, str, Mapping[str, str]]] = []
    function = Scripted(list(script), replace(SPEC, async_policy=policy or AsyncPolicy()))

    async def send(queue_arn: str, body: str, attributes: Mapping[str, str]) -> None:
        sent.append((queue_arn, body, attributes))

    events = EventsForLater(clock, send, told.append)
    asyncio.run(events.deliver(function, Invocation("r", b'{"a": 1}')))
    return Delivery(function, clock, sent, told)


MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("script", "attempts", "waits"),
    [
        ([OK], 1, []),
        ([ERROR, OK], 2, [MINUTE]),
        ([ERROR, ERROR, OK], 3, [MINUTE, 2 * MINUTE]),
        ([Throttled(), Throttled(), OK], 3, [timedelta(seconds=1), timedelta(seconds=2)]),
        ([Throttled(), ERROR, OK], 3, [timedelta(seconds=1), MINUTE]),
    ],
)
def test_event_is_tried_until_it_succeeds(
    script: list[InvocationResult], attempts: int, waits: list[timedelta]
) -> None:
    """After an error one and two minutes pass, after a throttle growing seconds; success ends it."""
    delivery = deliver(*script)
    assert (len(delivery.function.invocations), delivery.clock.slept) == (attempts, waits)
    assert not delivery.told
    assert {invocation.request_id for invocation in delivery.function.invocations} == {"r"}


def test_event_is_given_up_after_its_retries() -> None:
    """After two retries the event is given up, and told even where no queue is declared."""
    delivery = deliver(ERROR)
    assert len(delivery.function.invocations) == 3
    assert delivery.told == [EventGivenUp("f", "r", "RetriesExhausted", 3, None)]
    assert not delivery.sent


def test_no_retry_is_made_where_none_is_declared() -> None:
    """With zero retries one error is the end."""
    delivery = deliver(ERROR, policy=AsyncPolicy(max_retries=0))
    assert len(delivery.function.invocations) == 1


def test_event_that_stays_throttled_grows_too_old() -> None:
    """An event that finds no place waits longer and longer, and ends when it is older than allowed."""
    delivery = deliver(Throttled(), policy=AsyncPolicy(max_retries=0, max_age=MINUTE))
    assert delivery.clock.slept == [timedelta(seconds=s) for s in (1, 2, 4, 8, 16)]
    assert delivery.told == [EventGivenUp("f", "r", "EventAgeExceeded", 0, None)]


def test_throttled_event_waits_five_minutes_at_most() -> None:
    """The wait after a throttle grows to five minutes and no further."""
    delivery = deliver(Throttled(), policy=AsyncPolicy(max_age=timedelta(hours=1)))
    assert max(delivery.clock.slept) == timedelta(minutes=5)


def test_failure_destination_gets_the_whole_story() -> None:
    """An on-failure queue gets request, condition, attempts and the function's error."""
    delivery = deliver(ERROR, policy=AsyncPolicy(max_retries=0, on_failure_queue_arn="arn:q"))
    [(queue_arn, body, attributes)] = delivery.sent
    record = json.loads(body)
    assert (queue_arn, attributes) == ("arn:q", {})
    assert record["requestContext"]["condition"] == "RetriesExhausted"
    assert record["requestContext"]["approximateInvokeCount"] == 1
    assert record["requestPayload"] == {"a": 1}
    assert record["responsePayload"] == {"errorType": "ValueError", "errorMessage": "no"}
    assert record["timestamp"] == "2026-11-21T12:00:30.000Z"


def test_failure_destination_of_an_old_event_has_no_response() -> None:
    """An event that never ran has no response to tell of."""
    policy = AsyncPolicy(max_age=timedelta(0), on_failure_queue_arn="arn:q")
    [(_, body, _)] = deliver(Throttled(), policy=policy).sent
    assert "responsePayload" not in json.loads(body)


def test_dead_letter_queue_gets_the_bare_event() -> None:
    """A dead-letter queue gets the event itself, with the error in attributes."""
    delivery = deliver(ERROR, policy=AsyncPolicy(max_retries=0, dead_letter_queue_arn="arn:d"))
    assert delivery.sent == [
        ("arn:d", '{"a": 1}', {"RequestID": "r", "ErrorCode": "200", "ErrorMessage": "no"})
    ]
