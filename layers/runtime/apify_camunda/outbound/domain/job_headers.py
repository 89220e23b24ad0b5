"""Decides what the headers of a job mean; it must not touch the job itself.

Source: https://docs.camunda.io/docs/components/connectors/use-connectors/outbound/
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from apify_camunda.errors import ErrorCode, InvalidInput
from apify_camunda.expressions.evaluation import check_syntax
from apify_camunda.expressions.iso_duration import parse_iso_duration
from apify_camunda.expressions.result_mapping import RESULT_EXPRESSION_FAILED
from apify_camunda.outbound.domain.error_expression import EXPRESSION_FAILED


@dataclass(frozen=True, slots=True)
class JobHeaders:
    """The headers of a connector; blank ones are None.

    Attributes:
        retry_backoff: How long the engine waits before it hands a failed job out again.
        job_timeout: How long this job may be worked on before the engine hands it out again, or None.
    """

    result_variable: str | None = None
    result_expression: str | None = None
    error_expression: str | None = None
    retry_backoff: timedelta = timedelta()
    job_timeout: timedelta | None = None


def read_headers(headers: Mapping[str, str]) -> JobHeaders:
    """Return what the headers say.

    Raises:
        InvalidInput: `retryBackoff` or `jobTimeout` is no duration that can be meant, or an expression none.
    """
    return JobHeaders(
        result_variable=_text(headers, "resultVariable"),
        result_expression=_expression(headers, "result", RESULT_EXPRESSION_FAILED),
        error_expression=_expression(headers, "error", EXPRESSION_FAILED),
        retry_backoff=_retry_backoff(headers),
        job_timeout=_job_timeout(headers),
    )


def lenient_headers(headers: Mapping[str, str]) -> JobHeaders:
    """Return what the headers say of the outcome where their durations cannot be read."""
    return JobHeaders(error_expression=_text(headers, "errorExpression"))


def _text(headers: Mapping[str, str], name: str) -> str | None:
    value = headers.get(name)
    return value.strip() if value is not None and value.strip() else None


def _expression(headers: Mapping[str, str], what: str, code: ErrorCode) -> str | None:
    expression = _text(headers, f"{what}Expression")
    if expression is not None:
        check_syntax(what, expression, code=code)
    return expression


def _retry_backoff(headers: Mapping[str, str]) -> timedelta:
    text = _text(headers, "retryBackoff")
    if text is None:
        return timedelta()
    backoff = parse_iso_duration(text)
    if backoff is None:
        raise InvalidInput(
            f"Failed to parse retry backoff header. Expected ISO-8601 duration, e.g. PT5M, got: {text}"
        )
    return max(backoff, timedelta())


def _job_timeout(headers: Mapping[str, str]) -> timedelta | None:
    text = _text(headers, "jobTimeout")
    if text is None:
        return None
    timeout = parse_iso_duration(text)
    if timeout is None or timeout <= timedelta():
        raise InvalidInput(
            "Failed to parse job timeout header. Expected a positive ISO-8601 duration, e.g. PT5M, "
            f"got: {text}"
        )
    return timeout
