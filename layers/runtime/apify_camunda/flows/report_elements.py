"""Keeps for the operator how each element fares; a row is written when it changes, and twice a day."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from apify_camunda.contracts.element import InboundElement, ProcessDefinition
from apify_camunda.contracts.json_types import RegistrationId
from apify_camunda.domain.webhook_wish import differing_url
from apify_camunda.flows.apify_identities import Resolved, Unresolved
from apify_camunda.flows.scan_definitions import Deployed
from apify_camunda.ports import Clock, ElementStatus, Metrics, Registry

log = logging.getLogger(__name__)

REGISTERED = "registered"
WAITING = "waiting"
FAULTY = "faulty"
_NOT_SEEN = (
    "This cluster does not tell when a process is deleted; "
    "take the process off with `apify-camunda webhooks remove`."
)
_REPORT_EVERY = timedelta(hours=12)


class ReportElements:
    """Writes the rows that `apify-camunda webhooks list` shows."""

    def __init__(self, *, registry: Registry, clock: Clock, metrics: Metrics, public_url: str) -> None:
        self._registry = registry
        self._clock = clock
        self._metrics = metrics
        self._public_url = public_url
        self._reported: dict[tuple[str, str], tuple[datetime, str, str | None]] = {}

    async def __call__(
        self,
        deployed: Deployed,
        resolved: Iterable[tuple[Resolved, RegistrationId]],
        unresolved: Iterable[Unresolved],
        failed: Mapping[RegistrationId, str],
        secrets: Mapping[str, str],
    ) -> None:
        """Report every element once: registered, waiting for Apify, or faulty with its reason."""
        for definition, element_id, reason in deployed.faulty:
            ref = f"{definition.process_id}/{definition.version}/{element_id}"
            await self._write(deployed.cluster, self._status(ref, definition, FAULTY, reason))
        for stuck in unresolved:
            state = FAULTY if stuck.is_faulty else WAITING
            status = self._status(stuck.element.ref, stuck.element, state, stuck.reason)
            await self._write(deployed.cluster, status)
        for each, registration in resolved:
            problem = failed.get(registration)
            note = problem or self._note(each.element, deployed, secrets)
            state = WAITING if problem else REGISTERED
            await self._write(deployed.cluster, self._status(each.element.ref, each.element, state, note))

    def _note(self, element: InboundElement, deployed: Deployed, secrets: Mapping[str, str]) -> str | None:
        elsewhere = differing_url(element, self._public_url, secrets)
        if elsewhere:
            return f"Events are sent to {self._public_url}, not to {elsewhere}."
        return None if deployed.sees_undeployed else _NOT_SEEN

    def _status(
        self, ref: str, where: InboundElement | ProcessDefinition, state: str, detail: str | None
    ) -> ElementStatus:
        key = where.definition_key if isinstance(where, InboundElement) else where.key
        return ElementStatus(ref, key, where.tenant_id, state, detail, self._clock.now().isoformat())

    async def _write(self, cluster: str, status: ElementStatus) -> None:
        if status.state == FAULTY:
            self._metrics.count("ElementsFaulty")
        now = self._clock.now()
        name = (str(status.tenant_id), status.element)
        last = self._reported.get(name)
        if last is not None and last[1:] == (status.state, status.detail) and now - last[0] < _REPORT_EVERY:
            return
        if status.state == FAULTY:
            log.error("element is faulty", extra={"element": status.element, "error": status.detail})
        await self._registry.report_element(cluster, status)
        self._reported[name] = (now, status.state, status.detail)
