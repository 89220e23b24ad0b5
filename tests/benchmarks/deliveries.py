"""Deliveries to receive_webhook, beside Camunda's connector runtime with a webhook connector.

One client and 16 clients, each with one message and with one start of a process instance for each delivery.
Both receivers are warm, and take deliveries by turns: the machine may be slower for a while. CPU time and
memory are those of the workers alone: the cluster's stand-in, DynamoDB Local and the local Lambda service are
other processes. A function that does nothing shows what of it the runtime client takes.

`BENCH_DELIVERIES` changes how many deliveries are measured for each row. `BENCH_SOAK=100000` measures nothing
but the growth of memory, over so many deliveries of one client.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from statistics import mean
from typing import Final

from real_engines import DynamoDBLocal

from .delivery_rivals import EFFECTS, Client, Deliver, Receiver, ours, peer, require_answer
from .empty_function import FOLDER, empty_function
from .figures import Figure, at_most
from .process_usage import cpu_s, memory_mb, peak_memory_mb, workers_of
from .quick_store import quick_store
from .stand_in import stand_in

DELIVERIES: Final = int(os.environ.get("BENCH_DELIVERIES", "1000"))
SOAK: Final = int(os.environ.get("BENCH_SOAK", "0"))
CLIENTS: Final = (1, 16)
_TURNS: Final = 4
_UNTIL_COMPILED: Final = 10_000
"""Deliveries of each effect until the peer's code is compiled: it gets faster until then."""
AIM_CPU_MS: Final = 2.5
AIM_MEMORY_MB: Final = 100


@dataclass(frozen=True, slots=True)
class Measured:
    """What one receiver needed for some deliveries.

    Attributes:
        cpu_ms: Of all its processes, for one delivery.
        wall_ms: How long each took for its sender, sorted.
        peak_mb: The most that one of its processes has had.
    """

    cpu_ms: float
    wall_ms: Sequence[float]
    peak_mb: float

    def percentile_ms(self, percent: int) -> float:
        """Return the time below which so many of a hundred deliveries stayed."""
        return self.wall_ms[min(len(self.wall_ms) * percent // 100, len(self.wall_ms) - 1)]


def figures() -> Iterator[Figure]:
    """Yield the figures of each load, or of the growth alone.

    Raises:
        Unavailable: There is no JDK or no Maven, or its jars are not to be had.
    """
    if SOAK:
        with (
            stand_in() as cluster,
            quick_store() as store_url,
            ours(cluster, store_url, concurrency=1) as mine,
        ):
            yield from _growth(mine)
        return
    with ExitStack() as stack:
        store = stack.enter_context(DynamoDBLocal())
        cluster = stack.enter_context(stand_in())
        theirs = stack.enter_context(peer(cluster))
        mine = stack.enter_context(ours(cluster, store.url, concurrency=max(CLIENTS)))
        found = _measure_all(mine, theirs)
    yield Figure("a delivery to a function that does nothing", "ms of CPU", _empty().cpu_ms)
    for (effect, clients), both in found.items():
        yield from _figures(f"{effect}, {_clients(clients)}", *both)


def _figures(name: str, mine: Measured, theirs: Measured) -> Iterator[Figure]:
    aim = at_most(AIM_CPU_MS) if name.startswith("message, 1 ") else None
    yield Figure(f"delivery, {name}", "ms of CPU", mine.cpu_ms, theirs.cpu_ms, aim)
    yield Figure(f"delivery, {name}: p50", "ms", mine.percentile_ms(50), theirs.percentile_ms(50))
    yield Figure(f"delivery, {name}: p99", "ms", mine.percentile_ms(99), theirs.percentile_ms(99))
    yield Figure(f"delivery, {name}: a worker", "MB", mine.peak_mb, theirs.peak_mb, at_most(AIM_MEMORY_MB))


def _measure_all(mine: Receiver, theirs: Receiver) -> dict[tuple[str, int], tuple[Measured, Measured]]:
    """Return what both receivers needed under each load, when they are warm."""
    numbers = iter(range(10**12))
    found = {}
    for effect in EFFECTS:
        _deliver(theirs.client, effect, max(CLIENTS), numbers, _UNTIL_COMPILED)
        _deliver(mine.client, effect, max(CLIENTS), numbers, DELIVERIES)
    for clients in CLIENTS:
        for effect in EFFECTS:
            turns = [
                [_measure(each, effect, clients, numbers, DELIVERIES // _TURNS) for each in (mine, theirs)]
                for _ in range(_TURNS + 1)
            ]
            ours_of_all, theirs_of_all = zip(*turns[1:], strict=True)  # after the first both are warm
            found[effect, clients] = (_together(ours_of_all), _together(theirs_of_all))
    return found


def _measure(
    receiver: Receiver, effect: str, clients: int, numbers: Iterator[int], deliveries: int
) -> Measured:
    pids = receiver.pids()
    before_s = sum(map(cpu_s, pids))
    wall_ms = _deliver(receiver.client, effect, clients, numbers, deliveries)
    return Measured(
        cpu_ms=(sum(map(cpu_s, pids)) - before_s) * 1000 / deliveries,
        wall_ms=sorted(wall_ms),
        peak_mb=max(map(peak_memory_mb, pids)),
    )


def _together(turns: Sequence[Measured]) -> Measured:
    """Return what was needed in all turns, of as many deliveries each."""
    return Measured(
        cpu_ms=mean(turn.cpu_ms for turn in turns),
        wall_ms=sorted(wall_ms for turn in turns for wall_ms in turn.wall_ms),
        peak_mb=max(turn.peak_mb for turn in turns),
    )


def _empty() -> Measured:
    with empty_function() as (aws, name):

        def client(_effect: str) -> Deliver:
            return lambda number: require_answer(aws.invoke(name, b"%d" % number))

        receiver = Receiver("empty", client, lambda: workers_of(FOLDER))
        numbers = iter(range(10**12))
        _deliver(client, "", 1, numbers, DELIVERIES // 2)
        return _measure(receiver, "", 1, numbers, DELIVERIES)


def _growth(receiver: Receiver) -> Iterator[Figure]:
    """Yield by how much a worker grew, once it is warm."""
    numbers = iter(range(10**12))
    _deliver(receiver.client, "message", 1, numbers, SOAK // 10)
    [pid] = receiver.pids()
    began_mb = memory_mb(pid)
    _deliver(receiver.client, "message", 1, numbers, SOAK - SOAK // 10)
    yield Figure(
        f"{SOAK:,} deliveries: growth of the worker", "MB", memory_mb(pid) - began_mb, aim=at_most(1)
    )
    yield Figure(f"{SOAK:,} deliveries: the worker", "MB", peak_memory_mb(pid), aim=at_most(AIM_MEMORY_MB))


def _deliver(
    client: Client, effect: str, clients: int, numbers: Iterator[int], deliveries: int
) -> list[float]:
    """Make so many deliveries by so many clients, and return how long each took, in milliseconds.

    Raises:
        RuntimeError: One did not have its effect.
    """
    took: list[float] = []
    failures: list[Exception] = []
    left = iter([next(numbers) for _ in range(deliveries)])

    def work() -> None:
        deliver = client(effect)
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


def _clients(number: int) -> str:
    return f"{number} client{'s' if number > 1 else ''}"
