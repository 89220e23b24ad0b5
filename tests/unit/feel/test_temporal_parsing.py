"""Which texts are temporal values, and which are null; the answers are those of feel-engine 1.21."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from apify_camunda.feel.temporal import (
    LocalTime,
    Offset,
    TemporalFailure,
    ZonedTime,
    parse_date,
    parse_date_time,
    parse_duration,
    parse_temporal,
    parse_time,
    zone_of,
)


def read(parse: Callable[[str], object], text: str) -> str | None:
    value = parse(text)
    return None if value is None else str(value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2020-02-29", "2020-02-29"),
        ("0000-01-01", "0000-01-01"),
        ("-0001-01-01", "-0001-01-01"),
        ("-999999999-01-01", "-999999999-01-01"),
        ("999999999-12-31", "+999999999-12-31"),
        ("-0000-01-01", None),
        ("00001-01-01", None),
        ("1000000000-01-01", None),
        ("+2020-01-01", None),
        ("2020-1-01", None),
        ("2019-02-29", None),
        ("2020-13-01", None),
        ("2020-00-10", None),
        ("2020-01-01T", None),
        ("", None),
    ],
)
def test_dates(text: str, expected: str | None) -> None:
    """A date has a year of four to nine digits, no plus sign, and a day that the calendar has."""
    assert read(parse_date, text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("10:00", "10:00:00"),
        ("T10:00:00", "10:00:00"),
        ("10:00:00.5", "10:00:00.5"),
        ("10:00:00.", "10:00:00"),
        ("10:00:00.123456789", "10:00:00.123456789"),
        ("10:00:00.1234567891", None),
        ("10:00.5", None),
        ("24:00:00", "00:00:00"),
        ("24:00:00.1", None),
        ("24:01:00", None),
        ("23:59:60", None),
        ("1:00:00", None),
        ("10:00:00Z", "10:00:00Z"),
        ("10:00:00-00:00", "10:00:00Z"),
        ("10:00:00+18:00", "10:00:00+18:00"),
        ("10:00:00+18:01", None),
        ("10:00:00+01:00:30", None),
        ("10:00:00z", None),
        ("10:00Z", None),
        ("10:00:00.Z", None),
        ("10:00:00@Europe/Berlin", "10:00:00@Europe/Berlin"),
        ("10:00:00@Etc/GMT+2", "10:00:00@Etc/GMT+2"),
        ("10:00:00@Z", "10:00:00Z"),
        ("10:00:00@+02:00", "10:00:00+02:00"),
        ("10:00:00@UTC", "10:00:00@UTC"),
        ("10:00:00@UTC+02:00", "10:00:00@UTC+02:00"),
        ("10:00:00@GMT+2", None),
        ("10:00:00@europe/berlin", None),
        ("10:00:00@Europe", None),
        ("10:00:00@", None),
        ("10:00:00@../../etc/passwd", None),
        ("10:00:00+01:00@Europe/Berlin", None),
        ("10:00:00[Europe/Berlin]", None),
    ],
)
def test_times(text: str, expected: str | None) -> None:
    """A time may lack its seconds only without an offset or zone, and has never both of these."""
    assert read(parse_time, text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2020-01-01", "2020-01-01T00:00:00"),
        ("10000-01-01", "10000-01-01T00:00:00"),
        ("2020-01-01T10:00", "2020-01-01T10:00:00"),
        ("2020-01-01T10:00:00.", "2020-01-01T10:00:00"),
        ("00001-01-01T10:00:00", "0001-01-01T10:00:00"),
        ("00001-01-01T10:00:00Z", None),
        ("2020-01-01T24:00:00", None),
        ("2020-01-01 10:00:00", None),
        ("2020-01-01t10:00:00", None),
        ("2020-01-01T10:00Z", "2020-01-01T10:00:00Z"),
        ("2020-01-01T10:00:00.5@Europe/Berlin", "2020-01-01T10:00:00.5@Europe/Berlin"),
        ("2020-07-01T10:00:00+01:00[Europe/Berlin]", "2020-07-01T11:00:00@Europe/Berlin"),
        ("2020-01-01T10:00:00+01:00[+02:00]", "2020-01-01T11:00:00+02:00"),
        ("2020-01-01T10:00:00Z[UTC]", "2020-01-01T10:00:00@UTC"),
        ("2020-01-01T10:00:00+02:00@Europe/Berlin", None),
        ("2020-01-01T10:00:00[Europe/Berlin]", None),
        ("2020-01-01T10:00:00@UTC+02:00:30", "2020-01-01T10:00:00@UTC+02:00:30"),
        ("2020-01-01T10:00:00@UTC+00:00", "2020-01-01T10:00:00@UTC"),
        ("2020-01-01T10:00:00@GMT0", "2020-01-01T10:00:00@GMT0"),
        ("2020-01-01T10:00:00@GMT+0", None),
        ("2020-01-01T10:00:00@UTC0", None),
        ("2020-01-01T10:00:00@EST", None),
        ("999999999-12-31T23:59:59-05:00[UTC]", None),
        ("2020-01-01T10:00:00+23:59", None),
    ],
)
def test_date_times(text: str, expected: str | None) -> None:
    """Offset and zone stand together only as `+01:00[Zone]`: the offset's moment on the zone's clocks."""
    assert read(parse_date_time, text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("P1DT2H3M4S", "P1DT2H3M4S"),
        ("PT36H", "P1DT12H"),
        ("PT0.5S", "P0D"),
        ("-PT0.5S", "-PT1S"),
        ("PT-1.5S", "-PT2S"),
        ("-PT-1.5S", "PT1S"),
        ("P-1DT2H", "-PT22H"),
        ("+P1D", "P1D"),
        ("pt5s", "PT5S"),
        ("PT1,5S", "PT1S"),
        ("P1Y14M", "P2Y2M"),
        ("P1Y-14M", "-P2M"),
        ("-P-1Y2M", "P10M"),
        ("P0M", "P0Y"),
        ("+P1Y", None),
        ("p1y", None),
        ("P", None),
        ("-P", None),
        ("PT", None),
        ("P1DT", None),
        ("P1W", None),
        ("P1Y2D", None),
        ("P1.5D", None),
        ("PT1.1234567891S", None),
        ("PT99999999999999999999S", None),
        ("P99999999999Y", None),
        ("P" + "9" * 10_000 + "D", None),
        ("PT" + "0" * 10_000 + "1S", "PT1S"),
    ],
)
def test_durations(text: str, expected: str | None) -> None:
    """Days and time never mix with years and months; only they take signs, commas and small letters."""
    assert read(parse_duration, text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2020-01-01", "2020-01-01"),
        ("T10:00:00", "10:00:00"),
        ("10:00:00@Etc/GMT+2", "10:00:00@Etc/GMT+2"),
        ("2020-01-01T10:00Z", "2020-01-01T10:00:00Z"),
        ("-P-1D", "P1D"),
        ("PT5,5S", "PT5S"),
        ("P-1Y", "-P1Y"),
        ("+P1D", None),
        ("p1d", None),
        ("PT+1H", None),
        ("2020-01-01T10:00:00.", None),
        ("00001-01-01T10:00:00", None),
        ("foo", None),
    ],
)
def test_literals(text: str, expected: str | None) -> None:
    """`@"..."` takes every kind, but is stricter than the function of the same kind."""
    assert read(parse_temporal, text) == expected


def test_zoned_time_has_the_standard_offset() -> None:
    """Without a date, a zone means its time outside daylight saving."""
    assert parse_time("10:00:00@Europe/Dublin") == ZonedTime(LocalTime(10, 0), Offset(0), "Europe/Dublin")
    assert parse_time("10:00:00@Europe/Berlin") == ZonedTime(LocalTime(10, 0), Offset(3600), "Europe/Berlin")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("+2", Offset(7200)),
        ("-02", Offset(-7200)),
        ("+0230", Offset(9000)),
        ("+02:30:15", Offset(9015)),
        ("+023015", Offset(9015)),
        ("Z", Offset(0)),
        ("UTC", "UTC"),
        ("UTC-5", "UTC-05:00"),
        ("UT+1", "UT+01:00"),
        ("UTC+0", "UTC"),
        ("Europe/Berlin", "Europe/Berlin"),
    ],
)
def test_zone_names_of_the_function(text: str, expected: Offset | str) -> None:
    """`date and time(value, zone)` knows short offsets too, which literals do not."""
    assert zone_of(text) == expected


@pytest.mark.parametrize("text", ["z", "", "E", "EST", "+19:00", "+2:30", "Europe/Nowhere", "UTC+"])
def test_unknown_zone_fails_the_evaluation(text: str) -> None:
    """An unknown zone is not null: Camunda's engine ends the evaluation."""
    with pytest.raises(TemporalFailure, match="unknown time zone"):
        zone_of(text)
