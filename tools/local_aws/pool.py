"""The execution environments of one function: how many there are, which one takes the next invocation, who is refused.

The warm worker that was used last is used next, as on Lambda; a worker that broke is replaced by a cold one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import timedelta

from local_aws.declarations import FunctionSpec
from local_aws.invocations import Failed, Invocation, InvocationResult, Throttled
from local_aws.observations import InvocationEnded, InvocationThrottled, Observer
from local_aws.worker import Worker


class WorkerPool:
    """The workers of one function.

    Args:
        spec: The function.
        services: Environment variables that point the function to the services here.
        observer: Gets what happens.
        default_concurrency: Invocations at once where the function reserves none of its own.
        freezes: Whether workers stand still between invocations.
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
        self._busy: set[Worker] = set()

    async def invoke(self, invocation: Invocation) -> InvocationResult:
        """Run the invocation on a warm worker, else on a cold one; refuse it where all places are taken."""
        if len(self._busy) >= self._capacity:
            self._observer(InvocationThrottled(self.spec.name, invocation.request_id))
            return Throttled()
        worker = await self._take()
        started_s, is_cold = asyncio.get_running_loop().time(), worker.is_cold
        try:
            outcome = await worker.run(invocation)
        finally:
            await self._put_back(worker)
        duration = timedelta(seconds=asyncio.get_running_loop().time() - started_s)
        error_type = outcome.error_type if isinstance(outcome, Failed) else None
        self._observer(InvocationEnded(self.spec.name, invocation.request_id, duration, is_cold, error_type))
        return outcome

    async def retire_idle(self) -> None:
        """End the workers that wait, so that the next invocation starts cold."""
        idle, self._idle = self._idle, []
        await asyncio.gather(*(worker.stop() for worker in idle))

    async def stop(self) -> None:
        """End every worker, those at work too."""
        self._capacity = 0
        await asyncio.gather(self.retire_idle(), *(worker.stop() for worker in list(self._busy)))

    async def _take(self) -> Worker:
        worker = self._idle.pop() if self._idle else self._new_worker()
        self._busy.add(worker)
        if worker.has_ended:
            replacement = self._new_worker()
            self._busy.add(replacement)
            self._busy.discard(worker)
            await worker.stop()
            return replacement
        return worker

    async def _put_back(self, worker: Worker) -> None:
        if worker.is_usable and self._capacity:
            self._busy.discard(worker)
            self._idle.append(worker)
            return
        try:
            await worker.stop()
        finally:
            self._busy.discard(worker)

    def _new_worker(self) -> Worker:
        return Worker(self.spec, self._services, self._observer, freezes=self._freezes)
