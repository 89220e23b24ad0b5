"""What earlier tries of a job mean for the next one."""

from __future__ import annotations

from datetime import timedelta

import pytest
from apify_camunda.errors import ApifyUnavailable, ErrorCode
from apify_camunda.outbound.domain import retry_policy
from apify_camunda.outbound.domain.trials import Trials, UseRetry, WaitAndTry, after_no_answer, fatal_error

from tests.fakes.clock import NOON

MINUTE = timedelta(minutes=1)
NOT_NOW = ApifyUnavailable("Rate limit.", code=ErrorCode.RATE_LIMITED)
NO_ANSWER = ApifyUnavailable("No answer.")


def tried(tries: int, *, for_: timedelta = timedelta(), works: int = 0) -> Trials:
    """Return the trials of a job that was tried so often until now."""
    return Trials(works=works, tries=tries, since=NOON - for_, last_at=NOON)


def test_first_try_without_an_answer_is_counted() -> None:
    """The job waits for the first delay; the count begins now, and works that ended well do not count."""
    after = after_no_answer(Trials(works=2), NO_ANSWER, NOON)

    assert after == WaitAndTry(tried(1), retry_policy.not_now_delay(0, None))


def test_delays_grow() -> None:
    """Each further try in a row waits longer, and the first time is kept."""
    after = after_no_answer(tried(3, for_=5 * MINUTE), NOT_NOW, NOON)

    assert after == WaitAndTry(tried(4, for_=5 * MINUTE), retry_policy.not_now_delay(3, None))
    assert retry_policy.not_now_delay(3, None) > retry_policy.not_now_delay(2, None)


def test_delay_of_apify_is_kept() -> None:
    """A longer delay that Apify asks for is used."""
    later = ApifyUnavailable("Rate limit.", code=ErrorCode.RATE_LIMITED, retry_after=7 * MINUTE)

    after = after_no_answer(Trials(), later, NOON)

    assert isinstance(after, WaitAndTry)
    assert after.delay == 7 * MINUTE


@pytest.mark.parametrize("tries", [1, retry_policy.UNANSWERED_READS - 2])
def test_few_reads_without_an_answer_use_no_retry(tries: int) -> None:
    """Up to the limit the job only waits."""
    assert isinstance(after_no_answer(tried(tries), NO_ANSWER, NOON), WaitAndTry)


def test_many_reads_without_an_answer_use_a_retry() -> None:
    """At the limit a retry is used, and the count starts again at zero."""
    assert after_no_answer(tried(retry_policy.UNANSWERED_READS - 1), NO_ANSWER, NOON) == UseRetry(Trials())


def test_not_now_is_bounded_by_time() -> None:
    """An answer "not now" uses a retry after an hour, however many tries that takes."""
    almost, over = (tried(100, for_=retry_policy.NOT_NOW_LIMIT + s) for s in (-MINUTE, timedelta()))

    assert isinstance(after_no_answer(almost, NOT_NOW, NOON), WaitAndTry)
    assert after_no_answer(over, NOT_NOW, NOON) == UseRetry(Trials())


def test_old_tries_do_not_count() -> None:
    """Tries that are further apart than the limit begin a new row of tries."""
    long_ago = NOON - retry_policy.FORGOTTEN_AFTER - MINUTE
    old = Trials(tries=retry_policy.UNANSWERED_READS, since=long_ago - MINUTE, last_at=long_ago)

    assert after_no_answer(old, NO_ANSWER, NOON) == WaitAndTry(tried(1), retry_policy.not_now_delay(0, None))


def test_work_that_ends_its_process_too_often_is_fatal() -> None:
    """Below the limit the job is tried again; at the limit the error says how often and what to do."""
    error = fatal_error(retry_policy.FATAL_WORKS)

    assert fatal_error(retry_policy.FATAL_WORKS - 1) is None
    assert error is not None
    assert error.code == ErrorCode.WORKER_KILLED
    assert f"{retry_policy.FATAL_WORKS} times" in error.message
    assert "memory" in error.message
