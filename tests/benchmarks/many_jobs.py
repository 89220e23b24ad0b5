"""Whether the poller's memory grows over many jobs: `BENCH_MANY_JOBS` of them, by one worker.

The growth is that after the first fifth, in which caches and pools are filled. 100,000 jobs take minutes.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
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


def figures() -> Iterator[Figure]:
    """Measure memory, CPU time and speed."""
    with quick_store() as store_url, items_server() as items_url, _gateway() as (port, completed):
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
def _gateway() -> Iterator[tuple[int, IO[str]]]:
    """Give the port of a gateway, and where it writes how many jobs are completed."""
    command = [sys.executable, "-m", "tests.benchmarks.jobs_gateway", str(JOBS)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield int(process.stdout.readline()), process.stdout
        process.communicate()
