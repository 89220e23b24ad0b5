"""An hour in which runs are waited for, on the engine's clock, and then all of their callbacks in a minute.

A connector that waits in a thread or polls keeps each of them in memory. Here a run that is waited for is
rows of a table: the poller looks at it after one minute, two, four and so on, in case its callback is lost.
`BENCH_WAITING_RUNS` changes how many there are, `BENCH_WAITING_MINUTES` how long they wait.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from .figures import Figure, at_most
from .run_jobs import Poller, poller_at_work

RUNS: Final = int(os.environ.get("BENCH_WAITING_RUNS", "5000"))
CALLBACKS_WITHIN: Final = timedelta(seconds=60)
AIM_S: Final = 180
MINUTES: Final = int(os.environ.get("BENCH_WAITING_MINUTES", "60"))


def figures() -> Iterator[Figure]:
    """Measure the hour, and the minutes after the callbacks."""
    with poller_at_work() as poller:
        before_s = poller.cpu_s()
        poller.start(RUNS)
        yield Figure(f"{RUNS:,} runs: start of one", "ms of CPU", (poller.cpu_s() - before_s) * 1000 / RUNS)
        yield from _hour(poller)
        poller.world.flow()
        began = time.monotonic()
        poller.world.finish(CALLBACKS_WITHIN)
        poller.wait_until_done(RUNS)
        took_s = time.monotonic() - began
        yield Figure(f"{RUNS:,} callbacks in a minute: all completed after", "s", took_s, aim=at_most(AIM_S))
        yield Figure("waiting runs: memory of the worker", "MB", poller.memory_mb(), aim=at_most(100))


def _hour(poller: Poller) -> Iterator[Figure]:
    before_s, looks = poller.cpu_s(), poller.world.counts()["looks"]
    grown_mb = -poller.memory_mb()
    for _ in range(MINUTES):
        poller.pass_minute()
    grown_mb += poller.memory_mb()
    looks = poller.world.counts()["looks"] - looks
    cpu_ms = (poller.cpu_s() - before_s) * 1000
    yield Figure(f"{MINUTES} minutes of waiting: looks at one run", "", looks / RUNS)
    yield Figure(f"{MINUTES} minutes of waiting: one run", "ms of CPU", cpu_ms / RUNS)
    yield Figure(f"{MINUTES} minutes of waiting: growth of the worker", "MB", grown_mb)
