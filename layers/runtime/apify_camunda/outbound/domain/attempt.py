"""One attempt of a job to start a run, as its row stores it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum

from apify_camunda.identifiers import AttemptId, JobKey, RunId
from apify_camunda.json_types import JsonObject


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One attempt of a job that starts a run; `attempt_transitions` says how it may change.

    Attributes:
        number: Counts the attempts of this job from 1.
        retries: The fewest retries with which the job comes again for this same attempt; of a closed one
            those that the job was left with.
        lease_until: Until when the writer alone may start the run; None where the last try certainly started
            none, so that the next poller may start at once.
        began_at: Just before the first start request, by our own clock: older runs are not this attempt's.
        fingerprint: Digest of the start request (resource, options, input), to recognise our run in a list.
        sends_callback: Whether the start request carried our ad-hoc webhook; None in rows of version 0.1.0.
        lost_by: Why the last start request was not answered; then the run's first callback ends the wait.
        lost_starts: How many start requests were not answered.
        reported_runs: Runs that callbacks named while no run was known; they are checked at Apify first.
        run_status: The last status that a callback reported.
        looks: How often the run was looked at without a callback, or its start was put off.
        is_seen: Apify has shown the run: where it does not show it any more, the run was deleted.
        outcome: The stored form of the decided outcome, or None.
        cluster: Names the cluster whose job this is; job keys repeat on another one.
        cluster_told: What the cluster calls itself (8.9 and newer); empty where it is not known.
        place: Where in which instance the job is; keys repeat on a cluster that was reset.
        stamp: Names this version of the row; written by the store, which compares it before each change.
    """

    id: AttemptId
    job_key: JobKey
    number: int
    retries: int
    state: AttemptState
    lease_until: datetime | None
    began_at: datetime
    fingerprint: str
    sends_callback: bool | None = None
    lost_by: str = ""
    lost_starts: int = 0
    reported_runs: tuple[RunId, ...] = ()
    run_id: RunId | None = None
    run_status: str | None = None
    looks: int = 0
    is_seen: bool = False
    outcome: JsonObject | None = None
    cluster: str = ""
    cluster_told: str = ""
    place: str = ""
    stamp: str = field(default="", compare=False)

    @property
    def is_open(self) -> bool:
        """Say whether the job's outcome has yet to be reported."""
        return self.state is not AttemptState.CLOSED
