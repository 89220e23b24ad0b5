"""The kept event loop leaves nothing of one test to the next."""

from __future__ import annotations

import asyncio

import pytest

from tests.event_loop import run_async


def test_tasks_left_behind_are_cancelled() -> None:
    """A task that its coroutine does not wait for is cancelled when the coroutine ends."""
    left: list[asyncio.Task[None]] = []

    async def leaves_a_task() -> str:
        left.append(asyncio.create_task(asyncio.sleep(3600)))
        return "done"

    assert run_async(leaves_a_task()) == "done"
    assert left[0].cancelled()


def test_tasks_are_cancelled_after_a_failure() -> None:
    """That is so, too, when the coroutine raises."""
    left: list[asyncio.Task[None]] = []

    async def fails() -> None:
        left.append(asyncio.create_task(asyncio.sleep(3600)))
        raise KeyError("lost")

    with pytest.raises(KeyError, match="lost"):
        run_async(fails())
    assert left[0].cancelled()


def test_the_loop_is_kept() -> None:
    """Two coroutines run on the same loop."""

    async def loop() -> asyncio.AbstractEventLoop:
        return asyncio.get_running_loop()

    assert run_async(loop()) is run_async(loop())
