"""Keeps for the modeller that a condition fails, or is null because of a name that is not there.

Such an element gets no events, which looks like silence. It is counted, kept for `webhooks list`, and logged;
all of it seldom enough that an element with thousands of events costs little.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from apify_camunda.camunda.elements import InboundElement
from apify_camunda.errors import StoreRejected, StoreUnavailable
from apify_camunda.inbound.domain.correlation import Ignored
from apify_camunda.inbound.domain.effect import Effect, FaultyEffect
from apify_camunda.inbound.ports import ConditionTroubles
from apify_camunda.platform.log_facts import LogFacts
from apify_camunda.platform.ports import Clock, Metrics

log = logging.getLogger(__name__)

WRITE_EVERY: Final = timedelta(minutes=1)
LOG_EVERY: Final = timedelta(hours=1)


@dataclass
class _Watched:
    """The failures of one element that this process has seen."""

    times: int = 0
    written_at: datetime | None = None
    logged_at: datetime | None = None


class WatchConditions:
    """Notes the troubles of conditions."""

    def __init__(self, *, troubles: ConditionTroubles, metrics: Metrics, clock: Clock) -> None:
        self._troubles = troubles
        self._metrics = metrics
        self._clock = clock
        self._watched: dict[str, _Watched] = {}

    async def __call__(self, evaluated: Iterable[Effect | Ignored]) -> None:
        """Note each trouble among what an event did to its elements; a store that is away stops nothing."""
        for each in evaluated:
            trouble = each.reason if isinstance(each, FaultyEffect) else getattr(each, "trouble", None)
            if trouble is not None:
                await self._note(each.element, trouble)

    async def _note(self, element: InboundElement, reason: str) -> None:
        watched = self._watched.setdefault(f"{element.tenant_id}/{element.ref}", _Watched())
        now = self._clock.now()
        watched.times += 1
        self._metrics.count("ConditionsInTrouble")
        if watched.logged_at is None or now - watched.logged_at >= LOG_EVERY:
            watched.logged_at = now
            log.warning(
                "element was not served, because an expression of it failed or names nothing that is there",
                extra=LogFacts(element=element.ref, tenant_id=element.tenant_id),
            )
        if watched.written_at is not None and now - watched.written_at < WRITE_EVERY:
            return
        watched.written_at = now
        try:
            await self._troubles.note(element, reason=reason, times=watched.times, at=now)
        except (StoreUnavailable, StoreRejected) as error:
            log.warning("trouble of an element could not be kept", extra=LogFacts(error=error.message))
            return
        watched.times = 0
