"""Decides how an outcome is written down, so that it can be reported again word for word."""

from __future__ import annotations

from datetime import timedelta
from typing import assert_never, cast

from apify_camunda.camunda.model import CompleteJob, FailJob, JobOutcome, ThrowBpmnError
from apify_camunda.json_types import JsonObject


def to_stored(outcome: JobOutcome) -> JsonObject:
    """Return the outcome as JSON."""
    match outcome:
        case CompleteJob(variables=variables):
            return {"kind": "complete", "variables": variables}
        case FailJob():
            return {
                "kind": "fail",
                "retries": outcome.retries,
                "message": outcome.message,
                "backoffMs": outcome.backoff // timedelta(milliseconds=1),
                "variables": outcome.variables,
            }
        case ThrowBpmnError():
            return {
                "kind": "bpmnError",
                "errorCode": outcome.error_code,
                "message": outcome.message,
                "variables": outcome.variables,
            }
        case _:
            assert_never(outcome)


def from_stored(stored: JsonObject) -> JobOutcome:
    """Return the outcome that `to_stored` wrote.

    Raises:
        ValueError: It was written by a version that knew more kinds.
    """
    variables = cast(JsonObject, stored["variables"])
    match stored:
        case {"kind": "complete"}:
            return CompleteJob(variables)
        case {"kind": "fail", "retries": int(retries), "message": str(message), "backoffMs": int(backoff_ms)}:
            return FailJob(retries, message, timedelta(milliseconds=backoff_ms), variables)
        case {"kind": "bpmnError", "errorCode": str(error_code), "message": str() | None as text}:
            return ThrowBpmnError(error_code, text, variables)
        case _:
            raise ValueError(f"unknown kind of outcome: {stored.get('kind')!r}")
