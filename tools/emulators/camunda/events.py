"""What an event that occurred does: it resumes what waited for it, interrupts its host, or is not caught."""

from collections.abc import Iterator
from dataclasses import replace

from emulators.camunda.actions import Activate, CheckScope, Complete, ThrowError, Trigger
from emulators.camunda.incidents import Incidents
from emulators.camunda.lifecycle import Lifecycle
from emulators.camunda.model import SCOPE_KINDS, Element, ErrorEvent, Kind
from emulators.camunda.rejection import Stuck
from emulators.camunda.state import ElementInstance, ElementState, IncidentKind
from emulators.camunda.store import Store
from emulators.camunda.waiting import Waiting


class Events:
    """Carries out Trigger and ThrowError."""

    def __init__(self, store: Store, lifecycle: Lifecycle, waiting: Waiting, incidents: Incidents) -> None:
        self._store = store
        self._lifecycle = lifecycle
        self._waiting = waiting
        self._incidents = incidents

    def trigger(self, action: Trigger) -> None:
        """Let an event occur at who waits for it, if it still waits."""
        host = self._store.elements[action.host_key]
        if host.state is not ElementState.ACTIVE:
            return
        model = self._store.model_of(host)
        event = model.elements[action.element_id]
        if host.element_id == event.id:
            self._waiting.close(host, frozenset({event.id}))
            self._store.agenda.append(Complete(host.key, action.payload))
        elif event.kind is Kind.BOUNDARY_EVENT:
            self._leave_by_boundary(host, event, action)
        elif event.kind is Kind.START_EVENT:
            self._enter_event_sub_process(host, event, action)
        else:
            self._leave_gateway(host, event, action)

    def throw(self, action: ThrowError) -> None:
        """Let an error rise to the nearest event that catches it; without one, stop its element."""
        origin = self._store.elements[action.key]
        for host, catches in self._outwards(origin):
            catching = _best(catches, action.code)
            if catching is not None:
                self._store.agenda.append(Trigger(host.key, catching.id, action.payload, is_error=True))
                if action.job_key is not None:
                    job = self._store.jobs[action.job_key]
                    self._store.jobs.put(replace(job, ended_at=self._store.now))
                return
        said = f" with message '{action.message}'" if action.message else ""
        thrown = (
            f"Expected to throw an error event with the code '{action.code}'{said}, but it was not caught."
        )
        message = f"{thrown} {self._what_is_caught(origin)}"
        if action.job_key is not None:
            job = self._store.jobs[action.job_key]
            self._incidents.stop_job(job, IncidentKind.UNHANDLED_ERROR_EVENT, message)
        else:
            stuck = Stuck(IncidentKind.UNHANDLED_ERROR_EVENT, message)
            self._incidents.stop_element(origin, stuck, action)

    def _leave_by_boundary(self, host: ElementInstance, event: Element, action: Trigger) -> None:
        assert host.scope_key is not None
        if event.is_interrupting:
            self._lifecycle.terminate(host)
        following = Activate(event.id, host.scope_key, action.payload)
        if action.is_error:
            following = Activate(event.id, host.scope_key, local=action.payload)
        self._store.agenda.append(following)

    def _enter_event_sub_process(self, scope: ElementInstance, event: Element, action: Trigger) -> None:
        assert event.scope_id is not None
        if event.is_interrupting:
            starts = self._store.model_of(scope).event_sub_process_starts(scope.element_id)
            self._lifecycle.terminate_within(scope)
            self._waiting.close(scope, frozenset(s.id for s in starts))
        self._store.agenda.append(Activate(event.scope_id, scope.key, action.payload))

    def _leave_gateway(self, gateway: ElementInstance, event: Element, action: Trigger) -> None:
        assert gateway.scope_key is not None
        self._lifecycle.end(gateway, ElementState.COMPLETED)
        self._store.agenda.append(Activate(event.id, gateway.scope_key, action.payload))
        self._store.agenda.append(CheckScope(gateway.scope_key))

    def _outwards(self, origin: ElementInstance) -> Iterator[tuple[ElementInstance, list[Element]]]:
        """Yield who may catch an error, from the inside out, through calling processes."""
        row: ElementInstance | None = origin
        while row is not None:
            model = self._store.model_of(row)
            catching: tuple[Element, ...] = ()
            if row.kind in SCOPE_KINDS:
                catching += model.event_sub_process_starts(row.element_id)
            if model.elements[row.element_id].loop is None or row.kind == Kind.MULTI_INSTANCE_BODY:
                catching += model.boundary_events(row.element_id)
            yield row, [e for e in catching if isinstance(e.event, ErrorEvent)]
            row = self._outer(row)

    def _outer(self, row: ElementInstance) -> ElementInstance | None:
        key = row.scope_key
        if key is None:
            key = self._store.instances[row.key].parent_element_instance_key
        return None if key is None else self._store.elements[key]

    def _what_is_caught(self, origin: ElementInstance) -> str:
        codes = [_code(e) for _, catches in self._outwards(origin) for e in catches]
        if not codes:
            return "No error events are available in the scope."
        return f"Available error events are [{', '.join(c or '' for c in codes)}]"


def _code(element: Element) -> str | None:
    assert isinstance(element.event, ErrorEvent)
    return element.event.code


def _best(catches: list[Element], code: str) -> Element | None:
    exact = [e for e in catches if _code(e) == code]
    return next(iter(exact or [e for e in catches if not _code(e)]), None)
