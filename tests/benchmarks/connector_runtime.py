"""Our poller against Camunda's connector runtime: one engine, one HTTP server, jobs that fetch the same list.

Each is started with one job waiting, which tells the time to the first effect; then gets `BENCH_JOBS` jobs
at once while it runs (cold), and as many again (warm), three times, by turns with the others: the machine may
be slower for a while. The figures, each as a ratio: jobs a second from the first fetch to the last
completion, CPU time a job of the runtime's own process, and its largest memory.

The same jobs are given to a worker that does less than any connector, too, and the engine's own CPU time is
told: a machine of two cores has no more jobs a second than its engine leaves room for.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import astuple, dataclass
from statistics import median
from typing import Final

from real_engines import CamundaDistribution

from . import rivals, workload
from .figures import Figure, at_least_times_peer, at_most
from .items import get, items_server
from .process_usage import cpu_s, peak_memory_mb
from .rivals import Rival, Running

JOBS: Final = int(os.environ.get("BENCH_JOBS", "2000"))
_WARM_ROUNDS: Final = 3
_TIMEOUT_S: Final = float(os.environ.get("BENCH_TIMEOUT_S", "120"))


@dataclass(frozen=True, slots=True)
class Batch:
    """What one runtime needed for `JOBS` jobs, and the engine beside it."""

    jobs_per_s: float
    cpu_ms_per_job: float
    engine_ms_per_job: float


@dataclass(frozen=True, slots=True)
class Measured:
    """What one runtime needed in all."""

    first_effect_s: float
    cold: Batch
    warm: Batch
    memory_mb: float


def figures() -> Iterator[Figure]:
    """Measure both."""
    with CamundaDistribution(is_observed=False) as engine, items_server() as items_url:
        all_rivals = [rival(engine, items_url) for rival in (rivals.peer, rivals.ours, rivals.least)]
        peer, ours, least = _measure(all_rivals, engine, items_url)
    yield Figure("first job after the start", "s", ours.first_effect_s, peer.first_effect_s)
    yield Figure("jobs, cold", "a second", ours.cold.jobs_per_s, peer.cold.jobs_per_s)
    yield Figure("jobs, cold: CPU of one", "ms", ours.cold.cpu_ms_per_job, peer.cold.cpu_ms_per_job)
    yield Figure(
        "jobs, warm", "a second", ours.warm.jobs_per_s, peer.warm.jobs_per_s, aim=at_least_times_peer(2.5)
    )
    yield Figure("jobs, warm: CPU of one", "ms", ours.warm.cpu_ms_per_job, peer.warm.cpu_ms_per_job)
    engine_ms = (ours.warm.engine_ms_per_job, peer.warm.engine_ms_per_job)
    yield Figure("jobs, warm: the engine's CPU for one", "ms", *engine_ms)
    yield Figure("jobs, warm: the least worker", "a second", least.warm.jobs_per_s, peer.warm.jobs_per_s)
    yield Figure("jobs, warm: the least worker, CPU of one", "ms", least.warm.cpu_ms_per_job)
    yield Figure("jobs, warm: the least worker, the engine's CPU", "ms", least.warm.engine_ms_per_job)
    yield Figure("jobs: memory of the worker", "MB", ours.memory_mb, peer.memory_mb, aim=at_most(100))


def _measure(all_rivals: list[Rival], engine: CamundaDistribution, items_url: str) -> list[Measured]:
    """Start one after the other, and measure each; then measure all by turns, when they are warm."""
    with ExitStack() as stack:
        at_work, firsts_s, colds = [], [], []
        for rival in all_rivals:
            workload.deploy(engine.grpc_address, rival.task)
            get(f"{items_url}/reset")
            workload.start(engine.grpc_address, rival.task, 1)
            running = stack.enter_context(rival.start())
            workload.wait_until_done(engine.grpc_address, rival.task, 1, timeout_s=_TIMEOUT_S)
            firsts_s.append(_first_request(items_url, at_least=1) - running.began)
            colds.append(_batch(rival, running, engine, items_url))
            at_work.append((rival, running))
        rounds = [
            [_batch(rival, running, engine, items_url) for rival, running in at_work]
            for _ in range(_WARM_ROUNDS)
        ]
        warms = [_middle(batches) for batches in zip(*rounds, strict=True)]
        memories_mb = [peak_memory_mb(running.pid()) for _, running in at_work]
    return [Measured(*each) for each in zip(firsts_s, colds, warms, memories_mb, strict=True)]


def _middle(batches: Sequence[Batch]) -> Batch:
    """Return the median of each figure."""
    return Batch(*(median(figure) for figure in zip(*map(astuple, batches), strict=True)))


def _batch(rival: Rival, running: Running, engine: CamundaDistribution, items_url: str) -> Batch:
    get(f"{items_url}/reset")
    cpu_before_s, engine_before_s = cpu_s(running.pid()), cpu_s(engine.pid)
    workload.start(engine.grpc_address, rival.task, JOBS)
    workload.wait_until_done(engine.grpc_address, rival.task, JOBS, timeout_s=_TIMEOUT_S)
    ended = time.time()
    return Batch(
        jobs_per_s=JOBS / (ended - _first_request(items_url, at_least=JOBS)),
        cpu_ms_per_job=(cpu_s(running.pid()) - cpu_before_s) * 1000 / JOBS,
        engine_ms_per_job=(cpu_s(engine.pid) - engine_before_s) * 1000 / JOBS,
    )


def _first_request(items_url: str, *, at_least: int) -> float:
    """Return when the first request since the last reset came, in seconds of the system's clock.

    Raises:
        RuntimeError: There were fewer than there were jobs.
    """
    requests = get(f"{items_url}/count")
    if requests["count"] < at_least:
        raise RuntimeError(f"{requests['count']} requests for {at_least} jobs")
    return float(requests["first"])
