"""Lambda as its clients see it: invoke a function by name, now or as an event, and the Invoke API over HTTP.

Source: https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html, API_GetFunctionConcurrency.html there
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import json
import re
import uuid
from collections.abc import Coroutine, Mapping
from dataclasses import replace
from typing import Any, NoReturn, assert_never
from urllib.parse import unquote

from local_aws.events_for_later import EventsForLater
from local_aws.http_server import Request, Response, json_response
from local_aws.invocations import (
    MAX_EVENT_BYTES,
    MAX_PAYLOAD_BYTES,
    Failed,
    Invocation,
    InvocationResult,
    Returned,
    Throttled,
)
from local_aws.pool import WorkerPool

_INVOKE_PATH = re.compile(r"/2015-03-31/functions/(?P<function>[^/]+)/invocations")
_CONCURRENCY_PATH = re.compile(r"/2019-09-30/functions/(?P<function>[^/]+)/concurrency")
_FUNCTION_IN_ARN = re.compile(r"(?:arn:[^:]+:lambda:[^:]+:[^:]+:|[^:]+:)?function:(?P<name>[^:]+)(?::[^:]+)?")
_TOO_LARGE = "Request must be smaller than {limit} bytes for the InvokeFunction operation"


class UnknownFunction(Exception):
    """The template has no function of that name."""


class LambdaService:
    """Every function of the template.

    Args:
        pools: The functions' workers by function name.
        events: Keeps events that were taken for later.
    """

    def __init__(self, pools: Mapping[str, WorkerPool], events: EventsForLater) -> None:
        self._pools = pools
        self._events = events
        self._tasks: set[asyncio.Task[Any]] = set()

    async def invoke(
        self, name: str, payload: bytes, *, client_context: str | None = None, request_id: str | None = None
    ) -> InvocationResult:
        """Invoke the function and return how it ended.

        The invocation goes on when the caller goes away, as on Lambda.

        Raises:
            UnknownFunction: There is no such function.
        """
        invocation = Invocation(request_id or str(uuid.uuid4()), payload, client_context)
        return await asyncio.shield(self._spawn(self._pool(name).invoke(invocation)))

    def accept_event(self, name: str, payload: bytes) -> str:
        """Take the event for later and return its request id; it is tried as the function's policy says.

        Raises:
            UnknownFunction: There is no such function.
        """
        pool = self._pool(name)
        request_id = str(uuid.uuid4())
        self._spawn(self._events.deliver(pool, Invocation(request_id, payload)))
        return request_id

    async def retire_workers(self, name: str) -> None:
        """End the function's idle workers, so that its next invocation starts cold."""
        await self._pool(name).retire_idle()

    async def stop(self) -> None:
        """End all invocations and their workers."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.gather(*(pool.stop() for pool in self._pools.values()))

    def invoked(self, request: Request) -> str | None:
        """Return the name of the function that a request invokes, or None where it is another request."""
        found = _INVOKE_PATH.fullmatch(request.path) if request.method == "POST" else None
        return _function_name(unquote(found["function"])) if found else None

    async def handle(self, request: Request) -> Response:
        """Answer one request of the Invoke API, or one that asks for a function's reserved concurrency."""
        invoked = _INVOKE_PATH.fullmatch(request.path) if request.method == "POST" else None
        asked = _CONCURRENCY_PATH.fullmatch(request.path) if request.method == "GET" else None
        try:
            if invoked is not None:
                return await self._invoke_api(_function_name(unquote(invoked["function"])), request)
            if asked is not None:
                return self._concurrency(_function_name(unquote(asked["function"])))
        except UnknownFunction as error:
            return _refusal(404, "ResourceNotFoundException", f"Function not found: {error}")
        said = f"{request.method} {request.path} is not served here."
        return _refusal(404, "UnknownOperationException", said)

    async def _invoke_api(self, name: str, request: Request) -> Response:
        kind = request.header("x-amz-invocation-type") or "RequestResponse"
        limit = MAX_EVENT_BYTES if kind == "Event" else MAX_PAYLOAD_BYTES
        if len(request.body) > limit:
            return _refusal(413, "RequestTooLargeException", _TOO_LARGE.format(limit=limit))
        payload = request.body or b"{}"
        try:
            _json_of(payload)
            context = _client_context_of(request)
        except _InvalidContent as error:
            return _refusal(400, "InvalidRequestContentException", str(error))
        match kind:
            case "Event":
                return Response(202, headers=_known_by(self.accept_event(name, payload)))
            case "DryRun":
                self._pool(name)
                return Response(204, headers=_known_by(str(uuid.uuid4())))
            case "RequestResponse":
                request_id = str(uuid.uuid4())
                result = await self.invoke(name, payload, client_context=context, request_id=request_id)
                answer = _answer(result, with_log=request.header("x-amz-log-type") == "Tail")
                return replace(answer, headers=(*answer.headers, *_known_by(request_id)))
            case _:
                return _refusal(400, "InvalidParameterValueException", f"Unknown invocation type {kind}.")

    def _concurrency(self, name: str) -> Response:
        reserved = self._pool(name).spec.reserved_concurrency
        return json_response(200, {} if reserved is None else {"ReservedConcurrentExecutions": reserved})

    def _pool(self, name: str) -> WorkerPool:
        try:
            return self._pools[name]
        except KeyError:
            raise UnknownFunction(name) from None

    def _spawn(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


def _answer(result: InvocationResult, *, with_log: bool) -> Response:
    match result:
        case Throttled():
            return json_response(
                429,
                {
                    "Reason": "ReservedFunctionConcurrentInvocationLimitExceeded",
                    "Type": "User",
                    "message": "Rate Exceeded.",
                },
                {"x-amzn-ErrorType": "TooManyRequestsException"},
            )
        case Returned() | Failed():
            headers = [("content-type", "application/json"), ("X-Amz-Executed-Version", "$LATEST")]
            if isinstance(result, Failed):
                headers.append(("X-Amz-Function-Error", "Unhandled"))
            if with_log:
                headers.append(("X-Amz-Log-Result", base64.b64encode(result.log).decode()))
            return Response(200, result.payload, tuple(headers))
        case _:
            assert_never(result)


def _refusal(status: int, error_type: str, message: str) -> Response:
    return json_response(status, {"Type": "User", "Message": message}, {"x-amzn-ErrorType": error_type})


def _function_name(reference: str) -> str:
    """Return the name in a name, a partial ARN or an ARN, each with or without a qualifier."""
    match = _FUNCTION_IN_ARN.fullmatch(reference)
    return match["name"] if match else reference.partition(":")[0]


class _InvalidContent(Exception):
    """A request is not JSON; the message is Lambda's."""


def _json_of(text: bytes) -> Any:
    def refuse(word: str) -> NoReturn:
        raise ValueError(word)

    try:
        return json.loads(text.decode(), parse_constant=refuse)
    except (ValueError, RecursionError):
        raise _InvalidContent("Could not parse request body into json.") from None


def _client_context_of(request: Request) -> str | None:
    """Return the client context as the runtime gets it: JSON on one line."""
    given = request.header("x-amz-client-context")
    if given is None:
        return None
    try:
        context = _json_of(base64.b64decode(given, validate=True))
    except (binascii.Error, _InvalidContent):
        context = None
    if not isinstance(context, dict):
        raise _InvalidContent("Client context must be a valid Base64-encoded JSON object.")
    return json.dumps(context)


def _known_by(request_id: str) -> tuple[tuple[str, str], ...]:
    return (("x-amzn-RequestId", request_id),)
