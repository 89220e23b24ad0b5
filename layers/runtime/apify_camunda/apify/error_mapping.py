"""Translates Apify's refusals into errors of ours, by Apify's own name of the error and only then by status.

Source: https://docs.apify.com/api/v2#errors, and the schema `ErrorType` of Apify's OpenAPI document
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from apify_camunda.errors import ApifyRejected, ApifyUnavailable, ErrorCode
from apify_camunda.expressions.excerpts import excerpt

_CODES: Final[Mapping[str, ErrorCode]] = {
    "token-not-provided": ErrorCode.UNAUTHORIZED,
    "user-or-token-not-found": ErrorCode.UNAUTHORIZED,
    "invalid-token": ErrorCode.UNAUTHORIZED,
    "insufficient-permissions": ErrorCode.FORBIDDEN,
    "full-permission-actor-not-approved": ErrorCode.PERMISSION_APPROVAL_REQUIRED,
    "actor-not-found": ErrorCode.ACTOR_NOT_FOUND,
    "build-not-found": ErrorCode.BUILD_NOT_FOUND,
    "unknown-build-tag": ErrorCode.BUILD_NOT_FOUND,
    "invalid-build": ErrorCode.BUILD_NOT_FOUND,
    "default-dataset-not-found": ErrorCode.DATASET_NOT_FOUND,
    "request-too-large": ErrorCode.PAYLOAD_TOO_LARGE,
    "record-too-large": ErrorCode.PAYLOAD_TOO_LARGE,
    "input-json-too-long": ErrorCode.PAYLOAD_TOO_LARGE,
    "too-many-webhooks": ErrorCode.WEBHOOK_REFUSED,
    "not-enough-usage-to-run-paid-actor": ErrorCode.PAYMENT_REQUIRED,
    "monthly-usage-limit-too-low": ErrorCode.PAYMENT_REQUIRED,
    "apify-plan-required-to-use-paid-actor": ErrorCode.PAYMENT_REQUIRED,
    "actor-is-not-rented": ErrorCode.PAYMENT_REQUIRED,
    "no-payment-method-available": ErrorCode.PAYMENT_REQUIRED,
    "x402-payment-required": ErrorCode.PAYMENT_REQUIRED,
    "max-total-charge-usd-below-minimum": ErrorCode.INVALID_INPUT,
}
_NOT_NOW: Final[Mapping[str, ErrorCode]] = {
    "actor-memory-limit-exceeded": ErrorCode.MEMORY_LIMIT_EXCEEDED,
    "concurrent-runs-limit-exceeded": ErrorCode.CONCURRENT_RUNS_LIMIT_EXCEEDED,
    "rate-limit-exceeded": ErrorCode.RATE_LIMITED,
    "too-many-requests": ErrorCode.RATE_LIMITED,
    "query-timeout": ErrorCode.APIFY_UNAVAILABLE,
    "operation-timed-out": ErrorCode.APIFY_UNAVAILABLE,
}
_CODES_OF_STATUS: Final[Mapping[int, ErrorCode]] = {
    401: ErrorCode.UNAUTHORIZED,
    402: ErrorCode.PAYMENT_REQUIRED,
    403: ErrorCode.FORBIDDEN,
    413: ErrorCode.PAYLOAD_TOO_LARGE,
}
_INPUT_TYPES: Final = ("invalid-input", "run-input-body-not-valid-json", "input-json-not-object")
_SNIPPET: Final = 300
_INPUT_FIELDS: Final = {
    ErrorCode.ACTOR_NOT_FOUND: '"Input" ("Input Body" in Apify\'s own template)',
    ErrorCode.TASK_NOT_FOUND: '"Input override" ("Input Body" in Apify\'s own template)',
}
"""How the element templates name the field that holds the input, of an Actor and of a task."""
_RENEWAL: Final = (
    "Copy a valid token from Apify Console (Settings, API & Integrations) into the secret that the field "
    "'Apify API token' names; then resolve the incident, or wait for the next try"
)
_STORE: Final = re.compile(r"\bstore was not found", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request was about, so that its refusal can say so.

    Attributes:
        missing: The code where Apify does not know what is asked for.
        actor: The Actor or task that a start was for, as the modeller wrote it, or None.
    """

    missing: ErrorCode
    actor: str | None = None


def refusal(
    status: int, body: bytes, asked: Asked, *, retry_after: timedelta | None, has_effect: bool
) -> ApifyRejected | ApifyUnavailable:
    """Return the error that an answer of 400 or more means.

    Args:
        status: The HTTP status.
        body: What came with it.
        asked: What the request was about.
        retry_after: When Apify asked us to come again, or None.
        has_effect: The request changes something at Apify, so that a 5xx leaves open whether it did.
    """
    error = _error_of(body)
    error_type = _text(error.get("type"))
    message = _message(status, error_type, error, body)
    if error_type is not None and error_type in _NOT_NOW:
        return ApifyUnavailable(message, code=_NOT_NOW[error_type], retry_after=retry_after)
    if status == 429:
        return ApifyUnavailable(message, code=ErrorCode.RATE_LIMITED, retry_after=retry_after)
    if status >= 500 or status == 408:
        return ApifyUnavailable(message, retry_after=retry_after, outcome_unknown=has_effect)
    if error_type in _INPUT_TYPES and asked.actor is not None:
        message = _input_message(asked, error)
    return ApifyRejected(
        message,
        code=_code(status, error_type, _text(error.get("message")), asked),
        status=status,
        error_type=error_type,
        variables=_approval(error),
    )


def _code(status: int, error_type: str | None, said: str | None, asked: Asked) -> ErrorCode:
    if error_type is not None and error_type in _CODES:
        return _CODES[error_type]
    if status == 404 and asked.missing is ErrorCode.RECORD_NOT_FOUND and _STORE.search(said or ""):
        return ErrorCode.STORE_NOT_FOUND  # Apify's name of the error is the same
    if status == 404:
        return asked.missing
    if status == 400 and asked.actor is not None and _is_about_webhooks(error_type, said, asked.actor):
        return ErrorCode.WEBHOOK_REFUSED
    return _CODES_OF_STATUS.get(status, ErrorCode.INVALID_INPUT)


def _is_about_webhooks(error_type: str | None, said: str | None, actor: str) -> bool:
    """Say whether a start was refused for its webhooks: Apify has many names for that.

    An Actor's input may speak of webhooks too, and so may an Actor's name.
    """
    if error_type in _INPUT_TYPES:
        return False
    names = {actor, actor.replace("~", "/"), actor.replace("/", "~"), *re.split("[~/]", actor)}
    text = f"{error_type or ''} {said or ''}".lower()
    for name in sorted(filter(None, names), key=len, reverse=True):
        text = text.replace(name.lower(), "")
    return "webhook" in text


def _error_of(body: bytes) -> Mapping[str, Any]:
    try:
        parsed = json.loads(body)
    except ValueError:
        return {}
    error = parsed.get("error") if isinstance(parsed, dict) else None
    return error if isinstance(error, dict) else {}


def _message(status: int, error_type: str | None, error: Mapping[str, Any], body: bytes) -> str:
    named = f"{status} {error_type}" if error_type else str(status)
    said = _text(error.get("message")) or excerpt(body.decode(errors="replace").strip(), _SNIPPET)
    approval = _approval(error)
    hint = f" Approve it at {approval['approvalUrl']}" if approval else ""
    if status == 401:
        hint = f". {_RENEWAL}"
    return f"Apify API error ({named})" + (f": {said}" if said else "") + hint


def _input_message(asked: Asked, error: Mapping[str, Any]) -> str:
    said = (_text(error.get("message")) or "invalid input").rstrip(".")
    what = "task" if asked.missing is ErrorCode.TASK_NOT_FOUND else "Actor"
    field = _INPUT_FIELDS.get(asked.missing, '"Input"')
    return (
        f'The {what} "{asked.actor}" rejected the input: {said}. Correct the field {field}; the input schema '
        "of the Actor says what it takes."
    )


def _approval(error: Mapping[str, Any]) -> dict[str, str]:
    details = error.get("data")
    url = _text(details.get("approvalUrl")) if isinstance(details, dict) else None
    return {"approvalUrl": url} if url else {}


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
