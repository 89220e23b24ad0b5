"""A program of its own: the least that a worker can do for the jobs of `workload`, as fast as it can.

It takes jobs, makes one request to the server of items for each, and completes it with nothing: no inputs are
read, nothing is mapped, logged or counted. How many jobs a second it does is what engine and machine allow.
Its arguments are the gateway's `host:port`, the server's port and the job type. It ends when its standard
input closes.
"""

from __future__ import annotations

import asyncio
import sys
from typing import Any, Final

import grpc
from apify_camunda.platform.kept_connection import KeptConnection
from pyzeebe.proto import gateway_pb2 as pb
from pyzeebe.proto.gateway_pb2_grpc import GatewayStub

_AT_ONCE: Final = 64
_HEADERS: Final = (("host", "127.0.0.1"), ("content-length", "0"))


class Worker:
    """Takes jobs and completes them."""

    def __init__(self, stub: Any, items_port: int, job_type: str) -> None:
        self._stub = stub
        self._items_port = items_port
        self._request = pb.ActivateJobsRequest(
            type=job_type, worker="least", timeout=60_000, maxJobsToActivate=_AT_ONCE, requestTimeout=10_000
        )
        self._idle: list[KeptConnection] = []
        self._tasks: set[asyncio.Task[None]] = set()

    async def work(self) -> None:
        """Work until it is cancelled."""
        while True:
            try:
                async for answer in self._stub.ActivateJobs(self._request, timeout=20):
                    for job in answer.jobs:
                        task = asyncio.create_task(self._complete(job.key))
                        self._tasks.add(task)
                        task.add_done_callback(self._tasks.discard)
            except grpc.aio.AioRpcError:  # the engine pushes back
                await asyncio.sleep(0.05)
            while len(self._tasks) >= _AT_ONCE:
                await asyncio.wait(self._tasks, return_when=asyncio.FIRST_COMPLETED)

    async def _complete(self, key: int) -> None:
        connection = (
            self._idle.pop()
            if self._idle
            else await KeptConnection.open("127.0.0.1", self._items_port, tls=None, timeout_s=5)
        )
        await connection.post(_HEADERS, b"", timeout_s=20)
        self._idle.append(connection)
        await self._stub.CompleteJob(pb.CompleteJobRequest(jobKey=key, variables="{}"), timeout=20)


async def main() -> None:
    """Work until standard input closes."""
    address, items_port, job_type = sys.argv[1:]
    async with grpc.aio.insecure_channel(address) as channel:
        working = asyncio.create_task(Worker(GatewayStub(channel), int(items_port), job_type).work())
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
        working.cancel()


if __name__ == "__main__":
    asyncio.run(main())
