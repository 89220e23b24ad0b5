"""A program of its own: a gateway of Camunda whose jobs never end, and cost it little.

It is for measurements of the poller over more jobs than an engine makes in a short time. It hands out as
many jobs as its first argument says, and those again that are handed back. The other arguments are the
datasets that the jobs read by turns. Its port is the first line of its output; after each thousand, and after
the last, it writes how many are completed. It ends when its standard input closes.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import grpc
from apify_camunda.outbound.domain.retry_policy import JOB_LOCK
from pyzeebe.proto import gateway_pb2 as pb
from pyzeebe.proto.gateway_pb2_grpc import GatewayServicer, add_GatewayServicer_to_server

STEP: Final = 1000


@dataclass(frozen=True, slots=True)
class Task:
    """What jobs ask for.

    Attributes:
        dataset: Whose items they read.
    """

    dataset: str

    def variables(self) -> str:
        """Return the inputs of a job."""
        inputs = {
            "authentication": {"token": "token-of-acme"},
            "operation": {"type": "getDatasetItems"},
            "apifyRequestInput": {"getDatasetItemsInput": {"datasetId": self.dataset}},
        }
        return json.dumps(inputs)

    def headers(self) -> str:
        """Return the headers of a job: of few items it takes all, of many their number."""
        taken = "response.items" if self.dataset == "measured" else "count(response.items)"
        return json.dumps({"resultExpression": f"={{ items: {taken} }}"})


class Gateway(GatewayServicer):
    """Hands out jobs, and counts those that are completed."""

    def __init__(self, jobs: int, datasets: Sequence[str]) -> None:
        self._jobs = self._left = jobs
        self._tasks = [Task(dataset) for dataset in datasets]
        self._completed = 0
        self._handed_back: list[int] = []

    async def ActivateJobs(self, request: Any, context: Any) -> AsyncIterator[Any]:  # noqa: N802 - gRPC's name
        del context
        if not self._left and not self._handed_back:
            await asyncio.sleep(1)
        keys = self._handed_back[: request.maxJobsToActivate]
        del self._handed_back[: len(keys)]
        first, self._left = self._left, max(self._left - request.maxJobsToActivate + len(keys), 0)
        keys += range(first, self._left, -1)
        if keys:
            yield pb.ActivateJobsResponse(jobs=[self._job(key, request.type) for key in keys])

    async def CompleteJob(self, request: Any, context: Any) -> Any:  # noqa: N802 - gRPC's name
        del request, context
        self._completed += 1
        if self._completed % STEP == 0 or self._completed == self._jobs:
            print(self._completed, flush=True)
        return pb.CompleteJobResponse()

    async def UpdateJobTimeout(self, request: Any, context: Any) -> Any:  # noqa: N802 - gRPC's name
        """Take a job back that found no slot; a lock that is renewed is for a job at work."""
        del context
        if request.timeout != JOB_LOCK.total_seconds() * 1000:
            self._handed_back.append(request.jobKey)
        return pb.UpdateJobTimeoutResponse()

    def _job(self, key: int, job_type: str) -> Any:
        task = self._tasks[key % len(self._tasks)]
        return pb.ActivatedJob(
            key=key,
            type=job_type,
            processInstanceKey=key,
            bpmnProcessId="many",
            processDefinitionVersion=1,
            processDefinitionKey=1,
            elementId="Work",
            elementInstanceKey=key,
            customHeaders=task.headers(),
            retries=3,
            variables=task.variables(),
            tenantId="<default>",
        )


async def main() -> None:
    """Serve until standard input closes."""
    server = grpc.aio.server()
    gateway = Gateway(int(sys.argv[1]), sys.argv[2:])  # type: ignore[abstract]  # the poller calls nothing else
    add_GatewayServicer_to_server(gateway, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    print(port, flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    await server.stop(0)


if __name__ == "__main__":
    asyncio.run(main())
