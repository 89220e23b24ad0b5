"""Decides what operators see of each element, and which rows have to be written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, TypeAlias

from apify_camunda.camunda.elements import InboundElement
from apify_camunda.camunda.model import ProcessDefinition
from apify_camunda.errors import InvalidInput
from apify_camunda.registration.domain.definitions import ElementStatus
from apify_camunda.registration.domain.deployed import Deployed
from apify_camunda.registration.domain.desired_webhook import differing_url, hand_route
from apify_camunda.registration.domain.problem import RegistrationState
from apify_camunda.registration.domain.registration import Repair
from apify_camunda.registration.domain.retained_listeners import Unresolved
from apify_camunda.registration.domain.wanted_registrations import Resolved
from apify_camunda.registration.domain.webhook_upkeep import DELETED

REGISTERED: Final = "registered"
WAITING: Final = "waiting"
FAULTY: Final = "faulty"
INACTIVE: Final = "inactive"
_GONE = "No deployed version listens with it any more."
DELETION_NOT_SEEN = (
    "This cluster does not tell when a process is deleted; "
    "take the process off with `apify-camunda webhooks remove`."
)
_OUT_OF_SIGHT = (
    "Camunda does not show this process any more; after a day it is taken for gone. "
    "If it was deleted, take it off with `apify-camunda webhooks remove`."
)
REPORT_EVERY: Final = timedelta(hours=12)
"""How often the state of an element is written although it has not changed; rows expire."""

ElementName: TypeAlias = tuple[str, str]
"""Tenant and `process/version/element`."""
Reported: TypeAlias = Mapping[ElementName, ElementStatus]


def element_name(status: ElementStatus) -> ElementName:
    """Return what names the element of a status within its cluster."""
    return status.tenant_id, status.element


@dataclass(frozen=True, slots=True)
class ElementReport:
    """What is known of all elements after a tick.

    Attributes:
        resolved: Elements with the state of their registration; None if there is no registration yet.
        unresolved: Elements whose meaning at Apify is unknown just now.
        secrets: What expressions in their properties may name.
        public_url: Where Apify reaches the HTTP API.
    """

    deployed: Deployed
    resolved: Iterable[tuple[Resolved, RegistrationState | None]]
    unresolved: Iterable[Unresolved]
    secrets: Mapping[str, str]
    public_url: str

    def statuses(self, now: datetime) -> tuple[ElementStatus, ...]:
        """Return the status of every element: registered, waiting for a service, or faulty."""
        return (
            *(
                _of_definition(where, element_id, FAULTY, reason, now)
                for where, element_id, reason in self.deployed.faulty
            ),
            *(_of_definition(where, "", WAITING, reason, now) for where, reason in self.deployed.unreadable),
            *(self._of_unresolved(each, now) for each in self.unresolved),
            *(self._of_resolved(each, state or RegistrationState(), now) for each, state in self.resolved),
        )

    def _of_unresolved(self, each: Unresolved, now: datetime) -> ElementStatus:
        notes = self.deployed.notes.get(each.element.key, ())
        state = FAULTY if each.is_faulty else WAITING
        return _of_element(each.element, state, (each.reason, *notes), now)

    def _of_resolved(self, each: Resolved, state: RegistrationState, now: datetime) -> ElementStatus:
        repaired = () if state.repair is None else (_repaired(state.repair),)
        notes = (*self._notes(each.element), *repaired)
        if state.problem is None:
            return _of_element(each.element, REGISTERED, notes, now)
        shown = FAULTY if state.problem.needs_person else WAITING
        return _of_element(each.element, shown, (state.problem.reason, *notes), now)

    def _notes(self, element: InboundElement) -> Iterator[str]:
        """Yield all that an operator should know of an element that listens."""
        yield from self.deployed.notes.get(element.key, ())
        if element.definition_key in self.deployed.out_of_sight:
            yield _OUT_OF_SIGHT
        elif not self.deployed.sees_undeployed:
            yield DELETION_NOT_SEEN
        try:
            hand_route(element, self.secrets)
        except InvalidInput as error:
            yield error.message
        elsewhere = differing_url(element, self.public_url, self.secrets)
        if elsewhere:
            yield f"Events are sent to {self.public_url}, not to {elsewhere}."


def statuses_to_write(
    statuses: Iterable[ElementStatus], reported: Reported, now: datetime
) -> tuple[ElementStatus, ...]:
    """Return the statuses that differ from what was reported last, or were reported long ago.

    An element that was reported and is in no status any more is inactive.
    """
    current = {element_name(status): status for status in statuses}
    gone = (
        replace(status, state=INACTIVE, detail=_GONE, at=now)
        for name, status in reported.items()
        if name not in current and status.state != INACTIVE
    )
    return tuple(
        status
        for status in (*current.values(), *gone)
        if _is_news(status, reported.get(element_name(status)))
    )


def _is_news(status: ElementStatus, last: ElementStatus | None) -> bool:
    if last is None or (last.state, last.detail) != (status.state, status.detail):
        return True
    return status.at - last.at >= REPORT_EVERY


def _of_definition(
    where: ProcessDefinition, element_id: str, state: str, reason: str, now: datetime
) -> ElementStatus:
    ref = f"{where.process_id}/{where.version}/{element_id}"
    return ElementStatus(ref, where.key, where.tenant_id, state, reason, now)


def _of_element(element: InboundElement, state: str, notes: Iterable[str], now: datetime) -> ElementStatus:
    detail = "\n".join(notes) or None
    return ElementStatus(element.ref, element.definition_key, element.tenant_id, state, detail, now)


def _repaired(repair: Repair) -> str:
    what = "deleted" if repair.changes == (DELETED,) else f"changed ({', '.join(repair.changes)})"
    return (
        f"The webhook was {what} at Apify. It was repaired at {repair.at:%Y-%m-%d %H:%M} UTC, "
        "and the runs that ended meanwhile are searched."
    )
