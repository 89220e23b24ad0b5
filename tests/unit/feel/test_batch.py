"""The batch program: a line of JSON in, a line of JSON out."""

from __future__ import annotations

import json
import signal
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
    """A value is printed as typed JSON, as connectors would write it, and with what became null."""
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
    """A failed evaluation, and a value that has no JSON, are printed with the reason."""
    told = answer(expression=expression)

    assert told["ok"] is False
    assert told["error"]


@pytest.mark.parametrize(
    ("line", "name", "reason"),
    [
        (
            "nonsense",
            None,
            "The line is not JSON: a value is missing, or a text without double quotes is in its place",
        ),
        ('{"id": 1, "expression"', None, "The line is not JSON"),
        (b'{"id": "\xff"}', None, "The line is not JSON: it is not text in UTF-8 (byte 9)."),
        ("[1]", None, "The line is not a JSON object."),
        ("{}", None, '"expression" is missing, or not text.'),
        ('{"id": 1.5}', 1.5, '"expression" is missing, or not text.'),
        ('{"id": "x", "expression": 5}', "x", '"expression" is missing, or not text.'),
        ('{"id": "x", "expression": "1", "context": []}', "x", '"context" is not a JSON object.'),
        (
            '{"id": "x", "expression": "1", "context": {"a": {"@date": 5}}}',
            "x",
            '"@date" does not hold text.',
        ),
        ("[" * 100_000, None, "It is nested too deeply."),
        (
            '{"id": 7, "expression": "x", "context": {"x": ' + "[" * 800 + "]" * 800 + "}}",
            7,
            "nested",
        ),
    ],
    ids=lambda value: str(value)[:40],
)
def test_line_without_a_record(line: str | bytes, name: object, reason: str) -> None:
    """A line that holds no record is answered with what is wrong with it, by its id if it has one."""
    (told,) = map(json.loads, answers([line]))

    assert (told["id"], told["ok"], told["warnings"]) == (name, False, [])
    assert reason in told["error"]


def test_unary() -> None:
    """Unary tests get their input."""
    assert answer(expression="< 5", unary=True, input=3)["value"] is True


def test_program() -> None:
    """The module is a program that reads and writes lines."""
    record = json.dumps({"id": 1, "expression": "1 + 1"})
    command = [sys.executable, "-m", "apify_camunda.feel", "--batch"]

    finished = subprocess.run(command, input=record, capture_output=True, text=True, check=True)

    assert json.loads(finished.stdout)["value"] == 2


def test_program_goes_on() -> None:
    """After a line that holds no record the next one is evaluated."""
    lines = b'nonsense\n\xff\n\n{"id": 3, "expression": "1 + 2", "context": null}\n'
    command = [sys.executable, "-m", "apify_camunda.feel", "--batch"]

    finished = subprocess.run(command, input=lines, capture_output=True, check=True)

    assert [json.loads(line)["ok"] for line in finished.stdout.splitlines()] == [False, False, True]
    assert finished.stderr == b""


def test_program_answers_line_by_line() -> None:
    """Who asks a second question after the first answer is not kept waiting, and may leave at any time."""
    command = [sys.executable, "-m", "apify_camunda.feel", "--batch"]
    pipe = subprocess.PIPE

    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe) as program:
        assert program.stdin is not None
        assert program.stdout is not None
        for n in range(2):
            program.stdin.write(f'{{"id": {n}, "expression": "{n}"}}\n'.encode())
            program.stdin.flush()
            assert json.loads(program.stdout.readline())["value"] == n
        program.stdout.close()
        program.stdin.write(b'{"id": 2, "expression": "2"}\n')
        program.stdin.close()
        assert program.wait(60) == -signal.SIGPIPE
        assert program.stderr is not None
        assert program.stderr.read() == b""


def test_usage(capsys: pytest.CaptureFixture[str]) -> None:
    """Without its option the program says how it is used."""
    assert main([]) == 2
    assert "--batch" in capsys.readouterr().err
