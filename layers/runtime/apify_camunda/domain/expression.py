"""Evaluates an expression of a modeller to a JSON value, and says in the modeller's words what went wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from apify_camunda.contracts.json_types import Json
from apify_camunda.errors import InvalidInput
from apify_camunda.feel import Evaluated, Failed, Value, evaluate, to_json_value


@dataclass(frozen=True, slots=True)
class JsonResult:
    """A value of FEEL and what it is as JSON."""

    value: Value
    json: Json


def evaluate_to_json(
    what: str, expression: str, context: Mapping[str, Any], *, code: str | None = None
) -> JsonResult:
    """Return the expression's value.

    Args:
        what: Names the expression in messages, for example "correlation key".
        expression: FEEL, with or without a leading `=`.
        context: What it sees.
        code: The error's code, or None for INVALID_INPUT.

    Raises:
        InvalidInput: The evaluation failed, or its value has no JSON.
    """
    match evaluate(expression, context):
        case Failed(reason=reason):
            raise InvalidInput(f"The {what} expression '{_cut(expression)}' failed: {reason}", code=code)
        case Evaluated(value=value):
            try:
                return JsonResult(value, cast("Json", to_json_value(value)))
            except ValueError as error:
                raise InvalidInput(
                    f"The {what} expression '{_cut(expression)}' failed: {error}", code=code
                ) from error


def _cut(expression: str) -> str:
    return expression if len(expression) <= 300 else expression[:300] + "..."
