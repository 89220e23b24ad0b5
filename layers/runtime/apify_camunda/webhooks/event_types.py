"""Decides which Apify event types an element listens to."""

from __future__ import annotations

from apify_camunda.apify.model import TERMINAL_EVENT_TYPES
from apify_camunda.camunda.elements import InboundElement
from apify_camunda.errors import InvalidInput
from apify_camunda.expressions.evaluation import evaluate_to_json

EVENT_TYPES = "eventTypes"
"""Property: a list of event types, separated by commas, or a FEEL list; absent: every way a run can end."""


_SHORT_PREFIX = "ACTOR.RUN."


_KNOWN_TYPES = frozenset({*TERMINAL_EVENT_TYPES, "ACTOR.RUN.CREATED", "ACTOR.RUN.RESURRECTED"})


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
    """Return Apify's name of an event type; `TIMED-OUT`, `TIMED OUT` and `TIMEDOUT` are understood, too."""
    short = name.upper().removeprefix(_SHORT_PREFIX).replace("-", "_").replace(" ", "_")
    return _SHORT_PREFIX + ("TIMED_OUT" if short == "TIMEDOUT" else short)
