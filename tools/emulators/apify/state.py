"""What changes while the emulator runs: runs, storages, webhooks, dispatches; shapes without decisions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, TypeAlias

from emulators.apify.world import Access, Actor, Behaviour, Build, Record, RunDefaults, Task, User

RunStatus: TypeAlias = Literal[
    "READY", "RUNNING", "SUCCEEDED", "FAILED", "TIMING-OUT", "TIMED-OUT", "ABORTING", "ABORTED"
]
DispatchStatus: TypeAlias = Literal["ACTIVE", "SUCCEEDED", "FAILED"]
TERMINAL: frozenset[str] = frozenset({"SUCCEEDED", "FAILED", "TIMED-OUT", "ABORTED"})
RUN_STATUSES: frozenset[str] = TERMINAL | {"READY", "RUNNING", "TIMING-OUT", "ABORTING"}


@dataclass(frozen=True)
class Caller:
    """The user of a token, and what the token may do."""

    user: User
    access: Access


@dataclass(kw_only=True)
class Storage:
    """What every storage has: a name where a person made it, a run where a run did."""

    id: str
    name: str | None
    user: User
    created_at: datetime
    modified_at: datetime
    actor_id: str | None = None
    run_id: str | None = None


@dataclass(kw_only=True)
class Dataset(Storage):
    items: list[Any] = field(default_factory=list)


@dataclass(kw_only=True)
class Store(Storage):
    """A key-value store."""

    records: dict[str, Record] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Origin:
    """Where the request that started a run came from."""

    kind: Literal["API", "WEB"] = "API"
    client_ip: str | None = None
    user_agent: str | None = None


@dataclass(kw_only=True)
class Run:
    id: str
    user: User
    actor: Actor
    task: Task | None
    build: Build
    options: RunDefaults
    origin: Origin
    behaviour: Behaviour
    input: Any
    """The input as JSON; None if there was none or it was not JSON."""
    input_length: int
    started_at: datetime
    dataset: Dataset
    store: Store
    request_queue_id: str
    status: RunStatus = "READY"
    stretch_started_at: datetime
    """When it started, or was resurrected: what its duration and timeout count from."""
    finished_at: datetime | None = None
    status_message: str | None = None
    exit_code: int | None = None
    resurrections: int = 0
    seconds_before: float = 0.0
    """How long it ran before it was resurrected."""
    charged_items: int = 0
    log: list[str] = field(default_factory=list)
    plan: int = 0
    """Grows whenever the run's future changes, so that what was planned before does not happen."""

    @property
    def is_terminal(self) -> bool:
        return self.status in TERMINAL


@dataclass(frozen=True, kw_only=True)
class Condition:
    """Which runs a webhook is for; all that is given must hold."""

    actor_id: str | None = None
    task_id: str | None = None
    run_id: str | None = None

    def holds_for(self, run: Run) -> bool:
        return (
            self.actor_id in (None, run.actor.id)
            and self.task_id in (None, run.task.id if run.task else None)
            and self.run_id in (None, run.id)
        )


@dataclass(kw_only=True)
class WebhookSettings:
    """What the owner of a webhook says about it."""

    event_types: tuple[str, ...]
    request_url: str
    condition: Condition
    is_ad_hoc: bool = False
    payload_template: str | None = None
    headers_template: str | None = None
    description: str | None = None
    should_interpolate_strings: bool = False
    ignore_ssl_errors: bool = False
    do_not_retry: bool = False


@dataclass(kw_only=True)
class Webhook:
    id: str
    user: User
    created_at: datetime
    modified_at: datetime
    settings: WebhookSettings
    idempotency_key: str | None = None
    is_enabled: bool = True
    dispatches: list[Dispatch] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class Call:
    """One attempt to deliver a dispatch, as it went."""

    started_at: datetime
    finished_at: datetime
    response_status: int | None = None
    response_body: str | None = None
    error_message: str | None = None

    @property
    def succeeded(self) -> bool:
        return self.response_status is not None and 200 <= self.response_status < 300


@dataclass(kw_only=True)
class Dispatch:
    """One event on its way to one webhook; what it sends was fixed when the event happened."""

    id: str
    webhook: Webhook
    created_at: datetime
    event_type: str
    event_data: Mapping[str, str | None]
    request_url: str
    headers: Mapping[str, str]
    body: bytes
    status: DispatchStatus = "ACTIVE"
    calls: list[Call] = field(default_factory=list)
    next_call_at: datetime | None
    """None while it is being called, and when it is finished."""
    finished_at: datetime | None = None
