"""Keeps the state of each element for operators; a row is written when it changes, and twice a day."""

from __future__ import annotations

import logging

from apify_camunda.errors import StoreRejected
from apify_camunda.platform.log_facts import LogFacts
from apify_camunda.platform.ports import Clock, Metrics
from apify_camunda.registration.domain.definitions import ElementStatus
from apify_camunda.registration.domain.element_report import (
    FAULTY,
    ElementName,
    ElementReport,
    element_name,
    statuses_to_write,
)
from apify_camunda.registration.ports import Registry

log = logging.getLogger(__name__)


class ReportElements:
    """Writes the rows that `apify-camunda webhooks list` shows."""

    def __init__(self, *, registry: Registry, clock: Clock, metrics: Metrics) -> None:
        self._registry = registry
        self._clock = clock
        self._metrics = metrics
        self._reported: dict[ElementName, ElementStatus] | None = None

    async def __call__(self, report: ElementReport) -> None:
        """Write what has changed of the elements' states, and count those that are faulty."""
        cluster = report.deployed.cluster
        reported = await self._known(cluster)
        statuses = report.statuses(self._clock.now())
        faulty = sum(status.state == FAULTY for status in statuses)
        if faulty:
            self._metrics.count("ElementsFaulty", faulty)
        for status in statuses_to_write(statuses, reported, self._clock.now()):
            await self._write(cluster, status)
            reported[element_name(status)] = status

    async def _known(self, cluster: str) -> dict[ElementName, ElementStatus]:
        """Return what was reported last, by this process or by those before it."""
        if self._reported is None:
            elements = await self._registry.elements(cluster)
            self._reported = {element_name(status): status for status in elements}
        return self._reported

    async def _write(self, cluster: str, status: ElementStatus) -> None:
        if status.state == FAULTY:
            log.error("element was faulty", extra=LogFacts(element=status.element, error=status.detail))
        try:
            await self._registry.report_element(cluster, status)
        except StoreRejected as error:
            log.warning("report was refused", extra=LogFacts(error=error.message))
