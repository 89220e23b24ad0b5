"""How values are shown to a person."""

from __future__ import annotations

import json
from typing import Any

import pytest
from apify_camunda_cli.formatting import MOST_LEVELS, TOO_DEEP, is_too_deep, json_value, shortened, show

RUN = {
    "id": "r1",
    "actId": "a1",
    "status": "SUCCEEDED",
    "startedAt": "2026-01-01T00:00:00Z",
    "finishedAt": None,
    "defaultDatasetId": "d1",
    "stats": {"computeUnits": 0.1},
}


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        pytest.param({"a": 1, "b": [True, None]}, '{"a": 1, "b": [true, null]}', id="fits"),
        pytest.param("a" * 130, f'"{"a" * 120}... (130 characters)"', id="long-text"),
        pytest.param([1, 2, 3, 4, 5, 6, 7], "[1, 2, 3, 4, 5, ... 2 more]", id="long-list"),
        pytest.param({"a": {"b": {"c": {}}}}, '{"a": {"b": {... 1}}}', id="deep"),
        pytest.param({"a": {"b": {"c": 1}}}, '{"a": {"b": {"c": 1}}}', id="deep-but-small"),
        pytest.param("Prüfung", '"Prüfung"', id="other-alphabets"),
    ],
)
def test_beginning_tells_enough(value: Any, shown: str) -> None:
    """
    What is short stays whole; what is long or deep is cut, and says how much is missing.
    """
    assert show(shortened(value)) == shown


def test_run_keeps_what_it_is_known_by() -> None:
    """
    A run at Apify is shown by its id, status, times and storages, at any depth.
    """
    assert show(shortened({"data": RUN}), indent=40).splitlines() == [
        "{",
        " " * 42 + '"data": {',
        " " * 44 + '"id": "r1"',
        " " * 44 + '"status": "SUCCEEDED"',
        " " * 44 + '"startedAt": "2026-01-01T00:00:00Z"',
        " " * 44 + '"defaultDatasetId": "d1"',
        " " * 44 + "... 3 more of the run",
        " " * 42 + "}",
        " " * 40 + "}",
    ]


def lists(levels: int) -> str:
    """Return the text of lists in lists, so many levels deep."""
    return "[" * levels + "]" * levels


@pytest.mark.parametrize("levels", [MOST_LEVELS + 1, 500, 100_000])
def test_value_that_is_nested_too_deep_is_told(levels: int) -> None:
    """
    A value that is nested too deep is a short text, however deep it is.
    """
    assert json_value(lists(levels)) == TOO_DEEP


def test_deep_value_that_was_read_is_cut() -> None:
    """
    A deep value is a short text where it is shown; one that is less deep is kept.
    """
    assert is_too_deep(json.loads(lists(500)))
    assert show(shortened(json.loads(lists(500)))) == TOO_DEEP
    assert json_value(lists(MOST_LEVELS)) == json.loads(lists(MOST_LEVELS))
    assert json_value("no JSON") == "no JSON"
