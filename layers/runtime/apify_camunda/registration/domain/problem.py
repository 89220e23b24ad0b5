"""What keeps a registration from being as it has to be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from apify_camunda.registration.domain.registration import Repair


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a registration is not as it has to be.

    Attributes:
        reason: For the operator.
        needs_person: Whether a person must act; otherwise time may help.
    """

    reason: str
    needs_person: bool = False


NO_TIME: Final = Problem("There was no time left; the next tick goes on.")


@dataclass(frozen=True, slots=True)
class RegistrationState:
    """What an operator should know of a registration: a problem that it has, or had and that was repaired."""

    problem: Problem | None = None
    repair: Repair | None = None
