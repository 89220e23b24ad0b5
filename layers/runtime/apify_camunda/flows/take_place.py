"""Lets no more pollers work side by side than there are places, where Lambda itself does not see to it.

Each callback wakes a poller: without a bound a burst of them would take the whole account's concurrency.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from apify_camunda.contracts.json_types import JsonObject
from apify_camunda.contracts.log_facts import LogFacts
from apify_camunda.domain.deadline import Deadline
from apify_camunda.errors import StoreUnavailable
from apify_camunda.ports import PollerPlaces

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class TakePlace:
    """Polls as long as it has a place; whoever finds none leaves the jobs to those that have one."""

    poll: Callable[[Deadline], Awaitable[JsonObject]]
    places: PollerPlaces

    async def __call__(self, deadline: Deadline) -> JsonObject:
        """Return what was done."""
        try:
            place = await self.places.take(until=deadline.at)
        except StoreUnavailable as error:
            log.warning("place of a poller could not be taken", extra=LogFacts(error=error.message))
            return _nothing("the store does not answer")
        if place is None:
            return _nothing("enough others poll")
        try:
            return await self.poll(deadline)
        finally:
            await self._leave(place, deadline)

    async def _leave(self, place: int, deadline: Deadline) -> None:
        try:
            await self.places.leave(place, until=deadline.at)
        except StoreUnavailable as error:
            facts = LogFacts(error=error.message)
            log.warning("place of a poller was not given back; it is free in its time", extra=facts)


def _nothing(why: str) -> JsonObject:
    return {"polls": 0, "jobs": 0, "stopped": why}
