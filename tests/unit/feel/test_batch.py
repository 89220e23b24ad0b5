"""The batch program: a line of JSON in, a line of JSON out."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest
from apify_camunda.feel.__main__ import answers, main


def answer(**record: Any) -> dict[str, Any]:
    (line,) = answers(["\n", json.dumps({"id": "x", "context": {}, **record}) + "\n"])
    found: dict[str, Any] = json.loads(line)
    return found


def test_value() -> None:
    """A value is told as typed JSON, as connectors would write it, and with what became null."""
    assert answer(expression='{a: 1.50, d: @"P1D", x: missing}') == {
        "id": "x",
        "ok": True,
        "value": {"a": 1.50, "d": {"@dtd": "PT24H"}, "x": None},
        "json": '{"a":1.5,"d":"PT24H","x":null}',
        "warnings": ["NO_VARIABLE_FOUND: No variable found with name 'missing'"],
    }


def test_temporal_context() -> None:
    """Temporal values come in as they go out."""
    typed = {"@dateTime": "2020-01-01T10:00:00+01:00"}

    assert answer(expression="x", context={"x": typed})["value"] == typed


def test_null() -> None:
    """Null has no JSON text."""
    assert answer(expression="null") == {"id": "x", "ok": True, "value": None, "json": None, "warnings": []}


@pytest.mark.parametrize("expression", ["1 +", "assert(1, false)", "function(x) x", "get or else([1..2], 1)"])
def test_failed(expression: str) -> None:
    """A failed evaluation, and a value that has no JSON, are told with the reason."""
    told = answer(expression=expression)

    assert told["ok"] is False
    assert told["error"]


def test_unary() -> None:
    """Unary tests get their input."""
    assert answer(expression="< 5", unary=True, input=3)["value"] is True


def test_program() -> None:
    """The module is a program that reads and writes lines."""
    record = json.dumps({"id": 1, "expression": "1 + 1"})
    command = [sys.executable, "-m", "apify_camunda.feel", "--batch"]

    finished = subprocess.run(command, input=record, capture_output=True, text=True, check=True)

    assert json.loads(finished.stdout)["value"] == 2


def test_usage(capsys: pytest.CaptureFixture[str]) -> None:
    """Without its option the program says how it is used."""
    assert main([]) == 2
    assert "--batch" in capsys.readouterr().err
