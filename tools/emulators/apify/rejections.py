"""Apify's refusals: HTTP status, Apify's own error type, message; nothing here decides when to refuse.

Source: Apify's OpenAPI document, schema `ErrorType` and the examples of its `responses`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

MAX_BODY_BYTES = 9_437_184


class Rejection(Exception):
    """Apify says no; becomes `{"error": {"type", "message"[, "data"]}}`."""

    def __init__(
        self, status: int, error_type: str, message: str, data: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(f"{status} {error_type}: {message}")
        self.status = status
        self.error_type = error_type
        self.message = message
        self.data = data

    def body(self) -> dict[str, Any]:
        """Return the JSON that Apify answers with."""
        error: dict[str, Any] = {"type": self.error_type, "message": self.message}
        if self.data is not None:
            error["data"] = dict(self.data)
        return {"error": error}


def token_not_provided() -> Rejection:
    return Rejection(401, "token-not-provided", "Authentication token was not provided")


def unknown_token() -> Rejection:
    message = "User was not found or authentication token is not valid"
    return Rejection(401, "user-or-token-not-found", message)


def insufficient_permissions() -> Rejection:
    message = "Insufficient permissions for the resource. Make sure you're passing a correct API token."
    return Rejection(403, "insufficient-permissions", message)


def not_found(what: str) -> Rejection:
    return Rejection(404, "record-not-found", f"{what} was not found")


def page_not_found() -> Rejection:
    return Rejection(404, "page-not-found", "We have bad news: there is no API endpoint at this URL.")


def method_not_allowed(allowed: list[str]) -> Rejection:
    methods = ",".join(["OPTIONS", *allowed])
    message = f"This API end-point can only be accessed using the following HTTP methods: {methods}"
    return Rejection(405, "method-not-allowed", message)


def invalid_input(message: str) -> Rejection:
    return Rejection(400, "invalid-input", message)


def invalid_value(name: str, value: object, wanted: str) -> Rejection:
    return Rejection(400, "invalid-value", f'Invalid value "{value}" of parameter "{name}": {wanted}.')


def request_too_large(length: int) -> Rejection:
    message = f"The POST payload is too large (limit: {MAX_BODY_BYTES} bytes, actual length: {length} bytes)."
    return Rejection(413, "request-too-large", message)


def rate_limit_exceeded() -> Rejection:
    message = "You have exceeded the rate limit. Please try again later."
    return Rejection(429, "rate-limit-exceeded", message)
