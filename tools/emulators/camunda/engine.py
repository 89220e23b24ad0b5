"""The engine's public face: every command and question that gRPC and REST may put to it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from emulators.camunda.clock import EngineClock
from emulators.camunda.state import (
    ActivatedJob,
    CorrelatedMessage,
    ElementInstance,
    Incident,
    Job,
    Message,
    MessageSubscription,
    ProcessDefinition,
    ProcessInstance,
    TraceEvent,
    Variable,
    Variables,
)

LATEST = -1


@dataclass(frozen=True, slots=True)
class Deployment:
    """What a deployment made, or found to be there already."""

    key: int
    tenant_id: str
    definitions: tuple[ProcessDefinition, ...]


@dataclass(frozen=True, slots=True)
class PublishedMessage:
    """A message that was accepted; whether anything waited for it is not said."""

    key: int
    tenant_id: str


@dataclass(frozen=True, slots=True)
class Correlation:
    """A message that reached at least one instance: the first of them."""

    message_key: int
    process_instance_key: int
    tenant_id: str


class Engine:
    """A small Zeebe in memory.

    Every command is atomic: it is carried out wholly, or raises Rejection and has changed nothing. All durations
    are timedelta, all instants aware. A tenant id of "" means "none was given".
    """

    def __init__(self, clock: EngineClock | None = None, *, multi_tenancy: bool = False) -> None:
        """Begin empty; with `multi_tenancy` every command must name its tenant, else only the default one may be."""
        raise NotImplementedError

    # Resources and instances

    def deploy(self, resources: Sequence[tuple[str, bytes]], tenant_id: str = "") -> Deployment:
        """Deploy BPMN files (name, content); an unchanged process keeps its version."""
        raise NotImplementedError

    def delete_resource(self, key: int) -> None:
        """Delete a process definition; instances that run go on until they end."""
        raise NotImplementedError

    def create_instance(
        self,
        *,
        process_id: str = "",
        definition_key: int | None = None,
        version: int = LATEST,
        variables: Variables | None = None,
        tenant_id: str = "",
        tags: Sequence[str] = (),
    ) -> ProcessInstance:
        """Start a process at its none start event, by key or by id and version."""
        raise NotImplementedError

    def wait_for_result(
        self, process_instance_key: int, *, timeout: timedelta, fetch_variables: Sequence[str] = ()
    ) -> Variables | None:
        """Block until the instance ended and return its variables; None at the timeout (real time) or if terminated."""
        raise NotImplementedError

    def cancel_instance(self, key: int) -> None:
        """Terminate a process instance and everything in it."""
        raise NotImplementedError

    def set_variables(self, element_instance_key: int, variables: Variables, *, local: bool = False) -> int:
        """Set variables in an element instance's own scope, or from it upwards; return the command's key."""
        raise NotImplementedError

    def resolve_incident(self, key: int) -> None:
        """Try once more what the incident stopped."""
        raise NotImplementedError

    # Messages

    def publish_message(
        self,
        *,
        name: str,
        correlation_key: str = "",
        variables: Variables | None = None,
        time_to_live: timedelta = timedelta(0),
        message_id: str = "",
        tenant_id: str = "",
    ) -> PublishedMessage:
        """Hand a message to whoever waits for it, and keep it for its time to live.

        Raises:
            Rejection: ALREADY_EXISTS, where a buffered message has the same id, name, key and tenant.
        """
        raise NotImplementedError

    def correlate_message(
        self, *, name: str, correlation_key: str = "", variables: Variables | None = None, tenant_id: str = ""
    ) -> Correlation:
        """Hand a message to whoever waits for it, now.

        Raises:
            Rejection: NOT_FOUND, where nobody does.
        """
        raise NotImplementedError

    # Jobs

    def activate_jobs(
        self,
        *,
        job_type: str,
        worker: str,
        timeout: timedelta,
        max_jobs: int,
        fetch_variables: Sequence[str] = (),
        tenant_ids: Sequence[str] = (),
    ) -> tuple[ActivatedJob, ...]:
        """Lock jobs of one type for `timeout` and return them with their variables; never waits."""
        raise NotImplementedError

    def wait_for_jobs(
        self,
        job_type: str,
        timeout: timedelta,
        *,
        still_wanted: Callable[[], bool] = lambda: True,
    ) -> bool:
        """Block until a job of the type can be activated; False at the timeout (real time) or when unwanted."""
        raise NotImplementedError

    def wake_waiters(self) -> None:
        """Let every blocked call look again at whether it is still wanted."""
        raise NotImplementedError

    def complete_job(self, key: int, variables: Variables | None = None) -> None:
        """Complete a job that is activatable or activated."""
        raise NotImplementedError

    def fail_job(
        self,
        key: int,
        *,
        retries: int,
        message: str = "",
        backoff: timedelta = timedelta(0),
        variables: Variables | None = None,
    ) -> None:
        """Give a job back; without retries it becomes an incident."""
        raise NotImplementedError

    def throw_error(
        self, key: int, *, code: str, message: str = "", variables: Variables | None = None
    ) -> None:
        """Throw a BPMN error from a job; where nothing catches it, an incident."""
        raise NotImplementedError

    def update_job_timeout(self, key: int, timeout: timedelta) -> None:
        """Lock an activated job until `timeout` from now, shorter or longer than before."""
        raise NotImplementedError

    def update_job_retries(self, key: int, retries: int) -> None:
        """Set a job's retries (1 or more)."""
        raise NotImplementedError

    # Time

    @property
    def clock(self) -> EngineClock:
        """The engine's clock; `pin_clock`, `advance_clock` and `reset_clock` move it and do what falls due."""
        raise NotImplementedError

    def pin_clock(self, instant: datetime) -> None:
        """Stop the clock at `instant` and do what is due by then."""
        raise NotImplementedError

    def advance_clock(self, by: timedelta) -> None:
        """Move the clock forward and do what is due by then."""
        raise NotImplementedError

    def reset_clock(self) -> None:
        """Follow real time again."""
        raise NotImplementedError

    def tick(self) -> int:
        """Do all that is due (timers, lock time-outs, back-offs, ends of messages) and return how much it was."""
        raise NotImplementedError

    def next_due(self) -> datetime | None:
        """Return when `tick` has something to do next, on the engine's clock."""
        raise NotImplementedError

    def wait_for_change(self, timeout: timedelta) -> None:
        """Block until something changed, or `timeout` (real time)."""
        raise NotImplementedError

    # The read side: rows in the order of their keys; never an error

    def definitions(self) -> tuple[ProcessDefinition, ...]:
        """Return every definition ever deployed, deleted ones too."""
        raise NotImplementedError

    def definition(self, key: int) -> ProcessDefinition | None:
        """Return one definition."""
        raise NotImplementedError

    def latest_definitions(self) -> tuple[ProcessDefinition, ...]:
        """Return, of each process id and tenant, the version that a start by id would take."""
        raise NotImplementedError

    def process_instances(self) -> tuple[ProcessInstance, ...]:
        """Return every process instance."""
        raise NotImplementedError

    def process_instance(self, key: int) -> ProcessInstance | None:
        """Return one process instance."""
        raise NotImplementedError

    def element_instances(self, process_instance_key: int | None = None) -> tuple[ElementInstance, ...]:
        """Return element instances, of one process instance or of all; not the process's own."""
        raise NotImplementedError

    def variables(self, process_instance_key: int | None = None) -> tuple[Variable, ...]:
        """Return variables with their scopes."""
        raise NotImplementedError

    def visible_variables(self, scope_key: int) -> Variables:
        """Return what an element instance sees: its own variables over those of the scopes around it."""
        raise NotImplementedError

    def jobs(self, process_instance_key: int | None = None) -> tuple[Job, ...]:
        """Return jobs, ended ones too."""
        raise NotImplementedError

    def job(self, key: int) -> Job | None:
        """Return one job."""
        raise NotImplementedError

    def incidents(self, process_instance_key: int | None = None) -> tuple[Incident, ...]:
        """Return incidents, resolved ones too."""
        raise NotImplementedError

    def message_subscriptions(self) -> tuple[MessageSubscription, ...]:
        """Return every message subscription, of start events too, closed ones too."""
        raise NotImplementedError

    def correlated_messages(self) -> tuple[CorrelatedMessage, ...]:
        """Return every correlation, in the order in which they happened."""
        raise NotImplementedError

    def messages(self) -> tuple[Message, ...]:
        """Return the buffered messages."""
        raise NotImplementedError

    def listen(self, callback: Callable[[TraceEvent], None]) -> Callable[[], None]:
        """Call back for each thing that happens, after its command; return what ends that."""
        raise NotImplementedError


def check_variables(document: object) -> Mapping[str, object]:
    """Return `document` if it is an object with finite numbers.

    Raises:
        Rejection: INVALID_ARGUMENT, in the words of the engine's gateway.
    """
    raise NotImplementedError
