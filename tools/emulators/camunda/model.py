"""The immutable model of a BPMN process, without its XML and its execution."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any, TypeAlias


class Kind(StrEnum):
    """Camunda's element types."""

    PROCESS = "PROCESS"
    SUB_PROCESS = "SUB_PROCESS"
    EVENT_SUB_PROCESS = "EVENT_SUB_PROCESS"
    AD_HOC_SUB_PROCESS = "AD_HOC_SUB_PROCESS"
    AD_HOC_INNER = "AD_HOC_SUB_PROCESS_INNER_INSTANCE"
    START_EVENT = "START_EVENT"
    INTERMEDIATE_CATCH_EVENT = "INTERMEDIATE_CATCH_EVENT"
    INTERMEDIATE_THROW_EVENT = "INTERMEDIATE_THROW_EVENT"
    BOUNDARY_EVENT = "BOUNDARY_EVENT"
    END_EVENT = "END_EVENT"
    TASK = "TASK"
    MANUAL_TASK = "MANUAL_TASK"
    SERVICE_TASK = "SERVICE_TASK"
    SEND_TASK = "SEND_TASK"
    SCRIPT_TASK = "SCRIPT_TASK"
    BUSINESS_RULE_TASK = "BUSINESS_RULE_TASK"
    USER_TASK = "USER_TASK"
    RECEIVE_TASK = "RECEIVE_TASK"
    CALL_ACTIVITY = "CALL_ACTIVITY"
    EXCLUSIVE_GATEWAY = "EXCLUSIVE_GATEWAY"
    INCLUSIVE_GATEWAY = "INCLUSIVE_GATEWAY"
    PARALLEL_GATEWAY = "PARALLEL_GATEWAY"
    EVENT_BASED_GATEWAY = "EVENT_BASED_GATEWAY"
    MULTI_INSTANCE_BODY = "MULTI_INSTANCE_BODY"


SCOPE_KINDS = frozenset({Kind.PROCESS, Kind.SUB_PROCESS, Kind.EVENT_SUB_PROCESS, Kind.AD_HOC_INNER})
"""Elements that contain others and end when nothing in them is active."""


class TimerKind(StrEnum):
    """The three ways to write a timer."""

    DATE = "timeDate"
    DURATION = "timeDuration"
    CYCLE = "timeCycle"


@dataclass(frozen=True, slots=True)
class MessageEvent:
    """Waits for a message. Both texts are FEEL where they begin with "="."""

    name: str
    correlation_key: str | None


@dataclass(frozen=True, slots=True)
class TimerEvent:
    """Waits for a point in time."""

    kind: TimerKind
    expression: str


@dataclass(frozen=True, slots=True)
class ErrorEvent:
    """Catches or throws a BPMN error; without a code it catches every one."""

    code: str | None


@dataclass(frozen=True, slots=True)
class TerminateEvent:
    """Ends everything else in its scope."""


EventDefinition: TypeAlias = MessageEvent | TimerEvent | ErrorEvent | TerminateEvent


@dataclass(frozen=True, slots=True)
class VariableMapping:
    """One zeebe:input or zeebe:output."""

    source: str
    target: str


@dataclass(frozen=True, slots=True)
class JobDefinition:
    """What makes an element a job: its type and retries, both FEEL where they begin with "="."""

    type: str
    retries: str
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class UserTaskDefinition:
    """Who is to do a user task, and when; FEEL where a text begins with "=", empty where nothing is said."""

    assignee: str
    candidate_groups: str
    candidate_users: str
    due_date: str
    follow_up_date: str
    priority: str


@dataclass(frozen=True, slots=True)
class Script:
    """A script task's expression and where its result goes."""

    expression: str
    result_variable: str


@dataclass(frozen=True, slots=True)
class CalledElement:
    """The process that a call activity starts."""

    process_id: str
    propagates_parent_variables: bool
    propagates_child_variables: bool


@dataclass(frozen=True, slots=True)
class Loop:
    """A multi-instance marker."""

    is_sequential: bool
    input_collection: str
    input_element: str | None
    output_collection: str | None
    output_element: str | None
    completion_condition: str | None


@dataclass(frozen=True, slots=True)
class AdHoc:
    """What is special about an ad-hoc sub-process: which of its elements run is decided while it is active.

    Attributes:
        active_elements: FEEL for the ids of the elements that begin with it.
        completion_condition: FEEL; None where it ends with its last element.
        cancels_remaining: Whether what is still active is terminated when the condition holds.
        elements: The data that a worker gets of each element that can be activated.
    """

    active_elements: str | None
    output_collection: str | None
    output_element: str | None
    completion_condition: str | None
    cancels_remaining: bool
    elements: tuple[Mapping[str, Any], ...]


INNER_SUFFIX = "#innerInstance"


@dataclass(frozen=True, slots=True)
class SequenceFlow:
    """An arrow; its condition is FEEL."""

    id: str
    source: str
    target: str
    condition: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Element:
    """One element of a process."""

    id: str
    kind: Kind
    name: str | None = None
    scope_id: str | None = None
    """The element that contains it; None for the process."""
    event: EventDefinition | None = None
    attached_to: str | None = None
    is_interrupting: bool = True
    inputs: tuple[VariableMapping, ...] = ()
    outputs: tuple[VariableMapping, ...] = ()
    job: JobDefinition | None = None
    script: Script | None = None
    called: CalledElement | None = None
    loop: Loop | None = None
    ad_hoc: AdHoc | None = None
    user_task: UserTaskDefinition | None = None
    default_flow: str | None = None
    properties: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ProcessModel:
    """One executable process."""

    process_id: str
    name: str | None
    version_tag: str | None
    has_start_form: bool
    elements: Mapping[str, Element]
    """By id, the process itself among them."""
    flows: tuple[SequenceFlow, ...]

    @cached_property
    def outgoing(self) -> Mapping[str, tuple[SequenceFlow, ...]]:
        """Sequence flows by the element that they leave, the file's last first: so the engine takes them."""
        return {i: tuple(f for f in reversed(self.flows) if f.source == i) for i in self.elements}

    @cached_property
    def incoming(self) -> Mapping[str, tuple[SequenceFlow, ...]]:
        """Sequence flows by the element that they enter."""
        return {i: tuple(f for f in self.flows if f.target == i) for i in self.elements}

    @cached_property
    def _by_scope(self) -> Mapping[str, tuple[Element, ...]]:
        return {i: tuple(e for e in self.elements.values() if e.scope_id == i) for i in self.elements}

    def ad_hoc_inner(self, ad_hoc_id: str) -> Element:
        """Return the scope that each element of an ad-hoc sub-process gets."""
        return self.elements[ad_hoc_id + INNER_SUFFIX]

    def start_events(self, scope_id: str) -> tuple[Element, ...]:
        """Return the start events directly in a scope."""
        return tuple(e for e in self._by_scope[scope_id] if e.kind is Kind.START_EVENT)

    def none_start(self, scope_id: str) -> Element | None:
        """Return the scope's start event that waits for nothing."""
        return next((e for e in self.start_events(scope_id) if e.event is None), None)

    def boundary_events(self, element_id: str) -> tuple[Element, ...]:
        """Return the events attached to an element."""
        return self._attached.get(element_id, ())

    @cached_property
    def _attached(self) -> Mapping[str, tuple[Element, ...]]:
        hosts = {e.attached_to for e in self.elements.values() if e.attached_to is not None}
        return {h: tuple(e for e in self.elements.values() if e.attached_to == h) for h in hosts}

    def event_sub_process_starts(self, scope_id: str) -> tuple[Element, ...]:
        """Return the start events of the event sub-processes directly in a scope."""
        inner = (e for e in self._by_scope[scope_id] if e.kind is Kind.EVENT_SUB_PROCESS)
        return tuple(start for sub in inner for start in self.start_events(sub.id))
