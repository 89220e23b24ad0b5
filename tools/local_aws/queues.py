"""The event source mapping from a queue to a function: receive, invoke, delete what is done, keep the rest.

What is kept becomes visible again when its visibility timeout ends, or as the function changed it; how often
that may be is the queue's redrive policy.
Source: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
"""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeAlias

from local_aws.clock import Clock
from local_aws.declarations import QueueMappingSpec, QueueSpec
from local_aws.invocations import InvocationResult, Invoke, Returned, Throttled
from local_aws.observations import Observer, QueueBatchHandled

if TYPE_CHECKING:  # boto3-stubs are a development dependency
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import MessageTypeDef

    SqsMessage: TypeAlias = MessageTypeDef

_MAX_RECEIVE = 10
_DEFAULT_CONCURRENCY = 5
_DEFAULT_VISIBILITY_S = 30
_POLL_INTERVAL = timedelta(seconds=0.2)
_AFTER_THROTTLE = timedelta(seconds=1)


class QueueMapping:
    """One event source mapping.

    Args:
        spec: The mapping.
        queue: The queue that it reads.
        region: For the records.
        sqs: Reaches the queue; called in threads.
        invoke: Invokes the function.
        clock: By which it waits; real time, because the queue's own timeouts are.
        observer: Gets each batch.
    """

    def __init__(
        self,
        spec: QueueMappingSpec,
        queue: QueueSpec,
        *,
        region: str,
        sqs: SQSClient,
        invoke: Invoke,
        clock: Clock,
        observer: Observer,
    ) -> None:
        self._spec = spec
        self._queue = queue
        self._region = region
        self._sqs = sqs
        self._invoke = invoke
        self._clock = clock
        self._observer = observer
        self._places = asyncio.Semaphore(spec.max_concurrency or _DEFAULT_CONCURRENCY)
        visibility_s = int(queue.attributes.get("VisibilityTimeout", _DEFAULT_VISIBILITY_S))
        self._visibility = timedelta(seconds=visibility_s)

    async def run(self) -> None:
        """Move messages to the function, several batches at once, until cancelled."""
        async with asyncio.TaskGroup() as batches:
            while True:
                await self._places.acquire()
                messages = await self._collect()
                if messages:
                    batches.create_task(self._handle(messages))
                else:
                    self._places.release()
                    await self._clock.sleep(_POLL_INTERVAL)

    async def _collect(self) -> list[SqsMessage]:
        """Return a batch: full, or what came until the batching window ended."""
        messages = await self._receive(self._spec.batch_size)
        ends_at = self._clock.now() + self._spec.window
        while messages and len(messages) < self._spec.batch_size and self._clock.now() < ends_at:
            await self._clock.sleep(_POLL_INTERVAL)
            messages += await self._receive(self._spec.batch_size - len(messages))
        return messages

    async def _receive(self, count: int) -> list[SqsMessage]:
        answer = await asyncio.to_thread(
            self._sqs.receive_message,
            QueueUrl=self._queue.url,
            MaxNumberOfMessages=min(count, _MAX_RECEIVE),
            WaitTimeSeconds=0,
            MessageSystemAttributeNames=["All"],
            MessageAttributeNames=["All"],
        )
        return answer.get("Messages", [])

    async def _handle(self, messages: Sequence[SqsMessage]) -> None:
        try:
            records = [_record(message, self._queue.arn, self._region) for message in messages]
            result = await self._invoke_patiently(json.dumps({"Records": records}).encode())
            left = failed_messages(result, [m["MessageId"] for m in messages], self._spec)
            done = [message for message in messages if message["MessageId"] not in left]
            await asyncio.to_thread(self._delete, done)
            self._observer(QueueBatchHandled(self._queue.arn, self._spec.function_name, len(done), len(left)))
        finally:
            self._places.release()

    async def _invoke_patiently(self, payload: bytes) -> InvocationResult:
        """Invoke; where the function is throttled, again until the messages are visible once more."""
        ends_at = self._clock.now() + self._visibility
        wait = _AFTER_THROTTLE
        while True:
            result = await self._invoke(self._spec.function_name, payload)
            if not isinstance(result, Throttled) or self._clock.now() + wait > ends_at:
                return result
            await self._clock.sleep(wait)
            wait *= 2

    def _delete(self, messages: Sequence[SqsMessage]) -> None:
        for message in messages:
            self._sqs.delete_message(QueueUrl=self._queue.url, ReceiptHandle=message["ReceiptHandle"])


def failed_messages(
    result: InvocationResult, message_ids: Sequence[str], spec: QueueMappingSpec
) -> frozenset[str]:
    """Return the ids of the messages that stay in the queue.

    All of them where the function failed or its report names a message that the batch does not have.
    """
    everything = frozenset(message_ids)
    if not isinstance(result, Returned):
        return everything
    if not spec.reports_item_failures:
        return frozenset()
    try:
        report = json.loads(result.payload) or {}
        failures = report.get("batchItemFailures") or []
        named = frozenset(failure["itemIdentifier"] for failure in failures)
    except (ValueError, TypeError, KeyError, AttributeError):
        return everything
    return named if named.issubset(everything) else everything


def _record(message: SqsMessage, queue_arn: str, region: str) -> dict[str, Any]:
    record: dict[str, Any] = {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": message.get("Attributes", {}),
        "messageAttributes": {
            name: _message_attribute(value) for name, value in message.get("MessageAttributes", {}).items()
        },
        "md5OfBody": message["MD5OfBody"],
        "eventSource": "aws:sqs",
        "eventSourceARN": queue_arn,
        "awsRegion": region,
    }
    if "MD5OfMessageAttributes" in message:
        record["md5OfMessageAttributes"] = message["MD5OfMessageAttributes"]
    return record


def _message_attribute(value: Mapping[str, Any]) -> dict[str, Any]:
    attribute: dict[str, Any] = {
        "dataType": value["DataType"],
        "stringListValues": [],
        "binaryListValues": [],
    }
    if "StringValue" in value:
        attribute["stringValue"] = value["StringValue"]
    if "BinaryValue" in value:
        attribute["binaryValue"] = base64.b64encode(value["BinaryValue"]).decode()
    return attribute
