"""How a process and Operate show an error."""

from __future__ import annotations

import pytest
from apify_camunda.errors import ApifyUnavailable, ConnectorError, ErrorCode, InvalidInput, PermanentError
from apify_camunda.json_types import Json, JsonObject
from apify_camunda.outbound.domain.error_context import error_context, java_text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"error": {"code": "X", "n": 1}}, "{error={code=X, n=1}}"),
        ([1, None, True, "a", 1.5], "[1, null, true, a, 1.5]"),
        ({}, "{}"),
    ],
)
def test_variables_are_shown_as_java_does(value: Json, text: str) -> None:
    """Operate shows error variables as people know them from Java."""
    assert java_text(value) == text


@pytest.mark.parametrize(
    ("error", "shown"),
    [
        (
            InvalidInput("No."),
            {
                "type": "io.camunda.connector.api.error.ConnectorInputException",
                "message": "No.",
                "code": "INVALID_INPUT",
            },
        ),
        (
            PermanentError("No.", code=ErrorCode.RUN_FAILED, variables={"runId": "r1"}),
            {
                "type": "io.camunda.connector.api.error.ConnectorInputException",
                "message": "No.",
                "code": "RUN_FAILED",
                "variables": {"runId": "r1"},
            },
        ),
        (
            ApifyUnavailable("Later."),
            {"type": "java.lang.RuntimeException", "message": "Later.", "code": "APIFY_UNAVAILABLE"},
        ),
    ],
)
def test_errors_have_a_code(error: ConnectorError, shown: JsonObject) -> None:
    """An expression sees type, message, code, and variables where there are any."""
    assert error_context(error) == shown
