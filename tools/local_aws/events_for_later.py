"""What Lambda does with an event that it took asynchronously: try, wait, try again, give up into a queue.

Source: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Protocol, TypeAlias, assert_never

from local_aws.clock import Clock
from local_aws.declarations import FunctionSpec
from local_aws.invocations import Failed, Invocation, InvocationResult, Returned, Throttled
from local_aws.observations import EventGivenUp, Observer

_AFTER_ERROR = (timedelta(minutes=1), timedelta(minutes=2))
_AFTER_THROTTLE = timedelta(seconds=1)
_AFTER_THROTTLE_MAX = timedelta(minutes=5)

SendToQueue: TypeAlias = Callable[[str, str, Mapping[str, str]], Awaitable[None]]
"""Send (queue ARN, body, attributes) to a queue."""


class InvocableFunction(Protocol):
    """A function that can be invoked, and what is declared of it."""

    @property
    def spec(self) -> FunctionSpec: ...

    async def invoke(self, invocation: Invocation) -> InvocationResult: ...


class EventsForLater:
    """Delivers events of asynchronous invocations.

    Args:
        clock: By which events age and waits last.
        send_to_queue: Reaches dead-letter queues and destinations.
        observer: Gets events that were given up.
    """

    def __init__(self, clock: Clock, send_to_queue: SendToQueue, observer: Observer) -> None:
        self._clock = clock
        self._send_to_queue = send_to_queue
        self._observer = observer

    async def deliver(self, function: InvocableFunction, invocation: Invocation) -> None:
        """Try the event until it succeeds, its retries are used up, or it is too old."""
        policy = function.spec.async_policy
        taken_at = self._clock.now()
        attempts, errors, throttled_wait = 0, 0, _AFTER_THROTTLE
        while True:
            result = await function.invoke(invocation)
            match result:
                case Returned():
                    return
                case Failed():
                    attempts, errors = attempts + 1, errors + 1
                    if errors > policy.max_retries:
                        await self._give_up(function, invocation, "RetriesExhausted", attempts, result)
                        return
                    wait = _AFTER_ERROR[min(errors, len(_AFTER_ERROR)) - 1]
                case Throttled():
                    wait = throttled_wait
                    throttled_wait = min(throttled_wait * 2, _AFTER_THROTTLE_MAX)
                case _:
                    assert_never(result)
            if self._clock.now() + wait - taken_at > policy.max_age:
                failed = result if isinstance(result, Failed) else None
                await self._give_up(function, invocation, "EventAgeExceeded", attempts, failed)
                return
            await self._clock.sleep(wait)

    async def _give_up(
        self,
        function: InvocableFunction,
        invocation: Invocation,
        condition: str,
        attempts: int,
        failed: Failed | None,
    ) -> None:
        policy = function.spec.async_policy
        if policy.on_failure_queue_arn is not None:
            record = _failure_record(
                function.spec.arn,
                invocation,
                condition=condition,
                attempts=attempts,
                failed=failed,
                now=self._clock.now(),
            )
            await self._send_to_queue(policy.on_failure_queue_arn, json.dumps(record), {})
        if policy.dead_letter_queue_arn is not None:
            attributes = {"RequestID": invocation.request_id, "ErrorCode": "200" if failed else "429"}
            if failed is not None:
                attributes["ErrorMessage"] = _message_of(failed)[:1024]
            await self._send_to_queue(policy.dead_letter_queue_arn, invocation.payload.decode(), attributes)
        queue_arn = policy.on_failure_queue_arn or policy.dead_letter_queue_arn
        self._observer(
            EventGivenUp(function.spec.name, invocation.request_id, condition, attempts, queue_arn)
        )


def _failure_record(
    function_arn: str,
    invocation: Invocation,
    *,
    condition: str,
    attempts: int,
    failed: Failed | None,
    now: datetime,
) -> dict[str, Any]:
    """Return the record that a failure destination gets."""
    record: dict[str, Any] = {
        "version": "1.0",
        "timestamp": now.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "requestContext": {
            "requestId": invocation.request_id,
            "functionArn": f"{function_arn}:$LATEST",
            "condition": condition,
            "approximateInvokeCount": attempts,
        },
        "requestPayload": json.loads(invocation.payload),
    }
    if failed is not None:
        record["responseContext"] = {
            "statusCode": 200,
            "executedVersion": "$LATEST",
            "functionError": "Unhandled",
        }
        record["responsePayload"] = json.loads(failed.payload)
    return record


def _message_of(failed: Failed) -> str:
    return str(json.loads(failed.payload).get("errorMessage", failed.error_type))
