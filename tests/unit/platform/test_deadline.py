"""Deadlines: the time that is left, and the earlier of two."""

from __future__ import annotations

from datetime import timedelta

from apify_camunda.platform.deadline import Deadline

from tests.fakes.clock import NOON

SECOND = timedelta(seconds=1)


def test_deadlines() -> None:
    """What is left is never negative, and the earlier deadline wins."""
    deadline = Deadline(NOON)
    assert deadline.remaining(NOON - SECOND) == SECOND
    assert deadline.remaining(NOON + SECOND) == timedelta()
    assert deadline.has_passed(NOON)
    assert not deadline.has_passed(NOON - SECOND)
    assert deadline.earlier_by(SECOND) == Deadline(NOON - SECOND)
    assert deadline.or_sooner(NOON + SECOND) == deadline
    assert deadline.or_sooner(NOON - SECOND) == Deadline(NOON - SECOND)
