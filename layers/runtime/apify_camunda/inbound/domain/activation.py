"""Decides whether an element takes part in an event: its event types and its activation condition."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from apify_camunda.camunda.elements import InboundElement
from apify_camunda.errors import InvalidInput
from apify_camunda.expressions.evaluation import CONDITION_LIMITS, why_it_failed
from apify_camunda.feel import Evaluated, Failed, Limits, evaluate
from apify_camunda.json_types import JsonObject
from apify_camunda.webhooks.event_types import (
    EVENT_TYPES,
    wanted_event_types,
)

_BY_HAND = "inbound/"


@dataclass(frozen=True, slots=True)
class Activated:
    """The element takes part."""


@dataclass(frozen=True, slots=True)
class NotActivated:
    """The element lets the event pass; that is no error."""


@dataclass(frozen=True, slots=True)
class ConditionFailed:
    """Nobody can say: the condition itself is broken."""

    reason: str


Activation: TypeAlias = Activated | NotActivated | ConditionFailed


def activation(
    element: InboundElement,
    *,
    route: str,
    event_type: str,
    context: JsonObject,
    limits: Limits = CONDITION_LIMITS,
) -> Activation:
    """Return whether the element takes part in an event that came through `route`.

    Only a condition that is exactly true activates; a blank one always does.
    """
    try:
        if not _wants(element, route, event_type):
            return NotActivated()
    except InvalidInput as error:
        return ConditionFailed(error.message)
    condition = element.property_or_none("activationCondition") or element.property_or_none(
        "inbound.activationCondition"
    )
    if condition is None:
        return Activated()
    match evaluate(condition, context, limits=limits):
        case Failed(reason=reason):
            return ConditionFailed(f"The activation condition failed: {why_it_failed(reason, limits)}")
        case Evaluated(value=value):
            return Activated() if value is True else NotActivated()


def _wants(element: InboundElement, route: str, event_type: str) -> bool:
    """Say whether the element asked for this type; what a person points at it by hand needs no asking."""
    if route.startswith(_BY_HAND) and element.property_or_none(EVENT_TYPES) is None:
        return True
    return event_type in wanted_event_types(element)
