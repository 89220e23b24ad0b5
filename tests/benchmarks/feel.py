"""How long the expression language takes, as a multiple of an empty call: `python tests/benchmarks/feel.py`.

Ratios, because the machine is not ours. An activation condition over four items should take at most some
160 empty calls (8 microseconds where a call takes 50 nanoseconds), parsing it less than 0.2 milliseconds,
and importing the package less than 15 milliseconds, with its byte code there, as in the layer.
"""

from __future__ import annotations

import compileall
import subprocess
import sys
from pathlib import Path
from timeit import Timer

from apify_camunda import feel
from apify_camunda.feel import evaluate
from apify_camunda.feel.parser import parse_expression

CONDITION = 'connectorData.status = "SUCCEEDED" and count(items[price > 10]) > 2'
ITEMS = [{"price": price} for price in (5, 15, 25, 35)]
CONTEXT = {"connectorData": {"status": "SUCCEEDED"}, "items": ITEMS}
ROUNDS = 60
IMPORT = "import time; t = time.perf_counter(); import apify_camunda.feel; print(time.perf_counter() - t)"


def fastest(timer: Timer, number: int) -> float:
    """Return the seconds that one execution takes when nothing else disturbs it."""
    return min(timer.timeit(number) / number for _ in range(ROUNDS))


def nothing() -> None:
    """Do what an empty call does."""


def main() -> None:
    evaluate(CONDITION, CONTEXT)
    call = fastest(Timer(nothing), 5000)
    evaluation = fastest(Timer("evaluate(CONDITION, CONTEXT)", globals=globals()), 300)
    parsing = fastest(Timer(lambda: parse_expression(CONDITION)), 20)
    large = fastest(Timer(lambda: evaluate("items[price > 10]", {"items": ITEMS * 2500})), 1)
    compileall.compile_dir(Path(feel.__file__).parent, quiet=1)
    loading = min(
        float(
            subprocess.run([sys.executable, "-c", IMPORT], capture_output=True, text=True, check=True).stdout
        )
        for _ in range(5)
    )
    print(f"empty call       {call * 1e9:8.0f} ns")
    print(f"condition        {evaluation * 1e6:8.2f} us = {evaluation / call:.0f} empty calls")
    print(f"parsing          {parsing * 1e6:8.0f} us")
    print(f"10,000 items     {large * 1e3:8.2f} ms")
    print(f"import           {loading * 1e3:8.1f} ms")


if __name__ == "__main__":
    main()
