"""The table of `make bench` compares each figure with its aim."""

from __future__ import annotations

import re
from collections.abc import Iterator
from types import ModuleType

import pytest
from real_engines import Unavailable

from tests.benchmarks import __main__ as bench
from tests.benchmarks.figures import (
    Aim,
    Figure,
    at_least,
    at_least_times_peer,
    at_most,
    at_most_times_peer,
    table,
)


@pytest.mark.parametrize(
    ("aim", "met"),
    [
        (at_most(6), True),
        (at_most(5.9), False),
        (at_least(6), True),
        (at_least(6.1), False),
        (at_most_times_peer(2), True),
        (at_most_times_peer(1.9), False),
        (at_least_times_peer(2), True),
        (at_least_times_peer(2.1), False),
    ],
)
def test_aim_is_compared_with_the_figure_or_its_ratio(aim: Aim, *, met: bool) -> None:
    """A figure of 6 beside the peer's 3 is compared as itself, or as twice the peer's."""
    assert aim.is_met(Figure("jobs", "a second", 6, 3)) is met


def test_ratio_without_a_peer_is_neither_met_nor_missed() -> None:
    assert at_least_times_peer(2).is_met(Figure("jobs", "a second", 6)) is None


def test_table_has_a_line_for_each_figure() -> None:
    text = table(
        [
            Figure("jobs", "a second", 1234.4, 300, aim=at_least_times_peer(2.5)),
            Figure("CPU", "ms", 5.25, aim=at_most(5)),
            Figure("calls", "", 3),
        ]
    )
    assert [line.split() for line in text.splitlines()] == [
        ["figure", "unit", "ours", "peer", "ratio", "aim", "met"],
        ["jobs", "a", "second", "1,234", "300", "4.11", ">=", "2.5", "x", "yes"],
        ["CPU", "ms", "5.25", "<=", "5", "NO"],
        ["calls", "3"],
    ]


@pytest.fixture
def benchmarks(monkeypatch: pytest.MonkeyPatch) -> dict[str, ModuleType]:
    """Return benchmarks by name, which a test can add to; no other is known."""
    modules: dict[str, ModuleType] = {}
    monkeypatch.setattr(bench, "BENCHMARKS", modules)
    monkeypatch.setattr(bench, "import_module", lambda name: modules[name.rpartition(".")[2]])
    return modules


def _module(error: Exception | None) -> ModuleType:
    """Return a benchmark that yields one figure, and fails then."""

    def figures() -> Iterator[Figure]:
        yield Figure("measured", "s", 1)
        if error:
            raise error

    module = ModuleType("benchmark")
    module.__dict__["figures"] = figures
    return module


def test_missing_part_is_named_in_one_line(
    benchmarks: dict[str, ModuleType], capsys: pytest.CaptureFixture[str]
) -> None:
    """What was measured before stays in the table, and the exit code is that of success."""
    benchmarks["jobs"] = _module(Unavailable("There is no JDK."))

    assert bench.main([]) == 0

    report = capsys.readouterr().out.rpartition("\n\n")[2].splitlines()
    assert report[-1] == "jobs was not measured: There is no JDK."
    assert report[-2].split()[0] == "measured"


def test_failed_benchmark_stops_no_other(
    benchmarks: dict[str, ModuleType], capsys: pytest.CaptureFixture[str]
) -> None:
    benchmarks["jobs"] = _module(RuntimeError("boom"))
    benchmarks["feel"] = _module(None)

    assert bench.main([]) == 1

    report = capsys.readouterr().out.rpartition("\n\n")[2].splitlines()
    took = r"\d+ s at a load of [\d.]+; fixed work before and after: \d+ and \d+ ms"
    for name, line in zip(("jobs", "feel"), report[1:3], strict=True):
        assert re.fullmatch(f"{name}: {took}", line)
    assert [line.split()[0] for line in report[-3:]] == ["measured", "measured", "jobs"]


def test_chosen_benchmarks_run_alone(
    benchmarks: dict[str, ModuleType], capsys: pytest.CaptureFixture[str]
) -> None:
    benchmarks["jobs"] = _module(RuntimeError("boom"))
    benchmarks["feel"] = _module(None)

    assert bench.main(["feel"]) == 0
    assert "jobs" not in capsys.readouterr().out


def test_unknown_benchmark_is_refused_with_the_known(
    benchmarks: dict[str, ModuleType], capsys: pytest.CaptureFixture[str]
) -> None:
    benchmarks["feel"] = _module(None)

    assert bench.main(["fele"]) == 2
    error = capsys.readouterr().err
    assert "'fele'" in error
    assert "feel" in error
