"""Reports the effects that are in doubt, at each tick, so that their alarm lasts as long as a doubt does."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from apify_camunda.errors import StoreUnavailable
from apify_camunda.inbound.ports import KeptEvents
from apify_camunda.platform.log_facts import LogFacts
from apify_camunda.platform.ports import Metrics

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ReportDoubts:
    """Counts the effects in doubt."""

    ledger: KeptEvents
    metrics: Metrics

    async def __call__(self) -> None:
        """Add the number of doubts to their metric; a store that is away is asked again at the next tick."""
        try:
            doubts = await self.ledger.doubts()
        except StoreUnavailable as error:
            log.warning("doubts could not be counted", extra=LogFacts(error=error.message))
            return
        if doubts:
            self.metrics.count("EffectsInDoubt", doubts)
