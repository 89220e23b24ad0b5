"""Works out what an event means to an element: its condition, the values that decided it, the effect."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from apify_camunda.camunda.elements import InboundElement
from apify_camunda.errors import ConnectorError
from apify_camunda.feel import Evaluated, FeelSyntaxError, evaluate, parse, to_json_value
from apify_camunda.feel.syntax import Node, Path, Variable, children
from apify_camunda.identifiers import EventId
from apify_camunda.inbound.domain.activation import Activated, ConditionFailed, NotActivated, activation
from apify_camunda.inbound.domain.connector_data import delivery_context
from apify_camunda.inbound.domain.correlation import Ignored, each_effect
from apify_camunda.inbound.domain.effect import Effect, FaultyEffect, MessageEffect, explained
from apify_camunda.inbound.domain.event_identity import event_id
from apify_camunda.webhooks.events import ReceivedEvent

STATES: Final = {"attempted": "in doubt", "claimed": "being processed"}
NOT_RECEIVED: Final = ("not received", "Apify has not delivered this event yet, or its delivery was refused.")
_CONDITIONS: Final = ("activationCondition", "inbound.activationCondition")
_CORRELATION_KEY: Final = "correlationKeyExpression"
_MOST_VALUES: Final = 20
_LONGEST_VALUE: Final = 500


def verdict(
    received: ReceivedEvent, element: InboundElement, effects: Sequence[Effect] | None
) -> dict[str, Any]:
    """Return what a delivery means to an element, computed again from its payload.

    Args:
        received: The delivery.
        element: As it listens now; the version that received the event counts where an effect names it.
        effects: What the ledger has of the event, or None where the event has not been received.
    """
    context = delivery_context(received)
    receiver = _receiver(effects or (), element)
    element = receiver or element
    condition = condition_of(element)
    decided = activation(element, route=received.route, event_type=received.event.event_type, context=context)
    recorded = next((effect for effect in effects or () if is_of(effect, element)), None)
    worked_out = _worked_out(received, element)
    key = element.property_or_none(_CORRELATION_KEY)
    outcome, reason = NOT_RECEIVED if effects is None else _outcome(recorded, worked_out, decided)
    return {
        "eventId": event_id(received),
        "at": received.received_at.isoformat(),
        "eventType": received.event.event_type,
        "runId": received.event.run().id or "",
        "condition": _word(decided, condition),
        "expression": condition,
        "values": list(_values([condition, key], context)),
        "correlationKey": worked_out.correlation_key if isinstance(worked_out, MessageEffect) else None,
        "outcome": outcome,
        "reason": reason,
        "version": element.version,
        "isOfReceiver": receiver is not None,
    }


def recorded_verdict(event: EventId, at: str, effect: Effect) -> dict[str, Any]:
    """Return what the ledger alone says of an event whose payload is not kept."""
    condition = condition_of(effect.element)
    return {
        "eventId": event,
        "at": at,
        "eventType": "",
        "runId": "",
        "condition": "none" if condition is None else "failed" if effect.kind == "faulty" else "true",
        "expression": condition,
        "values": [],
        "correlationKey": getattr(effect, "correlation_key", None),
        "outcome": state_word(effect),
        "reason": effect.explanation,
        "version": effect.element.version,
        "isOfReceiver": True,
    }


def condition_of(element: InboundElement) -> str | None:
    """Return the activation condition of an element, or None where it has none."""
    return next((text for name in _CONDITIONS if (text := element.property_or_none(name))), None)


def state_word(effect: Effect) -> str:
    """Return the state of an effect in the words of `events list`."""
    return STATES.get(effect.state.value, effect.state.value)


def is_of(effect: Effect, element: InboundElement) -> bool:
    """Say whether an effect belongs to any version of the element."""
    places = [_place(effect.element), *map(_place, getattr(effect, "contributors", ()))]
    shared = {ref.partition("/")[0] + "/" + ref.rpartition("/")[2] for ref in effect.shared_with}
    return _place(element) in places or f"{element.process_id}/{element.element_id}" in shared


def _receiver(effects: Sequence[Effect], element: InboundElement) -> InboundElement | None:
    """Return the element in the version that received an event, or None where no effect names it."""
    named = (each for effect in effects for each in (effect.element, *getattr(effect, "contributors", ())))
    return next((each for each in named if _place(each) == _place(element)), None)


def _place(element: InboundElement) -> tuple[str, str, str]:
    return element.tenant_id, element.process_id, element.element_id


def _worked_out(received: ReceivedEvent, element: InboundElement) -> Effect | Ignored | None:
    try:
        return next(each_effect(event_id(received), received, [element], delivery_context(received)), None)
    except ConnectorError:
        return None


def _word(decided: Activated | NotActivated | ConditionFailed, condition: str | None) -> str:
    match decided:
        case ConditionFailed():
            return "failed"
        case NotActivated():
            return "false"
        case Activated():
            return "none" if condition is None else "true"


def _outcome(
    recorded: Effect | None,
    worked_out: Effect | Ignored | None,
    decided: Activated | NotActivated | ConditionFailed,
) -> tuple[str, str | None]:
    """Return what became of the event for the element, and why."""
    if recorded is not None:
        return state_word(recorded), recorded.explanation
    match decided:
        case NotActivated(trouble=trouble):
            return "ignored", trouble
        case ConditionFailed(reason=reason, code=code):
            return "rejected", explained(reason, code)
        case Activated():
            pass
    if isinstance(worked_out, FaultyEffect):
        return "rejected", worked_out.explanation
    return "not received", "It would take part, but the ledger has no effect of it yet."


def _values(expressions: Sequence[str | None], context: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the paths that the expressions read, each once, with their values."""
    seen: set[str] = set()
    for expression in filter(None, expressions):
        try:
            root = parse(expression).root
        except FeelSyntaxError:
            continue
        for path in _paths(root):
            if path not in seen and len(seen) < _MOST_VALUES:
                seen.add(path)
                yield {"path": path, "value": _value(path, context)}


def _paths(node: Node) -> Iterator[str]:
    """Yield the longest paths from a variable, in the order of the text."""
    name = _path_of(node)
    if name is not None:
        yield name
        return
    for child in children(node):
        yield from _paths(child)


def _path_of(node: Node) -> str | None:
    match node:
        case Variable(name=name):
            return _written(name)
        case Path(source=source, name=name):
            inner = _path_of(source)
            return None if inner is None else f"{inner}.{_written(name)}"
        case _:
            return None


def _written(name: str) -> str:
    return name if name.isidentifier() else f"`{name}`"


def _value(path: str, context: Mapping[str, Any]) -> Any:
    found = evaluate(path, context)
    if not isinstance(found, Evaluated):
        return None
    try:
        value = to_json_value(found.value)
    except ValueError:
        return str(found.value)
    if isinstance(value, str) and len(value) > _LONGEST_VALUE:
        return f"{value[:_LONGEST_VALUE]}..."
    return value
