"""How elements end well: what they hand on, and where the token goes next."""

from collections.abc import Mapping
from typing import Any

from emulators.camunda.actions import Activate, ActivateInAdHoc, ActivateInner, CheckScope, Complete
from emulators.camunda.ad_hoc import AdHocs
from emulators.camunda.flow import Flow
from emulators.camunda.incidents import Incidents
from emulators.camunda.lifecycle import Lifecycle
from emulators.camunda.loops import Loops, Progress, is_inner
from emulators.camunda.model import SCOPE_KINDS, Element, Kind, TerminateEvent
from emulators.camunda.rejection import Stuck
from emulators.camunda.scopes import Scopes
from emulators.camunda.state import ElementInstance, ElementState
from emulators.camunda.store import Store
from emulators.camunda.waiting import Waiting


class Completion:
    """Carries out Complete and CheckScope."""

    def __init__(
        self,
        *,
        store: Store,
        scopes: Scopes,
        lifecycle: Lifecycle,
        flow: Flow,
        loops: Loops,
        ad_hocs: AdHocs,
        incidents: Incidents,
        waiting: Waiting,
    ) -> None:
        self._store = store
        self._waiting = waiting
        self._scopes = scopes
        self._lifecycle = lifecycle
        self._flow = flow
        self._loops = loops
        self._ad_hocs = ad_hocs
        self._incidents = incidents

    def complete(self, action: Complete) -> None:
        """Let an active element instance end well, or stop it with an incident that ends it again."""
        row = self._store.elements[action.key]
        if row.state is not ElementState.ACTIVE:
            return
        element = self._store.model_of(row).elements[row.element_id]
        try:
            self._hand_on(row, element, action)
            flows = self._flow.chosen(row, element)
            progress = self._collect(row, element)
            results = self._ad_hocs.collect(row) if row.kind == Kind.AD_HOC_INNER else None
            if element.kind is Kind.START_EVENT and row.scope_key is not None:
                self._waiting.open_event_sub_processes(self._store.elements[row.scope_key])
        except Stuck as stuck:
            self._incidents.stop_element(row, stuck, Complete(row.key))
            return
        self._lifecycle.end(row, ElementState.COMPLETED)
        if row.scope_key is None:
            self._return_to_caller(row)
        elif progress is not None:
            self._go_on(row.scope_key, element, progress)
        elif results is not None:
            self._go_on_ad_hoc(row.scope_key, results)
        else:
            if isinstance(element.event, TerminateEvent):
                self._lifecycle.terminate_within(self._store.elements[row.scope_key])
            for flow in flows:
                self._flow.take(row.scope_key, flow)
            self._store.agenda.append(CheckScope(row.scope_key))

    def check_scope(self, action: CheckScope) -> None:
        """Complete a scope in which nothing is active, nor about to be, nor waits at a join."""
        scope = self._store.elements[action.key]
        if scope.state is not ElementState.ACTIVE or scope.kind not in SCOPE_KINDS:
            return
        if self._store.elements.has("active_scope", scope.key) or self._store.tokens.has("scope", scope.key):
            return
        if not any(self._leads_into(a, scope.key) for a in self._store.agenda):
            self._store.agenda.append(Complete(scope.key))

    @staticmethod
    def _leads_into(action: object, scope_key: int) -> bool:
        match action:
            case Activate(scope_key=key) | ActivateInner(body_key=key) | ActivateInAdHoc(ad_hoc_key=key):
                return key == scope_key
            case _:
                return False

    def _hand_on(self, row: ElementInstance, element: Element, action: Complete) -> None:
        if row.kind == Kind.MULTI_INSTANCE_BODY:
            assert element.loop is not None
            assert row.scope_key is not None
            self._scopes.propagate(row.scope_key, self._loops.result(row, element.loop))
            return
        if element.ad_hoc is not None and row.scope_key is not None:
            results = self._ad_hocs.result(row, element.ad_hoc)
            self._scopes.propagate(row.scope_key, results)
        if action.payload and element.outputs:
            self._scopes.set_local(row.key, action.payload)
        elif action.payload:
            self._scopes.propagate(row.key, action.payload)
        # An inner instance has variables of its own for its results: the body collects them from there.
        around = row.key if row.scope_key is None or is_inner(row, element.loop) else row.scope_key
        self._scopes.apply_outputs(row, element.outputs, scope_key=around)

    def _collect(self, row: ElementInstance, element: Element) -> Progress | None:
        if element.loop is None or not is_inner(row, element.loop):
            return None
        return self._loops.collect(row, element.loop)

    def _go_on(self, body_key: int, element: Element, progress: Progress) -> None:
        assert element.loop is not None
        if self._loops.go_on(body_key, element.loop, progress):
            self._lifecycle.terminate_within(self._store.elements[body_key])
            self._store.agenda.append(Complete(body_key))

    def _go_on_ad_hoc(self, ad_hoc_key: int, results: Mapping[str, Any]) -> None:
        row = self._store.elements[ad_hoc_key]
        try:
            self._ad_hocs.element_ended(row, results)
        except Stuck as stuck:
            self._incidents.stop_element(row, stuck, Complete(row.key))

    def _return_to_caller(self, row: ElementInstance) -> None:
        parent_key = self._store.instances[row.key].parent_element_instance_key
        if parent_key is None:
            return
        parent = self._store.elements[parent_key]
        called = self._store.model_of(parent).elements[parent.element_id].called
        assert called is not None
        variables = self._scopes.visible(row.key) if called.propagates_child_variables else {}
        own = {v.name: v.value for v in self._store.variables.find("scope", row.key)}
        element = self._store.model_of(parent).elements[parent.element_id]
        self._store.agenda.append(Complete(parent_key, own if element.outputs else variables))
