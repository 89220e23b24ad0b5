"""What temporal values add up to. The answers are those of Camunda's engine (feel-engine 1.21)."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from apify_camunda.feel.temporal import (
    DayTimeDuration,
    TemporalFailure,
    YearMonthDuration,
    absolute,
    add,
    divide,
    multiply,
    parse_temporal,
    subtract,
)
from hypothesis import given, settings
from hypothesis import strategies as st


def value(text: str) -> object:
    found = parse_temporal(text)
    assert found is not None, text
    return found


def shown(result: object) -> str | None:
    return None if result is None else str(result)


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ("2020-01-31", "P1M", "2020-02-29"),
        ("P1M", "2020-01-31", "2020-02-29"),
        ("2020-01-31", "PT36H", "2020-02-01"),
        ("2020-01-31", "PT1S", "2020-01-31"),
        ("0000-02-29", "-P1Y", "-0001-02-28"),
        ("10:00:00", "P1D", "10:00:00"),
        ("23:00:00Z", "PT2H0.5S", "01:00:00.5Z"),
        ("10:00:00@Europe/Berlin", "PT1H", "11:00:00@Europe/Berlin"),
        ("2020-03-29T01:30:00@Europe/Berlin", "PT1H", "2020-03-29T03:30:00@Europe/Berlin"),
        ("2020-03-29T01:30:00@Europe/Berlin", "P1D", "2020-03-30T02:30:00@Europe/Berlin"),
        ("2020-02-29T02:30:00@Europe/Berlin", "P1M", "2020-03-29T03:30:00@Europe/Berlin"),
        ("2020-01-01T10:00:00+01:00", "P1Y", "2021-01-01T10:00:00+01:00"),
        ("50000-06-30T23:30:00@Europe/Berlin", "PT1H", "50000-07-01T00:30:00@Europe/Berlin"),
        ("P1Y", "P14M", "P2Y2M"),
        ("P5D", "-PT30H", "P3DT18H"),
        ("P1M", "P1D", None),
        ("10:00:00", "P1M", None),
        ("2020-01-01", "2020-01-01", None),
    ],
)
def test_addition(a: str, b: str, expected: str | None) -> None:
    """Durations move values: days and time along the time line, months along the calendar."""
    assert shown(add(value(a), value(b))) == expected


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ("2020-01-31", "2020-01-01", "P30D"),
        ("999999999-12-31", "-999999999-01-01", "P730484999633D"),
        ("2020-01-31", "P1M", "2019-12-31"),
        ("2020-01-31", "PT1S", "2020-01-30"),
        ("2020-01-31T10:00:00", "PT0.5S", "2020-01-31T09:59:59.5"),
        ("10:00:00", "11:00:00", "-PT1H"),
        ("10:00:00", "PT25H", "09:00:00"),
        ("10:00:00Z", "11:00:00+02:00", "PT1H"),
        ("11:00:00+02:00", "10:00:00Z", "PT1H"),
        ("2020-01-31T10:00:00Z", "2020-01-31T10:00:00@Europe/Berlin", "PT1H"),
        ("P13M", "P2Y", "-P11M"),
        ("2020-01-31T10:00:00Z", "2020-01-31T10:00:00", None),
        ("2020-01-31T10:00:00", "2020-01-01", None),
        ("10:00:00", "11:00:00Z", None),
        ("P1M", "2020-01-31", None),
    ],
)
def test_subtraction(a: str, b: str, expected: str | None) -> None:
    """Two values of a kind are a duration apart, two zoned times without a sign."""
    assert shown(subtract(value(a), value(b))) == expected


@pytest.mark.parametrize(
    ("duration", "number", "expected"),
    [
        ("PT1H", Decimal("1.5"), "PT1H"),
        ("PT1H", Decimal("0.5"), "P0D"),
        ("P1Y", Decimal("-1.9"), "-P1Y"),
        ("P1D", 5_000_000_000, "P705032704D"),
        ("P1Y", 2**31, "-P2147483648Y"),
        ("P1Y", Decimal("1E+1000000"), "P0Y"),
        ("PT36H", -1, "-P1DT12H"),
        ("P1Y", True, None),
        ("P1Y", "a", None),
    ],
)
def test_multiplication(duration: str, number: object, expected: str | None) -> None:
    """Only the lowest 32 bits of the whole part of a factor count, on either side."""
    assert shown(multiply(value(duration), number)) == expected
    assert shown(multiply(number, value(duration))) == expected


@pytest.mark.parametrize(
    ("duration", "divisor", "expected"),
    [
        ("P1D", Decimal("0.3"), "P3DT8H"),
        ("P30D", 1, "-P19DT17H2M48S"),
        ("PT-1.5S", 1, "-PT2S"),
        ("PT0.0015S", 1, "P0D"),
        ("P1Y", Decimal("0.7"), "P1Y5M"),
        ("-P5M", 3, "-P1M"),
        ("-P5M", Decimal("-3.5"), "P1M"),
        ("P1D", 0, None),
        ("P1D", Decimal("0.0"), None),
    ],
)
def test_division_by_a_number(duration: str, divisor: object, expected: str | None) -> None:
    """A quotient is whole milliseconds or months, of which 32 bits are kept; by zero it is null."""
    assert shown(divide(value(duration), divisor)) == expected


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ("PT1H", "PT7M", 8),
        ("P1Y", "P5M", 2),
        ("-P1Y", "P5M", -2),
        ("PT1H", "PT0S", None),
        ("P1Y", "P0M", None),
        ("PT1H", "P1Y", None),
    ],
)
def test_division_of_durations(a: str, b: str, expected: int | None) -> None:
    """One duration fits into another a whole number of times, cut off towards zero."""
    assert divide(value(a), value(b)) == expected


def test_what_has_no_result_is_null() -> None:
    """A number divided by a duration and a product of durations are null."""
    assert divide(2, value("P1Y")) is None
    assert multiply(value("P1Y"), value("P1Y")) is None


def test_what_java_cannot_hold_fails_the_evaluation() -> None:
    """Beyond java.time's bounds the evaluation ends; Camunda's engine does not make null of it."""
    longest = DayTimeDuration((2**63 - 1) * 10**9)
    overflows: tuple[Callable[[], object], ...] = (
        lambda: add(value("999999999-12-31"), value("P1D")),
        lambda: add(value("999999999-01-01"), value("P1Y")),
        lambda: add(value("2020-01-01T10:00:00"), longest),
        lambda: add(value("2020-01-01T10:00:00Z"), longest),
        lambda: add(longest, value("PT1S")),
        lambda: add(value("P2147483647Y"), value("P1Y")),
        lambda: multiply(value("P200000000Y"), 200),
        lambda: divide(value("PT0.0015S"), value("PT0.0005S")),
        lambda: divide(longest, 2),
    )
    for overflow in overflows:
        with pytest.raises(TemporalFailure):
            overflow()


def test_absolute() -> None:
    """A duration's absolute is itself without the sign, fractions of a second included."""
    assert absolute(DayTimeDuration(-1_500_000_000)) == DayTimeDuration(1_500_000_000)
    assert absolute(YearMonthDuration(-14)) == YearMonthDuration(14)


@given(st.datetimes(), st.integers(-(10**18), 10**18))
@settings(derandomize=True, max_examples=200)
def test_what_was_added_can_be_taken_away(moment: object, nanoseconds: int) -> None:
    """Adding days and time and subtracting them again is nothing, in a zone with daylight saving too."""
    duration = DayTimeDuration(nanoseconds)
    for suffix in ("", "Z", "@Europe/Berlin"):
        start = value(f"{str(moment).replace(' ', 'T')}{suffix}")
        assert subtract(add(start, duration), duration) == start
        assert subtract(add(start, duration), start) == duration


@given(st.datetimes().map(lambda moment: moment.isoformat(timespec="seconds")))
@settings(derandomize=True, max_examples=200)
def test_zones_shift_by_their_offset(text: str) -> None:
    """A zoned date-time and the same with its offset written out are one instant."""
    zoned = parse_temporal(f"{text}@America/New_York")
    assert zoned is not None
    fixed = parse_temporal(str(zoned).partition("@")[0] + "Z")
    offset = subtract(fixed, zoned)
    assert isinstance(offset, DayTimeDuration)
    assert -5 * 3600 * 10**9 <= offset.nanoseconds <= -4 * 3600 * 10**9
