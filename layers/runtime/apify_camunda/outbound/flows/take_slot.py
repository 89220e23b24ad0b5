"""Bounds the number of pollers that work at the same time, if Lambda itself does not.

Each callback wakes a poller: without a bound a burst of them would take the whole account's concurrency.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from apify_camunda.errors import StoreUnavailable
from apify_camunda.json_types import JsonObject
from apify_camunda.outbound.ports import PollerSlots
from apify_camunda.platform.deadline import Deadline
from apify_camunda.platform.log_facts import LogFacts

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeSlot:
    """Polls as long as it has a slot; without a slot it leaves the jobs to the pollers that have one."""

    poll: Callable[[Deadline], Awaitable[JsonObject]]
    slots: PollerSlots

    async def __call__(self, deadline: Deadline) -> JsonObject:
        """Return what was done."""
        try:
            slot = await self.slots.take(until=deadline.at)
        except StoreUnavailable as error:
            log.warning("slot of a poller could not be taken", extra=LogFacts(error=error.message))
            return _nothing("the store does not answer")
        if slot is None:
            return _nothing("enough others poll")
        try:
            return await self.poll(deadline)
        finally:
            await self._leave(slot, deadline)

    async def _leave(self, slot: int, deadline: Deadline) -> None:
        try:
            await self.slots.leave(slot, until=deadline.at)
        except StoreUnavailable as error:
            facts = LogFacts(error=error.message)
            log.warning("slot of a poller was not given back; it is free in its time", extra=facts)


def _nothing(why: str) -> JsonObject:
    return {"polls": 0, "jobs": 0, "stopped": why}
