"""Deliveries to receive_webhook, beside Camunda's connector runtime with a webhook connector.

usage: python -m tests.benchmarks deliveries

One client and 16 clients, each with one message and with one start of a process instance for each delivery.
CPU time and memory are those of the workers alone: the cluster's stand-in, DynamoDB Local and the local
Lambda service are other processes. `BENCH_DELIVERIES` changes how many deliveries are measured in each row.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Final

from real_engines import DynamoDBLocal, Unavailable

from .delivery_rivals import EFFECTS, Receiver, ours, peer
from .process_usage import cpu_s, memory_mb, peak_memory_mb
from .stand_in import stand_in

DELIVERIES: Final = int(os.environ.get("BENCH_DELIVERIES", "1000"))
CLIENTS: Final = (1, 16)
AIM_CPU_MS: Final = 2.5


@dataclass(frozen=True, slots=True)
class Measured:
    """What one receiver needed for `DELIVERIES` deliveries.

    Attributes:
        wall_ms: How long each took for its sender, sorted.
        grown_mb: By how much the memory of all its processes grew in the last nine tenths.
    """

    cpu_ms: float
    wall_ms: Sequence[float]
    peak_mb: float
    grown_mb: float

    def percentile_ms(self, percent: int) -> float:
        """Return the time below which so many of a hundred deliveries stayed."""
        return self.wall_ms[min(len(self.wall_ms) * percent // 100, len(self.wall_ms) - 1)]


def main() -> None:
    """Measure both and print a table for each load."""
    try:
        with ExitStack() as stack:
            store = stack.enter_context(DynamoDBLocal())
            cluster = stack.enter_context(stand_in())
            with peer(cluster) as theirs:
                found = {theirs.name: _measure_all(theirs)}
            with ours(cluster, store.url, concurrency=max(CLIENTS)) as mine:
                found[mine.name] = _measure_all(mine)
    except Unavailable as missing:
        print(f"  not measured: {missing}")
        return
    _print(found["ours"], found["peer"])


def _measure_all(receiver: Receiver) -> dict[tuple[str, int], Measured]:
    """Return what the receiver needed under each load, when it is warm."""
    numbers = iter(range(10**12))
    found = {}
    for effect in EFFECTS:
        _deliver(receiver, effect, max(CLIENTS), numbers, DELIVERIES)
    for clients in CLIENTS:
        for effect in EFFECTS:
            _deliver(receiver, effect, clients, numbers, DELIVERIES // 2)
            found[effect, clients] = _measure(receiver, effect, clients, numbers)
    return found


def _measure(receiver: Receiver, effect: str, clients: int, numbers: Iterator[int]) -> Measured:
    pids = receiver.pids()
    before_s = sum(map(cpu_s, pids))
    wall_ms = _deliver(receiver, effect, clients, numbers, DELIVERIES // 10)
    began_mb = sum(map(memory_mb, pids))
    wall_ms += _deliver(receiver, effect, clients, numbers, DELIVERIES - DELIVERIES // 10)
    return Measured(
        cpu_ms=(sum(map(cpu_s, pids)) - before_s) * 1000 / DELIVERIES,
        wall_ms=sorted(wall_ms),
        peak_mb=max(map(peak_memory_mb, pids)),
        grown_mb=sum(map(memory_mb, pids)) - began_mb,
    )


def _deliver(
    receiver: Receiver, effect: str, clients: int, numbers: Iterator[int], deliveries: int
) -> list[float]:
    """Make so many deliveries by so many clients, and return how long each took, in milliseconds.

    Raises:
        RuntimeError: One did not have its effect.
    """
    took: list[float] = []
    failures: list[Exception] = []
    left = iter([next(numbers) for _ in range(deliveries)])

    def work() -> None:
        deliver = receiver.client(effect)
        try:
            for number in left:
                began = time.perf_counter()
                deliver(number)
                took.append((time.perf_counter() - began) * 1000)
        except Exception as error:  # noqa: BLE001  # it is raised by the thread that waits
            failures.append(error)

    threads = [threading.Thread(target=work) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    return took


def _print(mine: dict[tuple[str, int], Measured], theirs: dict[tuple[str, int], Measured]) -> None:
    print(f"  {DELIVERIES} deliveries a row, warm; load {os.getloadavg()[0]:.1f}")
    print(f"  {'':44}{'ours':>8}{'peer':>8}{'ratio':>8}{'aim':>8}")
    for (effect, clients), one in mine.items():
        other = theirs[effect, clients]
        what = f"{effect}, {clients} client{'s' if clients > 1 else ''}"
        aim = f"{AIM_CPU_MS:.1f}" if (effect, clients) == ("message", 1) else ""
        _row(f"{what}: CPU time (ms)", one.cpu_ms, other.cpu_ms, aim)
        _row(f"{what}: latency p50 (ms)", one.percentile_ms(50), other.percentile_ms(50))
        _row(f"{what}: latency p99 (ms)", one.percentile_ms(99), other.percentile_ms(99))
        _row(f"{what}: memory of a worker (MB)", one.peak_mb, other.peak_mb)
        _row(f"{what}: growth of all workers (MB)", one.grown_mb, other.grown_mb)


def _row(name: str, mine: float, theirs: float, aim: str = "") -> None:
    ratio = f"{mine / theirs:8.2f}" if theirs > 0 else f"{'':8}"
    print(f"  {name:44}{mine:8.2f}{theirs:8.2f}{ratio}{aim:>8}")


if __name__ == "__main__":
    main()
