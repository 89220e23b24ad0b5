"""Decides whether a model can be carried out, in the manner of the engine's own deployment checks."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from emulators.camunda.model import (
    SCOPE_KINDS,
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
from emulators.camunda.notation import check_expression, is_noted_well
from emulators.camunda.unsupported import UNSUPPORTED


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
    if flow.condition is not None:
        yield from check_expression(flow.condition)


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


def _ad_hoc_is_whole(model: ProcessModel, element: Element) -> Iterator[str]:
    ad_hoc = element.ad_hoc
    if ad_hoc is None:
        return
    inside = [each for each in model.elements.values() if each.scope_id == element.id]
    if not ad_hoc.elements:
        yield "Must have at least one activity."
    for kind, what in ((Kind.START_EVENT, "a start"), (Kind.END_EVENT, "an end")):
        if any(each.kind is kind for each in inside):
            yield f"Must not contain {what} event."
    if (ad_hoc.output_collection is None) != (ad_hoc.output_element is None):
        what = "OutputElement and OutputCollection must both be set, or neither of them set."
        both = f"outputElement:{ad_hoc.output_element or 'null'} and "
        yield f"{what} {both}outputCollection:{ad_hoc.output_collection or 'null'}."
    if element.job is not None:
        for name, value in (
            ("completionCondition", ad_hoc.completion_condition),
            ("activeElementsCollection", ad_hoc.active_elements),
        ):
            if value is not None:
                yield f"Must not define {name} in combination with zeebe:taskDefinition."


def _ad_hoc_is_not_interrupted_from_within(model: ProcessModel, element: Element) -> Iterator[str]:
    scope = model.elements.get(element.scope_id or "")
    if element.kind is not Kind.EVENT_SUB_PROCESS or scope is None or scope.ad_hoc is None:
        return
    if any(start.is_interrupting for start in model.start_events(element.id)):
        yield "An interrupting event subprocess is not allowed inside an ad-hoc subprocess"


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
        yield "Expected expression but not found."


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
            yield UNSUPPORTED["inclusiveJoin"].refusal
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


def _conditions_are_at_gateways(model: ProcessModel, element: Element) -> Iterator[str]:
    if element.kind in {Kind.EXCLUSIVE_GATEWAY, Kind.INCLUSIVE_GATEWAY}:
        return
    if any(flow.condition is not None for flow in model.outgoing[element.id]):
        yield "Conditional sequence flows are only supported at exclusive or inclusive gateway"


def _default_is_a_way_out(model: ProcessModel, element: Element) -> Iterator[str]:
    default = element.default_flow
    if default is not None and all(flow.id != default for flow in model.outgoing[element.id]):
        yield f"There is no ID/IDREF binding for IDREF '{default}'."


def _events_differ(model: ProcessModel, element: Element) -> Iterator[str]:
    """Events that wait together must differ from each other."""
    attached = model.boundary_events(element.id)
    alternatives: list[tuple[Element, ...]] = [attached]
    if element.kind in SCOPE_KINDS:
        alternatives.append(model.event_sub_process_starts(element.id))
    if element.kind is Kind.EVENT_BASED_GATEWAY:
        following = (model.elements.get(flow.target) for flow in model.outgoing[element.id])
        alternatives.append(tuple(e for e in following if e is not None))
    for events in alternatives:
        yield from _messages_differ(events)
        yield from _errors_differ(events)
    own = element.event
    if element.kind is Kind.RECEIVE_TASK and isinstance(own, MessageEvent) and own.name in _names(attached):
        yield "Cannot reference the same message name as a boundary event"


def _names(events: Iterable[Element]) -> list[str]:
    return [e.event.name for e in events if isinstance(e.event, MessageEvent)]


def _messages_differ(events: Iterable[Element]) -> Iterator[str]:
    names = _names(events)
    for name in sorted({n for n in names if names.count(n) > 1}):
        yield f"Multiple message event definitions with the same name '{name}' are not allowed."


def _errors_differ(events: Iterable[Element]) -> Iterator[str]:
    codes = [e.event.code or "" for e in events if isinstance(e.event, ErrorEvent)]
    for code in sorted({c for c in codes if codes.count(c) > 1}):
        if code:
            what = f"Multiple error catch events with the same error code '{code}'"
            yield f"{what} are not supported on the same scope."
        else:
            what = "The same scope can not contain more than one error catch event without error code."
            yield f"{what} An error catch event without error code catches all errors."


def _is_noted_well(_: ProcessModel, element: Element) -> Iterator[str]:
    yield from is_noted_well(element)


_RULES: tuple[Rule, ...] = (
    _scope_has_a_start,
    _ad_hoc_is_whole,
    _ad_hoc_is_not_interrupted_from_within,
    _work_is_defined,
    _message_has_what_it_needs,
    _event_is_allowed_here,
    _flows_are_allowed,
    _boundary_is_attached,
    _gateway_leads_to_events,
    _conditions_are_at_gateways,
    _default_is_a_way_out,
    _events_differ,
    _is_noted_well,
)
