"""`datetime` values come in as temporal values, and temporal values leave as `datetime` values."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from apify_camunda.feel import Evaluated, Value, evaluate, temporal, to_json, to_python

BERLIN = ZoneInfo("Europe/Berlin")


def value_of(text: str, given: object) -> Value:
    result = evaluate(text, {"x": given})
    assert isinstance(result, Evaluated), result
    return result.value


@pytest.mark.parametrize(
    ("given", "text"),
    [
        (date(2024, 2, 29), "2024-02-29"),
        (time(10, 30), "10:30:00"),
        (time(10, 30, 15, 250_000, tzinfo=UTC), "10:30:15.25Z"),
        (datetime(2024, 2, 29, 10, 30), "2024-02-29T10:30:00"),  # noqa: DTZ001 - without a zone on purpose
        (datetime(2024, 7, 1, 10, 30, tzinfo=BERLIN), "2024-07-01T10:30:00@Europe/Berlin"),
        (datetime(2024, 7, 1, 10, 30, tzinfo=timezone(timedelta(hours=-5))), "2024-07-01T10:30:00-05:00"),
        (timedelta(days=1, hours=2, seconds=3), "P1DT2H3S"),
        (timedelta(hours=-1), "-PT1H"),
    ],
)
def test_round_trip(given: object, text: str) -> None:
    """A `datetime` value is the FEEL value of the same text, and comes back as it was."""
    assert value_of("string(x)", given) == text
    assert to_python(value_of("x", given)) == given
    assert to_python(value_of("[{a: x}]", given)) == [{"a": given}]
    assert to_python(value_of("x", [given])) in ([given], [value_of("x", given)])


def test_arithmetic_and_json() -> None:
    """They can be computed with, and have JSON."""
    assert to_python(value_of('x + @"P1D"', date(2024, 2, 28))) == date(2024, 2, 29)
    assert value_of("x instance of date", date(2024, 2, 28)) is True
    assert to_json(value_of("{a: x}", date(2024, 2, 28))) == '{"a":"2024-02-28"}'


def test_the_second_of_two_equal_hours_stays_the_second() -> None:
    """Where clocks show an hour twice, the moment stays the same."""
    second = datetime(2024, 10, 27, 2, 30, tzinfo=BERLIN, fold=1)

    back = to_python(value_of("x", second))

    assert isinstance(back, datetime)
    assert back.utcoffset() == timedelta(hours=1)


@pytest.mark.parametrize("text", ['@"P1Y2M"', '@"+12024-01-01"', '@"-0044-03-15"'])
def test_what_python_has_no_value_for(text: str) -> None:
    """Durations of years and months, and years that Python has not, stay as they are."""
    assert isinstance(to_python(value_of(text, None)), temporal.Temporal | None)
