"""How long a job waits before it is tried, or its run is looked at, again."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest
from apify_camunda.errors import ApifyUnavailable, ConnectorError, ErrorCode, InvalidInput, PermanentError
from apify_camunda.identifiers import AttemptId
from apify_camunda.outbound.domain import retry_policy

SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("error", "retries", "left"),
    [
        (ApifyUnavailable("x"), 3, 2),
        (ApifyUnavailable("x"), 1, 0),
        (ApifyUnavailable("x"), 0, 0),
        (InvalidInput("x"), 3, 0),
    ],
)
def test_retries_that_are_left(error: ConnectorError, retries: int, left: int) -> None:
    """A retry is used up where one may help; otherwise none is left."""
    assert retry_policy.retries_after(error, retries) == left


def test_looks_become_rare() -> None:
    """A run is looked at after a minute, and each hour in the end."""
    for looks, minutes in ((0, 1), (1, 2), (5, 32), (6, 60), (7, 60), (1000, 60)):
        longest = timedelta(minutes=minutes)
        assert longest * 0.8 <= retry_policy.look_interval(looks, AttemptId("7-1")) <= longest


def test_looks_of_a_burst_do_not_come_together() -> None:
    """Runs that were started together are looked at spread over a fifth of the interval."""
    attempts = [AttemptId(f"{job}-1") for job in range(1000)]
    intervals = [retry_policy.look_interval(6, attempt) for attempt in attempts]

    assert intervals == [retry_policy.look_interval(6, attempt) for attempt in attempts]
    per_minute = Counter(interval // timedelta(minutes=1) for interval in intervals)
    assert sorted(per_minute) == list(range(48, 60))
    assert max(per_minute.values()) < 140


@pytest.mark.parametrize(
    ("tries", "asked_for", "seconds"),
    [(0, None, 10), (1, None, 20), (5, None, 300), (500, None, 300), (0, 45, 45), (3, 1, 80)],
)
def test_not_now_is_waited_for(tries: int, asked_for: int | None, seconds: int) -> None:
    """What Apify asks for is given, and at least a growing time of our own."""
    asked = None if asked_for is None else SECOND * asked_for
    assert retry_policy.not_now_delay(tries, asked) == SECOND * seconds


@pytest.mark.parametrize(
    "code",
    [ErrorCode.RATE_LIMITED, ErrorCode.MEMORY_LIMIT_EXCEEDED, ErrorCode.CONCURRENT_RUNS_LIMIT_EXCEEDED],
)
def test_not_now_by_code(code: ErrorCode) -> None:
    """Three codes mean "later"; an outage does not, nor does a refusal of that name."""
    assert retry_policy.is_not_now(ApifyUnavailable("x", code=code))
    assert not retry_policy.is_not_now(ApifyUnavailable("x"))
    assert not retry_policy.is_not_now(PermanentError("x", code=code))
