"""The rows of the engine's state, as both servers read them; frozen, so a row never changes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeAlias

Variables: TypeAlias = Mapping[str, Any]
"""Names to JSON values; treated as immutable."""

DEFAULT_TENANT = "<default>"


class DefinitionState(StrEnum):
    """Whether a definition may still be started."""

    ACTIVE = "ACTIVE"
    DRAINING = "DRAINING"  # deleted, while instances of it still run
    DELETED = "DELETED"


class SubscriptionState(StrEnum):
    """What last happened to a message subscription."""

    CREATED = "CREATED"
    CORRELATED = "CORRELATED"
    DELETED = "DELETED"
    MIGRATED = "MIGRATED"


class SubscriptionKind(StrEnum):
    """Whether a message starts an instance or resumes one."""

    START_EVENT = "START_EVENT"
    PROCESS_EVENT = "PROCESS_EVENT"


class ProcessInstanceState(StrEnum):
    """The life of a process instance."""

    ACTIVE = "ACTIVE"
    COMPLETED = "COMPLETED"
    TERMINATED = "TERMINATED"


class ElementState(StrEnum):
    """The life of an element instance, as the engine names its steps; REST shows the first as ACTIVE."""

    ACTIVATING = "ACTIVATING"
    ACTIVE = "ACTIVE"
    COMPLETED = "COMPLETED"
    TERMINATED = "TERMINATED"


class JobState(StrEnum):
    """The life of a job."""

    ACTIVATABLE = "ACTIVATABLE"
    ACTIVATED = "ACTIVATED"
    FAILED = "FAILED"  # waits for its back-off, or for its incident to be resolved
    ERROR_THROWN = "ERROR_THROWN"
    COMPLETED = "COMPLETED"
    CANCELED = "CANCELED"


class IncidentState(StrEnum):
    """The life of an incident."""

    ACTIVE = "ACTIVE"
    RESOLVED = "RESOLVED"


class IncidentKind(StrEnum):
    """What went wrong; Camunda's error types."""

    JOB_NO_RETRIES = "JOB_NO_RETRIES"
    UNHANDLED_ERROR_EVENT = "UNHANDLED_ERROR_EVENT"
    IO_MAPPING_ERROR = "IO_MAPPING_ERROR"
    CONDITION_ERROR = "CONDITION_ERROR"
    EXTRACT_VALUE_ERROR = "EXTRACT_VALUE_ERROR"
    CALLED_ELEMENT_ERROR = "CALLED_ELEMENT_ERROR"
    MESSAGE_SIZE_EXCEEDED = "MESSAGE_SIZE_EXCEEDED"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessDefinition:
    """One version of one process."""

    key: int
    process_id: str
    version: int
    version_tag: str | None
    name: str | None
    resource_name: str
    xml: bytes
    tenant_id: str
    deployment_key: int
    state: DefinitionState
    has_start_form: bool
    deployed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessInstance:
    """One run of a process."""

    key: int
    definition_key: int
    process_id: str
    version: int
    tenant_id: str
    state: ProcessInstanceState
    tags: frozenset[str] = frozenset()
    started_at: datetime
    ended_at: datetime | None = None
    has_incident: bool = False
    parent_process_instance_key: int | None = None
    parent_element_instance_key: int | None = None
    correlation_key: str | None = None
    """The key that the message which started it carried: while it runs, no other is started with the same."""
    business_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ElementInstance:
    """One activation of one element; the process itself has one too, whose key is the process instance's."""

    key: int
    element_id: str
    kind: str
    """Camunda's element type: SERVICE_TASK, START_EVENT, ..."""
    name: str | None
    process_instance_key: int
    definition_key: int
    process_id: str
    tenant_id: str
    scope_key: int | None
    """The element instance that contains it; None for the process itself."""
    state: ElementState
    started_at: datetime
    ended_at: datetime | None = None
    has_incident: bool = False
    loop_counter: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """One variable in one scope."""

    key: int
    name: str
    value: Any
    scope_key: int
    process_instance_key: int
    tenant_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A piece of work for a worker."""

    key: int
    type: str
    state: JobState
    retries: int
    headers: Mapping[str, str]
    process_instance_key: int
    process_id: str
    definition_key: int
    definition_version: int
    element_id: str
    element_instance_key: int
    tenant_id: str
    tags: frozenset[str] = frozenset()
    kind: str = "BPMN_ELEMENT"
    worker: str = ""
    deadline: datetime | None = None
    """Until when it is locked; None unless it was activated."""
    retry_at: datetime | None = None
    """When its back-off ends."""
    error_message: str = ""
    error_code: str = ""
    created_at: datetime
    ended_at: datetime | None = None
    has_incident: bool = False


@dataclass(frozen=True, slots=True)
class ActivatedJob:
    """A job as its worker gets it."""

    job: Job
    variables: Variables


@dataclass(frozen=True, slots=True, kw_only=True)
class UserTask:
    """A task for a person; its state is that of its element."""

    key: int
    element_instance_key: int
    process_instance_key: int
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """A problem that a person must correct before the element goes on."""

    key: int
    kind: IncidentKind
    message: str
    state: IncidentState
    process_instance_key: int
    process_id: str
    definition_key: int
    element_id: str
    element_instance_key: int
    job_key: int | None
    tenant_id: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message while it is buffered."""

    key: int
    name: str
    correlation_key: str
    message_id: str
    variables: Variables
    tenant_id: str
    expires_at: datetime
    business_id: str | None = None
    """What an instance gets that the message starts."""
    correlated_process_ids: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageSubscription:
    """An element that waits for a message, or waited."""

    key: int
    kind: SubscriptionKind
    state: SubscriptionState
    is_open: bool
    """Whether a message can still reach it: one that does not interrupt stays open when it was correlated."""
    message_name: str
    correlation_key: str
    """Empty for start events of a process."""
    process_id: str
    definition_key: int
    element_id: str
    element_instance_key: int | None
    process_instance_key: int | None
    tenant_id: str
    is_interrupting: bool = True
    properties: Mapping[str, str] = field(default_factory=dict)
    """The element's zeebe:properties: "inbound.type" among them."""
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrelatedMessage:
    """A message that reached a subscription."""

    key: int
    message_key: int
    message_name: str
    correlation_key: str
    subscription_key: int
    kind: SubscriptionKind
    process_instance_key: int
    process_id: str
    definition_key: int
    element_id: str
    element_instance_key: int | None
    tenant_id: str
    correlated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Timer:
    """A point in time that an element waits for."""

    key: int
    due_at: datetime
    repetitions: int
    """How often it still fires, this time included; -1 is without end."""
    cycle: str | None
    """The repeating expression, where it repeats."""
    definition_key: int
    element_id: str
    element_instance_key: int | None
    """None for the timer start event of a process."""


@dataclass(frozen=True, slots=True)
class TraceEvent:
    """One thing that happened, for a person who watches."""

    at: datetime
    kind: str
    """Its subject, a dot, and what happened: "job.activated", "message.published", "element.completed"."""
    facts: Mapping[str, Any]
