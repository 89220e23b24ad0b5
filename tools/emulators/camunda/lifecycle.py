"""How element and process instances come to be and end; what led there is for others to decide."""

from dataclasses import replace

from emulators.camunda.actions import StartInstance
from emulators.camunda.flow import Flow
from emulators.camunda.incidents import Incidents
from emulators.camunda.jobs import Jobs
from emulators.camunda.messages import Messages
from emulators.camunda.model import Element, Kind
from emulators.camunda.scopes import Scopes
from emulators.camunda.state import (
    DefinitionState,
    ElementInstance,
    ElementState,
    ProcessInstance,
    ProcessInstanceState,
)
from emulators.camunda.store import Store
from emulators.camunda.waiting import Waiting


class Lifecycle:
    """Creates and ends rows, with everything that hangs on them."""

    def __init__(
        self,
        *,
        store: Store,
        scopes: Scopes,
        waiting: Waiting,
        jobs: Jobs,
        incidents: Incidents,
        messages: Messages,
        flow: Flow,
    ) -> None:
        self._store = store
        self._scopes = scopes
        self._waiting = waiting
        self._jobs = jobs
        self._incidents = incidents
        self._messages = messages
        self._flow = flow

    def new_instance(self, start: StartInstance) -> ElementInstance:
        """Create a process instance and return its own element row."""
        definition = self._store.definitions[start.definition_key]
        parent = None
        if start.parent_element_key is not None:
            parent = self._store.elements[start.parent_element_key]
        self._store.instances.put(
            ProcessInstance(
                key=start.key,
                definition_key=definition.key,
                process_id=definition.process_id,
                version=definition.version,
                tenant_id=definition.tenant_id,
                state=ProcessInstanceState.ACTIVE,
                tags=start.tags,
                started_at=self._store.now,
                parent_process_instance_key=parent.process_instance_key if parent else None,
                parent_element_instance_key=start.parent_element_key,
                correlation_key=start.correlation_key,
                business_id=start.business_id,
            )
        )
        row = self._store.elements.put(
            ElementInstance(
                key=start.key,
                element_id=definition.process_id,
                kind=Kind.PROCESS,
                name=definition.name,
                process_instance_key=start.key,
                definition_key=definition.key,
                process_id=definition.process_id,
                tenant_id=definition.tenant_id,
                scope_key=None,
                state=ElementState.ACTIVATING,
                started_at=self._store.now,
            )
        )
        self._scopes.set_local(row.key, start.variables)
        self._store.happened("process.started", key=row.key, process_id=row.process_id)
        return row

    def new_element(
        self, scope: ElementInstance, element: Element, *, kind: Kind, loop_counter: int | None = None
    ) -> ElementInstance:
        """Create an instance of an element in a scope."""
        return self._store.elements.put(
            ElementInstance(
                key=self._store.new_key(),
                element_id=element.id,
                kind=kind,
                name=element.name,
                process_instance_key=scope.process_instance_key,
                definition_key=scope.definition_key,
                process_id=scope.process_id,
                tenant_id=scope.tenant_id,
                scope_key=scope.key,
                state=ElementState.ACTIVATING,
                started_at=self._store.now,
                loop_counter=loop_counter,
            )
        )

    def activated(self, row: ElementInstance) -> None:
        """Say that an element instance has begun."""
        self._store.elements.put(replace(self._store.elements[row.key], state=ElementState.ACTIVE))
        self._store.happened(
            "element.activated", element_id=row.element_id, element_kind=row.kind, key=row.key
        )

    def end(self, row: ElementInstance, state: ElementState) -> None:
        """End an element instance alone: its jobs, subscriptions, timers and incidents go with it."""
        self._jobs.cancel_of(row.key)
        self._waiting.close(row)
        self._incidents.close_all(row.key)
        self._flow.forget(row.key)
        ended = replace(self._store.elements[row.key], state=state, ended_at=self._store.now)
        self._store.elements.put(ended)
        verb = "completed" if state is ElementState.COMPLETED else "terminated"
        if row.kind == Kind.PROCESS:
            self._end_instance(row, ProcessInstanceState[state.name])
            self._store.happened(f"process.{verb}", key=row.key, process_id=row.process_id)
        else:
            self._store.happened(
                f"element.{verb}", element_id=row.element_id, element_kind=row.kind, key=row.key
            )

    def terminate(self, row: ElementInstance) -> None:
        """End an element instance and everything in it, called processes too."""
        self.terminate_within(row)
        for called in self._store.instances.find("parent_element", row.key):
            self.terminate(self._store.elements[called.key])
        self.end(row, ElementState.TERMINATED)

    def terminate_within(self, row: ElementInstance, *, but: int | None = None) -> None:
        """Terminate what is active in a scope."""
        for child in self._store.elements.find("active_scope", row.key):
            if child.key != but:
                self.terminate(child)
        self._flow.forget(row.key)

    def _end_instance(self, row: ElementInstance, state: ProcessInstanceState) -> None:
        instance = self._store.instances[row.key]
        ended = self._store.instances.put(replace(instance, state=state, ended_at=self._store.now))
        definition = self._store.definitions[row.definition_key]
        is_last = not self._store.instances.has("active_definition", row.definition_key)
        if definition.state is DefinitionState.DRAINING and is_last:
            self._store.definitions.put(replace(definition, state=DefinitionState.DELETED))
        self._messages.instance_ended(ended)
