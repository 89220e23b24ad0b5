"""What the inbound flows need from outside, one Protocol for each need."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, TypeAlias

from apify_camunda.camunda.elements import InboundElement
from apify_camunda.identifiers import EffectKey, EventId
from apify_camunda.inbound.domain.effect import Effect
from apify_camunda.webhooks.events import ReceivedEvent


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


@dataclass(frozen=True, slots=True)
class EventHistory:
    """What is remembered of an event.

    Attributes:
        routes: The routes through which it was received, `apify/{registration}` or `inbound/{context}`.
        effects: Its effects in their present states; none if no element wanted the event.
        changed_at: When one of its rows was last written, to the second.
    """

    event: EventId
    routes: tuple[str, ...]
    effects: tuple[Effect, ...]
    changed_at: datetime


class Listeners(Protocol):
    """Knows which elements listen on a route."""

    async def listeners(self, route: str) -> tuple[InboundElement, ...] | None:
        """Return the elements that listen on `apify/{registration}` or `inbound/{context}`.

        None: the route is unknown.

        Raises:
            StoreUnavailable: The store did not answer.
        """
        ...


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


class ParkedEvents(Protocol):
    """Events that are durable and wait for a better time."""

    async def park(self, event: ReceivedEvent, *, delay: timedelta) -> None:
        """Make the event durable; when this returns it will not be lost.

        Raises:
            StoreUnavailable: It could not be made durable.
        """
        ...

    async def postpone(self, receipt: str, *, delay: timedelta) -> None:
        """Let a parked event that is being worked on come back after `delay`."""
        ...
