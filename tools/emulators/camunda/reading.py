"""The engine's read side: snapshots of its rows, in the order of their arrival; changes nothing."""

from datetime import datetime, timedelta
from threading import Condition

from emulators.camunda.assembly import Assembly
from emulators.camunda.state import (
    CorrelatedMessage,
    DefinitionState,
    ElementInstance,
    Incident,
    Job,
    Message,
    MessageSubscription,
    ProcessDefinition,
    ProcessInstance,
    Timer,
    UserTask,
    Variable,
    Variables,
)


class ReadSide:
    """Every question that may be put to the engine; none is ever refused.

    Attributes:
        search_lag: What began within this time is left out of the lists of instances, elements and
            correlations, as an index leaves it out that has not got it yet. Single rows are always shown.
    """

    search_lag = timedelta(0)

    def __init__(self, assembly: Assembly, changed: Condition) -> None:
        """Read from `assembly` under the lock of `changed`."""
        self._changed = changed
        self._use(assembly)

    def _use(self, assembly: Assembly) -> None:
        self._assembly = assembly
        self._store = assembly.store

    def definitions(self) -> tuple[ProcessDefinition, ...]:
        """Return every definition ever deployed, deleted ones too."""
        with self._changed:
            return tuple(self._store.definitions)

    def definition(self, key: int) -> ProcessDefinition | None:
        """Return one definition."""
        with self._changed:
            return self._store.definitions.get(key)

    def latest_definitions(self) -> tuple[ProcessDefinition, ...]:
        """Return, of each process id and tenant, the version that a start by id would take."""
        with self._changed:
            latest = {
                (d.tenant_id, d.process_id): d
                for d in self._store.definitions
                if d.state is DefinitionState.ACTIVE
            }
        return tuple(latest.values())

    def process_instances(self) -> tuple[ProcessInstance, ...]:
        """Return every process instance."""
        with self._changed:
            return tuple(row for row in self._store.instances if row.started_at <= self._shown_until)

    def process_instance(self, key: int) -> ProcessInstance | None:
        """Return one process instance."""
        with self._changed:
            return self._store.instances.get(key)

    def element_instances(self, process_instance_key: int | None = None) -> tuple[ElementInstance, ...]:
        """Return element instances, of one process instance or of all; not the process's own."""
        with self._changed:
            rows = (
                self._store.elements
                if process_instance_key is None
                else self._store.elements.find("instance", process_instance_key)
            )
            until = self._shown_until
            return tuple(row for row in rows if row.scope_key is not None and row.started_at <= until)

    def variables(self, process_instance_key: int | None = None) -> tuple[Variable, ...]:
        """Return variables with their scopes."""
        with self._changed:
            if process_instance_key is None:
                return tuple(self._store.variables)
            return self._store.variables.find("instance", process_instance_key)

    def visible_variables(self, scope_key: int) -> Variables:
        """Return what an element instance sees: its own variables over those of the scopes around it."""
        with self._changed:
            if self._store.elements.get(scope_key) is None:
                return {}
            return self._assembly.scopes.visible(scope_key)

    def jobs(self, process_instance_key: int | None = None) -> tuple[Job, ...]:
        """Return jobs, ended ones too."""
        with self._changed:
            if process_instance_key is None:
                return tuple(self._store.jobs)
            return self._store.jobs.find("instance", process_instance_key)

    def user_tasks(self) -> tuple[tuple[UserTask, ElementInstance], ...]:
        """Return user tasks, ended ones too, each with its element instance."""
        with self._changed:
            elements = self._store.elements
            return tuple((task, elements[task.element_instance_key]) for task in self._store.user_tasks)

    def job(self, key: int) -> Job | None:
        """Return one job."""
        with self._changed:
            return self._store.jobs.get(key)

    def incidents(self, process_instance_key: int | None = None) -> tuple[Incident, ...]:
        """Return incidents, resolved ones too."""
        with self._changed:
            if process_instance_key is None:
                return tuple(self._store.incidents)
            return self._store.incidents.find("instance", process_instance_key)

    def message_subscriptions(self) -> tuple[MessageSubscription, ...]:
        """Return every message subscription, of start events too, closed ones too."""
        with self._changed:
            return tuple(self._store.subscriptions)

    def correlated_messages(self) -> tuple[CorrelatedMessage, ...]:
        """Return every correlation, in the order in which they happened."""
        with self._changed:
            return tuple(row for row in self._store.correlated if row.correlated_at <= self._shown_until)

    def messages(self) -> tuple[Message, ...]:
        """Return the buffered messages."""
        with self._changed:
            return tuple(self._store.messages)

    def timers(self) -> tuple[Timer, ...]:
        """Return what waits for a point in time."""
        with self._changed:
            return tuple(self._store.timers)

    @property
    def _shown_until(self) -> datetime:
        return self._store.now - self.search_lag
