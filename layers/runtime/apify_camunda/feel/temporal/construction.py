"""Builds dates, times and date-times from their parts and from one another."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from apify_camunda.feel.temporal.failure import TemporalFailure
from apify_camunda.feel.temporal.java_numbers import low_int
from apify_camunda.feel.temporal.parsing import valid_date, valid_time
from apify_camunda.feel.temporal.values import (
    NANOS_PER_SECOND,
    Date,
    DayTimeDuration,
    LocalDateTime,
    LocalTime,
    Offset,
    ZonedDateTime,
    ZonedTime,
)
from apify_camunda.feel.temporal.zones import (
    MAX_OFFSET_SECONDS,
    UTC,
    at_local,
    in_zone,
    is_region,
    offset_of_parts,
)

if TYPE_CHECKING:
    from decimal import Decimal

_SHORT_OFFSET: Final = re.compile(
    r"(?P<prefix>UTC|GMT|UT|)(?P<sign>[+-])"
    r"(?:(?P<hour>\d)|(?P<digits>\d\d(?:\d\d){0,2})|(?P<colons>\d\d(?::\d\d){1,2}))",
    re.ASCII,
)


def date_from_parts(year: int | Decimal, month: int | Decimal, day: int | Decimal) -> Date | None:
    """Return the date of `date(year, month, day)`; fractions are cut off."""
    return valid_date(low_int(year), low_int(month), low_int(day))


def time_from_parts(
    hour: int | Decimal,
    minute: int | Decimal,
    second: int | Decimal,
    offset: DayTimeDuration | None = None,
) -> LocalTime | ZonedTime | None:
    """Return the time of `time(hour, minute, second, offset)`; only the second may have a fraction."""
    time = valid_time(low_int(hour), low_int(minute), low_int(second), _nano(second))
    if time is None or offset is None:
        return time
    seconds = low_int(offset.nanoseconds // NANOS_PER_SECOND)
    return ZonedTime(time, Offset(seconds)) if abs(seconds) <= MAX_OFFSET_SECONDS else None


def to_date(value: object) -> Date | None:
    """Return the date of `date(value)` for a date or a date and time."""
    match value:
        case Date():
            return value
        case LocalDateTime():
            return value.date
        case ZonedDateTime():
            return value.local.date
    return None


def to_time(value: object) -> LocalTime | ZonedTime | None:
    """Return the time of `time(value)`: that of a date and time, or midnight in UTC for a date."""
    match value:
        case Date():
            return ZonedTime(LocalTime(0, 0), UTC)
        case LocalDateTime():
            return value.time
        case ZonedDateTime():
            return ZonedTime(value.local.time, value.offset, value.zone)
    return None


def combine(a: object, b: object) -> LocalDateTime | ZonedDateTime | None:
    """Return `date and time(a, b)` of a date and a time, or of a date and time and a zone.

    Raises:
        TemporalFailure: the zone is unknown.
    """
    if isinstance(b, str):
        match a:
            case LocalDateTime():
                return _at(a, zone_of(b))
            case ZonedDateTime():
                return in_zone(a, zone_of(b))
        return None
    date = to_date(a)
    match b:
        case LocalTime() if date:
            return LocalDateTime(date, b)
        case ZonedTime() if date:
            return _at(LocalDateTime(date, b.time), b.zone or b.offset)
    return None


def zone_of(text: str) -> Offset | str:
    """Return the offset or the zone id in a text; short forms such as "+2" and "UTC-5" are read, too.

    Raises:
        TemporalFailure: the text names no zone.
    """
    if text == "Z":
        return UTC
    if text in {"UTC", "GMT", "UT"} or is_region(text):
        return text
    found = _SHORT_OFFSET.fullmatch(text)
    offset = _offset(*found.group("sign", "hour", "digits", "colons")) if found else None
    if found is None or offset is None:
        raise TemporalFailure(f"unknown time zone {text!r}")
    prefix = found["prefix"]
    return offset if not prefix else f"{prefix}{offset}" if offset.seconds else prefix


def _offset(sign: str, hour: str | None, digits: str | None, colons: str | None) -> Offset | None:
    text = hour or digits or (colons or "").replace(":", "")
    if len(text) == 1:
        text = f"0{text}"
    return offset_of_parts(sign, int(text[:2]), int(text[2:4] or 0), int(text[4:6] or 0))


def _at(local: LocalDateTime, place: Offset | str) -> ZonedDateTime:
    return ZonedDateTime(local, place) if isinstance(place, Offset) else at_local(local, place)


def _nano(second: int | Decimal) -> int:
    """Return the fraction of the second in whole nanoseconds; negative where the second is."""
    if isinstance(second, int):
        return 0
    sign, digits, exponent = second.as_tuple()
    if not isinstance(exponent, int) or exponent >= 0:
        return 0
    fraction = "0" * min(9, -exponent - len(digits)) + "".join(map(str, digits[exponent:]))
    nanos = int(fraction[:9].ljust(9, "0"))
    return -nanos if sign else nanos
