"""Lambda's Invoke API over HTTP, without functions."""

from __future__ import annotations

import asyncio
import base64
import json
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, cast

import pytest
from local_aws.clock import ScaledClock
from local_aws.declarations import AsyncPolicy
from local_aws.events_for_later import EventsForLater
from local_aws.http_server import Request, Response
from local_aws.invocations import Invocation, InvocationResult, Returned
from local_aws.observations import ignore
from local_aws.pool import WorkerPool
from local_aws.service import LambdaService


@dataclass
class Function:
    """Takes every invocation and returns null."""

    invocations: list[Invocation] = field(default_factory=list)
    spec: Any = field(default_factory=lambda: SimpleNamespace(async_policy=AsyncPolicy()))

    async def invoke(self, invocation: Invocation) -> InvocationResult:
        self.invocations.append(invocation)
        return Returned(b"null")

    async def stop(self) -> None:
        """Stop."""


async def _nowhere(*_: object) -> None:
    """Send nothing."""


def answer_to(function: Function, body: bytes = b"{}", **headers: str) -> Response:
    """Return the answer to an invocation of the function "f" with these `x-amz-` headers."""

    async def ask() -> Response:
        events = EventsForLater(ScaledClock(), _nowhere, ignore)
        service = LambdaService({"f": cast("WorkerPool", function)}, events)
        given = tuple((f"x-amz-{name.replace('_', '-')}", value) for name, value in headers.items())
        answer = await service.handle(Request("POST", "/2015-03-31/functions/f/invocations", given, body))
        await asyncio.sleep(0)
        await service.stop()
        return answer

    return asyncio.run(ask())


def header(answer: Response, name: str) -> str | None:
    return next((value for key, value in answer.headers if key.lower() == name), None)


def encoded(text: bytes) -> str:
    return base64.b64encode(text).decode()


@pytest.mark.parametrize("kind", ["RequestResponse", "Event"])
def test_an_invocation_gets_its_request_id(kind: str) -> None:
    """The answer's request id is that of the invocation, which the function's log knows."""
    function = Function()
    answer = answer_to(function, invocation_type=kind)
    assert [invocation.request_id for invocation in function.invocations] == [
        header(answer, "x-amzn-requestid")
    ]


@pytest.mark.parametrize("body", [b"{", b"NaN", b"\xff\xfe1\x00", b"[" * 100_000])
def test_a_payload_that_is_not_json_invokes_nothing(body: bytes) -> None:
    """A payload that is not JSON in UTF-8, or nested beyond all measure, is refused."""
    function = Function()
    answer = answer_to(function, body)
    assert (answer.status, header(answer, "x-amzn-errortype")) == (400, "InvalidRequestContentException")
    assert function.invocations == []


def test_a_client_context_reaches_the_function_on_one_line() -> None:
    """The client context is given on as JSON that fits into a header."""
    function = Function()
    answer_to(function, client_context=encoded('{\n"custom": {"name": "ü"}}'.encode()))
    (invocation,) = function.invocations
    assert invocation.client_context is not None
    assert json.loads(invocation.client_context) == {"custom": {"name": "ü"}}
    assert invocation.client_context.isascii()
    assert invocation.client_context.isprintable()


@pytest.mark.parametrize("context", ["!!!", encoded(b"\xff"), encoded(b"x"), encoded(b"[]"), ""])
def test_a_wrong_client_context_invokes_nothing(context: str) -> None:
    """A client context that is not an object in Base64 is refused."""
    function = Function()
    answer = answer_to(function, client_context=context)
    assert (answer.status, header(answer, "x-amzn-errortype")) == (400, "InvalidRequestContentException")
    assert json.loads(answer.body)["Message"] == (
        "Client context must be a valid Base64-encoded JSON object."
    )
    assert function.invocations == []
