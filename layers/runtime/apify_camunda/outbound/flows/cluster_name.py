"""Tells what the cluster calls itself: a cluster that was reset under its address has another name.

Clusters before 8.9 have no such name, and one that does not answer now is not waited for: then the place of a
job decides alone whose a row is.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from apify_camunda.camunda.ports import ProcessCatalog
from apify_camunda.errors import EngineRejected, EngineUnavailable
from apify_camunda.platform.ports import Clock

_ASK_EVERY: Final = timedelta(minutes=1)


class ClusterName:
    """The name of the cluster, at most a minute old."""

    def __init__(self, *, catalog: ProcessCatalog, clock: Clock) -> None:
        self._catalog = catalog
        self._clock = clock
        self._asked_at: datetime | None = None
        self._told = ""

    async def __call__(self) -> str:
        """Return what the cluster calls itself; empty where that is not known."""
        now = self._clock.now()
        if self._asked_at is None or now - self._asked_at >= _ASK_EVERY:
            self._asked_at = now
            try:
                self._told = await self._catalog.told_cluster_id() or ""
            except (EngineUnavailable, EngineRejected):
                self._told = ""
        return self._told
