"""Evaluates an expression of a modeller to a JSON value, and says in the modeller's words what went wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from apify_camunda.contracts.excerpts import excerpt
from apify_camunda.contracts.json_types import Json
from apify_camunda.errors import InvalidInput
from apify_camunda.feel import (
    Evaluated,
    Failed,
    FeelSyntaxError,
    Limits,
    Value,
    evaluate,
    parse,
    to_json_value,
)

CONDITION_LIMITS = Limits(steps=100_000)
"""For what is asked of each event: conditions, keys, ids. At most about a second on a small Lambda.

A mapping over ten thousand items takes about as many steps; no condition needs that.
"""
RESULT_LIMITS = Limits(steps=300_000)
"""For results, which may map whole datasets. At most some seconds on a small Lambda; its other jobs wait."""


@dataclass(frozen=True, slots=True)
class JsonResult:
    """A value of FEEL and what it is as JSON."""

    value: Value
    json: Json


def evaluate_to_json(
    what: str,
    expression: str,
    context: Mapping[str, Any],
    *,
    code: str | None = None,
    limits: Limits = CONDITION_LIMITS,
) -> JsonResult:
    """Return the expression's value.

    Args:
        what: Names the expression in messages, for example "correlation key".
        expression: FEEL, with or without a leading `=`.
        context: What it sees.
        code: The error's code, or None for INVALID_INPUT.
        limits: What it may use; more is a failure.

    Raises:
        InvalidInput: The evaluation failed, or its value has no JSON.
    """
    match evaluate(expression, context, budget=limits):
        case Failed(reason=reason):
            raise InvalidInput(
                f"The {what} expression '{excerpt(expression, 300)}' failed: {reason}", code=code
            )
        case Evaluated(value=value):
            try:
                return JsonResult(value, cast("Json", to_json_value(value)))
            except ValueError as error:
                raise InvalidInput(
                    f"The {what} expression '{excerpt(expression, 300)}' failed: {error}", code=code
                ) from error


def check_syntax(what: str, expression: str, *, code: str) -> None:
    """Refuse what is no expression, before anything is done whose result it would need.

    Raises:
        InvalidInput: It is none.
    """
    try:
        parse(expression)
    except FeelSyntaxError as error:
        message = f"The {what} expression '{excerpt(expression, 300)}' failed: {error}"
        raise InvalidInput(message, code=code) from error
