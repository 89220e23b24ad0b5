"""Evaluates an expression for the page as Camunda would, and says where it fails."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from apify_camunda.feel import (
    Evaluated,
    Failed,
    FeelSyntaxError,
    evaluate,
    evaluate_unary_tests,
    parse,
    parse_unary_tests,
    to_json,
    to_json_value,
)
from apify_camunda.feel.connector_functions import CONNECTOR_FUNCTIONS

from live_page.errors import PageError

_LONGEST_LINE: Final = 120


def evaluated(expression: str, context: Any, *, is_unary: bool) -> dict[str, Any]:
    """Return value, failures and error of an expression.

    Args:
        expression: FEEL, with or without a leading `=`.
        context: What it sees, a JSON object; for unary tests their input, which may be any value.
        is_unary: Whether the expression is unary tests.

    Raises:
        PageError: The context is no object.
    """
    if not is_unary and not isinstance(context, Mapping):
        raise PageError(400, "context must be a JSON object: its fields are the variables.")
    variables = context if isinstance(context, Mapping) else {}
    if is_unary:
        result = evaluate_unary_tests(expression, context, variables, functions=CONNECTOR_FUNCTIONS)
    else:
        result = evaluate(expression, variables, functions=CONNECTOR_FUNCTIONS)
    failures = [str(each) for each in result.failures]
    match result:
        case Failed():
            return {**_nothing(failures), "error": _error(result, expression, is_unary=is_unary)}
        case Evaluated(value=value):
            try:
                text = to_json(value)
            except ValueError as error:
                return {**_nothing(failures), "error": _of_the_whole(str(error), expression)}
            plain = to_json_value(value)
            kind = _type_of(plain)
            return {
                "ok": True,
                "value": plain,
                "type": kind,
                "text": text,
                "failures": failures,
                "error": None,
            }


def _nothing(failures: list[str]) -> dict[str, Any]:
    return {"ok": False, "value": None, "type": "null", "text": "", "failures": failures}


def _error(failed: Failed, expression: str, *, is_unary: bool) -> dict[str, Any]:
    try:
        (parse_unary_tests if is_unary else parse)(expression)
    except FeelSyntaxError as error:
        first, *excerpt = str(error).splitlines()
        return {
            "message": first.removesuffix(":") + ".",
            "line": error.line,
            "column": error.column,
            "excerpt": "\n".join(excerpt),
        }
    return _of_the_whole(failed.reason, expression)


def _of_the_whole(message: str, expression: str) -> dict[str, Any]:
    """Return an error that has no place in the expression: its first line is marked."""
    first = expression.splitlines()[0][:_LONGEST_LINE] if expression.strip() else ""
    marks = "^" + "~" * (len(first) - 1)
    return {"message": message, "line": 1, "column": 1, "excerpt": f"{first}\n{marks}"}


def _type_of(value: Any) -> str:
    names: tuple[tuple[type | tuple[type, ...], str], ...] = (
        (type(None), "null"),
        (bool, "boolean"),
        (str, "string"),
        (list, "list"),
        (dict, "context"),
    )
    return next((name for kinds, name in names if isinstance(value, kinds)), "number")
