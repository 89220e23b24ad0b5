"""Gives slots to jobs, so that slow jobs of one process or account leave room for the jobs of others."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from apify_camunda.camunda.model import ActivatedJob
from apify_camunda.outbound.domain import retry_policy
from apify_camunda.outbound.domain.slot_shares import SlotShares


@dataclass(slots=True)
class Slot:
    """The slot of one job, and the groups that it counts to."""

    process: str
    account: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class JobSlots:
    """The slots of one process.

    Attributes:
        patience: How long a job waits for a slot.
    """

    shares: SlotShares
    patience: timedelta = retry_policy.SLOT_PATIENCE
    _freed: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def take(self, job: ActivatedJob) -> Slot | None:
        """Return a slot for the job, or None where its process held its share for too long."""
        slot = Slot(f"process {job.tenant_id}/{job.process_id}")
        return slot if await self._granted(lambda: self.shares.take(slot.process)) else None

    async def join(self, slot: Slot, token: str) -> bool:
        """Count a slot to the account of a token; False where that held its share for too long."""
        account = f"account {hashlib.sha256(token.encode()).hexdigest()}"
        if slot.account is None and await self._granted(lambda: self.shares.join(account, slot.process)):
            slot.account = account
        return slot.account is not None

    async def leave(self, slot: Slot) -> None:
        """Give a slot back, and let waiting jobs look whether it is theirs."""
        self.shares.leave(slot.process, slot.account)
        async with self._freed:
            self._freed.notify_all()

    async def _granted(self, ask: Callable[[], bool]) -> bool:
        if ask():
            return True
        try:
            async with asyncio.timeout(self.patience.total_seconds()), self._freed:
                await self._freed.wait_for(ask)
        except TimeoutError:
            return False
        return True
