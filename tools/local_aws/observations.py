"""What the local AWS tells its owner while it runs; the owner prints it, counts it or ignores it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class FunctionLogged:
    """A function wrote a line; `request_id` is None while it starts."""

    function_name: str
    request_id: str | None
    line: str


@dataclass(frozen=True, slots=True)
class InvocationEnded:
    """An invocation ended; `error_type` is None where the function returned."""

    function_name: str
    request_id: str
    duration: timedelta
    is_cold: bool
    error_type: str | None


@dataclass(frozen=True, slots=True)
class InvocationThrottled:
    """An invocation found no free place in the function's concurrency."""

    function_name: str
    request_id: str


@dataclass(frozen=True, slots=True)
class EventGivenUp:
    """An asynchronous event will not be tried again; it went to a queue where one is declared."""

    function_name: str
    request_id: str
    condition: str
    attempts: int
    queue_arn: str | None


@dataclass(frozen=True, slots=True)
class RequestAnswered:
    """The HTTP API answered; `route_key` is None where no route fits."""

    method: str
    path: str
    route_key: str | None
    status: int
    duration: timedelta


@dataclass(frozen=True, slots=True)
class ScheduleFired:
    """A schedule handed its event to its function."""

    name: str
    function_name: str


@dataclass(frozen=True, slots=True)
class QueueBatchHandled:
    """A batch of a queue was handled: so many messages deleted, so many left for another try."""

    queue_arn: str
    function_name: str
    deleted: int
    left: int


Observation: TypeAlias = (
    FunctionLogged
    | InvocationEnded
    | InvocationThrottled
    | EventGivenUp
    | RequestAnswered
    | ScheduleFired
    | QueueBatchHandled
)
Observer: TypeAlias = Callable[[Observation], None]
"""Called on the local AWS's own thread; it must neither block nor raise."""


def ignore(_observation: Observation) -> None:
    """Do nothing with the observation."""
