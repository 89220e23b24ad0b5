"""Lambda's Runtime API for one worker: what the runtime client in the child asks, posts and reports.

It speaks HTTP with the child and messages with its owner; it decides nothing about time, process or retry.
Source: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from datetime import timedelta
from types import TracebackType
from typing import Self, TypeAlias

from local_aws.http_server import HOST, HttpServer, Request, Response, json_response
from local_aws.invocations import MAX_RESPONSE_BYTES, Invocation

_PREFIX = "/2018-06-01/runtime/"
_ERROR_TYPE = "lambda-runtime-function-error-type"


@dataclass(frozen=True, slots=True)
class AskedForNext:
    """The child is done with what it had and waits for an invocation."""


@dataclass(frozen=True, slots=True)
class Answered:
    """The child posted the function's response."""

    request_id: str
    payload: bytes


@dataclass(frozen=True, slots=True)
class AnswerTooLarge:
    """The child posted a response beyond the limit and was refused."""

    request_id: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class ReportedError:
    """The child reported that the function raised."""

    request_id: str
    error_type: str
    payload: bytes


@dataclass(frozen=True, slots=True)
class InitFailed:
    """The child reported that the function's module could not be loaded."""

    error_type: str
    payload: bytes


@dataclass(frozen=True, slots=True)
class Exited:
    """The child ended; a negative return code is the signal that ended it."""

    return_code: int


Message: TypeAlias = AskedForNext | Answered | AnswerTooLarge | ReportedError | InitFailed | Exited


class RuntimeApi:
    """Serves one child on 127.0.0.1 while it is entered; what the child says arrives in `inbox`.

    Args:
        function_arn: The ARN that the child gets as its own.
        timeout: How long an invocation may last from the moment it is handed out.
    """

    def __init__(self, function_arn: str, timeout: timedelta) -> None:
        self._function_arn = function_arn
        self._timeout = timeout
        self._handed_out: asyncio.Queue[Invocation] = asyncio.Queue()
        self.inbox: asyncio.Queue[Message] = asyncio.Queue()
        self._server = HttpServer(self._handle)

    async def __aenter__(self) -> Self:
        await self._server.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._server.__aexit__(kind, error, traceback)

    @property
    def address(self) -> str:
        """Return the value of AWS_LAMBDA_RUNTIME_API."""
        return f"{HOST}:{self._server.port}"

    def hand_out(self, invocation: Invocation) -> None:
        """Answer the child's question for the next invocation, pending or to come, with this one."""
        self._handed_out.put_nowait(invocation)

    async def _handle(self, request: Request) -> Response:
        match request.method, request.path.removeprefix(_PREFIX).split("/"):
            case "GET", ["invocation", "next"]:
                self.inbox.put_nowait(AskedForNext())
                return self._next(await self._handed_out.get())
            case "POST", ["invocation", request_id, "response"]:
                return self._accept_answer(request_id, request.body)
            case "POST", ["invocation", request_id, "error"]:
                self.inbox.put_nowait(ReportedError(request_id, _error_type(request), request.body))
            case "POST", ["init", "error"]:
                self.inbox.put_nowait(InitFailed(_error_type(request), request.body))
            case _:
                return Response(404)
        return json_response(202, {"status": "OK"})

    def _next(self, invocation: Invocation) -> Response:
        deadline_ms = int((time.time() + self._timeout.total_seconds()) * 1000)
        headers = [
            ("Content-Type", "application/json"),
            ("Lambda-Runtime-Aws-Request-Id", invocation.request_id),
            ("Lambda-Runtime-Deadline-Ms", str(deadline_ms)),
            ("Lambda-Runtime-Invoked-Function-Arn", self._function_arn),
        ]
        if invocation.client_context is not None:
            headers.append(("Lambda-Runtime-Client-Context", invocation.client_context))
        if invocation.trace is not None:
            headers.append(("Lambda-Runtime-Trace-Id", invocation.trace))
        return Response(200, invocation.payload, tuple(headers))

    def _accept_answer(self, request_id: str, payload: bytes) -> Response:
        if len(payload) > MAX_RESPONSE_BYTES:
            self.inbox.put_nowait(AnswerTooLarge(request_id, len(payload)))
            return json_response(413, {"errorType": "RequestEntityTooLarge", "errorMessage": "Exceeded 6 MB"})
        self.inbox.put_nowait(Answered(request_id, payload))
        return json_response(202, {"status": "OK"})


def _error_type(request: Request) -> str:
    return request.header(_ERROR_TYPE) or "Unhandled"
