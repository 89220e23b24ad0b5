"""`make bench`: measures speed and memory, as ratios in one run; it asserts nothing.

usage: python -m tests.benchmarks [NAME ...]      all of them without a name
"""

from __future__ import annotations

import sys
from importlib import import_module

BENCHMARKS = {
    "feel": "the FEEL engine: evaluation, parsing, import",
    "reconcile": "a tick of the reconciler over 10,000 definitions, nothing changed",
    "cold_start": "CPU of a cold start of each function, beside an empty handler",
    "store": "CPU of one call of DynamoDB, through each client that could make it",
    "connector_runtime": "poll_jobs against Camunda's connector runtime (needs a JDK 21+ and Maven)",
}


def main(names: list[str]) -> int:
    """Run the named benchmarks."""
    unknown = [name for name in names if name not in BENCHMARKS]
    if unknown:
        print(f"There is no benchmark {unknown[0]!r}; there are:", file=sys.stderr)
        for name, what in BENCHMARKS.items():
            print(f"  {name:20} {what}", file=sys.stderr)
        return 2
    for name in names or BENCHMARKS:
        print(f"== {name}: {BENCHMARKS[name]}", flush=True)
        import_module(f"tests.benchmarks.{name}").main()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
