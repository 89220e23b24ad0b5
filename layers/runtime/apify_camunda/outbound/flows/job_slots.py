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


@dataclass(slots=True)
class _Waiter:
    """A job that waits, and what gives it the slot or the place of an account, where that is possible."""

    takes: Callable[[], bool]
    granted: asyncio.Future[None]


@dataclass(frozen=True, slots=True, kw_only=True)
class JobSlots:
    """The slots of one process.

    Attributes:
        wait: How long a job waits for a slot.
    """

    shares: SlotShares
    wait: timedelta = retry_policy.SLOT_WAIT
    _waiters: list[_Waiter] = field(default_factory=list)

    async def take(self, job: ActivatedJob) -> Slot | None:
        """Return a slot for the job, or None where its process held its share for too long."""
        slot = Slot(f"process {job.tenant_id}/{job.process_id}")

        def takes() -> bool:
            return self.shares.take(slot.process)

        return slot if await self._granted(takes, undo=lambda: self._leave(slot)) else None

    async def join(self, slot: Slot, token: str) -> bool:
        """Count a slot to the account of a token; False where that held its share for too long."""
        account = f"account {hashlib.sha256(token.encode()).hexdigest()}"

        def takes() -> bool:
            if self.shares.join(account, slot.process):
                slot.account = account
            return slot.account is not None

        # A slot that joined is given back with its account, so there is nothing to undo.
        return slot.account is not None or await self._granted(takes, undo=lambda: None)

    async def leave(self, slot: Slot) -> None:
        """Give a slot back, to the first waiting job that may have it."""
        self._leave(slot)

    def _leave(self, slot: Slot) -> None:
        self.shares.leave(slot.process, slot.account)
        for waiter in self._waiters:
            if not waiter.granted.done() and waiter.takes():
                waiter.granted.set_result(None)

    async def _granted(self, takes: Callable[[], bool], *, undo: Callable[[], None]) -> bool:
        if takes():
            return True
        waiter = _Waiter(takes, asyncio.get_running_loop().create_future())
        self._waiters.append(waiter)
        try:
            await asyncio.wait([waiter.granted], timeout=self.wait.total_seconds())
        except asyncio.CancelledError:
            if waiter.granted.done():
                undo()
            raise
        finally:
            self._waiters.remove(waiter)
        return waiter.granted.done()
