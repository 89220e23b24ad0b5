"""Lets few jobs at a time hold a large result, and one evaluate: they share one function's memory and time.

Python's objects take about five times as much as the JSON that they come from. So every job may read a small
result at once; what turns out to be larger is read again when there is room for it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Final

from apify_camunda.apify.model import LARGE_BYTES, SMALL_BYTES
from apify_camunda.camunda.model import JobOutcome
from apify_camunda.errors import AnswerTooLarge
from apify_camunda.outbound.domain.job_outcome import OperationResult

AT_ONCE: Final = 2
"""With 64 small ones and the rest of the process they fit into 512 MB; tests/benchmarks measure it."""


class LargeResults:
    """The room for large results of one process."""

    def __init__(self) -> None:
        self._room = asyncio.Semaphore(AT_ONCE)
        self._turn = asyncio.Lock()

    async def outcome(
        self,
        read: Callable[[int], Awaitable[OperationResult]],
        make: Callable[[OperationResult], Awaitable[JobOutcome]],
    ) -> JobOutcome:
        """Return what `make` makes of what `read` brings, given how many bytes that may have.

        `read` is called twice where the result is large, so it must change nothing. An outcome is small,
        because a result expression has picked from the result what the engine takes. What `make` computes
        at length it computes in its `turn`.

        Raises:
            ConnectorError: It could not be read, or not even the largest room holds it.
        """
        try:
            result = await read(SMALL_BYTES)
        except AnswerTooLarge:
            async with self._room:
                return await make(await read(LARGE_BYTES))
        return await make(result)

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Let one job at a time compute: an expression blocks the event loop.

        Before the next one, timers and other jobs run.
        """
        async with self._turn:
            await asyncio.sleep(0)
            yield
