"""One attempt of a job to start a run, as its row stores it."""

from __future__ import annotations

from enum import Enum
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from apify_camunda.identifiers import AttemptId, JobKey, RunId


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
