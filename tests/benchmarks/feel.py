"""How long the expression language takes, beside Camunda's own engine on a warm JVM in the same run.

An activation condition over four items, and a filter over 10,000. Camunda's connector runtime parses an
expression each time that it evaluates it; ours keeps what it has parsed. `python -m tests.benchmarks feel`
needs a JDK and Maven for the peer; without them ours is measured alone.
"""

from __future__ import annotations

import compileall
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from timeit import Timer
from typing import Any, Final

from apify_camunda import feel
from apify_camunda.feel import evaluate
from apify_camunda.feel.parser import parse_expression
from real_engines import Unavailable, fetch_jars, find_jdk

from tests.conformance.feel_judge.judge import ENGINE, PINNED

from .figures import Figure, at_most, at_most_times_peer

CONDITION: Final = 'connectorData.status = "SUCCEEDED" and count(items[price > 10]) > 2'
FILTER: Final = "items[price > 10]"
ITEMS: Final = [{"price": price} for price in (5, 15, 25, 35)]
CONTEXT: Final[dict[str, Any]] = {"connectorData": {"status": "SUCCEEDED"}, "items": ITEMS}
LARGE: Final[dict[str, Any]] = {"items": ITEMS * 2500}
ROUNDS: Final = 60
IMPORT: Final = (
    "import time; t = time.process_time(); import apify_camunda.feel; print(time.process_time() - t)"
)
_PROGRAM: Final = Path(__file__).with_name("FeelTimes.java")


def fastest_us(timer: Timer, number: int) -> float:
    """Return the microseconds that one execution takes when nothing else disturbs it."""
    return min(timer.timeit(number) / number for _ in range(ROUNDS)) * 1e6


def import_ms() -> float:
    """Return the CPU time of importing the package, with its byte code there, as in the layer."""
    compileall.compile_dir(Path(feel.__file__).parent, quiet=1)
    command = [sys.executable, "-c", IMPORT]
    took = [
        float(subprocess.run(command, capture_output=True, text=True, check=True).stdout) for _ in range(5)
    ]
    return min(took) * 1000


def camundas_us() -> dict[str, float]:
    """Return the microseconds that Camunda's engine takes for each work.

    Raises:
        Unavailable: There is no JDK or no Maven, or the jars are not to be had.
    """
    jars = fetch_jars(*ENGINE, pinned=PINNED)
    work = {"condition": CONDITION, "context": CONTEXT, "filter": FILTER, "large": LARGE}
    done = subprocess.run(
        [str(find_jdk().java), "-Xss8m", "-cp", f"{jars}/*", str(_PROGRAM)],
        input=json.dumps(work),
        capture_output=True,
        text=True,
        check=True,
    )
    return {name: ns / 1000 for name, ns in json.loads(done.stdout.splitlines()[-1]).items()}


def figures() -> Iterator[Figure]:
    """Measure both engines, one after the other."""
    missing: Unavailable | None = None
    theirs: dict[str, float] = {}
    try:
        theirs = camundas_us()
    except Unavailable as error:
        missing = error
    evaluate(CONDITION, CONTEXT)
    evaluation = fastest_us(Timer("evaluate(CONDITION, CONTEXT)", globals=globals()), 300)
    parsing = fastest_us(Timer(lambda: parse_expression(CONDITION)), 20)
    large = fastest_us(Timer(lambda: evaluate(FILTER, LARGE)), 1)
    yield Figure(
        "FEEL: a condition, as a connector evaluates it",
        "us",
        evaluation,
        theirs.get("evaluate"),
        at_most_times_peer(1),
    )
    yield Figure("FEEL: a condition that is parsed", "us", evaluation, theirs.get("evaluate_parsed"))
    yield Figure("FEEL: parsing it", "us", parsing, theirs.get("parse"), at_most(200))
    yield Figure("FEEL: a filter over 10,000 items", "ms", large / 1000, _ms(theirs.get("large")))
    yield Figure("FEEL: import", "ms of CPU", import_ms(), aim=at_most(15))
    if missing:
        raise missing


def _ms(us: float | None) -> float | None:
    return None if us is None else us / 1000
