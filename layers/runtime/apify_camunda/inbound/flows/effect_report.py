"""How an effect fared, for whoever answers Apify or looks after the queue; it decides nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import Enum

from apify_camunda.inbound.domain.effect import Effect


class EffectStatus(Enum):
    """How an effect fared; the value is what the answer shows."""

    OK = "ok"
    DUPLICATE = "duplicate"
    REJECTED = "rejected"
    PARKED = "parked"
    IN_DOUBT = "in doubt"


@dataclass(frozen=True, slots=True)
class EffectReport:
    """What became of one effect.

    Attributes:
        element: The element's ref.
        detail: Why, for whoever reads Apify's log of the delivery: a code, never an address of ours.
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
