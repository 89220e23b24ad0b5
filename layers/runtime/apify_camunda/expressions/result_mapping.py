"""Decides which process variables a result becomes; it must not change or send anything."""

from __future__ import annotations

import json
from typing import Final, assert_never, cast

from apify_camunda.errors import ErrorCode, InvalidInput
from apify_camunda.expressions.evaluation import RESULT_LIMITS, failure_of, share_of
from apify_camunda.expressions.excerpts import excerpt
from apify_camunda.feel import Budget, Evaluated, Failed, Limits, evaluate, to_json_value
from apify_camunda.json_types import Json, JsonObject

MAX_VARIABLES_BYTES: Final = 1_572_864
"""1.5 MiB of JSON: what Camunda's own runtime sends at most.

The engine takes some 2 MB of a start or a completion. Of a message it takes 4 MB divided by its copies of it,
which depend on who gets the message (docs/engine-differences.md), so that it refuses them itself.
"""
_MAY_NOT_FIT_BYTES: Final = 256 * 1024
"""A message of this size fills the engine's 4 MB where seven processes take it."""
_WAY_OUT: Final = "Pick what the process needs with a result expression, and leave the result variable empty."
_FORBIDDEN = "camunda.function.type"
RESULT_EXPRESSION_FAILED: Final = ErrorCode.RESULT_EXPRESSION_FAILED
RESULT_TOO_LARGE: Final = ErrorCode.RESULT_TOO_LARGE


def map_result(
    result: Json,
    *,
    scope: JsonObject,
    result_variable: str | None,
    result_expression: str | None,
    limits: Limits = RESULT_LIMITS,
    budget: Budget | None = None,
) -> JsonObject:
    """Return the variables that a result becomes: the whole in one, the expression's entries over it.

    Args:
        result: What the result variable gets.
        scope: What the result expression sees.
        result_variable: A name; blank means no variable.
        result_expression: FEEL; blank means no expression.
        limits: What the expression may use.
        budget: What it may use together with the results of other elements; see `event_result_budget`.

    Raises:
        InvalidInput: The expression fails or gives no object, or the variables cannot be sent.

    Source: https://docs.camunda.io/docs/components/connectors/use-connectors/#variableresponse-mapping
    """
    variables: JsonObject = {}
    if result_variable and result_variable.strip():
        variables[result_variable.strip()] = result
    if result_expression and result_expression.strip():
        variables |= _entries(result_expression, scope, limits, budget)
    check_variables(variables)
    return variables


def check_variables(variables: JsonObject) -> None:
    """Refuse variables that the engine would refuse, or that would pass for Camunda's own functions.

    Raises:
        InvalidInput: They are too large, or hold the forbidden literal.
    """
    text = _json(variables)
    if _FORBIDDEN in text:
        raise InvalidInput(f"The variables contain the forbidden literal '{_FORBIDDEN}'.")
    size_bytes = _size_bytes(text)
    if size_bytes > MAX_VARIABLES_BYTES:
        raise _too_large(size_bytes)


def too_large_for_the_engine(variables: JsonObject, code: str) -> str | None:
    """Return what to tell a modeller whose variables the engine did not take; None: not for their size.

    The engine may say so, or only that it could not process a command, by the `code` of our error.
    """
    size_bytes = _size_bytes(_json(variables))
    is_too_large = code == ErrorCode.PAYLOAD_TOO_LARGE or (
        code == ErrorCode.ENGINE_PROCESSING_ERROR and size_bytes >= _MAY_NOT_FIT_BYTES
    )
    if not is_too_large:
        return None
    return (
        f"The variables have {size_bytes:,} bytes of JSON; Camunda could not take so many: it holds 4 MB of "
        f"a command, with copies for each process that gets a message. {_WAY_OUT}"
    )


def _too_large(size_bytes: int, about: str = "") -> InvalidInput:
    return InvalidInput(
        f"The variables have {about}{size_bytes:,} bytes of JSON; "
        f"at most {MAX_VARIABLES_BYTES:,} can be sent. {_WAY_OUT}",
        code=RESULT_TOO_LARGE,
    )


def _json(variables: JsonObject) -> str:
    return json.dumps(variables, ensure_ascii=False, separators=(",", ":"))


def _size_bytes(text: str) -> int:
    return len(text.encode(errors="surrogatepass"))


def _entries(expression: str, scope: JsonObject, limits: Limits, budget: Budget | None) -> JsonObject:
    share = share_of(budget, limits)
    match evaluate(expression, scope, limits=limits, budget=budget):
        case Failed(result_bytes=int(size_bytes)) if size_bytes > MAX_VARIABLES_BYTES:
            raise _too_large(size_bytes, about="about ")
        case Failed() as failed:
            raise failure_of(
                "result", expression, failed, code=RESULT_EXPRESSION_FAILED, share=share, limits=limits
            )
        case Evaluated(value=value):
            entries = cast("Json", to_json_value(value))
        case unknown:
            assert_never(unknown)
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
