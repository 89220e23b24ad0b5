"""Counts wrongly signed deliveries for webhooks that are registered: the key and the webhooks differ.

Other refused requests come from unknown clients, and are no reason for an alarm.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import datetime, timedelta

from apify_camunda.errors import StoreUnavailable
from apify_camunda.inbound.ports import Listeners
from apify_camunda.platform.http_messages import HttpRequest
from apify_camunda.platform.ports import Clock, Metrics
from apify_camunda.webhooks.routes import is_registration, route_of_path

_ASK_EVERY = timedelta(seconds=30)
"""Strangers cannot make each of their requests read the registry."""
_TIMEOUT = timedelta(seconds=2)


class RefusedSignatures:
    """Distinguishes deliveries of registered webhooks from requests of unknown clients."""

    def __init__(self, *, listeners: Listeners, metrics: Metrics, clock: Clock) -> None:
        self._listeners = listeners
        self._metrics = metrics
        self._clock = clock
        self._asked_at: datetime | None = None

    async def note(self, request: HttpRequest) -> None:
        """Count a request that was refused, if its path is a webhook's that we registered."""
        route, now = route_of_path(request.path), self._clock.now()
        if not is_registration(route):
            return
        if self._asked_at is not None and now - self._asked_at < _ASK_EVERY:
            return
        self._asked_at = now
        with suppress(StoreUnavailable, TimeoutError):
            async with asyncio.timeout(_TIMEOUT.total_seconds()):
                if await self._listeners.listeners(route) is not None:
                    self._metrics.count("SignaturesRefused")
