"""How dates, durations and repetitions are read."""

from datetime import UTC, datetime, timedelta

import pytest
from emulators.camunda.schedules import (
    FOR_EVER,
    InvalidSchedule,
    parse_cycle,
    parse_date,
    parse_interval,
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
def test_text_that_is_not_a_duration_is_refused(text: str) -> None:
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
def test_text_that_is_not_a_date_is_refused(text: str) -> None:
    """A date that no calendar has, or in a zone that none knows, is refused."""
    with pytest.raises(InvalidSchedule):
        parse_date(text)


START_OF_2026 = datetime(2026, 1, 1, tzinfo=UTC)  # a Thursday


@pytest.mark.parametrize(
    ("text", "times"),
    [
        ("0 0 9 * * MON-FRI", ["2026-01-01T09:00", "2026-01-02T09:00", "2026-01-05T09:00"]),
        ("0 */30 8-9 1 * ?", ["2026-01-01T08:00", "2026-01-01T08:30", "2026-01-01T09:00"]),
        ("30 15 10 31 1,3 *", ["2026-01-31T10:15:30", "2026-03-31T10:15:30", "2027-01-31T10:15:30"]),
        ("0 0 0 29 FEB *", ["2028-02-29T00:00", "2032-02-29T00:00"]),
        ("0 0 0 * * 7", ["2026-01-04T00:00", "2026-01-11T00:00"]),
        ("0 0 0 13 * FRI", ["2026-02-13T00:00", "2026-03-13T00:00"]),
        ("0 5/20 0 * * *", ["2026-01-01T00:05", "2026-01-01T00:25", "2026-01-01T00:45", "2026-01-02T00:05"]),
        ("@hourly", ["2026-01-01T01:00", "2026-01-01T02:00"]),
        ("@weekly", ["2026-01-04T00:00"]),
    ],
)
def test_a_cron_expression_says_when(text: str, times: list[str]) -> None:
    """A cron expression of six fields, days and weekdays both, names each time after another."""
    cycle = parse_cycle(text)
    assert cycle.times == FOR_EVER
    found, instant = [], START_OF_2026
    for _ in times:
        instant = cycle.next_after(instant)
        found.append(instant)
    assert found == [datetime.fromisoformat(t).replace(tzinfo=UTC) for t in times]


def test_a_repetition_says_how_often() -> None:
    """A repetition has a number or none, an interval, and perhaps a start."""
    assert parse_cycle("R3/PT10S").times == 3
    assert parse_cycle("R/PT10S").times == FOR_EVER
    assert parse_cycle("R/PT10S").first_after(START) == START + timedelta(seconds=10)
    later = "2027-01-01T00:00:00Z"
    assert parse_cycle(f"R2/{later}/P1D").first_after(START) == datetime(2027, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    ["", "R3", "R3/abc", "Rx/PT1S", "PT1S", "0 0 9 * *", "0 0 24 * * *", "0 0 0 31 2 *", "0 0 0 L * *"],
)
def test_text_that_is_not_a_cycle_is_refused(text: str) -> None:
    """A cycle is a repetition, or a cron expression whose day comes and which the stand-in knows."""
    with pytest.raises(InvalidSchedule):
        parse_cycle(text)
