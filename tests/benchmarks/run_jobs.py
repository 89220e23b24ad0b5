"""Lets one poller start runs and wait for them, in an emulated world whose time is driven.

The poller and the receiver are those of the local Lambda service, over DynamoDB Local. The poller is invoked
again and again, as its schedule does it.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from apify_camunda_cli.local.world import project_root
from local_aws import LocalAws
from real_engines import DynamoDBLocal

from . import workload
from .emulated import ACTOR, JOB_TYPE, TOKEN, EmulatedWorld, emulated_world
from .process_usage import cpu_s, peak_memory_mb, worker_of
from .workload import Task

TASK: Final = Task(
    process_id="runs",
    job_type=JOB_TYPE,
    inputs={
        "authentication.token": TOKEN,
        "operation.type": "runActor",
        "apifyRequestInput.runActorInput.actorId": ACTOR,
        "apifyRequestInput.runActorInput.inputJson": '={ startUrls: [{ url: "https://example.com" }] }',
        "apifyRequestInput.runActorInput.waitForFinish": "true",
    },
    expression="{ runStatus: response.data.status }",
)
_TIMEOUT_S: Final = 1800
_IDLE_CPU: Final = 0.05
"""A poller that waits for jobs takes less of a core."""
_QUIET_S: Final = 0.5
_LOOK_EVERY_S: Final = 0.1


@dataclass(frozen=True, slots=True)
class Poller:
    """The poller at work in its world."""

    world: EmulatedWorld

    def cpu_s(self) -> float:
        """Return the CPU time that it has taken."""
        return cpu_s(worker_of("poll_jobs"))

    def memory_mb(self) -> float:
        """Return the largest memory that it had."""
        return peak_memory_mb(worker_of("poll_jobs"))

    def start(self, runs: int) -> None:
        """Stop the engine's clock, so that no look comes yet, and start so many runs at once.

        Returns once all of their jobs wait.
        """
        self.world.hold()
        wanted = self.world.counts()["started"] + runs
        workload.start(self.world.grpc, TASK, runs)

        def are_started() -> bool:
            counts = self.world.counts()
            if counts["started"] < wanted and not counts["pending"]:
                self.world.advance(timedelta(seconds=1))  # jobs that found no slot wait in the engine
            return counts["started"] >= wanted

        wait_until(are_started, f"{runs} runs")
        self.settle()

    def warm_up(self) -> None:
        """Let one run start and end: a store that has just started is too slow for many at once."""
        self.start(1)
        self.world.flow()
        self.world.finish(timedelta())
        self.wait_until_done(1)

    def pass_minute(self) -> None:
        """Move the engine's clock by a minute; return when the jobs whose locks ended wait again."""
        self.world.advance(timedelta(minutes=1))
        if self.world.counts()["pending"]:
            self.settle()

    def wait_until_done(self, runs: int) -> None:
        """Return when so many jobs are completed."""
        workload.wait_until_done(self.world.grpc, TASK, runs, timeout_s=_TIMEOUT_S)

    def settle(self) -> None:
        """Return when all jobs wait or have ended, and it takes hardly any CPU time."""
        wait_until(lambda: not self.world.counts()["pending"], "the end of what the poller has to do")
        before, now = float("-inf"), self.cpu_s()
        while now - before > _IDLE_CPU * _QUIET_S:
            time.sleep(_QUIET_S)
            before, now = now, self.cpu_s()


def wait_until(is_done: Callable[[], bool], what: str) -> None:
    """Return when it is done.

    Raises:
        TimeoutError: `what` does not come in time.
    """
    end = time.monotonic() + _TIMEOUT_S
    while not is_done():
        if time.monotonic() > end:
            raise TimeoutError(f"{what} did not come within {_TIMEOUT_S} s")
        time.sleep(_LOOK_EVERY_S)


@contextmanager
def poller_at_work() -> Iterator[Poller]:
    """Run the poller in a world without runs.

    Raises:
        Unavailable: There is no JDK or no Maven.
    """
    with DynamoDBLocal() as store, emulated_world() as world:
        parameters = {
            "CamundaTransport": "grpc",
            "CamundaGrpcAddress": f"http://{world.grpc}",
            "CamundaRestUrl": world.rest,
            "ApifyBaseUrl": world.apify,
            "PollMode": "continuous",
        }
        template = project_root() / "template.yaml"
        workload.deploy(world.grpc, TASK)
        with LocalAws(template, parameters, dynamodb=store.url, runs_schedules=False) as aws:
            is_over = threading.Event()

            def keep_invoking() -> None:
                with contextlib.suppress(CancelledError):  # the end of the local Lambda service
                    while not is_over.wait(1):
                        aws.invoke(aws.function_name("PollJobs"), b"{}")

            threading.Thread(target=keep_invoking, daemon=True).start()
            poller = Poller(world)
            wait_until(_has_worker, "the poller")
            poller.settle()
            try:
                poller.warm_up()
                yield poller
            finally:
                is_over.set()


def _has_worker() -> bool:
    try:
        worker_of("poll_jobs")
    except RuntimeError:
        return False
    return True
