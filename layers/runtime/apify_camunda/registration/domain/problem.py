"""What keeps a registration from being as it has to be."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from apify_camunda.identifiers import RegistrationId
from apify_camunda.registration.domain.registration import Registration, Repair


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


def registration_states(
    rows: Iterable[Registration], failed: Mapping[RegistrationId, Problem]
) -> dict[RegistrationId, RegistrationState]:
    """Return the states of registrations, of rows and of what has failed in this tick.

    What failed at an earlier tick and is backing off has not been set up either.
    """
    noted = {row.id: (_problem(row), row.repair) for row in rows}
    return {
        name: RegistrationState(failed.get(name, problem), repair)
        for name in noted.keys() | failed.keys()
        for problem, repair in [noted.get(name, (None, None))]
    }


def _problem(row: Registration) -> Problem | None:
    return None if row.problem is None else Problem(row.problem, row.needs_person)
