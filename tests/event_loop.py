"""One event loop for the coroutines of all tests, because `asyncio.run` takes longer than most of them."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from functools import cache
from typing import Any, TypeVar

_Result = TypeVar("_Result")


def run_async(coroutine: Coroutine[Any, Any, _Result]) -> _Result:
    """Run a coroutine to its end, and return its result.

    Tasks that it leaves behind are cancelled, as `asyncio.run` does. Only the loop is kept, so a test that
    opens connections, or is about loops or signals, uses `asyncio.run`.
    """
    loop = _loop()
    try:
        return loop.run_until_complete(coroutine)
    finally:
        if left := asyncio.all_tasks(loop):
            for task in left:
                task.cancel()
            loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))


@cache
def _loop() -> asyncio.AbstractEventLoop:
    return asyncio.new_event_loop()
