"""Decides what a job's earlier tries mean: how long it has been put off, and whether it ends its process."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeAlias

from apify_camunda.errors import ConnectorError, ErrorCode, PermanentError, TransientError
from apify_camunda.outbound.domain import retry_policy


@dataclass(frozen=True, slots=True)
class Trials:
    """What is remembered of a job's tries with the retries that it has.

    Attributes:
        works: How often work began that has not come to an end, because its process ended first.
        tries: How often in a row Apify did not answer, or answered "not now".
        since: When the first of these tries was.
        last_at: When the last of these tries was.
    """

    works: int = 0
    tries: int = 0
    since: datetime | None = None
    last_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class WaitAndTry:
    """The job is handed back, and tried again after the delay."""

    trials: Trials
    delay: timedelta


@dataclass(frozen=True, slots=True)
class UseRetry:
    """The time limit is over: the error uses up a retry."""

    trials: Trials


NextTry: TypeAlias = WaitAndTry | UseRetry


def after_no_answer(trials: Trials, error: TransientError, now: datetime) -> NextTry:
    """Return what follows where Apify did not answer a read, or answered "not now"."""
    is_new = trials.last_at is None or now - trials.last_at > retry_policy.FORGOTTEN_AFTER
    tries = 0 if is_new else trials.tries
    since = now if is_new or trials.since is None else trials.since
    if retry_policy.is_not_now(error):
        is_over = now - since >= retry_policy.NOT_NOW_LIMIT
    else:
        is_over = tries + 1 >= retry_policy.UNANSWERED_READS
    if is_over:
        return UseRetry(Trials())
    delay = retry_policy.not_now_delay(tries, error.retry_after)
    return WaitAndTry(replace(trials, works=0, tries=tries + 1, since=since, last_at=now), delay)


def fatal_error(works: int) -> ConnectorError | None:
    """Return the error of a job whose work has ended its process so often; None: it may be tried again."""
    if works < retry_policy.FATAL_WORKS:
        return None
    return PermanentError(
        f"The work on this job ended the worker's process {works} times, so it is not tried again. The "
        "result or an expression probably needs more memory than the function has: read less of it (Limit, "
        "Fields, a smaller record), or simplify the expressions, then resolve this incident.",
        code=ErrorCode.WORKER_KILLED,
    )
