"""What there is before anybody calls: users, Actors, tasks, storages, and what will happen by itself.

These are the shapes that a *world file* is read into (`world_file.py`); `docs/world-file.md` is its manual:

    {
      "seed": "any text",                      ids follow from it
      "users":  [{"username", "tokens", "limits"}],
      "actors": [{"owner", "name", "runs": [how a run goes], "builds", "defaultRun", "pricing", ...}],
      "tasks":  [{"owner", "name", "actor", "input", "options", "runs"}],
      "datasets": [{"owner", "name", "items"}],
      "keyValueStores": [{"owner", "name", "records"}],
      "timing": {"startupSeconds", "windDownSeconds", "gracefulAbortSeconds", "freshRunHiddenSeconds"},
      "events": [{"afterSeconds": 1, "startRun": {"actor": "acme/crawler", "input": {}}}]
    }

How a run goes: `{"durationSeconds", "ends", "statusMessage", "items", "records", "log", "when", ...}`.
Nothing here reads a file, a clock or chance.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Literal, TypeAlias

from emulators.apify.rejections import Rejection

EndStatus: TypeAlias = Literal["SUCCEEDED", "FAILED", "TIMED-OUT", "ABORTED"]
Access: TypeAlias = Literal["full", "read"]
PricingModel: TypeAlias = Literal["PAY_PER_EVENT", "PRICE_PER_DATASET_ITEM"]
MEMORY_SIZES_MBYTES = frozenset(128 * 2**power for power in range(9))
A_MEMORY_SIZE = "a power of 2 from 128 to 32768"


class WorldError(ValueError):
    """A world file says something impossible; the message is one line with the place and the value."""


@dataclass(frozen=True, kw_only=True)
class Token:
    """One API token; a `read` token may change nothing."""

    token: str
    access: Access = "full"


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What Apify allows one user; None means no limit."""

    webhooks: int = 100
    concurrent_runs: int | None = None
    memory_mbytes: int | None = None
    requests_per_second: int | None = None
    """Of one user to one resource."""


@dataclass(frozen=True, kw_only=True)
class User:
    id: str
    username: str
    tokens: tuple[Token, ...]
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True, kw_only=True)
class Build:
    """A finished build of an Actor."""

    id: str
    number: str
    tags: tuple[str, ...]
    input_schema: Mapping[str, Any] | None = None


@dataclass(frozen=True, kw_only=True)
class RunDefaults:
    """What a run is given when the request that starts it says nothing."""

    build: str = "latest"
    timeout_secs: int = 0
    """0 means that the run may take as long as it likes."""
    memory_mbytes: int = 1024
    max_items: int | None = None
    max_total_charge_usd: float | None = None


@dataclass(frozen=True, kw_only=True)
class Pricing:
    """What each dataset item of a paid Actor costs."""

    model: PricingModel
    usd_per_item: float
    minimal_max_total_charge_usd: float | None = None


@dataclass(frozen=True, kw_only=True)
class Record:
    """One record of a key-value store."""

    content_type: str
    body: bytes


@dataclass(frozen=True, kw_only=True)
class RecordTemplate:
    """A record that a run leaves: `value` is filled with the run's variables, unless `body` is given."""

    content_type: str
    value: Any = None
    body: bytes | None = None


@dataclass(frozen=True, kw_only=True)
class ItemsTemplate:
    """Dataset items made of one template, `count` times or once for each element of a list in the input."""

    template: Any
    count: Any = 1
    for_each: str | None = None


@dataclass(frozen=True, kw_only=True)
class When:
    """Which runs a behaviour is for; empty means all."""

    input: Mapping[str, Any] = field(default_factory=dict)
    build: str | None = None


@dataclass(frozen=True, kw_only=True)
class Behaviour:
    """How a run goes and what it leaves behind."""

    duration: timedelta = timedelta(seconds=1)
    ends: EndStatus = "SUCCEEDED"
    exit_code: int | None = None
    status_message: str | None = None
    items: tuple[Any, ...] | ItemsTemplate = ()
    records: Mapping[str, RecordTemplate] = field(default_factory=dict)
    log: tuple[str, ...] = ()
    when: When = field(default_factory=When)
    times: int | None = None
    """How many runs it is for, counted from the first that it fits; None means all."""


@dataclass(frozen=True, kw_only=True)
class Actor:
    id: str
    owner: str
    """The owner's username, which is the first half of the Actor's name."""
    name: str
    title: str
    public: bool
    builds: tuple[Build, ...]
    runs: tuple[Behaviour, ...]
    default_run: RunDefaults = field(default_factory=RunDefaults)
    pricing: Pricing | None = None
    refusal: Rejection | None = None
    """The answer to every request that would start a run."""


@dataclass(frozen=True, kw_only=True)
class Task:
    id: str
    owner: str
    name: str
    title: str
    actor_id: str
    input: Mapping[str, Any]
    options: RunDefaults
    runs: tuple[Behaviour, ...] = ()
    """Empty means that its runs go as the Actor's runs go."""


@dataclass(frozen=True, kw_only=True)
class NamedDataset:
    id: str
    owner: str
    name: str
    items: tuple[Any, ...]


@dataclass(frozen=True, kw_only=True)
class NamedStore:
    id: str
    owner: str
    name: str
    records: Mapping[str, Record]


@dataclass(frozen=True, kw_only=True)
class Timing:
    startup: timedelta = timedelta(milliseconds=100)
    """How long a run is READY."""
    wind_down: timedelta = timedelta(0)
    """How long a run is TIMING-OUT, or ABORTING when it is aborted at once."""
    graceful_abort: timedelta = timedelta(seconds=30)
    """How long a run may go on when it is aborted gracefully."""
    fresh_run_hidden: timedelta = timedelta(0)
    """How long a new run is answered with 404, as a replica that lags behind does."""


@dataclass(frozen=True, kw_only=True)
class StartRun:
    """A user starts a run in Apify's Console."""

    target: Actor | Task
    username: str
    input: Mapping[str, Any] | None
    build: str | None = None


@dataclass(frozen=True, kw_only=True)
class AbortLastRun:
    """A user aborts the newest run of the Actor or task."""

    target: Actor | Task


@dataclass(frozen=True, kw_only=True)
class ResurrectLastRun:
    """A user resurrects the newest run of the Actor or task."""

    target: Actor | Task


@dataclass(frozen=True, kw_only=True)
class DeleteWebhooks:
    """All webhooks of a user are deleted."""

    username: str


@dataclass(frozen=True, kw_only=True)
class DisableWebhooks:
    """All webhooks of a user are switched off."""

    username: str


Happening: TypeAlias = StartRun | AbortLastRun | ResurrectLastRun | DeleteWebhooks | DisableWebhooks


@dataclass(frozen=True, kw_only=True)
class WorldEvent:
    after: timedelta
    """Counted from the start of the emulator."""
    happening: Happening


@dataclass(frozen=True, kw_only=True)
class World:
    users: tuple[User, ...]
    actors: tuple[Actor, ...] = ()
    tasks: tuple[Task, ...] = ()
    datasets: tuple[NamedDataset, ...] = ()
    stores: tuple[NamedStore, ...] = ()
    events: tuple[WorldEvent, ...] = ()
    timing: Timing = field(default_factory=Timing)
    redirect_from_bytes: int = 262_144
    """Records of this size and more are answered with a redirect to a signed URL."""
    invents_actors: bool = True
    """Whether Actors of users that are not in this world exist as soon as they are asked for."""
    seed: str = "apify"
