"""Which events are not worked on any more."""

from __future__ import annotations

from datetime import timedelta

import pytest
from apify_camunda.inbound.domain.poison import OLDEST, is_older_than_rows

from tests.fakes.clock import NOON

ROWS_LIVE = timedelta(days=14)


@pytest.mark.parametrize(
    ("age", "is_older"), [(timedelta(), False), (OLDEST, False), (OLDEST + timedelta(seconds=1), True)]
)
def test_events_are_refused_before_their_rows_expire(age: timedelta, *, is_older: bool) -> None:
    """An event may be as old as the limit; the limit is a day shorter than the life of its rows."""
    assert is_older_than_rows(NOON - age, NOON) is is_older
    assert timedelta(days=1) <= ROWS_LIVE - OLDEST
