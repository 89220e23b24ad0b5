"""The workers of one function: how many there are, which one takes the next invocation, who is refused.

The warm worker that was used last is used next, as on Lambda; a worker that broke is replaced by a cold one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import timedelta

from local_aws.declarations import FunctionSpec
from local_aws.invocations import Failed, Invocation, InvocationResult, Outcome, Throttled
from local_aws.observations import InvocationEnded, InvocationThrottled, Observer
from local_aws.worker import Worker


class WorkerPool:
    """The workers of one function.

    Args:
        spec: The function.
        services: Environment variables that point the function to the services here.
        observer: Gets what happens.
        default_concurrency: Invocations at once where the function reserves none of its own.
        freezes: Whether workers are stopped between invocations.
    """

    def __init__(
        self,
        spec: FunctionSpec,
        services: Mapping[str, str],
        observer: Observer,
        *,
        default_concurrency: int,
        freezes: bool = True,
    ) -> None:
        self.spec = spec
        reserved = spec.reserved_concurrency
        self._capacity = default_concurrency if reserved is None else reserved
        self._services = services
        self._observer = observer
        self._freezes = freezes
        self._idle: list[Worker] = []
        self._running = 0

    async def invoke(self, invocation: Invocation) -> InvocationResult:
        """Run the invocation on a warm worker, else on a cold one; refuse it where all places are taken."""
        if self._running >= self._capacity:
            self._observer(InvocationThrottled(self.spec.name, invocation.request_id))
            return Throttled()
        self._running += 1
        try:
            return await self._run(await self._take(), invocation)
        finally:
            self._running -= 1

    async def retire_idle(self) -> None:
        """End the workers that wait, so that the next invocation starts cold."""
        idle, self._idle = self._idle, []
        await asyncio.gather(*(worker.stop() for worker in idle))

    async def stop(self) -> None:
        """Take no more invocations and end the workers that wait; those at work end with their invocation."""
        self._capacity = 0
        await self.retire_idle()

    async def _run(self, worker: Worker, invocation: Invocation) -> Outcome:
        started_s, is_cold = asyncio.get_running_loop().time(), worker.is_cold
        is_complete = False
        try:
            outcome = await worker.run(invocation)
            is_complete = True
        finally:
            if is_complete and worker.is_usable and self._capacity:
                self._idle.append(worker)
            else:
                await worker.stop()
        duration = timedelta(seconds=asyncio.get_running_loop().time() - started_s)
        error_type = outcome.error_type if isinstance(outcome, Failed) else None
        self._observer(InvocationEnded(self.spec.name, invocation.request_id, duration, is_cold, error_type))
        return outcome

    async def _take(self) -> Worker:
        """Return the worker that was used last and still lives, else a cold one."""
        while self._idle:
            worker = self._idle.pop()
            if not worker.has_ended:
                return worker
            await worker.stop()
        return Worker(self.spec, self._services, self._observer, freezes=self._freezes)
