"""How elements begin: input mappings, what they wait for, then the work of their kind."""

from collections.abc import Callable
from typing import Any

from emulators.camunda.actions import (
    Action,
    Activate,
    ActivateInAdHoc,
    ActivateInner,
    Begin,
    Complete,
    StartInstance,
    ThrowError,
)
from emulators.camunda.ad_hoc import AdHocs
from emulators.camunda.definitions import Definitions
from emulators.camunda.expressions import evaluate, evaluate_text
from emulators.camunda.incidents import Incidents
from emulators.camunda.jobs import Jobs
from emulators.camunda.lifecycle import Lifecycle
from emulators.camunda.loops import Loops, is_inner
from emulators.camunda.model import SCOPE_KINDS, AdHoc, CalledElement, Element, ErrorEvent, Kind, Script
from emulators.camunda.rejection import Stuck
from emulators.camunda.scopes import Scopes
from emulators.camunda.state import ElementInstance, ElementState, IncidentKind, UserTask
from emulators.camunda.store import Store
from emulators.camunda.waiting import Waiting

Work = Callable[[], None]
"""What an element does once nothing can fail any more."""


class Activation:
    """Carries out Activate, ActivateInner and Begin."""

    def __init__(
        self,
        *,
        store: Store,
        scopes: Scopes,
        lifecycle: Lifecycle,
        waiting: Waiting,
        jobs: Jobs,
        loops: Loops,
        ad_hocs: AdHocs,
        incidents: Incidents,
        definitions: Definitions,
    ) -> None:
        self._store = store
        self._scopes = scopes
        self._lifecycle = lifecycle
        self._waiting = waiting
        self._jobs = jobs
        self._loops = loops
        self._ad_hocs = ad_hocs
        self._incidents = incidents
        self._definitions = definitions

    def start(self, action: StartInstance) -> None:
        """Create a process instance and let it begin."""
        row = self._lifecycle.new_instance(action)
        self.begin(Begin(row.key, action.payload, action.element_id))

    def activate(self, action: Activate) -> None:
        """Create an instance of an element in a scope that is still active, and let it begin."""
        scope = self._store.elements[action.scope_key]
        if scope.state is not ElementState.ACTIVE:
            return
        element = self._store.model_of(scope).elements[action.element_id]
        kind = element.kind if element.loop is None else Kind.MULTI_INSTANCE_BODY
        row = self._lifecycle.new_element(scope, element, kind=kind)
        self._scopes.set_local(row.key, action.local)
        self.begin(Begin(row.key, action.payload))

    def activate_inner(self, action: ActivateInner) -> None:
        """Create an inner instance of a multi-instance body, and let it begin."""
        body = self._store.elements[action.body_key]
        if body.state is not ElementState.ACTIVE:
            return
        element = self._store.model_of(body).elements[body.element_id]
        assert element.loop is not None
        row = self._lifecycle.new_element(body, element, kind=element.kind, loop_counter=action.index + 1)
        self._scopes.set_local(row.key, self._loops.variables_of(body, element.loop, action.index))
        self.begin(Begin(row.key))

    def begin(self, action: Begin) -> None:
        """Let an element instance begin, or stop it with an incident that begins it again."""
        row = self._store.elements[action.key]
        if row.state is not ElementState.ACTIVATING:
            return
        element = self._store.model_of(row).elements[row.element_id]
        try:
            if row.kind != Kind.MULTI_INSTANCE_BODY:
                self._scopes.apply_inputs(row, element.inputs)
            work = self._work(row, element, action)
            self._waiting.open(row, element, already_occurred=action.payload is not None)
        except Stuck as stuck:
            self._incidents.stop_element(row, stuck, action)
            return
        self._lifecycle.activated(row)
        work()

    def _work(self, row: ElementInstance, element: Element, action: Begin) -> Work:
        if element.loop is not None and not is_inner(row, element.loop):
            loop, items = element.loop, self._loops.evaluate(row, element.loop)
            return lambda: self._loops.begin(row, loop, items)
        if element.ad_hoc is not None:
            return self._ad_hoc_work(row, element, element.ad_hoc)
        if element.job is not None:
            definition = element.job
            properties = self._jobs.evaluate(definition, self._scopes.visible(row.key))
            return lambda: self._jobs.create(row, definition, properties)
        if element.kind in SCOPE_KINDS:
            start_id = action.start_element_id or self._only_start(row, element)
            return self._next(Activate(start_id, row.key, action.payload))
        if element.called is not None:
            return self._next(self._call(row, element.called))
        return self._own_work(row, element, action)

    def _ad_hoc_work(self, row: ElementInstance, element: Element, ad_hoc: AdHoc) -> Work:
        self._ad_hocs.prepare(row, ad_hoc)
        if element.job is not None:
            definition = element.job
            properties = self._jobs.evaluate(definition, self._scopes.visible(row.key))
            return lambda: self._jobs.create(row, definition, properties)
        first = self._ad_hocs.first_elements(row, ad_hoc)
        return lambda: self._store.agenda.extend(first)

    def activate_in_ad_hoc(self, action: ActivateInAdHoc) -> None:
        """Let an element of an ad-hoc sub-process begin."""
        activated = self._ad_hocs.activate(action)
        if activated is not None:
            scope_key, element_id = activated
            self._store.agenda.append(Activate(element_id, scope_key))

    def _own_work(self, row: ElementInstance, element: Element, action: Begin) -> Work:
        match element.kind:
            case Kind.EVENT_BASED_GATEWAY:
                return _wait
            case Kind.USER_TASK:
                return lambda: self._create_user_task(row)
            case Kind.INTERMEDIATE_CATCH_EVENT | Kind.RECEIVE_TASK if action.payload is None:
                return _wait
            case Kind.SCRIPT_TASK if element.script is not None:
                return self._next(Complete(row.key, self._script_result(row, element.script)))
            case Kind.END_EVENT if isinstance(element.event, ErrorEvent):
                return self._next(self._error(row, element.event))
            case _:
                return self._next(Complete(row.key, action.payload))

    def _create_user_task(self, row: ElementInstance) -> None:
        task = UserTask(
            key=self._store.new_key(),
            element_instance_key=row.key,
            process_instance_key=row.process_instance_key,
            created_at=self._store.now,
        )
        self._store.user_tasks.put(task)
        self._store.happened("user_task.created", key=task.key, element_id=row.element_id)

    def _next(self, action: Action) -> Work:
        return lambda: self._store.agenda.append(action)

    def _only_start(self, row: ElementInstance, element: Element) -> str:
        return self._store.model_of(row).start_events(element.id)[0].id

    def _script_result(self, row: ElementInstance, script: Script) -> dict[str, Any]:
        visible = self._scopes.visible(row.key)
        value = evaluate(script.expression, visible, IncidentKind.EXTRACT_VALUE_ERROR)
        return {script.result_variable: value} if script.result_variable else {}

    def _error(self, row: ElementInstance, event: ErrorEvent) -> ThrowError:
        visible = self._scopes.visible(row.key)
        code = evaluate_text(event.code or "", visible, IncidentKind.EXTRACT_VALUE_ERROR)
        return ThrowError(row.key, code, "", {})

    def _call(self, row: ElementInstance, called: CalledElement) -> StartInstance:
        visible = self._scopes.visible(row.key)
        process_id = evaluate_text(called.process_id, visible, IncidentKind.CALLED_ELEMENT_ERROR)
        definition = self._definitions.latest(row.tenant_id, process_id)
        if definition is None:
            message = f"Expected process with BPMN process id '{process_id}' to be deployed, but not found."
            raise Stuck(IncidentKind.CALLED_ELEMENT_ERROR, message)
        start = self._store.models[definition.key].none_start(process_id)
        if start is None:
            what = f"Expected process with BPMN process id '{process_id}' to have a none start event"
            raise Stuck(IncidentKind.CALLED_ELEMENT_ERROR, f"{what}, but not found.")
        own = {v.name: v.value for v in self._store.variables.find("scope", row.key)}
        caller = self._store.instances[row.process_instance_key]
        return StartInstance(
            key=self._store.new_key(),
            definition_key=definition.key,
            element_id=start.id,
            variables=visible if called.propagates_parent_variables else own,
            tags=caller.tags,
            business_id=caller.business_id,
            parent_element_key=row.key,
        )


def _wait() -> None:
    """Something else will go on: an event."""
