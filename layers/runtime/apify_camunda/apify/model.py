"""What Apify's API answers, as far as our decisions need it; whole objects travel as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from typing import Any, Final

from apify_camunda.errors import ErrorCode
from apify_camunda.identifiers import RunId, WebhookId
from apify_camunda.json_types import Json, JsonObject

PAYLOAD_TEMPLATE: Final = (
    '{"userId": {{userId}}, "createdAt": {{createdAt}}, "eventType": {{eventType}}, '
    '"eventData": {{eventData}}, "resource": {{resource}}}'
)
"""What our webhooks post: Apify's default payload, said explicitly."""
TERMINAL_STATUSES = frozenset({"SUCCEEDED", "FAILED", "ABORTED", "TIMED-OUT"})
RUN_CREATED = "ACTOR.RUN.CREATED"
TERMINAL_EVENT_TYPES = (
    "ACTOR.RUN.SUCCEEDED",
    "ACTOR.RUN.FAILED",
    "ACTOR.RUN.TIMED_OUT",
    "ACTOR.RUN.ABORTED",
)
EVENT_TYPE_OF_STATUS = {
    "SUCCEEDED": "ACTOR.RUN.SUCCEEDED",
    "FAILED": "ACTOR.RUN.FAILED",
    "TIMED-OUT": "ACTOR.RUN.TIMED_OUT",
    "ABORTED": "ACTOR.RUN.ABORTED",
}


START_MARK: Final = "start/"
"""Precedes the mark of a start request in its User-Agent, which Apify shows in the run's `meta`."""


class ResourceKind(Enum):
    """What at Apify is listened to."""

    ACTOR = "actor"
    TASK = "task"


@dataclass(frozen=True, slots=True)
class ApifyRun:
    """A run, with its whole JSON object as Apify sent it."""

    raw: JsonObject

    @property
    def id(self) -> RunId:
        """Return the run's id."""
        return RunId(str(self.raw["id"]))

    @property
    def status(self) -> str:
        """Return the status, for example `RUNNING` or `TIMED-OUT`."""
        return str(self.raw["status"])

    @property
    def is_terminal(self) -> bool:
        """Say whether the run has ended."""
        return self.status in TERMINAL_STATUSES

    @property
    def ended_at(self) -> datetime | None:
        """Return when the run ended, or None where Apify does not tell."""
        try:
            moment = datetime.fromisoformat(self.text("finishedAt") or "")
        except ValueError:
            return None
        return moment if moment.tzinfo else None

    def text(self, name: str) -> str | None:
        """Return a string field, or None where it is absent or null."""
        value = self.raw.get(name)
        return value if isinstance(value, str) else None


@dataclass(frozen=True, slots=True)
class StartRun:
    """Start a run of an Actor or of a task.

    Attributes:
        resource_id: Id, `username~name` or `~name`; a slash has been replaced by a tilde.
        input: The input object; None starts a task with its saved input (an Actor with `{}`).
        timeout: The run's own time limit, or None for the default.
        own_webhooks: Ad-hoc webhooks that the modeller asks for, as Apify's API takes them.
        webhooks: Our own ad-hoc webhooks for this run alone.
        mark: Hexadecimal digits that the User-Agent carries after START_MARK, so that the run shows who
            started it; empty: none.
    """

    kind: ResourceKind
    resource_id: str
    input: Json = None
    timeout: timedelta | None = None
    memory_mbytes: int | None = None
    build: str | None = None
    max_items: int | None = None
    max_total_charge_usd: str | None = None
    restart_on_error: bool | None = None
    force_permission_level: str | None = None
    own_webhooks: tuple[JsonObject, ...] = ()
    webhooks: tuple[AdHocWebhook, ...] = ()
    mark: str = ""


@dataclass(frozen=True, slots=True)
class AdHocWebhook:
    """A webhook that lives with one run."""

    event_types: tuple[str, ...]
    request_url: str
    headers: dict[str, str]
    idempotency_key: str


@dataclass(frozen=True, slots=True)
class WebhookSpec:
    """A webhook as we want it at Apify."""

    kind: ResourceKind
    resource_id: str
    event_types: tuple[str, ...]
    request_url: str
    headers: dict[str, str]
    description: str
    idempotency_key: str


@dataclass(frozen=True, slots=True)
class Webhook:
    """A webhook as Apify shows it.

    Attributes:
        headers_template: JSON text; None where Apify does not show it, as in lists of API v2.
        payload_template: Likewise.
        modified_at: When the webhook was last changed, by anyone; None where Apify does not tell.
    """

    id: WebhookId
    request_url: str
    event_types: tuple[str, ...]
    condition: dict[str, Any]
    is_enabled: bool
    is_ad_hoc: bool
    ignores_ssl_errors: bool = False
    does_not_retry: bool = False
    interpolates_strings: bool = False
    headers_template: str | None = None
    payload_template: str | None = None
    modified_at: datetime | None = None


SMALL_BYTES: Final = 512 * 1024
"""What each of many jobs may read at the same time."""
LARGE_BYTES: Final = 16 * 1024 * 1024
"""What one job may read at most; an expression picks from it what the engine can take."""
TOO_LARGE: Final = ErrorCode.PAYLOAD_TOO_LARGE
"""The code of the error where there is more."""


@dataclass(frozen=True, slots=True)
class DatasetPage:
    """Some items of a dataset.

    Attributes:
        total: How many items the dataset holds in all, by Apify's paging header.
        count: How many stored items this page covers, including those that `clean` left out.
        size_bytes: The length of the page's JSON.
    """

    items: tuple[Json, ...]
    offset: int
    count: int
    total: int
    size_bytes: int = 0


@dataclass(frozen=True, slots=True)
class RecordContent:
    """A key-value store record: its bytes and its content type without parameters.

    Attributes:
        charset: The parameter `charset` of the content type, in lower case, or None.
    """

    content_type: str
    body: bytes
    charset: str | None = None


@dataclass(frozen=True, slots=True)
class ApiCall:
    """One request below `/v2` that no other method of the port sends.

    Attributes:
        path: Segments below `/v2`, not encoded.
        missing: The code of the error where Apify does not know what is asked for.
        is_repeatable: Sending it twice does what sending it once does.
        content: The body, or None for no body at all.
        most_bytes: The most bytes that the answer may have.
    """

    method: str
    path: tuple[str, ...]
    missing: ErrorCode
    is_repeatable: bool
    params: Mapping[str, str] = field(default_factory=dict)
    content: bytes | None = None
    content_type: str | None = None
    most_bytes: int = LARGE_BYTES


@dataclass(frozen=True, slots=True)
class ApiAnswer:
    """An answer of Apify below 400; `content_type` has no parameters."""

    status: int
    content_type: str
    body: bytes
