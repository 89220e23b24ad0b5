"""What can be declared in a template and run here: the shapes that the reader hands to the services."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class AsyncPolicy:
    """What Lambda does with an event that it took for later (`EventInvokeConfig`).

    Source: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html

    Attributes:
        max_retries: Further attempts after the function's own error, 0 to 2.
        max_age: How long an event may wait for its last attempt.
        on_failure_queue_arn: Gets a record of what was given up.
        dead_letter_queue_arn: Gets the bare event of what was given up.
    """

    max_retries: int = 2
    max_age: timedelta = timedelta(hours=6)
    on_failure_queue_arn: str | None = None
    dead_letter_queue_arn: str | None = None


@dataclass(frozen=True, slots=True)
class FunctionSpec:
    """One Lambda function.

    Attributes:
        reserved_concurrency: None means that the function has no share of its own.
        layer_folders: What /opt/python would hold, the first one wins.
    """

    logical_id: str
    name: str
    arn: str
    code_folder: Path
    handler: str
    layer_folders: tuple[Path, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    timeout: timedelta = timedelta(seconds=3)
    memory_mb: int = 128
    reserved_concurrency: int | None = None
    runtime: str = ""
    has_json_logs: bool = False
    async_policy: AsyncPolicy = AsyncPolicy()


@dataclass(frozen=True, slots=True)
class Throttle:
    """A token bucket: `burst` requests at once, refilled with `rate_per_s` a second."""

    rate_per_s: float
    burst: int


@dataclass(frozen=True, slots=True)
class RouteSpec:
    """One route of the HTTP API; `path` may hold `{name}` and end in `{name+}`, or be `$default`."""

    method: str
    path: str
    function_name: str
    timeout: timedelta = timedelta(seconds=30)
    throttle: Throttle | None = None

    @property
    def key(self) -> str:
        """Return what API Gateway calls the route key."""
        return self.path if self.path == "$default" else f"{self.method} {self.path}"


@dataclass(frozen=True, slots=True)
class HttpApiSpec:
    """The HTTP API with its stage `$default`; the throttle is that of every route without its own."""

    routes: tuple[RouteSpec, ...] = ()
    throttle: Throttle | None = None


@dataclass(frozen=True, slots=True)
class ScheduleSpec:
    """One schedule; `input` is the JSON text of the event, None the event that Scheduler makes."""

    name: str
    function_name: str
    expression: str
    input: str | None = None


@dataclass(frozen=True, slots=True)
class QueueSpec:
    """One SQS queue; `attributes` as CreateQueue takes them, without the redrive policy."""

    logical_id: str
    name: str
    arn: str
    url: str
    attributes: Mapping[str, str] = field(default_factory=dict)
    redrive_policy: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class QueueMappingSpec:
    """One event source mapping from a queue to a function.

    Attributes:
        window: How long a batch that is not full is waited for.
        max_concurrency: Batches in work at once; None leaves it to the function.
    """

    queue_arn: str
    function_name: str
    batch_size: int = 10
    window: timedelta = timedelta(0)
    reports_item_failures: bool = False
    is_enabled: bool = True
    max_concurrency: int | None = None


@dataclass(frozen=True, slots=True)
class TableSpec:
    """One DynamoDB table; `definition` as CreateTable takes it, without the name."""

    logical_id: str
    name: str
    definition: Mapping[str, Any]
    ttl_attribute: str | None = None


@dataclass(frozen=True, slots=True)
class SecretSpec:
    """One secret: its text, or how to generate it (`GenerateSecretString`)."""

    name: str
    value: str | None = None
    generated: Mapping[str, Any] | None = None
