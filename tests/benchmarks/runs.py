"""The CPU time that the poller takes for one run: to start it, to look at it, and to complete its job.

`BENCH_RUNS` runs are started at once, looked at once, and end at once. Their callbacks are taken by
receive_webhook, a process of its own, as are the emulated Apify, Camunda's stand-in and DynamoDB Local.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from .figures import Figure, at_most
from .run_jobs import Poller, poller_at_work

RUNS: Final = int(os.environ.get("BENCH_RUNS", "600"))
_WARM: Final = 50
AIMS_MS: Final = {"start": 5.0, "look": 3.0, "completion": 3.0}


def figures() -> Iterator[Figure]:
    """Measure the three phases, warm."""
    with poller_at_work() as poller:
        list(_phases(poller, _WARM))
        for phase, cpu_ms in _phases(poller, RUNS):
            aim = at_most(AIMS_MS[phase])
            yield Figure(f"one run, {RUNS} at once: {phase}", "ms of CPU", cpu_ms, aim=aim)
        yield Figure("runs: memory of the worker", "MB", poller.memory_mb(), aim=at_most(100))


def _phases(poller: Poller, runs: int) -> Iterator[tuple[str, float]]:
    """Yield the phases of so many runs, with the CPU time that each took for one run."""

    def cpu_ms() -> float:
        return (poller.cpu_s() - before_s) * 1000 / runs

    before_s = poller.cpu_s()
    poller.start(runs)
    yield "start", cpu_ms()
    before_s = poller.cpu_s()
    poller.pass_minute()
    yield "look", cpu_ms()
    before_s = poller.cpu_s()
    poller.world.flow()  # a callback ends its job's lock a moment from now
    poller.world.finish(timedelta())
    poller.wait_until_done(runs)
    poller.settle()
    yield "completion", cpu_ms()
