"""What a job's headers mean."""

from __future__ import annotations

from datetime import timedelta

import pytest
from apify_camunda.errors import InvalidInput
from apify_camunda.outbound.domain.job_headers import JobHeaders, read_headers


def test_no_headers_mean_nothing() -> None:
    """A job without headers has no mapping, no expression, no back-off and no timeout of its own."""
    assert read_headers({}) == JobHeaders()


def test_blank_headers_are_absent() -> None:
    """A header that was cleared in the modeler counts as absent."""
    names = ("resultVariable", "resultExpression", "errorExpression", "retryBackoff", "jobTimeout")
    assert read_headers(dict.fromkeys(names, " ")) == JobHeaders()


def test_headers_are_read() -> None:
    """Each header says one thing."""
    headers = {
        "resultVariable": " result ",
        "resultExpression": "={a: 1}",
        "errorExpression": "=null",
        "retryBackoff": "PT1M30S",
        "jobTimeout": "PT2H",
        "operation": "ignored",
    }
    assert read_headers(headers) == JobHeaders(
        result_variable="result",
        result_expression="={a: 1}",
        error_expression="=null",
        retry_backoff=timedelta(seconds=90),
        job_timeout=timedelta(hours=2),
    )


@pytest.mark.parametrize("text", ["5 minutes", "PT", "P1Y", "5"])
def test_back_off_that_cannot_be_read(text: str) -> None:
    """A back-off that is no duration is refused before anything is started."""
    with pytest.raises(InvalidInput, match=r"Expected ISO-8601 duration, e\.g\. PT5M, got: "):
        read_headers({"retryBackoff": text})


@pytest.mark.parametrize("text", ["5 minutes", "PT0S", "-PT1M"])
def test_timeout_that_cannot_be_meant(text: str) -> None:
    """A timeout that is no duration, or none to speak of, is refused."""
    with pytest.raises(InvalidInput, match="Expected a positive ISO-8601 duration"):
        read_headers({"jobTimeout": text})


def test_negative_back_off_means_no_back_off() -> None:
    """A back-off in the past means at once."""
    assert read_headers({"retryBackoff": "-PT1M"}).retry_backoff == timedelta()
