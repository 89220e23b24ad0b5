"""What a check of `apify-camunda doctor` found."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum


class State(StrEnum):
    """How a check ended."""

    OK = "ok"
    WARNING = "warning"
    """It works, but a person should look at it."""
    FAILED = "failed"
    """Events or jobs do not get through, or will not."""
    SKIPPED = "skipped"
    """It could not be checked; the detail says why."""


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check.

    Attributes:
        check: What was examined.
        detail: What was found, in one sentence, without any secret.
        remedy: What to do about it; empty where nothing is to be done.
    """

    check: str
    state: State
    detail: str
    remedy: str = ""


def ok(check: str, detail: str) -> Finding:
    """Return the finding of a check that found nothing wrong."""
    return Finding(check, State.OK, detail)


def warning(check: str, detail: str, remedy: str) -> Finding:
    """Return a finding that a person should look at."""
    return Finding(check, State.WARNING, detail, remedy)


def failed(check: str, detail: str, remedy: str) -> Finding:
    """Return a finding that keeps events or jobs from getting through."""
    return Finding(check, State.FAILED, detail, remedy)


def skipped(check: str, detail: str) -> Finding:
    """Return the finding of a check that could not be made."""
    return Finding(check, State.SKIPPED, detail)


SKEW_NOTED = timedelta(seconds=30)
SKEW_REFUSED = timedelta(minutes=4)
"""AWS refuses signatures that are five minutes off."""


def clock_skew(check: str, date_header: str | None, now: datetime) -> Finding:
    """Compare this machine's clock with the `Date` header of an answer.

    Args:
        check: What was examined.
        date_header: As HTTP writes it, to the second; None where the answer had none.
        now: The time on this machine.
    """
    try:
        theirs = parsedate_to_datetime(date_header or "")
    except ValueError:
        return skipped(check, "the answer has no date")
    skew = now - theirs
    direction = "ahead" if skew > timedelta() else "behind"
    said = f"this machine's clock is {abs(skew.total_seconds()):.0f} s {direction}"
    remedy = "Set this machine's clock by a time server (NTP): signatures and leases depend on it."
    if abs(skew) >= SKEW_REFUSED:
        return failed(check, said, remedy)
    return warning(check, said, remedy) if abs(skew) >= SKEW_NOTED else ok(check, said)
