"""How dates, durations and repetitions are read."""

from datetime import UTC, datetime, timedelta

import pytest
from emulators.camunda.schedules import (
    FOR_EVER,
    InvalidSchedule,
    parse_date,
    parse_interval,
    parse_repetition,
)

START = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("PT1H30M", datetime(2026, 1, 31, 13, 30, tzinfo=UTC)),
        ("PT0.5S", datetime(2026, 1, 31, 12, 0, 0, 500_000, tzinfo=UTC)),
        ("P2DT1S", datetime(2026, 2, 2, 12, 0, 1, tzinfo=UTC)),
        ("P1W", datetime(2026, 2, 7, 12, 0, tzinfo=UTC)),
        ("P1M", datetime(2026, 2, 28, 12, 0, tzinfo=UTC)),
        ("P1Y1M", datetime(2027, 2, 28, 12, 0, tzinfo=UTC)),
        ("-PT1H", datetime(2026, 1, 31, 11, 0, tzinfo=UTC)),
        ("-P2M", datetime(2025, 11, 30, 12, 0, tzinfo=UTC)),
    ],
)
def test_a_duration_counts_months_on_the_calendar(text: str, end: datetime) -> None:
    """Months keep to the end of shorter months; everything else is a fixed time."""
    assert parse_interval(text).after(START) == end


@pytest.mark.parametrize("text", ["", "P", "PT", "1H", "P1H", "PT1D", "PT1.5M", "abc"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    """A duration has a P, then at least one part in its place."""
    with pytest.raises(InvalidSchedule):
        parse_interval(text)


@pytest.mark.parametrize(
    "text",
    [
        "2026-01-31T12:00:00Z",
        "2026-01-31T13:00:00+01:00",
        "2026-01-31T12:00:00",
        "2026-01-31T13:00:00[Europe/Berlin]",
        "2026-01-31T13:00:00+01:00[Europe/Berlin]",
    ],
)
def test_a_date_is_an_instant(text: str) -> None:
    """A date may carry an offset, a zone, both or neither, which is UTC."""
    assert parse_date(text) == START


@pytest.mark.parametrize("text", ["", "tomorrow", "2026-13-01T00:00:00Z", "2026-01-31T12:00:00[Mars/Base]"])
def test_what_is_no_date_is_refused(text: str) -> None:
    """A date that no calendar has, or in a zone that none knows, is refused."""
    with pytest.raises(InvalidSchedule):
        parse_date(text)


def test_a_repetition_says_how_often() -> None:
    """A repetition has a number or none, an interval, and perhaps a start."""
    assert parse_repetition("R3/PT10S").times == 3
    assert parse_repetition("R/PT10S").times == FOR_EVER
    assert parse_repetition("R/PT10S").first_after(START) == START + timedelta(seconds=10)
    later = "2027-01-01T00:00:00Z"
    assert parse_repetition(f"R2/{later}/P1D").first_after(START) == datetime(2027, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("text", ["", "R3", "R3/abc", "Rx/PT1S", "0 0 9 * * *", "PT1S"])
def test_what_is_no_repetition_is_refused(text: str) -> None:
    """A repetition begins with R; cron expressions are not known to the stand-in."""
    with pytest.raises(InvalidSchedule):
        parse_repetition(text)
