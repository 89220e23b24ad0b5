"""Decides what a job is reported as: completed, failed or with a BPMN error; it reports nothing itself.

Source: camunda/connectors, SpringConnectorJobHandler and OutboundConnectorExceptionHandler
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import assert_never, cast

from apify_camunda.camunda.model import CompleteJob, FailJob, JobOutcome, ThrowBpmnError
from apify_camunda.errors import ConnectorError, ErrorCode, InvalidInput, TransientError
from apify_camunda.expressions.masking import mask_json, mask_text
from apify_camunda.expressions.result_mapping import RESULT_EXPRESSION_FAILED, RESULT_TOO_LARGE, map_result
from apify_camunda.json_types import JsonObject
from apify_camunda.outbound.domain import error_expression, retry_policy
from apify_camunda.outbound.domain.documents import DocumentOffer
from apify_camunda.outbound.domain.error_context import MAX_MESSAGE, error_context
from apify_camunda.outbound.domain.job_headers import JobHeaders

_MAPPING_FAILURES = (
    RESULT_EXPRESSION_FAILED,
    RESULT_TOO_LARGE,
    ErrorCode.EXPRESSION_TOO_LARGE,
    error_expression.EXPRESSION_FAILED,
    ErrorCode.DOCUMENT_STORE_MISSING,
    ErrorCode.DOCUMENT_REFUSED,
)


@dataclass(frozen=True, slots=True)
class OperationResult:
    """What an operation gives to the process.

    Attributes:
        response: What is stored, in the reference's shape.
        aliases: Names that expressions see beside the response's own; never stored.
        offer: What of it can be stored as a document; None: nothing, or not asked for.
        as_document: Returns the result with the reference of that document in place of the content.
    """

    response: JsonObject
    aliases: JsonObject = field(default_factory=dict)
    offer: DocumentOffer | None = None
    as_document: Callable[[JsonObject], OperationResult] | None = None

    @property
    def scope(self) -> JsonObject:
        """Return what the result expression sees."""
        whole: JsonObject = {**self.aliases, **self.response}
        return {**whole, "response": whole}


def outcome_of_result(
    result: OperationResult, headers: JobHeaders, *, retries: int, secrets: Collection[str] = ()
) -> JobOutcome:
    """Return what the job is reported as after its operation succeeded.

    Args:
        result: What the operation gave.
        headers: How it is mapped.
        retries: What the job came with.
        secrets: Values that must not leave us.
    """
    try:
        variables = variables_of(result, headers)
    except InvalidInput as error:
        return outcome_of_error(error, headers, retries=retries, secrets=secrets)
    return outcome_of_variables(variables, result, headers, retries=retries, secrets=secrets)


def variables_of(result: OperationResult, headers: JobHeaders) -> JsonObject:
    """Return the variables that the result becomes.

    Raises:
        InvalidInput: The mapping fails, or its variables cannot be sent (RESULT_TOO_LARGE among others).
    """
    return map_result(
        result.response,
        scope=result.scope,
        result_variable=headers.result_variable,
        result_expression=headers.result_expression,
    )


def outcome_of_variables(
    variables: JsonObject,
    result: OperationResult,
    headers: JobHeaders,
    *,
    retries: int,
    secrets: Collection[str] = (),
) -> JobOutcome:
    """Return what the job is reported as whose result became these variables."""
    seen: JsonObject = variables or {**result.aliases, **result.response}
    try:
        asked = error_expression.examine(headers.error_expression, value=seen, error=None, retries=retries)
    except InvalidInput as error:
        return _failure(error, headers, retries=0, secrets=secrets)
    outcome = CompleteJob(variables) if isinstance(asked, error_expression.AsItIs) else asked
    return masked(outcome, secrets)


def outcome_of_error(
    error: ConnectorError, headers: JobHeaders, *, retries: int, secrets: Collection[str] = ()
) -> JobOutcome:
    """Return what the job is reported as after its operation failed.

    Args:
        error: What went wrong.
        headers: Whether an error expression has a say, and the back-off.
        retries: What the job came with.
        secrets: Values that must not leave us; an expression does not see them either.
    """
    shown = _shown(error, secrets)
    try:
        asked = error_expression.examine(
            headers.error_expression, value={"error": shown}, error=shown, retries=retries
        )
    except InvalidInput as second:
        both = InvalidInput(f"{second.message} (the error was: {error.message})", code=second.code)
        return _failure(both, headers, retries=0, secrets=secrets)
    if not isinstance(asked, error_expression.AsItIs):
        return masked(asked, secrets)
    return _failure(error, headers, retries=retry_policy.retries_after(error, retries), secrets=secrets)


def is_about_the_mapping(outcome: JobOutcome) -> bool:
    """Say whether a job failed for what its model makes of a result: the result itself is as good as ever."""
    error = outcome.variables.get("error") if isinstance(outcome, FailJob) else None
    return isinstance(error, dict) and error.get("code") in _MAPPING_FAILURES


def masked(outcome: JobOutcome, secrets: Collection[str]) -> JobOutcome:
    """Return the outcome without secrets, its texts cut after that to what the engine takes."""
    variables = cast(JsonObject, mask_json(outcome.variables, secrets))
    match outcome:
        case CompleteJob():
            return CompleteJob(variables)
        case FailJob():
            return replace(outcome, message=_cut(mask_text(outcome.message, secrets)), variables=variables)
        case ThrowBpmnError(message=message):
            text = None if message is None else _cut(mask_text(message, secrets))
            return replace(outcome, message=text, variables=variables)
        case _:
            assert_never(outcome)


def _failure(
    error: ConnectorError, headers: JobHeaders, *, retries: int, secrets: Collection[str]
) -> JobOutcome:
    variables: JsonObject = {"error": _shown(error, secrets)}
    backoff = headers.retry_backoff
    asked_for = error.retry_after if isinstance(error, TransientError) else None
    failed = FailJob(
        retries=retries,
        message=f"{error.message} [{error.code}]",
        backoff=max(backoff, asked_for or timedelta()) if retries else backoff,
        variables=variables,
    )
    return masked(failed, secrets)


def _shown(error: ConnectorError, secrets: Collection[str]) -> JsonObject:
    """Return what a process sees of an error."""
    shown = cast(JsonObject, mask_json(error_context(error), secrets))
    return {**shown, "message": _cut(mask_text(error.message, secrets))}


def _cut(text: str) -> str:
    return text[:MAX_MESSAGE]
