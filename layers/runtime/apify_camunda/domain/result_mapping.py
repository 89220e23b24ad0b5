"""Decides which process variables a result becomes; it must not change or send anything."""

from __future__ import annotations

import json
from typing import Final

from apify_camunda.contracts.excerpts import excerpt
from apify_camunda.contracts.json_types import Json, JsonObject
from apify_camunda.domain.expression import RESULT_LIMITS, evaluate_to_json
from apify_camunda.errors import InvalidInput

MAX_VARIABLES_BYTES: Final = 1_572_864
"""1.5 MiB of JSON: what Camunda's own runtime sends at most; the engine itself refuses 4 MB."""
_FORBIDDEN = "camunda.function.type"
RESULT_EXPRESSION_FAILED: Final = "RESULT_EXPRESSION_FAILED"
RESULT_TOO_LARGE: Final = "RESULT_TOO_LARGE"


def map_result(
    result: Json, *, scope: JsonObject, result_variable: str | None, result_expression: str | None
) -> JsonObject:
    """Return the variables that a result becomes: the whole in one, the expression's entries over it.

    Args:
        result: What the result variable gets.
        scope: What the result expression sees.
        result_variable: A blank one is none.
        result_expression: FEEL; a blank one is none.

    Raises:
        InvalidInput: The expression fails or gives no object, or the variables cannot be sent.

    Source: https://docs.camunda.io/docs/components/connectors/use-connectors/#variableresponse-mapping
    """
    variables: JsonObject = {}
    if result_variable and result_variable.strip():
        variables[result_variable.strip()] = result
    if result_expression and result_expression.strip():
        variables |= _entries(result_expression, scope)
    check_variables(variables)
    return variables


def check_variables(variables: JsonObject) -> None:
    """Refuse variables that the engine would refuse, or that would pass for Camunda's own functions.

    Raises:
        InvalidInput: They are too large, or hold the forbidden literal.
    """
    text = json.dumps(variables, ensure_ascii=False, separators=(",", ":"))
    if _FORBIDDEN in text:
        raise InvalidInput(f"The variables contain the forbidden literal '{_FORBIDDEN}'.")
    size_bytes = len(text.encode(errors="surrogatepass"))
    if size_bytes > MAX_VARIABLES_BYTES:
        raise InvalidInput(
            f"The variables have {size_bytes:,} bytes of JSON; at most {MAX_VARIABLES_BYTES:,} can be sent. "
            "Pick what the process needs with a result expression, and leave the result variable empty.",
            code=RESULT_TOO_LARGE,
        )


def _entries(expression: str, scope: JsonObject) -> JsonObject:
    entries = evaluate_to_json(
        "result", expression, scope, code=RESULT_EXPRESSION_FAILED, limits=RESULT_LIMITS
    ).json
    if entries is None:
        return {}
    if not isinstance(entries, dict):
        raise InvalidInput(
            f"The result expression must return a JSON object, but got {_json_type(entries)}. "
            f"Evaluated value: {excerpt(json.dumps(entries, ensure_ascii=False), 1000)}",
            code=RESULT_EXPRESSION_FAILED,
        )
    return entries


def _json_type(value: Json) -> str:
    match value:
        case bool():
            return "Boolean"
        case str():
            return "String"
        case int() | float():
            return "Number"
        case list():
            return "List"
        case _:
            return "null"
