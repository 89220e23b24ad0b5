"""Decides whether a model can be carried out, in the manner of the engine's own deployment checks."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from emulators.camunda.expressions import check_syntax
from emulators.camunda.model import (
    Element,
    ErrorEvent,
    Kind,
    MessageEvent,
    ProcessModel,
    SequenceFlow,
    TerminateEvent,
    TimerEvent,
    TimerKind,
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong with one element."""

    element_id: str
    message: str


Rule = Callable[[ProcessModel, Element], Iterator[str]]


def findings(model: ProcessModel) -> tuple[Finding, ...]:
    """Return everything that is wrong with a model; empty where it can be deployed."""
    found = [Finding(e.id, m) for e in model.elements.values() for rule in _RULES for m in rule(model, e)]
    found += [Finding(f.id, m) for f in model.flows for m in _flow_is_whole(model, f)]
    return tuple(found)


def _flow_is_whole(model: ProcessModel, flow: SequenceFlow) -> Iterator[str]:
    ends = [model.elements.get(flow.source), model.elements.get(flow.target)]
    if None in ends:
        yield "Must have a source and a target that exist"
    elif len({e.scope_id for e in ends if e}) > 1:
        yield "Must not cross the border of a sub-process"
    yield from _condition_is_there(model, flow)
    yield from check_syntax(flow.condition)


def _scope_has_a_start(model: ProcessModel, element: Element) -> Iterator[str]:
    starts = model.start_events(element.id)
    match element.kind:
        case Kind.PROCESS:
            if not starts:
                yield "Must have at least one start event"
            elif sum(s.event is None for s in starts) > 1:
                yield "Multiple none start events are not allowed"
            names = [s.event.name for s in starts if isinstance(s.event, MessageEvent)]
            for name in sorted({n for n in names if names.count(n) > 1}):
                yield f"The message '{name}' cannot be referred by more than one start event"
        case Kind.SUB_PROCESS:
            if len(starts) != 1 or starts[0].event is not None:
                yield "Must have exactly one none start event"
        case Kind.EVENT_SUB_PROCESS:
            if len(starts) != 1 or starts[0].event is None:
                yield "Must have exactly one start event of type message, timer, error"
        case _:
            return


def _work_is_defined(_: ProcessModel, element: Element) -> Iterator[str]:
    match element.kind:
        case Kind.SERVICE_TASK | Kind.SEND_TASK | Kind.BUSINESS_RULE_TASK:
            if element.job is None:
                yield "Must have exactly one 'zeebe:taskDefinition' extension element"
        case Kind.SCRIPT_TASK:
            if (element.job is None) == (element.script is None):
                yield "Must have either one 'zeebe:script' or one 'zeebe:taskDefinition' extension element"
        case Kind.CALL_ACTIVITY:
            if element.called is None or not element.called.process_id:
                yield "Must have a 'zeebe:calledElement' extension element with a process id"
        case _:
            pass
    if element.job is not None and not element.job.type:
        yield "Task type must not be empty"


def _message_has_what_it_needs(model: ProcessModel, element: Element) -> Iterator[str]:
    if not isinstance(element.event, MessageEvent):
        return
    if not element.event.name:
        yield "Name must be present and not empty"
    starts_process = element.kind is Kind.START_EVENT and element.scope_id == model.process_id
    if not starts_process and not element.event.correlation_key:
        yield "Must have exactly one zeebe:subscription extension element with a correlation key"


def _event_is_allowed_here(model: ProcessModel, element: Element) -> Iterator[str]:
    event, kind = element.event, element.kind
    scope = model.elements[element.scope_id].kind if element.scope_id else None
    if isinstance(event, TerminateEvent) and kind is not Kind.END_EVENT:
        yield "Only an end event can be a terminate event"
    if isinstance(event, ErrorEvent):
        in_event_sub_process = kind is Kind.START_EVENT and scope is Kind.EVENT_SUB_PROCESS
        if kind not in {Kind.BOUNDARY_EVENT, Kind.END_EVENT} and not in_event_sub_process:
            yield "An error event can be an end event, a boundary event or start an event sub-process"
        if kind is Kind.END_EVENT and not event.code:
            yield "Must reference an error with an error code"
        if kind is not Kind.END_EVENT and not element.is_interrupting:
            yield "An error event must interrupt"
    if isinstance(event, TimerEvent) and kind is Kind.END_EVENT:
        yield "An end event must not be a timer event"
    if kind is Kind.INTERMEDIATE_CATCH_EVENT and not isinstance(event, MessageEvent | TimerEvent):
        yield "Event definition must be one of: message, timer"
    if isinstance(event, TimerEvent) and event.kind is TimerKind.CYCLE and not _may_repeat(model, element):
        yield "Interrupting timer event with time cycle is not allowed."


def _may_repeat(model: ProcessModel, element: Element) -> bool:
    if element.kind is Kind.START_EVENT:
        return element.scope_id == model.process_id or not element.is_interrupting
    return element.kind is Kind.BOUNDARY_EVENT and not element.is_interrupting


def _flows_are_allowed(model: ProcessModel, element: Element) -> Iterator[str]:
    incoming, outgoing = model.incoming[element.id], model.outgoing[element.id]
    match element.kind:
        case Kind.BOUNDARY_EVENT | Kind.START_EVENT if incoming:
            yield "Must not have incoming sequence flows"
        case Kind.END_EVENT if outgoing:
            yield "End events must not have outgoing sequence flows"
        case Kind.INCLUSIVE_GATEWAY if len(incoming) > 1:
            yield "Currently the inclusive gateway can only have one incoming sequence flow"
        case _:
            return


def _boundary_is_attached(model: ProcessModel, element: Element) -> Iterator[str]:
    if element.kind is not Kind.BOUNDARY_EVENT:
        return
    if element.attached_to not in model.elements:
        yield "Must be attached to an activity"
    if element.event is None:
        yield "Must have exactly one event definition"


def _gateway_leads_to_events(model: ProcessModel, element: Element) -> Iterator[str]:
    if element.kind is not Kind.EVENT_BASED_GATEWAY:
        return
    targets = [model.elements.get(f.target) for f in model.outgoing[element.id]]
    if len(targets) < 2:
        yield "Event-based gateway must have at least 2 outgoing sequence flows."
    if any(t is None or t.kind is not Kind.INTERMEDIATE_CATCH_EVENT for t in targets):
        yield "Event-based gateway must lead to intermediate catch events only"


def _condition_is_there(model: ProcessModel, flow: SequenceFlow) -> Iterator[str]:
    source = model.elements.get(flow.source)
    if source is None or source.kind not in {Kind.EXCLUSIVE_GATEWAY, Kind.INCLUSIVE_GATEWAY}:
        return
    is_choice = len(model.outgoing[source.id]) > 1
    if is_choice and flow.condition is None and flow.id != source.default_flow:
        yield "Must have a condition or be default flow"


def _attached_messages_differ(model: ProcessModel, element: Element) -> Iterator[str]:
    events = [e.event for e in model.boundary_events(element.id)]
    names = [e.name for e in events if isinstance(e, MessageEvent)]
    for name in sorted({n for n in names if names.count(n) > 1}):
        yield f"Multiple message event definitions with the same name '{name}' are not allowed."


def _expressions_parse(_: ProcessModel, element: Element) -> Iterator[str]:
    texts = [m.source for m in (*element.inputs, *element.outputs)]
    if element.job is not None:
        texts += [element.job.type, element.job.retries]
    if isinstance(element.event, MessageEvent):
        texts += [element.event.name, element.event.correlation_key or ""]
    if isinstance(element.event, TimerEvent):
        texts.append(element.event.expression)
    if element.script is not None:
        texts.append(element.script.expression)
    for text in texts:
        yield from check_syntax(text)


_RULES: tuple[Rule, ...] = (
    _scope_has_a_start,
    _work_is_defined,
    _message_has_what_it_needs,
    _event_is_allowed_here,
    _flows_are_allowed,
    _boundary_is_attached,
    _gateway_leads_to_events,
    _attached_messages_differ,
    _expressions_parse,
)
