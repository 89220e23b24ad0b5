"""Keeps the work and the counts of one invocation of the poller."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import datetime, timedelta
from typing import Final

from apify_camunda.platform.deadline import Deadline

_ROOM_FOR_SEVERAL_S: Final = 0.06


class PollerInvocation:
    """What one invocation holds and has done."""

    def __init__(self, deadline: Deadline) -> None:
        self.deadline = deadline
        self.at_work: set[asyncio.Task[None]] = set()
        self.sweeps: set[asyncio.Task[None]] = set()
        self.polls = 0
        self.jobs = 0
        self.empty_polls = 0
        self.failed_polls = 0
        self.was_answered = False
        self.stopped: str | None = None
        self.swept_at: datetime | None = None
        self._ended: list[asyncio.Task[None]] = []
        self._has_room = asyncio.Event()
        self._most_at_work = 0

    def begin(self, task: asyncio.Task[None]) -> None:
        """Note a job that is at work from now on."""
        self.at_work.add(task)
        task.add_done_callback(self._end)

    async def make_room(self, concurrency: int) -> None:
        """Wait until another job may begin, and a moment longer for room for half of all.

        Each poll is a command that the engine works on: one for each job that ends would cost Camunda and us
        more than the jobs.
        """
        await self._until(concurrency - 1, None)
        await self._until(concurrency // 2, _ROOM_FOR_SEVERAL_S)
        self.collect()

    def collect(self) -> None:
        """Forget the tasks that are done; one that died raises here what it died of."""
        ended, self._ended = self._ended, []
        for task in ended:
            task.result()

    async def _until(self, most_at_work: int, timeout_s: float | None) -> None:
        """Wait until no more jobs are at work than so."""
        self._most_at_work = most_at_work
        self._has_room.clear()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                while len(self.at_work) > most_at_work:
                    await self._has_room.wait()

    def _end(self, task: asyncio.Task[None]) -> None:
        self.at_work.discard(task)
        self._ended.append(task)
        if len(self.at_work) <= self._most_at_work:
            self._has_room.set()

    async def finish(self, left: timedelta) -> None:
        """Wait for all jobs that are still at work, each of which ends by the deadline itself.

        Args:
            left: How long sweeps may go on; what they have not done, the next ones do.
        """
        if self.sweeps:
            _, unfinished = await asyncio.wait(self.sweeps, timeout=left.total_seconds())
            for sweep in unfinished:
                sweep.cancel()
        if self.at_work:
            await asyncio.wait(self.at_work)
        self.collect()
