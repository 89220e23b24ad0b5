"""`make bench`: measures speed and memory beside what we are compared with, and prints one table at the end.

usage: python -m tests.benchmarks [NAME ...]      all of them without a name
"""

from __future__ import annotations

import json
import os
import platform
import sys
import time
import traceback
from collections.abc import Iterator
from importlib import import_module
from typing import Final

from real_engines import Unavailable

from .figures import Figure, table

BENCHMARKS: Final = {
    "feel": "the FEEL engine: evaluation, parsing, import",
    "exchange": "CPU of one exchange with Apify, through each client that could make it",
    "reconcile": "a tick of the reconciler over 10,000 definitions, nothing changed",
    "cold_start": "CPU of a cold start of each function, beside an empty handler",
    "deliveries": "receive_webhook beside Camunda's connector runtime (needs a JDK 21+ and Maven)",
    "delivery_parts": "where the time of a delivery goes (needs a JDK 21+ and Maven)",
    "store": "CPU of one call of DynamoDB, through each client that could make it",
    "runs": "CPU of the poller for one run: start, look, completion",
    "waiting_runs": "an hour of 5,000 waiting runs, then all callbacks within a minute",
    "many_jobs": "memory of the poller over many jobs",
    "connector_runtime": "poll_jobs against Camunda's connector runtime (needs a JDK 21+ and Maven)",
}


class Report:
    """What the benchmarks have said so far."""

    def __init__(self) -> None:
        self.figures: list[Figure] = []
        self.missing: list[str] = []
        self.failed: list[str] = []
        self.took: list[str] = []

    def run(self, name: str) -> None:
        """Run one benchmark and keep its figures; what it lacks and how it failed is kept, too."""
        print(f"== {name}: {BENCHMARKS[name]}", flush=True)
        began, fixed_ms = time.monotonic(), _fixed_work_ms()
        try:
            for figure in _figures(name):
                self.figures.append(figure)
                print(table([figure]).splitlines()[1], flush=True)
        except Unavailable as missing:
            self.missing.append(f"{name} was not measured: {missing}")
        except Exception:  # noqa: BLE001 - the other benchmarks are still measured
            traceback.print_exc()
            self.failed.append(f"{name} failed; its error is above")
        took_s, load = time.monotonic() - began, os.getloadavg()[0]
        fixed = f"{fixed_ms:.0f} and {_fixed_work_ms():.0f} ms"
        self.took.append(
            f"{name}: {took_s:.0f} s at a load of {load:.1f}; fixed work before and after: {fixed}"
        )

    def __str__(self) -> str:
        machine = f"Python {platform.python_version()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"
        parts = [table(self.figures)] if self.figures else []
        return "\n".join([machine, *self.took, *parts, *self.missing, *self.failed])


def main(names: list[str]) -> int:
    """Run the named benchmarks and print the table of all figures."""
    unknown = [name for name in names if name not in BENCHMARKS]
    if unknown:
        print(f"There is no benchmark {unknown[0]!r}; there are:", file=sys.stderr)
        for name, what in BENCHMARKS.items():
            print(f"  {name:20} {what}", file=sys.stderr)
        return 2
    report = Report()
    for name in names or BENCHMARKS:
        report.run(name)
    print(f"\n{report}")
    return 1 if report.failed else 0


def _fixed_work_ms() -> float:
    """Return the CPU time of work that is always the same: how fast this machine is at the moment."""
    began = time.process_time()
    for number in range(20_000):
        json.loads(json.dumps({"number": number, "texts": [str(number)] * 5}))
    return (time.process_time() - began) * 1000


def _figures(name: str) -> Iterator[Figure]:
    """Return the figures of a benchmark; one without `figures` only prints."""
    module = import_module(f"tests.benchmarks.{name}")
    if hasattr(module, "figures"):
        yield from module.figures()
    else:
        module.main()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
