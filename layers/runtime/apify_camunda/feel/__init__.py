"""FEEL with the answers of Camunda's engine (feel-scala 1.22, Camunda 8.8 to 8.10). Standard library only.

    >>> from apify_camunda.feel import evaluate
    >>> evaluate("= sum(prices[item > 10]) * 2", {"prices": [5, 20, 30]}).value
    100

Evaluating never raises: it returns `Evaluated(value, failures)`, where the failures are the parts that failed
and became null, as in Camunda's engine, or `Failed(reason, failures, kind)`. Contexts are plain mappings of
JSON values; `datetime` values become FEEL's temporal values, and `to_python` turns them back.
"""

from __future__ import annotations

from apify_camunda.feel.budget import Budget, Limits
from apify_camunda.feel.engine import evaluate, evaluate_unary_tests, parse, parse_unary_tests
from apify_camunda.feel.failures import Failure, FailureKind, FeelSyntaxError
from apify_camunda.feel.results import Evaluated, Failed, FailedKind
from apify_camunda.feel.scope import Clock
from apify_camunda.feel.syntax import Expr
from apify_camunda.feel.values import Function, Value

__all__ = [
    "Budget",
    "Clock",
    "Evaluated",
    "Expr",
    "Failed",
    "FailedKind",
    "Failure",
    "FailureKind",
    "FeelSyntaxError",
    "Function",
    "Limits",
    "Value",
    "evaluate",
    "evaluate_unary_tests",
    "parse",
    "parse_unary_tests",
    "to_json",
    "to_json_value",
    "to_python",
]


def to_json(value: Value) -> str:
    """Return the JSON text that Camunda's connectors write for the value.

    Raises:
        ValueError: The value contains a range, which has no JSON.
    """
    from apify_camunda.feel import json_values  # noqa: PLC0415  loads json, which not every caller needs

    return json_values.to_json(value)


def to_json_value(value: Value) -> object:
    """Return the value as plain JSON data, for a variable.

    Raises:
        ValueError: The value contains a range, which has no JSON.
    """
    from apify_camunda.feel import json_values  # noqa: PLC0415  loads json, which not every caller needs

    return json_values.to_json_value(value)


def to_python(value: Value) -> object:
    """Return the value with `datetime` values for its dates, times and durations, where Python has them.

    Durations of years and months, and what lies beyond the years 1 to 9999, stay values of this package.
    """
    from apify_camunda.feel.temporal import python_values  # noqa: PLC0415  loads datetime and zoneinfo

    return python_values.to_python(value)
