"""Which files may read the machine's clock: all others take a clock, so that rows and readers share one."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import pytest

from tests.source_trees import parsed

ROOT = Path(__file__).parents[2]
READERS = {
    "datetime": {"now", "utcnow", "today"},
    "date": {"today"},
    "time": {"time", "time_ns"},
}
COMPOSITION_ROOTS = (
    "layers/runtime/apify_camunda/platform/system_clock.py",  # the adapter itself
    "layers/runtime/apify_camunda/wiring/*.py",
    "layers/runtime/apify_camunda/feel/default_clock.py",  # the default of a language that is used alone
    "tools/apify_camunda_cli/__main__.py",
    "tools/apify_camunda_cli/local/run.py",
    "tools/emulators/*/clock.py",
    "tools/emulators/camunda/rest/http_exchange.py",  # the time stamp of an error document
    "tools/sam_local/built_template.py",  # names a release by the time
    "tools/local_aws/*.py",  # serves functions that run with the machine's clock
)
TESTS_OF_THE_MACHINE = (
    "tests/benchmarks/*.py",
    "tests/contract/aws.py",  # AWS compares the time of a signature with its own
    "tests/contract/certificates.py",  # TLS libraries compare with the machine's clock
    "tests/contract/test_surroundings.py",  # the contract of the clock itself
    "tests/other_dates/__main__.py",  # works out how far another date is
    "tests/e2e/page.py",  # a composition root: a local world in the test's own process
    "tests/functions/test_handlers.py",  # a Lambda deadline counts from now
    "tests/unit/emulators/apify/test_delivery.py",  # the contract of the emulator's clock
)


def python_files() -> Iterator[PurePosixPath]:
    for folder in ("layers", "functions", "tools", "tests"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield PurePosixPath(path.relative_to(ROOT).as_posix())


def reads_the_clock(source: str) -> list[int]:
    """Return the lines that read the machine's clock."""
    nodes = list(ast.walk(parsed(source)))
    imports = [node for node in nodes if isinstance(node, ast.Import | ast.ImportFrom)]
    imported = {each.asname or each.name for node in imports for each in node.names}
    return [node.lineno for node in nodes if _is_reader(node, imported)]  # type: ignore[attr-defined]


def _is_reader(node: ast.AST, imported: set[str]) -> bool:
    match node:
        case ast.Name(id="SystemClock") | ast.Attribute(attr="SystemClock"):
            return True
        case ast.Attribute(value=ast.Name(id=owner) | ast.Attribute(attr=owner), attr=name):
            return name in READERS.get(owner, ()) and owner in imported
        case ast.ImportFrom(module=module, names=names):
            given = {each.name for each in names}
            return "SystemClock" in given or (module == "time" and bool(given & READERS["time"]))
    return False


def may_read(path: PurePosixPath) -> bool:
    return any(path.match(pattern) for pattern in (*COMPOSITION_ROOTS, *TESTS_OF_THE_MACHINE))


def test_only_composition_roots_read_the_machines_clock() -> None:
    """
    A frozen clock and the machine's clock never mix: only a composition root chooses the clock.
    """
    found = [
        f"{path}:{line}"
        for path in python_files()
        if not may_read(path)
        for line in reads_the_clock((ROOT / path).read_text(encoding="utf-8"))
    ]
    assert not found, "Take a Clock as an argument instead of reading the machine's clock: " + ", ".join(
        found
    )


@pytest.mark.parametrize(
    "source",
    [
        "from datetime import datetime\ndatetime.now(UTC)",
        "import datetime\ndatetime.datetime.now()",
        "from datetime import date\ndate.today()",
        "import time\ntime.time()",
        "from time import time\ntime()",
        "from apify_camunda.adapters.clock import SystemClock",
        "clock.SystemClock()",
    ],
)
def test_each_way_to_read_it_is_found(source: str) -> None:
    """
    The check sees every way in which Python code reads the wall clock.
    """
    assert reads_the_clock(source)


@pytest.mark.parametrize(
    "source", ["clock.now()", "import time\ntime.monotonic()", "self.time()", "loop.time()", "time.time"]
)
def test_given_clocks_are_free_to_use(source: str) -> None:
    """
    A clock that was given, and clocks that only measure, are no readers of the wall clock.
    """
    assert not reads_the_clock(source)
