"""Decides how long to wait before something is tried, or looked at, again; it never waits itself.

All delays and time limits of jobs are here.
"""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Final

from apify_camunda.errors import ConnectorError, ErrorCode, TransientError
from apify_camunda.identifiers import AttemptId

NOT_NOW_CODES: Final = frozenset(
    {ErrorCode.RATE_LIMITED, ErrorCode.MEMORY_LIMIT_EXCEEDED, ErrorCode.CONCURRENT_RUNS_LIMIT_EXCEEDED}
)
"""Answers that mean "later": Apify works, and the request is right."""

AT_ONCE: Final = timedelta(milliseconds=1)
"""The shortest lock: the engine hands the job out again within seconds."""
JOB_LOCK: Final = timedelta(seconds=90)
"""How long an activated job is locked; it is renewed while the job is at work."""
RENEW_LOCK_EVERY: Final = timedelta(seconds=30)
LONGEST_JOB: Final = timedelta(minutes=5)
"""How long one job may be at work, where its header `jobTimeout` does not say otherwise."""

CAMUNDA_PAUSES: Final = tuple(timedelta(seconds=seconds) for seconds in (0.2, 1, 2, 4, 8))
"""The pauses between tries of a command to Camunda: an outage of 15 seconds is waited for."""
CALLBACK_PAUSES: Final = CAMUNDA_PAUSES[:2]
"""A callback has less time; Apify repeats it after a minute."""
POLL_PAUSES: Final = tuple(timedelta(seconds=seconds) for seconds in (1, 2, 3, 4, 5))
"""The pauses after polls that Camunda did not answer; after the next one the invocation ends."""

OWN_TROUBLE_DELAY: Final = timedelta(seconds=5)
"""When a job comes again that met trouble of our own or of Camunda."""
OTHER_POLLER_DELAY: Final = timedelta(seconds=30)
"""When a job comes again on which another poller is at work."""
SHORT_DELAY: Final = timedelta(seconds=5)
NOT_VISIBLE_FIRST: Final = timedelta(seconds=3)
NOT_VISIBLE_LONGEST: Final = timedelta(minutes=1)
VISIBLE_WITHIN: Final = timedelta(minutes=10)
"""A deployed definition is visible after some seconds; after this time a person must act."""
MENDED_WITHIN: Final = timedelta(minutes=2)
"""The shortest back-off where the deployment is set up wrongly."""

SETTLE: Final = timedelta(minutes=1)
"""How long a run that was started without an answer may take to appear at Apify."""
NOT_NOW_LIMIT: Final = timedelta(hours=1)
"""How long "not now" is waited for before it uses up a retry."""
UNANSWERED_READS: Final = 5
"""So many reads in a row that Apify does not answer use up a retry."""
UNANSWERED_STARTS: Final = 3
"""So many starts of an attempt that Apify does not answer, and that started nothing, use up a retry."""
FORGOTTEN_AFTER: Final = timedelta(minutes=15)
"""Tries that lie further apart do not count together."""
FATAL_WORKS: Final = 3
"""A job whose work has ended its process so often is an incident."""
MOST_MISSES: Final = 24
"""A fresh run may not be on every replica of Apify yet: it is looked for every 5 seconds for two minutes."""

SLOT_WAIT: Final = timedelta(seconds=5)
"""How long an activated job waits for a slot before it is handed back."""
SHORTEST_POLL: Final = timedelta(seconds=1)
"""The pause after a gateway that answers an empty poll at once."""

_FIRST_LOOK: Final = timedelta(minutes=1)
_LONGEST_LOOK: Final = timedelta(hours=1)
_JITTER: Final = 0.2
_FIRST_LAG: Final = timedelta(seconds=5)
_FIRST_NOT_NOW: Final = timedelta(seconds=10)
_LONGEST_NOT_NOW: Final = timedelta(minutes=5)
_NO_SLOT: Final = timedelta(seconds=10)
_MOST_DOUBLINGS: Final = 16


def look_interval(looks: int, attempt: AttemptId) -> timedelta:
    """Return how long a run is left alone after it was looked at `looks` times.

    It grows from one minute to an hour, less up to a fifth that depends on the attempt: the looks of a burst
    of jobs do not come together. The run's callback ends the wait at once; the interval only serves runs
    whose callback does not come.
    """
    interval = min(_doubled(_FIRST_LOOK, looks), _LONGEST_LOOK)
    return interval * (1 - _JITTER * _share(f"{attempt} {looks}"))


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


def no_slot_delay(job: int) -> timedelta:
    """Return how long a job waits in Camunda whose process or account holds its share of the slots."""
    return _NO_SLOT * (1 + _share(str(job)))


def is_not_now(error: ConnectorError) -> bool:
    """Say whether an error only means that the same request can succeed later."""
    return isinstance(error, TransientError) and error.code in NOT_NOW_CODES


def retries_after(error: ConnectorError, retries: int) -> int:
    """Return the retries that a job is left with: one less where a retry may help, else none."""
    return max(retries - 1, 0) if isinstance(error, TransientError) else 0


def _doubled(first: timedelta, times: int) -> timedelta:
    return first * (1 << min(max(times, 0), _MOST_DOUBLINGS))


def _share(name: str) -> float:
    """Return a number from 0 to 1 that depends on the name alone."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big") / 2**32
