"""How the poller is woken."""

from __future__ import annotations

from typing import Any

import boto3
from apify_camunda.outbound.lambda_waker import LambdaWaker
from botocore.stub import Stubber

from tests.event_loop import run_async

POLLER = "poll-jobs"


def waker() -> tuple[LambdaWaker, Stubber]:
    client: Any = boto3.client(
        "lambda", region_name="eu-central-1", aws_access_key_id="testing", aws_secret_access_key="testing"
    )
    return LambdaWaker(client=client, function_name=POLLER), Stubber(client)


def test_poller_is_invoked_without_waiting() -> None:
    """The poller's function is invoked as an event."""
    wakes, stub = waker()
    asked = {"FunctionName": POLLER, "InvocationType": "Event", "Payload": b'{"source": "callback"}'}
    stub.add_response("invoke", {"StatusCode": 202}, asked)

    with stub:
        run_async(wakes.wake())

    stub.assert_no_pending_responses()


def test_failure_is_harmless() -> None:
    """A poller that cannot be woken is left to its schedule."""
    wakes, stub = waker()
    stub.add_client_error("invoke", "TooManyRequestsException", http_status_code=429)

    with stub:
        run_async(wakes.wake())

    stub.assert_no_pending_responses()
