"""Whether the poller's memory grows over many jobs: `BENCH_MANY_JOBS` of them, by one worker.

The growth is that after the first fifth, in which caches and pools are filled. 100,000 jobs take minutes.
Then another worker gets results that are as large as they may be: its memory is that of the function.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import CancelledError
from contextlib import contextmanager, suppress
from typing import IO, Final

from apify_camunda_cli.local.world import project_root
from local_aws import LocalAws

from .figures import Figure, at_most
from .items import items_server
from .jobs_gateway import STEP
from .process_usage import cpu_s, memory_mb, peak_memory_mb, worker_of
from .quick_store import quick_store

JOBS: Final = max(int(os.environ.get("BENCH_MANY_JOBS", "20000")) // STEP, 5) * STEP
_MOST_GROWTH_MB: Final = 2
_LARGE: Final = ("most", *["many"] * 15)
"""The datasets of large results: of each 16 jobs one reads the most that a job may read."""
_LARGE_JOBS: Final = 320
_FUNCTION_MB: Final = 512
"""The memory of the function in template.yaml."""


def figures() -> Iterator[Figure]:
    """Measure memory, CPU time and speed."""
    with _poller(JOBS, "measured") as completed:
        _read_until(completed, JOBS // 5 // STEP * STEP)
        pid, began = worker_of("poll_jobs"), time.monotonic()
        before_mb, before_s, warm = memory_mb(pid), cpu_s(pid), JOBS - JOBS // 5 // STEP * STEP
        _read_until(completed, JOBS)
        took_s, cpu_ms = time.monotonic() - began, (cpu_s(pid) - before_s) * 1000
        grown_mb, peak_mb = memory_mb(pid) - before_mb, peak_memory_mb(pid)
    yield Figure(f"{JOBS:,} jobs: growth of the worker", "MB", grown_mb, aim=at_most(_MOST_GROWTH_MB))
    yield Figure(f"{JOBS:,} jobs: memory of the worker", "MB", peak_mb, aim=at_most(100))
    yield Figure(f"{JOBS:,} jobs without an engine", "a second", warm / took_s)
    yield Figure(f"{JOBS:,} jobs: CPU of one", "ms", cpu_ms / warm)
    with _poller(_LARGE_JOBS, *_LARGE) as completed:
        _read_until(completed, _LARGE_JOBS)
        peak_mb = peak_memory_mb(worker_of("poll_jobs"))
    yield Figure("jobs with the largest results: memory", "MB", peak_mb, aim=at_most(_FUNCTION_MB))


@contextmanager
def _poller(jobs: int, *datasets: str) -> Iterator[IO[str]]:
    """Run the poller over so many jobs, and give what tells how many are completed."""
    with quick_store() as store_url, items_server() as items_url, _gateway(jobs, datasets) as gateway:
        port, completed = gateway
        parameters = {
            "CamundaTransport": "grpc",
            "CamundaGrpcAddress": f"http://127.0.0.1:{port}",
            "CamundaRestUrl": "http://127.0.0.1:9",
            "ApifyBaseUrl": items_url,
            "PollMode": "continuous",
        }
        template = project_root() / "template.yaml"
        with LocalAws(template, parameters, dynamodb=store_url, runs_schedules=False) as aws:
            threading.Thread(target=_keep_invoking, args=(aws,), daemon=True).start()
            yield completed


def _keep_invoking(aws: LocalAws) -> None:
    with suppress(CancelledError):  # the end of the local Lambda service
        while True:
            aws.invoke(aws.function_name("PollJobs"), b"{}")
            time.sleep(0.1)


def _read_until(completed: IO[str], jobs: int) -> None:
    """Return when so many jobs are completed."""
    while int(completed.readline()) < jobs:
        pass


@contextmanager
def _gateway(jobs: int, datasets: Sequence[str]) -> Iterator[tuple[int, IO[str]]]:
    """Give the port of a gateway, and where it writes how many jobs are completed."""
    command = [sys.executable, "-m", "tests.benchmarks.jobs_gateway", str(jobs), *datasets]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield int(process.stdout.readline()), process.stdout
        process.communicate()
