"""How many jobs a poll finds room for."""

from __future__ import annotations

import asyncio

import pytest
from apify_camunda.outbound.flows import poller_invocation
from apify_camunda.outbound.flows.poller_invocation import PollerInvocation
from apify_camunda.platform.deadline import Deadline

from tests.event_loop import run_async
from tests.fakes.clock import NOON

AT_ONCE = 4
FOR_EVER_S = 3600.0


class Jobs:
    """As many jobs at work as there may be, and a poll that waits for room."""

    def __init__(self) -> None:
        self._ends = [asyncio.Event() for _ in range(AT_ONCE)]
        self._poll = PollerInvocation(Deadline(NOON))
        for end in self._ends:
            self._poll.begin(asyncio.create_task(self._until(end)))
        self.room = asyncio.create_task(self._poll.make_room(AT_ONCE))

    async def end_one(self) -> None:
        """End a job, and let everything run that can."""
        self._ends.pop().set()
        for _ in range(10):
            await asyncio.sleep(0)

    async def end_all(self) -> None:
        """End what is still at work."""
        while self._ends:
            await self.end_one()
        await self.room

    async def _until(self, end: asyncio.Event) -> None:
        await end.wait()


def test_poll_waits_for_room_for_half(monkeypatch: pytest.MonkeyPatch) -> None:
    """One job that ended is not worth a poll while others are about to end."""
    monkeypatch.setattr(poller_invocation, "_ROOM_FOR_SEVERAL_S", FOR_EVER_S)

    async def scenario() -> None:
        jobs = Jobs()
        await jobs.end_one()
        assert not jobs.room.done()
        await jobs.end_one()
        assert jobs.room.done()
        await jobs.end_all()

    run_async(scenario())


def test_poll_does_not_wait_for_slow_jobs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the others do not end soon, a poll asks for the one job that has room."""
    monkeypatch.setattr(poller_invocation, "_ROOM_FOR_SEVERAL_S", 0.0)

    async def scenario() -> None:
        jobs = Jobs()
        await jobs.end_one()
        await jobs.room
        await jobs.end_all()

    run_async(scenario())


def test_no_poll_without_room(monkeypatch: pytest.MonkeyPatch) -> None:
    """While all jobs are at work nothing is asked for."""
    monkeypatch.setattr(poller_invocation, "_ROOM_FOR_SEVERAL_S", 0.0)

    async def scenario() -> None:
        jobs = Jobs()
        for _ in range(10):
            await asyncio.sleep(0)
        assert not jobs.room.done()
        await jobs.end_all()

    run_async(scenario())
