"""Adds, subtracts, multiplies and divides temporal values as Camunda's engine does.

None is null: the operation is not defined for the two. TemporalFailure ends the evaluation: java.time cannot
hold the result.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeGuard

from apify_camunda.feel.temporal.calendar import civil_date, days_in_month, epoch_day
from apify_camunda.feel.temporal.failure import TemporalFailure
from apify_camunda.feel.temporal.java_numbers import low_int, quotient
from apify_camunda.feel.temporal.values import (
    MAX_YEAR,
    NANOS_PER_DAY,
    NANOS_PER_SECOND,
    Date,
    DayTimeDuration,
    LocalDateTime,
    LocalTime,
    YearMonthDuration,
    ZonedDateTime,
    ZonedTime,
)
from apify_camunda.feel.temporal.zones import at_instant, at_local, instant_of

if TYPE_CHECKING:
    from decimal import Decimal

_NANOS_PER_MILLI: Final = 1_000_000
_DURATIONS: Final = (DayTimeDuration, YearMonthDuration)


def add(a: object, b: object) -> object | None:
    """Return a + b; a duration may be on either side.

    Raises:
        TemporalFailure: java.time cannot hold the result.
    """
    if isinstance(a, _DURATIONS) and not isinstance(b, _DURATIONS):
        a, b = b, a
    match a, b:
        case YearMonthDuration(), YearMonthDuration():
            return _year_month_duration(a.months + b.months)
        case DayTimeDuration(), DayTimeDuration():
            return _day_time_duration(a.nanoseconds + b.nanoseconds)
        case _, DayTimeDuration():
            return _plus_nanoseconds(a, b.nanoseconds)
        case _, YearMonthDuration():
            return _plus_months(a, b.months)
    return None


def subtract(a: object, b: object) -> object | None:  # noqa: PLR0911  one row a pair of kinds, as in a table
    """Return a - b: a duration between two of a kind, or a value moved back by a duration.

    Raises:
        TemporalFailure: java.time cannot hold the result.
    """
    match a, b:
        case YearMonthDuration(), YearMonthDuration():
            return _year_month_duration(a.months - b.months)
        case DayTimeDuration(), DayTimeDuration():
            return _day_time_duration(a.nanoseconds - b.nanoseconds)
        case _, DayTimeDuration():
            return _plus_nanoseconds(a, -b.nanoseconds)
        case _, YearMonthDuration():
            return _plus_months(a, -b.months)
        case Date(), Date():
            return DayTimeDuration((_day(a) - _day(b)) * NANOS_PER_DAY)
        case LocalTime(), LocalTime():
            return DayTimeDuration(nano_of_day(a) - nano_of_day(b))
        case ZonedTime(), ZonedTime():  # without a sign, as in Camunda
            return DayTimeDuration(abs(nano_of_utc_day(a) - nano_of_utc_day(b)))
        case LocalDateTime(), LocalDateTime():
            return DayTimeDuration(local_nanos(a) - local_nanos(b))
        case ZonedDateTime(), ZonedDateTime():
            seconds = instant_of(a) - instant_of(b)
            return DayTimeDuration(seconds * NANOS_PER_SECOND + a.local.time.nano - b.local.time.nano)
    return None


def multiply(a: object, b: object) -> object | None:
    """Return a duration times a number, of which only the lowest 32 bits of the whole part count.

    Raises:
        TemporalFailure: java.time cannot hold the result.
    """
    if isinstance(b, _DURATIONS):
        a, b = b, a
    if not _is_number(b):
        return None
    match a:
        case YearMonthDuration():
            years, months = divmod(abs(a.months), 12)
            factor = abs(low_int(b))
            if max(years, months) * factor > 2**31:
                raise TemporalFailure(f"integer overflow: {a} * {b}")
            return _year_month_duration(a.months * low_int(b))
        case DayTimeDuration():
            return _day_time_duration(a.nanoseconds * low_int(b))
    return None


def divide(a: object, b: object) -> object | None:
    """Return a duration divided by a number, or how often one duration fits into another of its kind.

    Camunda divides whole milliseconds and months, and keeps the lowest 32 bits of the quotient's whole part.
    A division by zero is None.

    Raises:
        TemporalFailure: the divisor is less than a millisecond, or a duration has too many milliseconds.
    """
    match a, b:
        case YearMonthDuration(), YearMonthDuration():
            return _truncated(a.months, b.months) if b.months else None
        case DayTimeDuration(), DayTimeDuration():
            if b.nanoseconds and not _millis(b):
                raise TemporalFailure(f"/ by zero: {b} has no whole millisecond")
            return _truncated(_millis(a), _millis(b)) if b.nanoseconds else None
    if not _is_number(b) or b == 0:
        return None
    match a:
        case YearMonthDuration():
            return YearMonthDuration(low_int(quotient(a.months, b)))
        case DayTimeDuration():
            return DayTimeDuration(low_int(quotient(_millis(a), b)) * _NANOS_PER_MILLI)
    return None


def negate(_value: object) -> None:
    """Return null: in Camunda only numbers have a negative."""
    return


def absolute(value: DayTimeDuration | YearMonthDuration) -> DayTimeDuration | YearMonthDuration:
    """Return the duration without its sign."""
    match value:
        case DayTimeDuration():
            return DayTimeDuration(abs(value.nanoseconds))
        case YearMonthDuration():
            return YearMonthDuration(abs(value.months))


def nano_of_day(time: LocalTime) -> int:
    return ((time.hour * 60 + time.minute) * 60 + time.second) * NANOS_PER_SECOND + time.nano


def nano_of_utc_day(time: ZonedTime) -> int:
    """Return the nanosecond of the day in UTC; it may be before the day or after it."""
    return nano_of_day(time.time) - time.offset.seconds * NANOS_PER_SECOND


def local_nanos(value: LocalDateTime) -> int:
    return _day(value.date) * NANOS_PER_DAY + nano_of_day(value.time)


def _is_number(value: object) -> TypeGuard[int | Decimal]:
    if isinstance(value, int):
        return not isinstance(value, bool)
    from decimal import Decimal  # noqa: PLC0415  only durations that meet numbers need it

    return isinstance(value, Decimal)


def _plus_nanoseconds(value: object, nanoseconds: int) -> object | None:
    match value:
        case Date():
            return _date(_day(value) + nanoseconds // NANOS_PER_DAY)
        case LocalTime():
            return _time((nano_of_day(value) + nanoseconds) % NANOS_PER_DAY)
        case ZonedTime():
            time = _time((nano_of_day(value.time) + nanoseconds) % NANOS_PER_DAY)
            return ZonedTime(time, value.offset, value.zone)
        case LocalDateTime():
            day, nano = divmod(local_nanos(value) + nanoseconds, NANOS_PER_DAY)
            return LocalDateTime(_date(day), _time(nano))
        case ZonedDateTime():
            second, nano = divmod(value.local.time.nano + nanoseconds, NANOS_PER_SECOND)
            return at_instant(instant_of(value) + second, nano, value.zone, value.offset)
    return None


def _plus_months(value: object, months: int) -> object | None:
    match value:
        case Date():
            return _months_later(value, months)
        case LocalDateTime():
            return LocalDateTime(_months_later(value.date, months), value.time)
        case ZonedDateTime():
            local = LocalDateTime(_months_later(value.local.date, months), value.local.time)
            if value.zone is None:
                return ZonedDateTime(local, value.offset)
            return at_local(local, value.zone, preferred=value.offset)
    return None


def _months_later(date: Date, months: int) -> Date:
    """Return the date so many months later; the last day of the month if the month is too short."""
    year, month = divmod(date.year * 12 + date.month - 1 + months, 12)
    if not -MAX_YEAR <= year <= MAX_YEAR:
        raise TemporalFailure(f"year {year} lies outside of -{MAX_YEAR} to {MAX_YEAR}")
    return Date(year, month + 1, min(date.day, days_in_month(year, month + 1)))


def _day(date: Date) -> int:
    return epoch_day(date.year, date.month, date.day)


def _date(epoch_day_number: int) -> Date:
    date = Date(*civil_date(epoch_day_number))
    if not -MAX_YEAR <= date.year <= MAX_YEAR:
        raise TemporalFailure(f"year {date.year} lies outside of -{MAX_YEAR} to {MAX_YEAR}")
    return date


def _time(nano: int) -> LocalTime:
    second, nano_of_second = divmod(nano, NANOS_PER_SECOND)
    return LocalTime(second // 3600, second // 60 % 60, second % 60, nano_of_second)


def _day_time_duration(nanoseconds: int) -> DayTimeDuration:
    if not -(2**63) <= nanoseconds // NANOS_PER_SECOND < 2**63:
        raise TemporalFailure("a duration of more than 2^63 seconds")
    return DayTimeDuration(nanoseconds)


def _year_month_duration(months: int) -> YearMonthDuration:
    if not -(2**31) <= _truncated(months, 12) < 2**31:
        raise TemporalFailure("a duration of more than 2^31 years")
    return YearMonthDuration(months)


def _millis(duration: DayTimeDuration) -> int:
    millis = _truncated(duration.nanoseconds, _NANOS_PER_MILLI)
    if not -(2**63) <= millis < 2**63:
        raise TemporalFailure("a duration of more than 2^63 milliseconds")
    return millis


def _truncated(dividend: int, divisor: int) -> int:
    result = abs(dividend) // abs(divisor)
    return result if (dividend < 0) == (divisor < 0) else -result
