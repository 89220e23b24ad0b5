"""What an element instance waits for while it is active: opens and closes its messages and timers."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from emulators.camunda.expressions import evaluate_correlation_key, evaluate_text
from emulators.camunda.messages import Messages
from emulators.camunda.model import Element, Kind, MessageEvent, ProcessModel, TimerEvent
from emulators.camunda.scopes import Scopes
from emulators.camunda.state import ElementInstance, IncidentKind
from emulators.camunda.store import Store
from emulators.camunda.timers import Schedule, Timers


@dataclass(frozen=True, slots=True)
class _MessageWait:
    event: Element
    name: str
    correlation_key: str


@dataclass(frozen=True, slots=True)
class _TimerWait:
    event: Element
    schedule: Schedule


class Waiting:
    """Opens everything that an element instance waits for, or nothing."""

    def __init__(self, store: Store, scopes: Scopes, messages: Messages, timers: Timers) -> None:
        self._store = store
        self._scopes = scopes
        self._messages = messages
        self._timers = timers

    def open(self, row: ElementInstance, element: Element, *, already_occurred: bool) -> None:
        """Wait for the element's own event (unless it has already occurred) and those attached to it.

        Raises:
            Stuck: An expression fails; then nothing was opened.
        """
        model = self._store.model_of(row)
        self._open(row, _events(model, row, element, already_occurred=already_occurred))

    def open_event_sub_processes(self, scope: ElementInstance) -> None:
        """Wait for what starts the event sub-processes of a scope, once its own start event is done.

        So their correlation keys see what the start event brought.

        Raises:
            Stuck: An expression fails; then nothing was opened.
        """
        self._open(scope, self._store.model_of(scope).event_sub_process_starts(scope.element_id))

    def _open(self, row: ElementInstance, events: Iterable[Element]) -> None:
        for wait in [w for event in events for w in self._evaluated(row, event)]:
            match wait:
                case _MessageWait(event, name, key):
                    self._messages.open(row, event, name, key)
                case _TimerWait(event, schedule):
                    self._timers.open(row, event, schedule)

    def close(self, row: ElementInstance, element_ids: frozenset[str] | None = None) -> None:
        """Wait no more, for anything or for some events."""
        self._messages.close(row.key, element_ids)
        self._timers.close(row.key, element_ids)

    def _evaluated(self, row: ElementInstance, event: Element) -> Iterator[_MessageWait | _TimerWait]:
        match event.event:
            case MessageEvent(name, correlation_key):
                # An attached event belongs to the scope around its host: the host's inputs are not its own.
                scope_key = row.scope_key if event.kind is Kind.BOUNDARY_EVENT else row.key
                assert scope_key is not None
                visible = self._scopes.visible(scope_key)
                text = evaluate_text(name, visible, IncidentKind.EXTRACT_VALUE_ERROR)
                yield _MessageWait(event, text, evaluate_correlation_key(correlation_key or "", visible))
            case TimerEvent() as timer:
                yield _TimerWait(event, self._timers.evaluate(timer, self._scopes.visible(row.key)))
            case _:
                return


def _events(
    model: ProcessModel, row: ElementInstance, element: Element, *, already_occurred: bool
) -> Iterator[Element]:
    is_body = row.kind == Kind.MULTI_INSTANCE_BODY
    waits_itself = element.kind in {Kind.INTERMEDIATE_CATCH_EVENT, Kind.RECEIVE_TASK}
    if waits_itself and not already_occurred and not is_body:
        yield element
    if element.kind is Kind.EVENT_BASED_GATEWAY:
        yield from (model.elements[f.target] for f in model.outgoing[element.id])
    if element.loop is None or is_body:
        yield from model.boundary_events(element.id)
