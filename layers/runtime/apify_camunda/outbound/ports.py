"""What the outbound flows need from outside, one Protocol for each need."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from apify_camunda.camunda.model import ActivatedJob
from apify_camunda.identifiers import AttemptId, JobKey, RunId
from apify_camunda.outbound.domain.attempt import Attempt
from apify_camunda.outbound.domain.attempt_transitions import Transition
from apify_camunda.outbound.domain.cancellable_run import CancellableRun
from apify_camunda.outbound.domain.trials import Trials


@dataclass(frozen=True, slots=True)
class Change:
    """What came of a transition.

    Attributes:
        done: The row is as the transition makes it. False: its state did not allow it, or it does not exist.
        row: The row as it is now, or None if there is no row.
    """

    done: bool
    row: Attempt | None


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

    async def change(
        self, attempt: AttemptId, transition: Transition, *, seen: Attempt | None = None
    ) -> Change:
        """Apply a transition to the row as it is; `attempt_transitions.after` says what it allows.

        Args:
            attempt: Names the row.
            transition: What is to change.
            seen: The row as it was read last: where it has not changed since, it is not read again.
        """
        ...

    async def claim_run(self, run_id: RunId, attempt: AttemptId) -> bool:
        """Make a run this attempt's alone; False where it is another's.

        An attempt that has noted another run loses its claim to this one.
        """
        ...

    async def owner_of_run(self, run_id: RunId) -> AttemptId | None:
        """Return the attempt that a run belongs to; None where no attempt without another run claims it."""
        ...


class JobTrials(Protocol):
    """Remembers the tries of a job, for its place in the process and the retries that it has.

    All raise StoreUnavailable where the store did not answer.
    """

    async def begin(self, job: ActivatedJob, *, is_suspect: bool = False) -> bool:
        """Count a work before it begins, so that the count stays where the work ends the process.

        Args:
            job: The job.
            is_suspect: Count it although an earlier work has not come to an end.

        Returns:
            False where an earlier work has not come to an end; then nothing was counted.
        """
        ...

    async def read(self, job: ActivatedJob) -> Trials:
        """Return what is remembered of the job."""
        ...

    async def write(self, job: ActivatedJob, trials: Trials) -> None:
        """Remember this of the job from now on."""
        ...


class CancellableRuns(Protocol):
    """Lists the runs that are to be aborted once their jobs are cancelled, while these wait.

    All raise StoreUnavailable where the store did not answer.
    """

    async def put(self, run: CancellableRun) -> None:
        """List a run, or list it again."""
        ...

    async def remove(self, attempt: AttemptId) -> None:
        """Take the run of an attempt off the list."""
        ...

    async def all(self) -> Sequence[CancellableRun]:
        """Return all listed runs, in the order of their attempts."""
        ...

    async def take_turn(self, until: datetime) -> bool:
        """Take the right to look at the list until then; False where another poller has it."""
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
        """Take a free slot until then, when the poller has certainly ended; None: all are taken."""
        ...

    async def leave(self, slot: int, *, until: datetime) -> None:
        """Give a slot back that was taken until then, unless another poller has it by now."""
        ...
