"""Decides how long to wait before something is tried, or looked at, again; it never waits itself."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from apify_camunda.errors import ConnectorError, ErrorCode, TransientError

NOT_NOW_CODES: Final = frozenset(
    {ErrorCode.RATE_LIMITED, ErrorCode.MEMORY_LIMIT_EXCEEDED, ErrorCode.CONCURRENT_RUNS_LIMIT_EXCEEDED}
)
"""Answers that mean "later": Apify is well, and so is the request."""

_FIRST_LOOK: Final = timedelta(minutes=1)
_LONGEST_LOOK: Final = timedelta(hours=1)
_FIRST_LAG: Final = timedelta(seconds=5)
_FIRST_NOT_NOW: Final = timedelta(seconds=10)
_LONGEST_NOT_NOW: Final = timedelta(minutes=5)
_MOST_DOUBLINGS: Final = 16


def look_interval(looks: int) -> timedelta:
    """Return how long a run is left alone after it was looked at `looks` times.

    It grows from one minute to an hour. The run's callback ends the wait at once; the interval only carries
    what no callback came for.
    """
    return min(_doubled(_FIRST_LOOK, looks), _LONGEST_LOOK)


def lag_interval(looks: int) -> timedelta:
    """Return how long to wait where a callback said that a run ended, and Apify still shows it running."""
    return min(_doubled(_FIRST_LAG, looks), _LONGEST_LOOK)


def not_now_delay(tries: int, asked_for: timedelta | None) -> timedelta:
    """Return how long to wait after Apify said "not now" for the `tries`-th time (from 0).

    Args:
        tries: How often it has said so before.
        asked_for: What Apify itself asked for, or None.
    """
    return max(min(_doubled(_FIRST_NOT_NOW, tries), _LONGEST_NOT_NOW), asked_for or timedelta())


def is_not_now(error: ConnectorError) -> bool:
    """Say whether an error only means that the same request will be welcome later."""
    return isinstance(error, TransientError) and error.code in NOT_NOW_CODES


def retries_after(error: ConnectorError, retries: int) -> int:
    """Return the retries that a job is left with: one less where a retry may help, else none."""
    return max(retries - 1, 0) if isinstance(error, TransientError) else 0


def _doubled(first: timedelta, times: int) -> timedelta:
    return first * (1 << min(max(times, 0), _MOST_DOUBLINGS))
