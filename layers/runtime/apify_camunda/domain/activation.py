"""Decides whether an element takes part in an event: its event types and its activation condition."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from apify_camunda.contracts.apify import TERMINAL_EVENT_TYPES
from apify_camunda.contracts.element import InboundElement
from apify_camunda.contracts.json_types import JsonObject
from apify_camunda.domain.expression import CONDITION_LIMITS, evaluate_to_json, why_it_failed
from apify_camunda.errors import InvalidInput
from apify_camunda.feel import Evaluated, Failed, Limits, evaluate

EVENT_TYPES = "eventTypes"
"""Property: a list of event types, separated by commas, or a FEEL list; absent: every way a run can end."""
_SHORT_PREFIX = "ACTOR.RUN."
_KNOWN_TYPES = frozenset({*TERMINAL_EVENT_TYPES, "ACTOR.RUN.CREATED", "ACTOR.RUN.RESURRECTED"})
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
    match evaluate(condition, context, budget=limits):
        case Failed(reason=reason):
            return ConditionFailed(f"The activation condition failed: {why_it_failed(reason, limits)}")
        case Evaluated(value=value):
            return Activated() if value is True else NotActivated()


def wanted_event_types(element: InboundElement) -> tuple[str, ...]:
    """Return the event types for which the element's webhook must fire, sorted.

    Raises:
        InvalidInput: The property names something that Apify does not report of runs.
    """
    text = element.property_or_none(EVENT_TYPES)
    if text is None:
        return tuple(sorted(TERMINAL_EVENT_TYPES))
    types = {_full_name(name) for name in _listed(text)}
    unknown = sorted(types - _KNOWN_TYPES)
    if unknown or not types:
        raise InvalidInput(
            f"'{EVENT_TYPES}' names {', '.join(unknown) or 'no event type'}; "
            f"known are {', '.join(sorted(_KNOWN_TYPES))}."
        )
    return tuple(sorted(types))


def _wants(element: InboundElement, route: str, event_type: str) -> bool:
    """Say whether the element asked for this type; what a person points at it by hand needs no asking."""
    if route.startswith(_BY_HAND) and element.property_or_none(EVENT_TYPES) is None:
        return True
    return event_type in wanted_event_types(element)


def _listed(text: str) -> list[str]:
    if not text.strip().startswith("="):
        return [name for part in text.split(",") if (name := part.strip())]
    listed = evaluate_to_json("event types", text, {}).json
    match listed:
        case str():
            return _listed(listed)
        case list() if all(isinstance(name, str) for name in listed):
            return [str(name).strip() for name in listed]
        case _:
            raise InvalidInput(f"'{EVENT_TYPES}' must be a list of strings.")


def _full_name(name: str) -> str:
    upper = name.upper()
    return upper if upper.startswith(_SHORT_PREFIX) else _SHORT_PREFIX + upper.replace("-", "_")
