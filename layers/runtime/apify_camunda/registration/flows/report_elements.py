"""Keeps the state of each element for operators; a row is written when it changes, and twice a day."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta

from apify_camunda.camunda.elements import InboundElement
from apify_camunda.camunda.model import ProcessDefinition
from apify_camunda.errors import InvalidInput, StoreRejected
from apify_camunda.platform.log_facts import LogFacts
from apify_camunda.platform.ports import Clock, Metrics
from apify_camunda.registration.domain.definitions import ElementStatus
from apify_camunda.registration.domain.desired_webhook import differing_url, hand_route
from apify_camunda.registration.domain.problem import RegistrationState
from apify_camunda.registration.domain.registration import Repair
from apify_camunda.registration.domain.retained_listeners import Unresolved
from apify_camunda.registration.domain.wanted_registrations import Resolved
from apify_camunda.registration.domain.webhook_upkeep import DELETED
from apify_camunda.registration.flows.scan_definitions import Deployed
from apify_camunda.registration.ports import Registry

log = logging.getLogger(__name__)

REGISTERED = "registered"
WAITING = "waiting"
FAULTY = "faulty"
INACTIVE = "inactive"
_GONE = "No deployed version listens with it any more."
_NOT_SEEN = (
    "This cluster does not tell when a process is deleted; "
    "take the process off with `apify-camunda webhooks remove`."
)
_OUT_OF_SIGHT = (
    "Camunda does not show this process any more; after a day it is taken for gone. "
    "If it was deleted, take it off with `apify-camunda webhooks remove`."
)
_REPORT_EVERY = timedelta(hours=12)


class ReportElements:
    """Writes the rows that `apify-camunda webhooks list` shows."""

    def __init__(self, *, registry: Registry, clock: Clock, metrics: Metrics, public_url: str) -> None:
        self._registry = registry
        self._clock = clock
        self._metrics = metrics
        self._public_url = public_url
        self._reported: dict[tuple[str, str], ElementStatus] | None = None

    async def __call__(
        self,
        deployed: Deployed,
        resolved: Iterable[tuple[Resolved, RegistrationState | None]],
        unresolved: Iterable[Unresolved],
        secrets: Mapping[str, str],
    ) -> None:
        """Report every element once: registered, waiting for Apify, faulty with its reason, or gone."""
        statuses = [
            *(
                self._status(f"{where.process_id}/{where.version}/{element_id}", where, FAULTY, reason)
                for where, element_id, reason in deployed.faulty
            ),
            *(
                self._status(f"{where.process_id}/{where.version}/", where, WAITING, reason)
                for where, reason in deployed.unreadable
            ),
            *(
                self._status(
                    each.element.ref, each.element, FAULTY if each.is_faulty else WAITING, each.reason
                )
                for each in unresolved
            ),
            *(
                self._registered(each, state or RegistrationState(), deployed, secrets)
                for each, state in resolved
            ),
        ]
        reported = await self._known(deployed.cluster)
        for status in statuses:
            await self._write(deployed.cluster, reported, status)
        present = {_name(status) for status in statuses}
        for name, status in [*reported.items()]:
            if name not in present and status.state != INACTIVE:
                gone = replace(status, state=INACTIVE, detail=_GONE, at=self._clock.now())
                await self._write(deployed.cluster, reported, gone)

    async def _known(self, cluster: str) -> dict[tuple[str, str], ElementStatus]:
        """Return what was reported last, by this process or by those before it."""
        if self._reported is None:
            self._reported = {_name(status): status for status in await self._registry.elements(cluster)}
        return self._reported

    def _registered(
        self,
        each: Resolved,
        state: RegistrationState,
        deployed: Deployed,
        secrets: Mapping[str, str],
    ) -> ElementStatus:
        notes = [*self._notes(each.element, deployed, secrets)]
        if state.repair is not None:
            notes.append(_repaired(state.repair))
        if state.problem is None:
            return self._status(each.element.ref, each.element, REGISTERED, "\n".join(notes) or None)
        shown = FAULTY if state.problem.needs_person else WAITING
        return self._status(each.element.ref, each.element, shown, "\n".join([state.problem.reason, *notes]))

    def _notes(
        self, element: InboundElement, deployed: Deployed, secrets: Mapping[str, str]
    ) -> Iterator[str]:
        """Yield all that an operator should know of an element that listens."""
        yield from deployed.notes.get(element.key, ())
        if element.definition_key in deployed.out_of_sight:
            yield _OUT_OF_SIGHT
        elif not deployed.sees_undeployed:
            yield _NOT_SEEN
        try:
            hand_route(element, secrets)
        except InvalidInput as error:
            yield error.message
        elsewhere = differing_url(element, self._public_url, secrets)
        if elsewhere:
            yield f"Events are sent to {self._public_url}, not to {elsewhere}."

    def _status(
        self, ref: str, where: InboundElement | ProcessDefinition, state: str, detail: str | None
    ) -> ElementStatus:
        key = where.definition_key if isinstance(where, InboundElement) else where.key
        return ElementStatus(ref, key, where.tenant_id, state, detail, self._clock.now())

    async def _write(
        self, cluster: str, reported: dict[tuple[str, str], ElementStatus], status: ElementStatus
    ) -> None:
        if status.state == FAULTY:
            self._metrics.count("ElementsFaulty")
        last = reported.get(_name(status))
        if last is not None and (last.state, last.detail) == (status.state, status.detail):
            age = self._clock.now() - last.at
            if age < _REPORT_EVERY:
                return
        if status.state == FAULTY:
            log.error("element was faulty", extra=LogFacts(element=status.element, error=status.detail))
        try:
            await self._registry.report_element(cluster, status)
        except StoreRejected as error:
            log.warning("report was refused", extra=LogFacts(error=error.message))
        reported[_name(status)] = status


def _repaired(repair: Repair) -> str:
    what = "deleted" if repair.changes == (DELETED,) else f"changed ({', '.join(repair.changes)})"
    return (
        f"The webhook was {what} at Apify. It was repaired at {repair.at:%Y-%m-%d %H:%M} UTC, "
        "and the runs that ended meanwhile were searched."
    )


def _name(status: ElementStatus) -> tuple[str, str]:
    return status.tenant_id, status.element
