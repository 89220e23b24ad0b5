"""What is remembered so that it happens once: effects of events, and attempts of jobs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, TypeAlias

from apify_camunda.contracts.delivery import ReceivedEvent
from apify_camunda.contracts.json_types import AttemptId, EffectKey, EventId, JobKey, JsonObject, RunId
from apify_camunda.contracts.ledger import Attempt, Effect


@dataclass(frozen=True, slots=True)
class Claimed:
    """The effect is ours until the lease ends.

    Attributes:
        effect: As it stands; `attempted_at` tells of earlier tries only.
        lease_until: Unix time in seconds; unlike that of every other claim of this effect, so it fences.
    """

    effect: Effect
    lease_until: float


@dataclass(frozen=True, slots=True)
class ClaimRefused:
    """Somebody else has the effect, or it is settled; `effect` is as it stands."""

    effect: Effect


EffectClaim: TypeAlias = Claimed | ClaimRefused


class EventLedger(Protocol):
    """Remembers events, their effects, and how far each effect has come.

    All raise StoreUnavailable where the store did not answer; then nothing is known to have changed.
    Rows of an event are kept for longer than Apify repeats a delivery and than a message lives.
    """

    async def effects(self, event: EventId, route: str) -> tuple[Effect, ...] | None:
        """Return the effects that the event's first receipt through this route froze, or None."""
        ...

    async def freeze(self, event: EventId, route: str, effects: Sequence[Effect]) -> tuple[Effect, ...]:
        """Write down the effects of a first receipt, and return what stands.

        Of two receipts at once one wins, and both get its effects. A first receipt may get its effects back
        as they were given; how far another route has brought them is told by `claim`.
        """
        ...

    async def claim(self, event: EventId, effect: Effect, *, now: datetime, lease: timedelta) -> EffectClaim:
        """Take an effect that is OPEN (or has no row yet), or CLAIMED by somebody whose lease has ended.

        An ATTEMPTED, DONE or REJECTED one is never taken: ATTEMPTED is in doubt and is settled by `settle`
        or made OPEN by `reopen`. For an effect whose repetition the engine drops, the first claim also
        notes `attempted_at`: from then on a command may be on its way.
        """
        ...

    async def mark_attempted(
        self, event: EventId, effect: EffectKey, *, lease_until: float, at: datetime
    ) -> bool:
        """Write down that a command without idempotency is about to be sent.

        False where the claim is no longer ours; then the command must not be sent.
        """
        ...

    async def settle(self, event: EventId, effect: Effect) -> None:
        """Write the effect as it now is: DONE with its reference, or REJECTED with its reason."""
        ...

    async def hand_back(
        self, event: EventId, effect: EffectKey, *, lease_until: float, attempted_at: str | None
    ) -> bool:
        """Give up our claim, so that the effect is OPEN; False where it is not ours any more.

        `attempted_at` says since when a command may be on its way all the same; None: surely none is.
        """
        ...

    async def reopen(self, event: EventId, effect: Effect) -> bool:
        """Make an ATTEMPTED effect that surely did not happen OPEN; False where it stands otherwise by now.

        It is the attempt that we saw: `effect.attempted_at` tells it from a later one.
        """
        ...

    async def keep(self, event: EventId, received: ReceivedEvent) -> None:
        """Keep the delivery itself, so that an operator can replay what was rejected or is in doubt."""
        ...

    async def kept(self, event: EventId) -> ReceivedEvent | None:
        """Return a delivery that was kept, or None."""
        ...

    async def unresolved(self) -> Sequence[tuple[EventId, Effect]]:
        """Return the effects of kept deliveries that are neither OPEN nor DONE, for an operator's eyes."""
        ...

    async def refreeze(self, event: EventId, route: str, effects: Sequence[Effect]) -> None:
        """Write the effects of a replay over the first receipt's, and drop the event's REJECTED ones.

        What is DONE or ATTEMPTED stays so. Dying half-way leaves the event to be replayed again.
        """
        ...


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
