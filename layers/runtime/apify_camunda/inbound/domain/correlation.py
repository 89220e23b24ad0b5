"""Decides which effects an event has: which elements take part, which message or start each one is.

It does not know what has been done before; the ledger does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from apify_camunda.camunda.elements import ElementKind, InboundElement
from apify_camunda.camunda.model import PublishMessage, StartProcess
from apify_camunda.errors import ErrorCode, InvalidInput
from apify_camunda.expressions.evaluation import evaluate_to_json
from apify_camunda.expressions.iso_duration import parse_iso_duration
from apify_camunda.expressions.strict_json import whole_characters
from apify_camunda.feel import Budget, to_json
from apify_camunda.identifiers import EventId
from apify_camunda.inbound.domain.activation import Activated, ConditionFailed, NotActivated, activation
from apify_camunda.inbound.domain.connector_data import delivery_context
from apify_camunda.inbound.domain.effect import Effect, FaultyEffect, MessageEffect, StartEffect
from apify_camunda.inbound.domain.event_identity import (
    instance_tag,
    message_effect_key,
    rejected_effect_key,
    start_effect_key,
)
from apify_camunda.inbound.domain.shares import condition_shares
from apify_camunda.json_types import JsonObject
from apify_camunda.webhooks.events import ReceivedEvent

DEFAULT_TIME_TO_LIVE: Final = timedelta(hours=1)
"""What Camunda's own runtime uses where an element does not say."""
_MAX_TIME_TO_LIVE: Final = timedelta(days=36_500)
_LONGEST_STORED: Final = 1_024
"""The most characters of a correlation key or message id, so that any number of listeners fits a receipt."""


@dataclass(frozen=True, slots=True)
class Ignored:
    """An element that takes no part in the event.

    Attributes:
        trouble: Why its condition is probably not what the modeller meant, or None.
    """

    element: InboundElement
    trouble: str | None = None


def effects_of(
    event: EventId, received: ReceivedEvent, elements: Sequence[InboundElement]
) -> tuple[Effect, ...]:
    """Return the effects of an event on the elements that listen, one for each message or start."""
    return shared(each_effect(event, received, elements, delivery_context(received)))


def each_effect(
    event: EventId, received: ReceivedEvent, elements: Sequence[InboundElement], context: JsonObject
) -> Iterator[Effect | Ignored]:
    """Yield the effect of the event on each element, newest first, or that the element takes no part.

    An effect that cannot be determined is a FaultyEffect; the others go on. The elements share a bounded time
    and memory, so that no element takes those of the others. `context` is what their expressions see.
    """
    shares = condition_shares(len(elements))
    newest_first = sorted(elements, key=lambda element: element.definition_key, reverse=True)
    for element in newest_first:
        yield _effect_of(event, received, element, _Scope(context, shares.next()))


def shared(effects: Iterable[Effect | Ignored]) -> tuple[Effect, ...]:
    """Return the effects, one for each key: elements that wait for one message share it.

    Elements of the newest version contribute their variables; of others only the refs are kept. The message
    lives as long as the longest-lived contributor asks for.
    """
    by_key: dict[str, Effect] = {}
    for effect in effects:
        if isinstance(effect, Ignored):
            continue
        first = by_key.get(effect.key)
        if isinstance(first, MessageEffect) and isinstance(effect, MessageEffect):
            by_key[effect.key] = _joined(first, effect)
        else:
            by_key[effect.key] = effect
    return tuple(by_key.values())


def without_what_is_too_large(effects: Iterable[Effect]) -> tuple[Effect, ...]:
    """Return the effects as the store can hold them: one with a huge key or id is faulty, and says why."""
    return tuple(_storable(effect) for effect in effects)


def message_of(effect: MessageEffect, variables: JsonObject) -> PublishMessage:
    """Return the command of a message effect."""
    return PublishMessage(
        name=effect.name,
        correlation_key=effect.correlation_key,
        message_id=effect.message_id,
        time_to_live=effect.time_to_live,
        tenant_id=effect.element.tenant_id,
        variables=variables,
    )


def start_of(effect: StartEffect, variables: JsonObject, event: EventId) -> StartProcess:
    """Return the command of a start effect: exactly the element's version, tagged with the effect.

    The event's id becomes the instance's business id: people find the instance by it in Operate.
    """
    return StartProcess(
        definition_key=effect.element.definition_key,
        process_id=effect.element.process_id,
        version=effect.element.version,
        tenant_id=effect.element.tenant_id,
        variables=variables,
        tag=instance_tag(effect.key),
        business_id=event,
    )


@dataclass(frozen=True, slots=True)
class _Scope:
    """What the expressions of an element see, and what they may use together."""

    context: JsonObject
    budget: Budget

    def text_of(self, what: str, expression: str) -> str | None:
        """Return an expression's value as text: numbers, booleans and objects as JSON writes them."""
        result = evaluate_to_json(what, expression, self.context, budget=self.budget)
        match result.json:
            case None:
                return None
            case str(text):
                return whole_characters(text)
            case list():
                raise InvalidInput(f"The {what} expression '{expression}' gives a list, which is no text.")
            case _:
                return to_json(result.value)


def _effect_of(
    event: EventId, received: ReceivedEvent, element: InboundElement, scope: _Scope
) -> Effect | Ignored:
    decision = activation(
        element,
        route=received.route,
        event_type=received.event.event_type,
        context=scope.context,
        budget=scope.budget,
    )
    match decision:
        case NotActivated(trouble=trouble):
            return Ignored(element, trouble)
        case ConditionFailed(reason=reason, code=code):
            return _faulty(event, element, reason, code)
        case Activated():
            pass
    try:
        if element.kind is ElementKind.START:
            return _start(event, element)
        return _message(event, element, scope)
    except InvalidInput as error:
        return _faulty(event, element, error.message, error.code)


def _start(event: EventId, element: InboundElement) -> StartEffect:
    key = start_effect_key(
        event, element.tenant_id, process_id=element.process_id, element_id=element.element_id
    )
    return StartEffect(key=key, element=element)


def _message(event: EventId, element: InboundElement, scope: _Scope) -> MessageEffect:
    name = element.message_name
    if name is None:
        raise InvalidInput("The element has no message.")
    correlation_key = _correlation_key(element, scope)
    message_id = _message_id(element, scope) or event
    key = message_effect_key(
        event, element.tenant_id, name=name, correlation_key=correlation_key, message_id=message_id
    )
    return MessageEffect(
        key=key,
        element=element,
        name=name,
        correlation_key=correlation_key,
        message_id=message_id,
        time_to_live=_time_to_live(element, scope),
    )


def _faulty(event: EventId, element: InboundElement, reason: str, code: str) -> FaultyEffect:
    key = rejected_effect_key(
        event, element.tenant_id, process_id=element.process_id, element_id=element.element_id
    )
    return FaultyEffect(key=key, element=element, reason=whole_characters(reason), code=str(code))


def _joined(newest: MessageEffect, other: MessageEffect) -> MessageEffect:
    if other.element.definition_key != newest.element.definition_key:
        return replace(newest, shared_with=(*newest.shared_with, other.element.ref))
    return replace(
        newest,
        contributors=(*newest.contributors, other.element),
        time_to_live=max(newest.time_to_live, other.time_to_live),
    )


def _storable(effect: Effect) -> Effect:
    if not isinstance(effect, MessageEffect):
        return effect
    for what, text in (("correlation key", effect.correlation_key), ("message id", effect.message_id)):
        if len(text) > _LONGEST_STORED:
            reason = (
                f"The {what} has {len(text):,} characters, and the event could not be stored with it. Use a "
                f"shorter {what}, for example the run's id."
            )
            return FaultyEffect(
                key=effect.key, element=effect.element, reason=reason, code=ErrorCode.STORE_REJECTED.value
            )
    return effect


def _correlation_key(element: InboundElement, scope: _Scope) -> str:
    """Return the correlation key; a message start needs none, and does without one that fails.

    Source: https://docs.camunda.io/docs/components/connectors/use-connectors/inbound/
    """
    expression = element.property_or_none("correlationKeyExpression")
    may_be_empty = element.kind in (ElementKind.MESSAGE_START, ElementKind.EVENT_SUB_PROCESS_START)
    try:
        key = scope.text_of("correlation key", expression) if expression else None
    except InvalidInput:
        if not may_be_empty:
            raise
        key = None
    if key is None and not may_be_empty:
        raise InvalidInput(f"Wasn't able to obtain correlation key for expression {expression}")
    return key or ""


def _message_id(element: InboundElement, scope: _Scope) -> str | None:
    expression = element.property_or_none("messageIdExpression")
    return scope.text_of("message id", expression) if expression else None


def _time_to_live(element: InboundElement, scope: _Scope) -> timedelta:
    text = element.property_or_none("messageTtl")
    if text is not None and text.strip().startswith("="):
        text = scope.text_of("message TTL", text)
    if text is None or not text.strip():
        return DEFAULT_TIME_TO_LIVE
    duration = parse_iso_duration(text)
    if duration is None or duration > _MAX_TIME_TO_LIVE:
        raise InvalidInput(f"The message TTL '{text[:100]}' is not an ISO-8601 duration such as PT1H.")
    return max(duration, timedelta())
