"""What the inbound flows need from outside, one Protocol for each need."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, TypeAlias

from apify_camunda.camunda.elements import InboundElement
from apify_camunda.identifiers import EffectKey, EventId, TenantId
from apify_camunda.inbound.domain.effect import ClaimId, Effect, MessageEffect, StartEffect
from apify_camunda.webhooks.events import ReceivedEvent

Command: TypeAlias = MessageEffect | StartEffect
"""An effect that has a command."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What is known of an event when work on it begins.

    Attributes:
        effects: The effects that were frozen, in their first state; None: none were yet.
        deaths: How many earlier works on the event began, did not end, and cannot be alive any more.
    """

    effects: tuple[Effect, ...] | None
    deaths: int


@dataclass(frozen=True, slots=True)
class Claimed:
    """The effect is the caller's until the lease ends.

    Attributes:
        effect: The effect as it was; `attempted_at` is about earlier tries only.
        claim: Fences every later write: it succeeds only while this claim holds.
    """

    effect: Command
    claim: ClaimId


@dataclass(frozen=True, slots=True)
class ClaimRefused:
    """Another receiver holds the effect, or it is attempted or settled; `effect` is its present state."""

    effect: Command


EffectClaim: TypeAlias = Claimed | ClaimRefused


@dataclass(frozen=True, slots=True)
class UnresolvedEffect:
    """An effect that needs a person, or is being worked on.

    Attributes:
        routes: The routes through which its event came, sorted.
    """

    event: EventId
    effect: Effect
    routes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SetAsideEvent:
    """An event that is not worked on until an operator replays it.

    Attributes:
        reason: Why, in a sentence for the operator.
        at: Since when.
    """

    event: EventId
    route: str
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class EventHistory:
    """What is remembered of an event.

    Attributes:
        routes: The routes through which it was received.
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
        """Return the elements that listen on a route (webhooks/routes.py); None: the route is unknown.

        Raises:
            StoreUnavailable: The store did not answer.
        """
        ...


class Receipts(Protocol):
    """Remembers which events came through which route, and the effects that each had.

    All raise StoreUnavailable where the store did not answer, and StoreRejected for an item that it refuses
    for good. Rows are kept for longer than Apify repeats a delivery and than a message lives.
    """

    async def begin(self, event: EventId, route: str, *, now: datetime) -> Receipt:
        """Note that work on the event begins, and return what is known of it.

        The note stays when the process dies; `end` and `withdraw` take it away.
        """
        ...

    async def withdraw(self, event: EventId, route: str, *, begun: datetime) -> None:
        """Take back the note of the work that began at `begun`; notes of others stay."""
        ...

    async def end(self, event: EventId, route: str) -> None:
        """Note that work ended although the event is not finished: nothing that began before has died."""
        ...

    async def effects(self, event: EventId, route: str) -> tuple[Effect, ...] | None:
        """Return the effects that the first receipt through this route froze, in their present states."""
        ...

    async def freeze(self, event: EventId, route: str, effects: Sequence[Effect]) -> tuple[Effect, ...]:
        """Write the effects of a first receipt, and return the ones that count.

        Of two receipts at once one wins, and both get its effects, in their first states.
        """
        ...

    async def refreeze(self, event: EventId, route: str, effects: Sequence[Effect]) -> None:
        """Write the effects of a replay over those of this route.

        Effects of this route that were rejected and are not among them are taken away, in other receipts of
        the event too. What is DONE or ATTEMPTED stays. Dying half-way leaves the event to be replayed again.
        """
        ...


class EffectClaims(Protocol):
    """Carries out the transitions of domain/effect.py, each as one conditional write.

    A write that is repeated because its answer was lost succeeds again: it finds its own value. All raise
    StoreUnavailable where the store did not answer, and StoreRejected for an item that it refuses for good.
    """

    async def claim(self, event: EventId, effect: Command, *, now: datetime, lease: timedelta) -> EffectClaim:
        """Take an effect that is OPEN (or has no row yet), or CLAIMED with a lease that has ended.

        For an effect whose repetition the engine drops, the first claim also notes `attempted_at`: from then
        on a command may be on its way.
        """
        ...

    async def freeze_claimed(
        self, event: EventId, route: str, effect: Command, *, now: datetime, lease: timedelta
    ) -> Claimed | None:
        """Write the only effect of a first receipt, and claim it, both or neither.

        None where the receipt has effects or the effect has a row, and where another writes one of them at
        this moment. Then nothing was written, and `freeze` and then `claim` tell what is there.
        """
        ...

    async def attempt(self, event: EventId, effect: EffectKey, claim: ClaimId, *, at: datetime) -> bool:
        """Note that a command without idempotency is about to be sent.

        False where the claim does not hold any more; then the command must not be sent.
        """
        ...

    async def confirm(self, event: EventId, effect: Effect) -> None:
        """Write that the effect is DONE, with its reference."""
        ...

    async def reject(self, event: EventId, effect: Effect, claim: ClaimId) -> bool:
        """Write that the effect is REJECTED, with its reason; False where the claim does not hold."""
        ...

    async def hand_back(
        self, event: EventId, effect: EffectKey, claim: ClaimId, *, attempted_at: datetime | None
    ) -> bool:
        """Give up the claim, so that the effect is OPEN; False where it does not hold any more.

        `attempted_at` says since when a command may still be on its way; None: surely none is.
        """
        ...

    async def reopen(self, event: EventId, effect: Effect) -> bool:
        """Make an ATTEMPTED effect that surely did not happen OPEN; False where its state is another by now.

        `effect.attempted_at` tells the attempt that the caller has seen from a later one.
        """
        ...


class KeptEvents(Protocol):
    """Keeps deliveries for an operator, who may list, replay and resolve them.

    All raise StoreUnavailable where the store did not answer.
    """

    async def keep(self, event: EventId, received: ReceivedEvent, *, in_doubt: bool = False) -> None:
        """Keep a delivery, one for each route of an event, and note whether an effect of it is in doubt."""
        ...

    async def doubts(self) -> int:
        """Return how many effects are in doubt, of the deliveries that were kept with such a note.

        A note that has become untrue is taken away.
        """
        ...

    async def kept(self, event: EventId) -> tuple[ReceivedEvent, ...]:
        """Return the deliveries of an event that were kept, by their routes."""
        ...

    async def all_kept(self) -> Mapping[EventId, Sequence[ReceivedEvent]]:
        """Return every delivery that was kept, by their events."""
        ...

    async def forget_payload(self, event: EventId) -> None:
        """Delete the deliveries of an event that were kept; what became of its effects stays known."""
        ...

    async def unresolved(self) -> Sequence[UnresolvedEffect]:
        """Return the effects of kept deliveries that are neither OPEN nor DONE."""
        ...

    async def history(self) -> Sequence[EventHistory]:
        """Return every event that is remembered, latest change first; this reads the whole table."""
        ...

    async def history_of(self, event: EventId) -> EventHistory | None:
        """Return what is remembered of one event, or None."""
        ...

    async def effects_of(self, event: EventId) -> Sequence[Effect]:
        """Return all effects of an event, of all routes, in their present states."""
        ...

    async def set_aside(self, event: EventId, received: ReceivedEvent, *, reason: str, at: datetime) -> None:
        """Keep a delivery and note that it is not worked on until it is replayed."""
        ...

    async def aside(self) -> Sequence[SetAsideEvent]:
        """Return the events that are set aside."""
        ...

    async def take_up(self, event: EventId) -> None:
        """Let an event that was set aside be worked on again, as if none of its works had died."""
        ...


@dataclass(frozen=True, slots=True)
class ConditionTrouble:
    """That an element's expression fails, or its condition is null because of a name that is not there.

    Attributes:
        element: `process/version/element`.
        reason: The last reason, which may quote values.
        at: When it happened last.
        times: How often it happened; the last minute's may be missing.
    """

    tenant_id: TenantId
    element: str
    reason: str
    at: datetime
    times: int


class ConditionTroubles(Protocol):
    """Keeps troubles of elements for some days.

    Both raise StoreUnavailable where the store did not answer.
    """

    async def note(self, element: InboundElement, *, reason: str, times: int, at: datetime) -> None:
        """Keep the last reason and time, and add to how often it happened."""
        ...

    async def troubles(self) -> Sequence[ConditionTrouble]:
        """Return the troubles of all elements."""
        ...


class EventLedger(Receipts, EffectClaims, KeptEvents, Protocol):
    """Everything that is remembered of events."""


class ParkedEvents(Protocol):
    """Events that are durable and wait for a later try."""

    async def park(self, event: ReceivedEvent, *, delay: timedelta) -> None:
        """Make the event durable; when this returns it will not be lost.

        Raises:
            StoreUnavailable: It could not be made durable.
        """
        ...

    async def postpone(self, receipt: str, *, delay: timedelta) -> None:
        """Let a parked event that is being worked on come back after `delay`."""
        ...
