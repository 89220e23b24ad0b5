"""What is still to be done within a command: the closed set of steps that the processor carries out."""

from dataclasses import dataclass, field
from typing import TypeAlias

from emulators.camunda.state import Variables


@dataclass(frozen=True, slots=True, kw_only=True)
class StartInstance:
    """Create a process instance and let it begin at a start event."""

    key: int
    definition_key: int
    element_id: str
    variables: Variables
    """The instance's own variables, there before its start event."""
    payload: Variables | None = None
    """What the event that started it carried."""
    correlation_key: str | None = None
    tags: frozenset[str] = frozenset()
    business_id: str | None = None
    parent_element_key: int | None = None


@dataclass(frozen=True, slots=True)
class Activate:
    """Create an instance of an element in a scope and let it begin."""

    element_id: str
    scope_key: int
    payload: Variables | None = None
    """What the event that led here carried; None where none did."""
    local: Variables = field(default_factory=dict)
    """Variables of its own from the beginning: a boundary event keeps to itself what an error carried."""


@dataclass(frozen=True, slots=True)
class ActivateInner:
    """Create the next instance within a multi-instance body."""

    body_key: int
    index: int


@dataclass(frozen=True, slots=True)
class ActivateInAdHoc:
    """Let an element of an ad-hoc sub-process begin, in a scope of its own with these variables."""

    ad_hoc_key: int
    element_id: str
    variables: Variables = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Decision:
    """How an ad-hoc sub-process goes on.

    Attributes:
        elements: What begins: ids of elements, each with the variables of its scope.
        is_fulfilled: Whether the sub-process ends once nothing in it is active.
        cancels_remaining: Whether what is active is terminated then.
    """

    elements: tuple[tuple[str, Variables], ...] = ()
    is_fulfilled: bool = False
    cancels_remaining: bool = False


@dataclass(frozen=True, slots=True)
class AdHocDecision:
    """What the worker of an ad-hoc sub-process decided."""

    key: int
    variables: Variables
    decision: Decision


@dataclass(frozen=True, slots=True)
class Begin:
    """Let an element instance that exists begin: input mappings, subscriptions, its own work."""

    key: int
    payload: Variables | None = None
    start_element_id: str | None = None
    """Where a process begins; an embedded sub-process has only one place."""


@dataclass(frozen=True, slots=True)
class Complete:
    """Let an element instance end well: output mappings, then its outgoing flows."""

    key: int
    payload: Variables | None = None


@dataclass(frozen=True, slots=True)
class Terminate:
    """End an element instance and its content, without activating what follows."""

    key: int


@dataclass(frozen=True, slots=True)
class CheckScope:
    """Complete a scope if nothing in it is active any more."""

    key: int


@dataclass(frozen=True, slots=True)
class Trigger:
    """An event for which an element instance waits has occurred."""

    host_key: int
    """Who waits: the element itself, the boundary event's host, or the event sub-process's scope."""
    element_id: str
    """The event that occurred."""
    payload: Variables
    is_error: bool = False


@dataclass(frozen=True, slots=True)
class OfferBuffered:
    """Hand buffered messages to a subscription; as in the engine, what was begun before goes on meanwhile."""

    subscription_key: int


@dataclass(frozen=True, slots=True)
class ThrowError:
    """A BPMN error rises from an element instance."""

    key: int
    code: str
    message: str
    payload: Variables
    job_key: int | None = None


Action: TypeAlias = (
    StartInstance
    | Activate
    | ActivateInner
    | ActivateInAdHoc
    | AdHocDecision
    | Begin
    | Complete
    | Terminate
    | CheckScope
    | Trigger
    | OfferBuffered
    | ThrowError
)
