"""Decides which effects an event has: who takes part, which message or start each one is, and what is shared.

It must not look at what has been done before; the ledger knows that.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from apify_camunda.camunda.elements import ElementKind, InboundElement
from apify_camunda.camunda.model import PublishMessage, StartProcess
from apify_camunda.errors import InvalidInput
from apify_camunda.expressions.evaluation import (
    evaluate_to_json,
    shared_condition_limits,
    shared_result_limits,
)
from apify_camunda.expressions.iso_duration import parse_iso_duration
from apify_camunda.expressions.result_mapping import map_result
from apify_camunda.expressions.strict_json import whole_characters
from apify_camunda.feel import Limits, to_json
from apify_camunda.identifiers import EventId
from apify_camunda.inbound.domain.activation import Activated, ConditionFailed, NotActivated, activation
from apify_camunda.inbound.domain.connector_data import delivery_context
from apify_camunda.inbound.domain.effect import Effect, EffectKind, EffectState
from apify_camunda.inbound.domain.event_identity import (
    instance_tag,
    message_effect_key,
    rejected_effect_key,
    start_effect_key,
)
from apify_camunda.json_types import JsonObject
from apify_camunda.webhooks.events import ReceivedEvent

DEFAULT_TIME_TO_LIVE = timedelta(hours=1)
"""What Camunda's own runtime uses where an element does not say."""
_MAX_TIME_TO_LIVE = timedelta(days=36_500)


def effects_of(
    event: EventId, received: ReceivedEvent, elements: Sequence[InboundElement]
) -> tuple[Effect, ...]:
    """Return the effects of an event on the elements that listen, one for each message or start.

    Elements that wait for the very same message share one effect, with the variables of the newest. What
    cannot be worked out for an element is an effect too, REJECTED with its reason; the others go on. The more
    elements listen the less each of their expressions may use, so that an event is answered in time.
    """
    return shared(each_effect(event, received, elements))


def each_effect(
    event: EventId, received: ReceivedEvent, elements: Sequence[InboundElement]
) -> Iterator[Effect | None]:
    """Yield what each element makes of the event, newest first; None: it takes no part."""
    seen = _Seen(delivery_context(received), shared_condition_limits(len(elements)))
    newest_first = sorted(elements, key=lambda element: element.definition_key, reverse=True)
    for element in newest_first:
        yield _effect_of(event, received, element, seen)


def message_of(effect: Effect, variables: JsonObject) -> PublishMessage:
    """Return the command of a message effect."""
    return PublishMessage(
        name=effect.message_name or "",
        correlation_key=effect.correlation_key or "",
        message_id=effect.message_id or "",
        time_to_live=timedelta(seconds=effect.time_to_live_s or 0),
        tenant_id=effect.element.tenant_id,
        variables=variables,
    )


def start_of(effect: Effect, variables: JsonObject) -> StartProcess:
    """Return the command of a start effect: exactly the element's version, tagged with the effect."""
    return StartProcess(
        definition_key=effect.element.definition_key,
        process_id=effect.element.process_id,
        version=effect.element.version,
        tenant_id=effect.element.tenant_id,
        variables=variables,
        tag=instance_tag(effect.key),
    )


def variables_of(effect: Effect, received: ReceivedEvent, *, sharers: int = 1) -> JsonObject:
    """Return the variables that the effect brings; `sharers` effects share what one event may use.

    Raises:
        InvalidInput: The result expression fails, or the variables cannot be sent.
    """
    context = delivery_context(received)
    return map_result(
        context,
        scope={**context, "response": context},
        result_variable=effect.element.property_or_none("resultVariable"),
        result_expression=effect.element.property_or_none("resultExpression"),
        limits=shared_result_limits(sharers),
    )


@dataclass(frozen=True, slots=True)
class _Seen:
    """What the expressions of an element see, and what each may use."""

    context: JsonObject
    limits: Limits


def _effect_of(
    event: EventId, received: ReceivedEvent, element: InboundElement, seen: _Seen
) -> Effect | None:
    decision = activation(
        element,
        route=received.route,
        event_type=received.event.event_type,
        context=seen.context,
        limits=seen.limits,
    )
    match decision:
        case NotActivated():
            return None
        case ConditionFailed(reason=reason):
            return _rejected(event, element, reason)
        case Activated():
            pass
    try:
        if element.kind is ElementKind.START:
            return _start(event, element)
        return _message(event, element, seen)
    except InvalidInput as error:
        return _rejected(event, element, error.message)


def _start(event: EventId, element: InboundElement) -> Effect:
    key = start_effect_key(
        event, element.tenant_id, process_id=element.process_id, element_id=element.element_id
    )
    return Effect(key=key, kind=EffectKind.START, element=element)


def _message(event: EventId, element: InboundElement, seen: _Seen) -> Effect:
    name = element.message_name
    if name is None:
        raise InvalidInput("The element has no message.")
    correlation_key = _correlation_key(element, seen)
    message_id = _message_id(element, seen) or event
    key = message_effect_key(
        event, element.tenant_id, name=name, correlation_key=correlation_key, message_id=message_id
    )
    return Effect(
        key=key,
        kind=EffectKind.MESSAGE,
        element=element,
        message_name=name,
        correlation_key=correlation_key,
        message_id=message_id,
        time_to_live_s=_time_to_live(element, seen).total_seconds(),
    )


def _rejected(event: EventId, element: InboundElement, reason: str) -> Effect:
    key = rejected_effect_key(
        event, element.tenant_id, process_id=element.process_id, element_id=element.element_id
    )
    kind = EffectKind.START if element.kind is ElementKind.START else EffectKind.MESSAGE
    shown = whole_characters(reason)
    return Effect(key=key, kind=kind, element=element, state=EffectState.REJECTED, reason=shown)


def shared(effects: Iterable[Effect | None]) -> tuple[Effect, ...]:
    """Return the effects, one for each key: elements that wait for one message share it."""
    by_key: dict[str, Effect] = {}
    for effect in effects:
        if effect is None:
            continue
        first = by_key.get(effect.key)
        if first is None:
            by_key[effect.key] = effect
        else:
            shared_with = (*first.shared_with, effect.element.ref)
            by_key[effect.key] = first.model_copy(update={"shared_with": shared_with})
    return tuple(by_key.values())


def _correlation_key(element: InboundElement, seen: _Seen) -> str:
    """Return the correlation key; a message start does without one, whatever its expression gives.

    Source: https://docs.camunda.io/docs/components/connectors/use-connectors/inbound/
    """
    expression = element.property_or_none("correlationKeyExpression")
    may_be_empty = element.kind in (ElementKind.MESSAGE_START, ElementKind.EVENT_SUB_PROCESS_START)
    try:
        key = _text_of("correlation key", expression, seen) if expression else None
    except InvalidInput:
        if not may_be_empty:
            raise
        key = None
    if key is None and not may_be_empty:
        raise InvalidInput(f"Wasn't able to obtain correlation key for expression {expression}")
    return key or ""


def _message_id(element: InboundElement, seen: _Seen) -> str | None:
    expression = element.property_or_none("messageIdExpression")
    return _text_of("message id", expression, seen) if expression else None


def _time_to_live(element: InboundElement, seen: _Seen) -> timedelta:
    text = element.property_or_none("messageTtl")
    if text is not None and text.strip().startswith("="):
        text = _text_of("message TTL", text, seen)
    if text is None or not text.strip():
        return DEFAULT_TIME_TO_LIVE
    duration = parse_iso_duration(text)
    if duration is None or duration > _MAX_TIME_TO_LIVE:
        raise InvalidInput(f"The message TTL '{text[:100]}' is not an ISO-8601 duration such as PT1H.")
    return max(duration, timedelta())


def _text_of(what: str, expression: str, seen: _Seen) -> str | None:
    """Return an expression's value as text: numbers, booleans and objects as JSON writes them."""
    result = evaluate_to_json(what, expression, seen.context, limits=seen.limits)
    match result.json:
        case None:
            return None
        case str(text):
            return whole_characters(text)
        case list():
            raise InvalidInput(f"The {what} expression '{expression}' gives a list, which is no text.")
        case _:
            return to_json(result.value)
