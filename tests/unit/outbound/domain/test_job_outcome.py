"""Small decisions about outcomes: masking, messages, retries, waiting, and how an outcome is written down."""

from __future__ import annotations

import pytest
from apify_camunda.camunda.model import FailJob
from apify_camunda.errors import InvalidInput
from apify_camunda.outbound.domain.error_context import MAX_MESSAGE, failure_message
from apify_camunda.outbound.domain.job_headers import JobHeaders
from apify_camunda.outbound.domain.job_outcome import outcome_of_error

LONG_SECRET = "0123456789" * 3


def test_messages_are_cut() -> None:
    """A message with its variables has at most 6,000 characters, and so has the one that a process sees."""
    failed = outcome_of_error(InvalidInput("y" * 9000), JobHeaders(), retries=3)
    assert isinstance(failed, FailJob)
    assert failed.message == "y" * MAX_MESSAGE
    assert failed.variables["error"]["message"] == "y" * MAX_MESSAGE  # type: ignore[call-overload, index]
    assert failure_message("x", {}) == "x"


@pytest.mark.parametrize("beginning", [1, 10, 20, 29])
def test_secrets_are_masked_before_messages_are_cut(beginning: int) -> None:
    """Of a secret across the cut nothing is left, wherever the cut goes through it."""
    error = InvalidInput("x" * (MAX_MESSAGE - beginning) + LONG_SECRET)
    failed = outcome_of_error(error, JobHeaders(), retries=3, secrets={LONG_SECRET})
    assert isinstance(failed, FailJob)
    assert not any(character in f"{failed.message}{failed.variables['error']}" for character in "0123456789")
