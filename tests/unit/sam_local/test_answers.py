"""What is expected of the sample events, and that the README says the same."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from sam_local.answers import STEPS, AtLeast, Step, holds, readable

EVENTS = Path(__file__).parents[3] / "events"


def test_every_file_is_sent() -> None:
    """
    No file of events/ is left out.
    """
    assert {step.event for step in STEPS} == {path.stem for path in EVENTS.glob("*.json")}


def shown(step: Step) -> str:
    """Return how the README writes an answer."""
    answer = step.answer
    if "statusCode" in answer:
        return " ".join([str(answer["statusCode"]), *answer.get("body", {}).values()])
    parts = [
        f"{value.number} or more {key}" if isinstance(value, AtLeast) else f"{key}: {value}"
        for key, value in answer.items()
    ]
    return ", ".join(parts)


def test_readme_says_what_is_expected() -> None:
    """
    The table in events/README.md has a row for each step, in order, with its function and answer.
    """
    rows = re.findall(
        r"^\| `(\w+)\.json` \| `(\w+)` \| (.+?) \| (.+?) \|$",
        (EVENTS / "README.md").read_text(),
        re.MULTILINE,
    )

    assert rows == [(step.event, step.function, shown(step), step.what) for step in STEPS]


@pytest.mark.parametrize(
    ("output", "answer"),
    [
        (
            'log\n{"statusCode": 200, "body": "{\\"status\\": \\"ok\\"}"}\n',
            {"statusCode": 200, "body": {"status": "ok"}},
        ),
        ('{"statusCode": 401}', {"statusCode": 401}),
        ("no JSON", "no JSON"),
        ("", None),
    ],
)
def test_answer_is_the_last_line(output: str, answer: Any) -> None:
    """
    What SAM prints last is the answer.
    """
    assert readable(output) == answer


@pytest.mark.parametrize(
    ("answer", "wanted", "is_right"),
    [
        ({"a": 1, "b": {"c": 2, "d": 3}}, {"b": {"c": 2}}, True),
        ({"a": 1}, {"a": 2}, False),
        ({"a": 1}, {"b": None}, True),
        ("text", {"a": 1}, False),
        ({"jobs": 3}, {"jobs": AtLeast(2)}, True),
        ({"jobs": 1}, {"jobs": AtLeast(2)}, False),
        ({"jobs": "3"}, {"jobs": AtLeast(2)}, False),
    ],
)
def test_answer_holds_what_is_wanted(answer: Any, wanted: Any, *, is_right: bool) -> None:
    """
    An answer is right when it holds all that is wanted, among other things.
    """
    assert holds(answer, wanted) is is_right
