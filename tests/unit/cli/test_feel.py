"""`apify-camunda feel`: what a person is shown of a result, of what became null, and of a fault."""

from __future__ import annotations

from pathlib import Path

import pytest
from apify_camunda_cli.__main__ import main


def test_result_is_printed_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    """
    The result goes to standard output as a connector would write it, with exit code 0.
    """
    assert (
        main(["feel", "= items[price > 10].name", "--context", '{"items": [{"price": 11, "name": "a"}]}'])
        == 0
    )

    assert capsys.readouterr().out == '["a"]\n'


def test_context_comes_from_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """
    The context may be a file's name.
    """
    path = tmp_path / "context.json"
    path.write_text('{"a": 0.1}')

    assert main(["feel", "a + 0.2", "--context", str(path)]) == 0

    assert capsys.readouterr().out == "0.3\n"


def test_what_became_null_is_reported(capsys: pytest.CaptureFixture[str]) -> None:
    """
    A missing variable is null, and a warning on standard error says so.
    """
    assert main(["feel", "missing"]) == 0

    told = capsys.readouterr()
    assert told.out == "null\n"
    assert "NO_VARIABLE_FOUND" in told.err
    assert "'missing'" in told.err


def test_syntax_error_shows_the_place(capsys: pytest.CaptureFixture[str]) -> None:
    """
    A syntax error shows the text with a caret under the place, and exit code 1.
    """
    assert main(["feel", "1 + * 2"]) == 1

    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.endswith("1 + * 2\n    ^\n")


def test_connector_functions_are_there(capsys: pytest.CaptureFixture[str]) -> None:
    """
    The functions that Camunda's connectors add are known.
    """
    assert main(["feel", 'bpmnError("code", "message").errorCode']) == 0

    assert capsys.readouterr().out == '"code"\n'


def test_unary_tests_take_an_input(capsys: pytest.CaptureFixture[str]) -> None:
    """
    With an input the expression is read as unary tests.
    """
    assert main(["feel", "[1..5]", "--unary-tests", "3"]) == 0

    assert capsys.readouterr().out == "true\n"
