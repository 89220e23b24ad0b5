"""The functions that connectors add for error and result expressions."""

from __future__ import annotations

import json
from typing import Any

import pytest
from apify_camunda.feel import Evaluated, Failed, evaluate, to_json
from apify_camunda.feel.connector_functions import CONNECTOR_FUNCTIONS


class Chance:
    def __init__(self, number: float) -> None:
        self.number = number

    def now_ns(self) -> int:
        return 0

    def zone(self) -> str:
        return "Z"

    def random(self) -> float:
        return self.number

    def uuid(self) -> str:
        return ""


def written(text: str, chance: float = 0.5) -> Any:
    result = evaluate(text, {}, functions=CONNECTOR_FUNCTIONS, clock=Chance(chance))
    assert isinstance(result, Evaluated), result
    return json.loads(to_json(result.value))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('bpmnError("c")', {"errorType": "bpmnError", "errorCode": "c"}),
        ('bpmnError("c", "m")', {"errorType": "bpmnError", "errorCode": "c", "errorMessage": "m"}),
        (
            'bpmnError(errorMessage: "m", errorCode: "c", variables: {a: 1})',
            {"errorType": "bpmnError", "errorCode": "c", "errorMessage": "m", "variables": {"a": 1}},
        ),
        (
            'jobError("m")',
            {
                "errorType": "jobError",
                "errorMessage": "m",
                "variables": {},
                "retries": 0,
                "retryBackoff": "PT0S",
            },
        ),
        (
            'jobError("m", {a: 1}, 3, @"PT90S")',
            {
                "errorType": "jobError",
                "errorMessage": "m",
                "variables": {"a": 1},
                "retries": 3,
                "retryBackoff": "PT1M30S",
            },
        ),
        ("ignoreError()", {"errorType": "ignoreError"}),
        ("ignoreError({a: 1})", {"errorType": "ignoreError", "variables": {"a": 1}}),
    ],
)
def test_errors(text: str, expected: Any) -> None:
    """Each function gives a context that says what the connector is to do."""
    assert written(text) == expected


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ('bpmnError(404, "x")', "Parameter 'errorCode' of function 'bpmnError' must be a String"),
        ('bpmnError("c", "m", 1)', "Parameter 'variables' of function 'bpmnError' must be a Context"),
        ("jobError(null)", "errorMessage"),
        ('jobError("m", {}, "3")', "retries"),
        ('jobError("m", {}, 3, @"P1Y")', "retryBackoff"),
        ('ignoreError("x")', "variables"),
        ("get or else(bpmnError(1), 2)", "errorCode"),
        ("backoff(0)", "'attempt' must be >= 1"),
        ('backoff(1, @"PT1S", 0)', "'factor' must be > 0"),
        ('backoff(1, @"PT10S", 2, @"PT1S")', "minDelay"),
        ('backoff(1, @"PT1S", 2, @"PT1M", -1)', "jitterFactor"),
    ],
)
def test_wrong_arguments(text: str, part: str) -> None:
    """An argument of the wrong type or out of bounds ends the evaluation, also inside of other calls."""
    result = evaluate(text, {}, functions=CONNECTOR_FUNCTIONS)

    assert isinstance(result, Failed)
    assert part in result.reason


@pytest.mark.parametrize(
    ("text", "chance", "expected"),
    [
        ("backoff(1)", 0.5, "PT0.05S"),
        ("backoff(1)", 0.0, "PT0.045S"),
        ('backoff(3, @"PT1S", 2, @"PT1M", 0)', 0.9, "PT4S"),
        ('backoff(100000, @"PT1S", 2, @"PT1M", 0)', 0.5, "PT1M"),
        (
            'backoff(attempt: 2, minDelay: @"PT1S", factor: 3, maxDelay: @"PT5S", jitterFactor: 0)',
            0.5,
            "PT3S",
        ),
    ],
)
def test_backoff(text: str, chance: float, expected: str) -> None:
    """The delay grows by a factor with each attempt, up to a bound, and chance moves it a little."""
    assert written(text, chance) == expected


def test_not_without_the_library() -> None:
    """The functions are there only where they are given."""
    result = evaluate('bpmnError("c", "m")', {})

    assert isinstance(result, Evaluated)
    assert result.value is None
    assert [failure.kind for failure in result.failures] == ["NO_FUNCTION_FOUND"]
