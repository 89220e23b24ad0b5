"""One invocation of a function and how it can end, as values."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeAlias

MAX_PAYLOAD_BYTES = 6 * 1024 * 1024
"""Largest request of a synchronous invocation. Source: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"""
MAX_RESPONSE_BYTES = MAX_PAYLOAD_BYTES + 100
"""Largest response; the hundred bytes more are Lambda's own."""
MAX_EVENT_BYTES = 1024 * 1024
"""Largest event of an asynchronous invocation."""


@dataclass(frozen=True, slots=True)
class Invocation:
    """One event on its way into a function; the payload is JSON text, `trace` X-Ray's header."""

    request_id: str
    payload: bytes
    client_context: str | None = None
    trace: str | None = None


@dataclass(frozen=True, slots=True)
class Returned:
    """The function returned; the payload is what it returned, as JSON."""

    payload: bytes
    log: bytes = b""


@dataclass(frozen=True, slots=True)
class Failed:
    """The function raised, ended, took too long or could not start; the payload says it as Lambda does."""

    error_type: str
    payload: bytes
    log: bytes = b""


@dataclass(frozen=True, slots=True)
class Throttled:
    """Every place in the function's concurrency is taken."""


Outcome: TypeAlias = Returned | Failed
InvocationResult: TypeAlias = Returned | Failed | Throttled
Invoke: TypeAlias = Callable[[str, bytes], Awaitable[InvocationResult]]
"""Invokes the function of the name with the payload and waits for its end."""


def failure(error_type: str, message: str) -> Failed:
    """Return a failure that Lambda, not the function, states."""
    return Failed(error_type, json.dumps({"errorType": error_type, "errorMessage": message}).encode())


def timed_out(request_id: str, timeout: timedelta) -> Failed:
    seconds = timeout.total_seconds()
    return failure(
        "Sandbox.Timedout", f"RequestId: {request_id} Error: Task timed out after {seconds:.2f} seconds"
    )


def exited(request_id: str, return_code: int) -> Failed:
    how = f"signal: {-return_code}" if return_code < 0 else f"exit status {return_code}"
    return failure("Runtime.ExitError", f"RequestId: {request_id} Error: Runtime exited with error: {how}")


def response_too_large(size_bytes: int) -> Failed:
    return failure(
        "Function.ResponseSizeTooLarge",
        f"Response payload size ({size_bytes} bytes) exceeded maximum allowed payload size "
        f"({MAX_RESPONSE_BYTES} bytes).",
    )
