"""Rows of ours about what happens once: effects of events, and attempts of jobs."""

from __future__ import annotations

from enum import Enum
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from apify_camunda.contracts.element import InboundElement
from apify_camunda.contracts.json_types import AttemptId, EffectKey, JobKey, RunId


class EffectState(Enum):
    """How far an effect has come."""

    OPEN = "open"
    CLAIMED = "claimed"
    """A receiver works on it until its lease ends; whoever comes later may claim it then."""
    ATTEMPTED = "attempted"
    """A command without idempotency is on its way; if its answer never came, the effect is in doubt."""
    DONE = "done"
    REJECTED = "rejected"


class EffectKind(Enum):
    """What the effect asks of the engine."""

    MESSAGE = "message"
    START = "start"


class Effect(BaseModel):
    """What one event does to one element, with all that is needed to do it later.

    Attributes:
        element: The element whose expressions give the variables (of those that share a message: the newest).
        shared_with: Refs of other elements that the same message reaches, whose own variables were not used.
        attempted_at: Since when a command may have been on its way, ISO 8601 UTC; None: surely none was.
        reason: Why it was rejected, or None.
        reference: What the engine gave back: the message key or the process instance key.
    """

    model_config = ConfigDict(frozen=True)

    key: EffectKey
    kind: EffectKind
    element: InboundElement
    message_name: str | None = None
    correlation_key: str | None = None
    message_id: str | None = None
    time_to_live_s: float | None = None
    shared_with: tuple[str, ...] = ()
    state: EffectState = EffectState.OPEN
    attempted_at: str | None = None
    reason: str | None = None
    reference: int | None = None

    @property
    def engine_drops_repeats(self) -> bool:
        """Say whether the engine itself makes a repetition harmless: a message that lives for a while."""
        return self.kind is EffectKind.MESSAGE and (self.time_to_live_s or 0) > 0

    def to_json(self) -> dict[str, Any]:
        """Return the stored form."""
        return self.model_dump(mode="json")


class AttemptState(Enum):
    """How far an attempt of a job has come."""

    STARTING = "starting"
    """The writer of the row has the right to start the run until its lease ends."""
    STARTED = "started"
    """The run's id is known."""
    DECIDED = "decided"
    """The outcome is written and is being reported to Camunda."""
    CLOSED = "closed"
    """The outcome has been reported; a job that comes again is a new attempt."""


class Attempt(BaseModel):
    """One attempt of a job that starts a run.

    Attributes:
        number: Counts the attempts of this job from 1.
        retries: The fewest retries with which the job comes again for this same attempt; of a closed one
            those that the job was left with.
        lease_until: Unix time in seconds until which the writer alone may start the run; 0 where the last
            try surely started none, so that the next comer may start at once.
        began_at: ISO 8601 UTC just before the first start request: runs older than this are not ours.
        fingerprint: Digest of the start request (resource, options, input), to recognise our run in a list.
        run_status: The last status that a callback or a look reported.
        looks: How often the run was looked at without a callback; the interval grows with it.
        outcome: The stored form of the decided outcome, or None.
        cluster: Names the cluster whose job this is; job keys repeat on another one.
        place: Where in which instance the job stands, so that a cluster that has moved is known by its jobs.
    """

    model_config = ConfigDict(frozen=True)

    id: AttemptId
    job_key: JobKey
    number: int
    retries: int
    state: AttemptState
    lease_until: float
    began_at: str
    fingerprint: str
    run_id: RunId | None = None
    run_status: str | None = None
    looks: int = 0
    outcome: dict[str, Any] | None = Field(default=None)
    cluster: str = ""
    place: str = ""
