"""The effects of an event, and their life: every transition and the condition under which it is allowed.

    OPEN ──claim──> CLAIMED ──attempt──> ATTEMPTED ──confirm──> DONE
     ^                 │ │                 │   │
     └────hand back────┘ └─────reject──────┼───┴──reject──> REJECTED
     └───────────────reopen────────────────┘

`LIFE` is the table. The flow asks it, the stores carry it out: the fake in memory, DynamoDB as a condition.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum
from typing import Final, NewType, Self, TypeAlias

from apify_camunda.camunda.elements import InboundElement
from apify_camunda.errors import ErrorCode
from apify_camunda.identifiers import EffectKey

ClaimId = NewType("ClaimId", str)
"""Names one claim of one effect; no two claims have the same."""


class EffectState(Enum):
    """How far an effect has come; the value is stored."""

    OPEN = "open"
    CLAIMED = "claimed"
    """A receiver works on it until its lease ends."""
    ATTEMPTED = "attempted"
    """A command that the engine may not get twice was sent; without an answer the effect is in doubt."""
    DONE = "done"
    REJECTED = "rejected"

    @property
    def is_settled(self) -> bool:
        """Return whether nothing more is to be done, unless an operator replays the event."""
        return self in (EffectState.DONE, EffectState.REJECTED)


class Transition(Enum):
    """What can happen to an effect."""

    CLAIM = "claim"
    ATTEMPT = "attempt"
    HAND_BACK = "hand back"
    CONFIRM = "confirm"
    REJECT = "reject"
    REOPEN = "reopen"


class Condition(Enum):
    """What must hold, beside the state, for a transition."""

    ALWAYS = "always"
    LEASE_ENDED = "the lease has ended"
    OWN_CLAIM = "the claim is the caller's"
    SEEN_ATTEMPT = "the attempt is the one that the caller has seen"


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of the table: in which state a transition is allowed, and under which condition."""

    transition: Transition
    start: EffectState
    end: EffectState
    condition: Condition


_S, _T, _C = EffectState, Transition, Condition
LIFE: Final[tuple[Rule, ...]] = (
    Rule(_T.CLAIM, _S.OPEN, _S.CLAIMED, _C.ALWAYS),
    Rule(_T.CLAIM, _S.CLAIMED, _S.CLAIMED, _C.LEASE_ENDED),
    Rule(_T.ATTEMPT, _S.CLAIMED, _S.ATTEMPTED, _C.OWN_CLAIM),
    Rule(_T.HAND_BACK, _S.CLAIMED, _S.OPEN, _C.OWN_CLAIM),
    # An effect that happened stays DONE, even if another state was written meanwhile.
    Rule(_T.CONFIRM, _S.OPEN, _S.DONE, _C.ALWAYS),
    Rule(_T.CONFIRM, _S.CLAIMED, _S.DONE, _C.ALWAYS),
    Rule(_T.CONFIRM, _S.ATTEMPTED, _S.DONE, _C.ALWAYS),
    Rule(_T.CONFIRM, _S.REJECTED, _S.DONE, _C.ALWAYS),
    Rule(_T.REJECT, _S.CLAIMED, _S.REJECTED, _C.OWN_CLAIM),
    Rule(_T.REJECT, _S.ATTEMPTED, _S.REJECTED, _C.OWN_CLAIM),
    Rule(_T.REOPEN, _S.ATTEMPTED, _S.OPEN, _C.SEEN_ATTEMPT),
)
"""Every transition that there is; what is not in the table is refused."""


def rules_of(transition: Transition) -> Sequence[Rule]:
    """Return the rows of a transition; it is allowed where one of them applies."""
    return [rule for rule in LIFE if rule.transition is transition]


def condition_of(transition: Transition, state: EffectState) -> Condition | None:
    """Return the condition of a transition in a state; None: it is not allowed there."""
    found = (rule.condition for rule in rules_of(transition) if rule.start is state)
    return next(found, None)


def explained(reason: str, code: str | None) -> str:
    """Return a reason followed by its stable code in brackets; docs/guide/errors.md explains each code."""
    return f"{reason} [{code}]" if code else reason


@dataclass(frozen=True, slots=True, kw_only=True)
class _Effect:
    """What all effects have.

    Attributes:
        element: The element whose expressions give the variables.
        attempted_at: Since when a command may have been on its way; None: surely none was.
        reason: Why it was rejected, for an operator: it may quote values. None: it was not.
        code: The stable code of that reason.
        reference: What the engine gave back: the message key or the process instance key.
    """

    key: EffectKey
    element: InboundElement
    state: EffectState = EffectState.OPEN
    attempted_at: datetime | None = None
    reason: str | None = None
    code: str | None = None
    reference: int | None = None

    @property
    def explanation(self) -> str | None:
        """Return the reason with its code, as incidents of jobs show theirs; None: it was not rejected."""
        return explained(self.reason, self.code) if self.reason else None

    def claimed(self) -> Self:
        """Return the effect as a claim leaves it."""
        return replace(self, state=EffectState.CLAIMED)

    def attempted(self, at: datetime) -> Self:
        """Return the effect after its command was sent at this time."""
        return replace(self, state=EffectState.ATTEMPTED, attempted_at=at)

    def opened(self, *, attempted_at: datetime | None = None) -> Self:
        """Return the effect as it waits to be claimed; a command may be on its way since `attempted_at`."""
        return replace(self, state=EffectState.OPEN, attempted_at=attempted_at)

    def confirmed(self, reference: int | None) -> Self:
        """Return the effect after the engine has confirmed it."""
        return replace(self, state=EffectState.DONE, reference=reference, reason=None, code=None)

    def rejected(self, reason: str, code: str = ErrorCode.INVALID_INPUT) -> Self:
        """Return the effect after it was found impossible."""
        return replace(self, state=EffectState.REJECTED, reason=reason, code=str(code))


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageEffect(_Effect):
    """A message that is published.

    Attributes:
        contributors: Further elements of the same version that wait for this message: their variables are
            merged with those of `element`.
        shared_with: Refs of elements of other versions or processes that the same message reaches; their
            variables are not used.
    """

    name: str
    correlation_key: str
    message_id: str
    time_to_live: timedelta
    contributors: tuple[InboundElement, ...] = ()
    shared_with: tuple[str, ...] = ()

    @property
    def kind(self) -> str:
        """Return the kind's stored name."""
        return "message"

    @property
    def engine_drops_repeats(self) -> bool:
        """Return whether the engine ignores a repetition: it remembers the message while it lives."""
        return self.time_to_live > timedelta()


@dataclass(frozen=True, slots=True, kw_only=True)
class StartEffect(_Effect):
    """A process instance that is created."""

    @property
    def kind(self) -> str:
        """Return the kind's stored name."""
        return "start"

    @property
    def shared_with(self) -> tuple[str, ...]:
        """Return no element: each element has its own start."""
        return ()

    @property
    def engine_drops_repeats(self) -> bool:
        """Return False: the engine creates an instance for each command."""
        return False


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultyEffect(_Effect):
    """An element that should take part, but whose message or start could not be determined."""

    state: EffectState = EffectState.REJECTED

    @property
    def kind(self) -> str:
        """Return the kind's stored name."""
        return "faulty"

    @property
    def shared_with(self) -> tuple[str, ...]:
        """Return no element."""
        return ()

    @property
    def engine_drops_repeats(self) -> bool:
        """Return False: there is no command."""
        return False


Effect: TypeAlias = MessageEffect | StartEffect | FaultyEffect
