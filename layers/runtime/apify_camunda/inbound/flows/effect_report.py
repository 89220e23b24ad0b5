"""The result of one try of an effect, for the answer to Apify and for the queue; it decides nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import Enum

from apify_camunda.identifiers import EventId
from apify_camunda.inbound.domain.effect import Effect
from apify_camunda.platform.log_facts import LogFacts


class EffectStatus(Enum):
    """The result of one try; the value is what the answer shows."""

    OK = "ok"
    DUPLICATE = "duplicate"
    REJECTED = "rejected"
    PARKED = "parked"
    IN_DOUBT = "in doubt"

    @property
    def is_final(self) -> bool:
        """Return whether the effect needs no further try."""
        return self in (EffectStatus.OK, EffectStatus.DUPLICATE, EffectStatus.REJECTED)


@dataclass(frozen=True, slots=True)
class EffectReport:
    """The result of one try of one effect.

    Attributes:
        element: The element's ref.
        detail: Why, for a reader of Apify's log of the delivery: a code, never an address or a value.
        later_in: Try again after this time at the earliest; None: nothing more is to be done.
        shared_with: Refs of the other elements that the same message reaches.
    """

    element: str
    status: EffectStatus
    detail: str | None = None
    later_in: timedelta | None = None
    shared_with: tuple[str, ...] = ()


def report_on(
    effect: Effect, status: EffectStatus, detail: str | None = None, later_in: timedelta | None = None
) -> EffectReport:
    """Return the report on an effect."""
    return EffectReport(effect.element.ref, status, detail, later_in, effect.shared_with)


def effect_facts(effect: Effect, event: EventId) -> LogFacts:
    """Return what names an effect in a log record."""
    return LogFacts(event_id=event, effect_key=effect.key, element=effect.element.ref)
