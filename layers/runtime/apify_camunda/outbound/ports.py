"""What the outbound flows need from outside, one Protocol for each need."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from apify_camunda.identifiers import AttemptId, JobKey, RunId
from apify_camunda.json_types import JsonObject
from apify_camunda.outbound.domain.attempt import Attempt


class AttemptLedger(Protocol):
    """Remembers, for each attempt of a job, whether a run was started and how it ended.

    All raise StoreUnavailable where the store did not answer.
    """

    async def latest(self, job: JobKey) -> Attempt | None:
        """Return the job's newest attempt, read consistently."""
        ...

    async def open(self, attempt: Attempt) -> bool:
        """Write a new attempt; False where another poller wrote the same number before."""
        ...

    async def take_lease(self, attempt: Attempt, *, lease_until: float) -> bool:
        """Move the lease of a STARTING attempt that still has the lease that `attempt` shows.

        Who finds the lease ended takes it by moving it on; its owner may shorten it, or give it up by 0.
        False: the row has changed, and nothing was written.
        """
        ...

    async def claim_run(self, run_id: RunId, attempt: AttemptId) -> bool:
        """Make a run this attempt's alone; False where it is another's.

        The claim of an attempt that has noted another run is none: whoever asks next gets the run.
        """
        ...

    async def owner_of_run(self, run_id: RunId) -> AttemptId | None:
        """Return the attempt that a run belongs to; None where nobody has claimed it who has no other."""
        ...

    async def record_run(self, attempt: AttemptId, run_id: RunId) -> bool:
        """Note the run's id, so that the attempt is STARTED, unless a run is noted already.

        True if this run is the one that is noted.
        """
        ...

    async def record_status(self, attempt: AttemptId, run_id: RunId, status: str) -> Attempt | None:
        """Note what a callback said of the run (and its id, if none is noted), and return the row.

        A terminal status stays: callbacks may arrive in any order. A run that is not the noted one changes
        nothing. What is noted makes the looks count anew. None: unknown attempt.
        """
        ...

    async def record_look(self, attempt: AttemptId, looks: int) -> None:
        """Note how often the run was looked at, or its start was put off."""
        ...

    async def expect_retries(self, attempt: AttemptId, retries: int) -> None:
        """Let a job that comes with so few retries go on with this attempt, as it fails without ending it."""
        ...

    async def decide(self, attempt: AttemptId, outcome: JsonObject) -> JsonObject:
        """Write the outcome before it is reported, unless one is written, and return the one that stands.

        It may be as large as variables may. A closed attempt stays closed.
        """
        ...

    async def reconsider(self, attempt: AttemptId) -> None:
        """Drop a decided outcome that Camunda refuses: with any retries the attempt goes on with its run.

        A closed attempt stays closed.
        """
        ...

    async def close(self, attempt: AttemptId, *, retries: int = 0) -> None:
        """Note that the outcome has been reported, and drop it; the job was left with so many retries."""
        ...


class PollerWaker(Protocol):
    """Wakes the poller if it sleeps."""

    async def wake(self) -> None:
        """Ask for an invocation of the poller; failing is harmless (the schedule wakes it) and is logged."""
        ...


class PollerSlots(Protocol):
    """So many slots as pollers may work side by side.

    Both raise StoreUnavailable where the store did not answer.
    """

    async def take(self, *, until: datetime) -> int | None:
        """Take a free slot until then, when the poller has surely ended; None: all are taken."""
        ...

    async def leave(self, slot: int, *, until: datetime) -> None:
        """Give a slot back that was taken until then, unless another poller has it by now."""
        ...
