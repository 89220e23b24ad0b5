"""What an error expression asks for, and what it is shown."""

from __future__ import annotations

from datetime import timedelta

import pytest
from apify_camunda.camunda.model import CompleteJob, FailJob, ThrowBpmnError
from apify_camunda.errors import ApifyUnavailable, InvalidInput
from apify_camunda.json_types import Json, JsonObject
from apify_camunda.outbound.domain.error_expression import AsItIs, examine
from apify_camunda.outbound.domain.job_headers import JobHeaders
from apify_camunda.outbound.domain.job_outcome import OperationResult, outcome_of_error, outcome_of_result

ERROR: JsonObject = {"type": "T", "message": "No.", "code": "ACTOR_NOT_FOUND"}
ITEMS = OperationResult({"items": [1, 2]}, aliases={"data": [1, 2]})


def asked(expression: str | None, *, error: JsonObject | None = ERROR) -> object:
    value: Json = {"error": error} if error is not None else {"data": {"status": "SUCCEEDED"}}
    return examine(expression, value=value, error=error, retries=3)


@pytest.mark.parametrize(
    "expression",
    [
        None,
        "=null",
        "={}",
        "=error",
        "={error: error}",
        "=response.error",
        "=response",
        'if error.code = "ACTOR_NOT_FOUND" then null else error',
        'if error.code = "ANOTHER" then null else error',
        '={errorType: "bpmnError", errorCode: null}',
        "=nothingOfThisName",
    ],
)
def test_nothing_is_asked_for(expression: str | None) -> None:
    """No expression, null, an empty context and the error itself leave things as they are."""
    assert asked(expression) == AsItIs()


@pytest.mark.parametrize(
    ("expression", "outcome"),
    [
        ('=bpmnError(error.code, "m")', ThrowBpmnError("ACTOR_NOT_FOUND", "m", {})),
        ('={errorType: "bpmnError", errorCode: "C"}', ThrowBpmnError("C", None, {})),
        ("=ignoreError({a: error.code})", CompleteJob({"a": "ACTOR_NOT_FOUND"})),
        (
            '=jobError("m", {}, job.retries - 1)',
            FailJob(2, "m | Error variables: {error=m}", timedelta(), {"error": "m"}),
        ),
        (
            '=jobError("m", {}, -5)',
            FailJob(0, "m | Error variables: {error=m}", timedelta(), {"error": "m"}),
        ),
        (
            '={errorType: "jobError", errorMessage: "m", retries: 1, retryBackoff: "PT5S"}',
            FailJob(1, "m | Error variables: {error=m}", timedelta(seconds=5), {"error": "m"}),
        ),
    ],
)
def test_what_is_asked_for(expression: str, outcome: object) -> None:
    """The three functions, and contexts written by hand in their shape, say what to report."""
    assert asked(expression) == outcome


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("=1", "must return a JSON object"),
        ('="error"', "must return a JSON object"),
        ('={errorType: "escalation"}', "must return null, the error itself"),
        ("={code: error.code}", "must return null, the error itself"),
        ("=bpmnError(404)", "must be a String"),
        ("=if then", "failed"),
        ('={errorType: "jobError", errorMessage: "m", retryBackoff: "soon"}', "must be a duration"),
        ('=ignoreError({a: "camunda.function.type"})', "forbidden"),
    ],
)
def test_what_means_nothing_is_refused(expression: str, reason: str) -> None:
    """An unknown kind of result is refused with the kinds that are valid."""
    with pytest.raises(InvalidInput, match=reason):
        asked(expression)


def test_success_has_no_error() -> None:
    """On success `error` is null, so that the documented example completes the job."""
    assert asked('if error.code = "ACTOR_NOT_FOUND" then null else error', error=None) == AsItIs()
    assert asked('=if data.status = "SUCCEEDED" then ignoreError() else null', error=None) == CompleteJob({})


@pytest.mark.parametrize(
    "expression", ["=count(response.items)", "=count(data)", "=count(response.data)", "=count(items)"]
)
def test_result_is_seen_under_both_names(expression: str) -> None:
    """Without output variables the error expression sees the result itself, aliases included."""
    counted = expression.removeprefix("=")
    headers = JobHeaders(error_expression=f'=if {counted} = 2 then bpmnError("SEEN", "") else null')
    assert outcome_of_result(ITEMS, headers, retries=3) == ThrowBpmnError("SEEN", "", {})


def test_failed_mapping_is_an_error_like_others() -> None:
    """A result that cannot be mapped reaches the error expression, which may still complete the job."""
    headers = JobHeaders(result_expression="=1", error_expression="=ignoreError({code: error.code})")
    outcome = outcome_of_result(ITEMS, headers, retries=3)
    assert outcome == CompleteJob({"code": "RESULT_EXPRESSION_FAILED"})


def test_longer_wait_wins() -> None:
    """Where Apify asks for more time than the model's back-off, it gets it."""
    error = ApifyUnavailable("Later.", retry_after=timedelta(minutes=2))
    outcome = outcome_of_error(error, JobHeaders(retry_backoff=timedelta(seconds=5)), retries=3)
    assert isinstance(outcome, FailJob)
    assert (outcome.retries, outcome.backoff) == (2, timedelta(minutes=2))


def test_both_faults_are_reported() -> None:
    """Where the error expression itself fails, the message says so and what the error was."""
    outcome = outcome_of_error(ApifyUnavailable("Away."), JobHeaders(error_expression="=if then"), retries=3)
    assert isinstance(outcome, FailJob)
    assert outcome.retries == 0
    assert "The error expression '=if then' failed: Expected a value" in outcome.message
    assert "Away." in outcome.message
