"""Decides what a job's error expression asks for; it must not decide what happens where it asks for nothing.

The documented example `if error.code = "ACTOR_NOT_FOUND" then null else error` gives null or the error.
Both mean "as if there were no expression"; only `ignoreError()` completes a failed job.

Source: camunda/connectors, ConnectorResultHandler.examineErrorExpression
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeAlias, assert_never, cast

from apify_camunda.camunda.model import CompleteJob, FailJob, JobOutcome, ThrowBpmnError
from apify_camunda.errors import ErrorCode, InvalidInput
from apify_camunda.expressions.evaluation import CONDITION_LIMITS, failure_of
from apify_camunda.expressions.excerpts import excerpt
from apify_camunda.expressions.iso_duration import parse_iso_duration
from apify_camunda.expressions.result_mapping import check_variables
from apify_camunda.feel import Evaluated, Failed, evaluate, to_json_value
from apify_camunda.feel.connector_functions import CONNECTOR_FUNCTIONS
from apify_camunda.json_types import Json, JsonObject
from apify_camunda.outbound.domain.error_context import failure_message

EXPRESSION_FAILED = ErrorCode.ERROR_EXPRESSION_FAILED


@dataclass(frozen=True, slots=True)
class AsItIs:
    """The expression asks for nothing."""


Asked: TypeAlias = JobOutcome | AsItIs


def examine(expression: str | None, *, value: Json, error: JsonObject | None, retries: int) -> Asked:
    """Return what the expression asks for.

    Args:
        expression: FEEL; None asks for nothing.
        value: What `response` is, and whose fields stand at the top level.
        error: What `error` is, or None where the operation succeeded.
        retries: What `job.retries` is.

    Raises:
        InvalidInput: The expression fails, or its result means nothing.
    """
    if expression is None:
        return AsItIs()
    result = _evaluated(expression, value, retries)
    if result is None or result == {} or (error is not None and _is_the_error(result, error)):
        return AsItIs()
    if not isinstance(result, dict):
        raise InvalidInput(
            f"Error expression must return a JSON object, but got: {_shown(result)}", code=EXPRESSION_FAILED
        )
    return _outcome(result)


def _evaluated(expression: str, value: Json, retries: int) -> Json:
    scope: JsonObject = {**value} if isinstance(value, dict) else {}
    scope |= {"response": value, "job": {"retries": retries}}
    match evaluate(expression, scope, functions=CONNECTOR_FUNCTIONS, limits=CONDITION_LIMITS):
        case Failed() as failed:
            raise failure_of("error", expression, failed, code=EXPRESSION_FAILED, limits=CONDITION_LIMITS)
        case Evaluated(value=result):
            return cast(Json, to_json_value(result))
        case unknown:
            assert_never(unknown)


def _is_the_error(result: Json, error: JsonObject) -> bool:
    """Say whether the expression handed the error back: alone, or as the whole context has it."""
    return result in (error, {"error": error})


def _outcome(result: JsonObject) -> Asked:
    variables = result.get("variables")
    given: JsonObject = variables if isinstance(variables, dict) else {}
    check_variables(given)
    match result.get("errorType"):
        case "bpmnError":
            return _bpmn_error(result, given)
        case "jobError":
            return _job_error(result, given)
        case "ignoreError":
            return CompleteJob(given)
        case _:
            raise InvalidInput(
                "The error expression must return null, the error itself, or the result of bpmnError(), "
                f"jobError() or ignoreError(), but got: {_shown(result)}",
                code=EXPRESSION_FAILED,
            )


def _bpmn_error(result: JsonObject, variables: JsonObject) -> Asked:
    error_code, message = result.get("errorCode"), result.get("errorMessage")
    if error_code is None:
        return AsItIs()
    return ThrowBpmnError(
        error_code=str(error_code),
        message=None if message is None else str(message),
        variables=variables,
    )


def _job_error(result: JsonObject, variables: JsonObject) -> FailJob:
    message = result.get("errorMessage")
    retries = result.get("retries")
    shown: JsonObject = {**variables, "error": message}
    return FailJob(
        retries=max(int(retries), 0) if isinstance(retries, int | float) else 0,
        message=failure_message(str(message), shown),
        backoff=_backoff(result.get("retryBackoff")),
        variables=shown,
    )


def _backoff(value: Json) -> timedelta:
    if value is None:
        return timedelta()
    backoff = parse_iso_duration(str(value))
    if backoff is None:
        raise InvalidInput(
            f"The retryBackoff of jobError() must be a duration, but is: {_shown(value)}",
            code=EXPRESSION_FAILED,
        )
    return max(backoff, timedelta())


def _shown(value: Json) -> str:
    return excerpt(json.dumps(value, ensure_ascii=False), 1000)
