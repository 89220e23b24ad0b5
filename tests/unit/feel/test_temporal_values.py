"""What temporal values look like, consist of and compare to; the answers are those of feel-engine 1.21."""

from __future__ import annotations

import datetime as dt

import pytest
from apify_camunda.feel.temporal import (
    MISSING,
    Date,
    DayTimeDuration,
    YearMonthDuration,
    combine,
    compare,
    date_from_parts,
    day_of_week,
    day_of_year,
    equals,
    last_day_of_month,
    month_of_year,
    parse_date,
    parse_duration,
    parse_temporal,
    property_of,
    time_from_parts,
    to_date,
    to_java_text,
    to_time,
    week_of_year,
    years_and_months_between,
)
from apify_camunda.feel.temporal.calendar import civil_date, epoch_day
from hypothesis import given, settings
from hypothesis import strategies as st


def value(text: str) -> object:
    found = parse_temporal(text)
    assert found is not None, text
    return found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2020-01-01", "2020-01-01"),
        ("10000-07-01T10:00", "+10000-07-01T10:00:00"),
        ("10:00:00.12", "10:00:00.12"),
        ("10:00:00+01:00", "10:00+01:00"),
        ("10:00:00.5+01:00", "10:00:00.500+01:00"),
        ("10:00:00.000001Z", "10:00:00.000001Z"),
        ("10:00:30@Europe/Berlin", "10:00:30+01:00"),
        ("2020-07-01T10:00:00@Europe/Berlin", "2020-07-01T10:00:00+02:00"),
        ("1890-01-01T00:00:00@Europe/Berlin", "1890-01-01T00:00:00+00:53:28"),
        ("-10000-07-01T10:00Z", "-10000-07-01T10:00:00Z"),
        ("P1D", "PT24H"),
        ("PT0S", "PT0S"),
        ("PT1H1M1.100S", "PT1H1M1.1S"),
        ("-PT0.5S", "PT-0.5S"),
        ("PT-36H-0.000000001S", "PT-36H-0.000000001S"),
        ("P14M", "P1Y2M"),
        ("-P14M", "P-1Y-2M"),
        ("P0M", "P0D"),
    ],
)
def test_json_text(text: str, expected: str) -> None:
    """Connectors write java.time's texts: hours for days, no zone, and a zoned time without zero seconds."""
    assert to_java_text(value(text)) == expected  # type: ignore[arg-type]  # every text here is a value


@pytest.mark.parametrize(
    ("text", "name", "expected"),
    [
        ("2020-01-01", "weekday", 3),
        ("-0004-01-01", "year", -4),
        ("2020-01-01T10:11:12", "minute", 11),
        ("10:00:00.9", "second", 0),
        ("10:00:00", "timezone", None),
        ("10:00:00", "time offset", None),
        ("10:00:00+01:00", "timezone", None),
        ("10:00:00@Europe/Berlin", "timezone", "Europe/Berlin"),
        ("2020-07-01T10:00:00@Europe/Berlin", "time offset", DayTimeDuration(7200 * 10**9)),
        ("-P1DT25H61M61.5S", "days", -2),
        ("-P1DT25H61M61.5S", "seconds", -2),
        ("-P14M", "years", -1),
        ("-P14M", "months", -2),
        ("2020-01-01", "hour", MISSING),
        ("P1D", "years", MISSING),
        ("P1Y", "days", MISSING),
    ],
)
def test_properties(text: str, name: str, expected: object) -> None:
    """Each kind has its own properties; a local time's zone is null, a date's hour does not exist."""
    assert property_of(value(text), name) == expected


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ("2020-01-01", "2020-01-02", -1),
        ("10:00:00Z", "11:00:00+01:00", 0),
        ("10:00:00Z", "10:00:00+01:00", 1),
        ("2020-01-01T10:00:00Z", "2020-01-01T10:00:00@UTC", 1),
        ("2020-01-01T10:00:00Z", "2020-01-01T11:00:00+01:00", -1),
        ("2020-01-01T10:00:00.1", "2020-01-01T10:00:00.12", -1),
        ("2020-10-25T02:30:00+01:00[Europe/Berlin]", "2020-10-25T02:30:00@Europe/Berlin", 1),
        ("P1Y", "P12M", 0),
        ("PT24H", "P1D", 0),
        ("P1Y", "P366D", None),
        ("2020-01-01", "2020-01-01T11:00:00", None),
        ("10:00:00", "10:00:00Z", None),
    ],
)
def test_order(a: str, b: str, expected: int | None) -> None:
    """Values of one kind have an order: times by their instant, date-times beyond that by clock and zone."""
    assert compare(value(a), value(b)) == expected


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ("10:00:00Z", "10:00:00+00:00", True),
        ("10:00:00Z", "10:00:00@UTC", False),
        ("10:00:00Z", "11:00:00+01:00", False),
        ("2020-01-01T10:00:00Z", "2020-01-01T11:00:00+01:00", False),
        ("P1Y", "P12M", True),
        ("PT0S", "P0M", None),
        ("2020-01-01", "2020-01-01T00:00:00", None),
    ],
)
def test_equality(a: str, b: str, expected: bool | None) -> None:  # noqa: FBT001  a table's column
    """Equality asks for the same offset and zone, not for the same instant; across kinds it is null."""
    assert equals(value(a), value(b)) is expected


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("2020-01-31", "2020-02-29", "P0Y"),
        ("2020-02-29", "2020-01-31", "P0Y"),
        ("2021-02-28", "2020-02-29", "-P11M"),
        ("2020-02-29", "2022-01-31", "P1Y11M"),
    ],
)
def test_years_and_months_between(start: str, end: str, expected: str) -> None:
    """A month counts when its day is reached, in either direction."""
    assert str(years_and_months_between(parse_date(start), parse_date(end))) == expected  # type: ignore[arg-type]  # dates


def test_calendar_functions() -> None:
    """Weeks are ISO's, and names are English."""
    first, last = Date(2021, 1, 1), Date(2020, 12, 31)
    assert (week_of_year(first), week_of_year(last)) == (53, 53)
    assert (day_of_year(last), month_of_year(last), day_of_week(Date(-4, 1, 1))) == (
        366,
        "December",
        "Monday",
    )
    assert last_day_of_month(Date(2020, 2, 1)) == Date(2020, 2, 29)


def test_construction_from_parts() -> None:
    """Fractions are cut off but the second's, numbers wrap as Java's do, and what is not there is null."""
    from decimal import Decimal  # noqa: PLC0415  beside its only use

    assert str(date_from_parts(Decimal("2020.9"), 1, 31)) == "2020-01-31"
    assert str(date_from_parts(5_000_000_000, 1, 1)) == "+705032704-01-01"
    assert date_from_parts(2020, 2, 30) is None
    assert str(time_from_parts(10, 30, Decimal("15.987654321987"))) == "10:30:15.987654321"
    assert time_from_parts(10, 30, -1) is None
    assert time_from_parts(24, 0, 0) is None
    assert str(time_from_parts(10, 30, 15, DayTimeDuration(3601 * 10**9))) == "10:30:15+01:00:01"
    assert time_from_parts(10, 30, 15, DayTimeDuration(19 * 3600 * 10**9)) is None


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ("2020-07-01", "10:00:00", "2020-07-01T10:00:00"),
        ("2020-07-01", "10:00:00@Europe/Berlin", "2020-07-01T10:00:00@Europe/Berlin"),
        ("2020-07-01T08:00:00Z", "10:00:00", "2020-07-01T10:00:00"),
        ("2020-07-01", "2020-07-01T10:00:00", None),
    ],
)
def test_date_and_time_of_two_values(a: str, b: str, expected: str | None) -> None:
    """A date, or a date and time's date, takes on the time with its offset or zone."""
    found = combine(value(a), value(b))
    assert (None if found is None else str(found)) == expected


@pytest.mark.parametrize(
    ("moment", "zone", "expected"),
    [
        ("2020-07-01T10:00:00", "Europe/Berlin", "2020-07-01T10:00:00@Europe/Berlin"),
        ("2020-07-01T10:00:00Z", "Europe/Berlin", "2020-07-01T12:00:00@Europe/Berlin"),
        ("2020-07-01T10:00:00Z", "+02:00", "2020-07-01T12:00:00+02:00"),
        ("2020-03-29T02:30:00", "Europe/Berlin", "2020-03-29T03:30:00@Europe/Berlin"),
    ],
)
def test_date_and_time_in_a_zone(moment: str, zone: str, expected: str) -> None:
    """A local date and time is put into the zone, a zoned one is shown by the zone's clocks."""
    assert str(combine(value(moment), zone)) == expected


def test_conversions() -> None:
    """Of a date, the time is midnight in UTC; of a time, there is neither date nor time to take."""
    assert to_time(Date(2020, 1, 1)) == parse_temporal("00:00:00Z")
    assert to_date(value("2020-01-01T23:00:00-05:00")) == Date(2020, 1, 1)
    assert to_date(value("10:00:00")) is None
    assert to_time(value("10:00:00")) is None


@given(st.dates())
@settings(derandomize=True, max_examples=300)
def test_calendar_agrees_with_python(date: dt.date) -> None:
    """Day numbers, weekdays and weeks are Python's, wherever Python has a calendar."""
    ours = Date(date.year, date.month, date.day)
    number = epoch_day(date.year, date.month, date.day)
    assert number == date.toordinal() - dt.date(1970, 1, 1).toordinal()
    assert civil_date(number) == (date.year, date.month, date.day)
    assert week_of_year(ours) == date.isocalendar().week
    assert day_of_year(ours) == date.timetuple().tm_yday
    assert str(ours) == date.isoformat()


@given(st.integers(-(10**12), 10**12))
@settings(derandomize=True, max_examples=300)
def test_day_numbers_have_one_date(number: int) -> None:
    """Every day number is that of the date that it stands for, millions of years away too."""
    assert epoch_day(*civil_date(number)) == number


@given(st.integers(-(2**40), 2**40), st.integers(-(2**31), 2**31 - 1))
@settings(derandomize=True, max_examples=300)
def test_duration_texts_read_back(seconds: int, months: int) -> None:
    """The text of a duration of whole seconds or months is that duration again."""
    days = DayTimeDuration(seconds * 10**9)
    years = YearMonthDuration(months)
    assert parse_duration(str(days)) == days
    assert parse_duration(str(years)) == years
    assert parse_duration(to_java_text(days)) == days


@given(st.text(max_size=40))
@settings(derandomize=True, max_examples=500)
def test_no_text_raises(text: str) -> None:
    """Any text is a value or null."""
    for parse in (parse_temporal, parse_duration, parse_date):
        parse(text)
