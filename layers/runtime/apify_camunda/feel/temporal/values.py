"""The seven kinds of temporal values, and how each is written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, TypeAlias

MAX_YEAR: Final = 999_999_999
"""Years run from -MAX_YEAR to MAX_YEAR, as in java.time."""
NANOS_PER_SECOND: Final = 1_000_000_000
SECONDS_PER_DAY: Final = 86_400
NANOS_PER_DAY: Final = SECONDS_PER_DAY * NANOS_PER_SECOND


class _Written:
    """A value with a text, which FEEL's `string()` returns."""

    __slots__ = ()

    def __str__(self) -> str:
        return _text(self)


@dataclass(frozen=True, slots=True)
class Date(_Written):
    year: int
    month: int
    day: int


@dataclass(frozen=True, slots=True)
class LocalTime(_Written):
    """A time of day without offset and zone."""

    hour: int
    minute: int
    second: int = 0
    nano: int = 0


@dataclass(frozen=True, slots=True)
class Offset(_Written):
    """An offset from UTC in seconds, at most 18 hours; east is positive."""

    seconds: int


@dataclass(frozen=True, slots=True)
class ZonedTime(_Written):
    """A time of day at an offset; a zone has its standard offset, because there is no date."""

    time: LocalTime
    offset: Offset
    zone: str | None = None


@dataclass(frozen=True, slots=True)
class LocalDateTime(_Written):
    date: Date
    time: LocalTime


@dataclass(frozen=True, slots=True)
class ZonedDateTime(_Written):
    """An instant, and how the clocks of a zone or an offset show it."""

    local: LocalDateTime
    offset: Offset
    zone: str | None = None


@dataclass(frozen=True, slots=True)
class DayTimeDuration(_Written):
    nanoseconds: int


@dataclass(frozen=True, slots=True)
class YearMonthDuration(_Written):
    months: int


Temporal: TypeAlias = (
    Date | LocalTime | ZonedTime | LocalDateTime | ZonedDateTime | DayTimeDuration | YearMonthDuration
)


def to_java_text(value: Temporal) -> str:
    """Return what a connector writes for the value in JSON: the text of java.time, zones left out."""
    match value:
        case ZonedTime():
            return f"{_short_time(value.time)}{value.offset}"
        case LocalDateTime():
            return f"{value.date}T{value.time}"
        case ZonedDateTime():
            return f"{to_java_text(value.local)}{value.offset}"
        case DayTimeDuration():
            return _java_duration(value.nanoseconds)
        case YearMonthDuration():
            sign = -1 if value.months < 0 else 1
            years, months = divmod(abs(value.months), 12)
            return "P" + (_parts((sign * years, "Y"), (sign * months, "M")) or "0D")
        case _:
            return str(value)


def split_seconds(seconds: int) -> tuple[int, int, int, int]:
    """Return days, hours, minutes and seconds, all with the sign of the whole."""
    sign = -1 if seconds < 0 else 1
    minutes, second = divmod(abs(seconds), 60)
    hours, minute = divmod(minutes, 60)
    days, hour = divmod(hours, 24)
    return sign * days, sign * hour, sign * minute, sign * second


def _text(value: _Written) -> str:  # noqa: PLR0911  one row a kind, as in a table
    match value:
        case Date():
            return ("+" if value.year > 9999 else "") + _date_text(value)
        case LocalTime():
            fraction = f".{value.nano:09}".rstrip("0") if value.nano else ""
            return f"{value.hour:02}:{value.minute:02}:{value.second:02}{fraction}"
        case Offset():
            return _offset_text(value.seconds)
        case ZonedTime():
            return f"{value.time}@{value.zone}" if value.zone else f"{value.time}{value.offset}"
        case LocalDateTime():
            return f"{_date_text(value.date)}T{value.time}"
        case ZonedDateTime():
            return f"{value.local}@{value.zone}" if value.zone else f"{value.local}{value.offset}"
        case DayTimeDuration():  # a fraction of a second rounds down, as in Camunda
            return _day_time_text(value.nanoseconds // NANOS_PER_SECOND)
        case YearMonthDuration():
            years, months = divmod(abs(value.months), 12)
            return ("-P" if value.months < 0 else "P") + (_parts((years, "Y"), (months, "M")) or "0Y")
    raise TypeError(f"a temporal value of an unknown kind: {value!r}")


def _date_text(date: Date) -> str:
    """Return the date without the plus sign of a long year, which a date and time does not have."""
    year = f"{date.year:04}" if date.year >= 0 else f"-{-date.year:04}"
    return f"{year}-{date.month:02}-{date.day:02}"


def _offset_text(seconds: int) -> str:
    if seconds == 0:
        return "Z"
    _, hour, minute, second = split_seconds(abs(seconds))
    return f"{'-' if seconds < 0 else '+'}{hour:02}:{minute:02}" + (f":{second:02}" if second else "")


def _day_time_text(seconds: int) -> str:
    days, hours, minutes, second = split_seconds(abs(seconds))
    time = _parts((hours, "H"), (minutes, "M"), (second, "S"))
    text = _parts((days, "D")) + (f"T{time}" if time else "")
    return ("-P" if seconds < 0 else "P") + (text or "0D")


def _parts(*parts: tuple[int, str]) -> str:
    return "".join(f"{number}{unit}" for number, unit in parts if number)


def _short_time(time: LocalTime) -> str:
    """Return the text of Java's OffsetTime: without zero seconds, fractions in groups of three digits."""
    if not (time.second or time.nano):
        return f"{time.hour:02}:{time.minute:02}"
    fraction = f".{time.nano:09}" if time.nano else ""
    while fraction.endswith("000"):
        fraction = fraction[:-3]
    return f"{time.hour:02}:{time.minute:02}:{time.second:02}{fraction}"


def _java_duration(nanoseconds: int) -> str:
    sign = -1 if nanoseconds < 0 else 1
    total_seconds, nano = divmod(abs(nanoseconds), NANOS_PER_SECOND)
    days, hours, minutes, second = split_seconds(total_seconds)
    whole = _parts((sign * (days * 24 + hours), "H"), (sign * minutes, "M"))
    if not (second or nano):
        return f"PT{whole or '0S'}"
    fraction = f".{nano:09}".rstrip("0") if nano else ""
    return f"PT{whole}{'-' if sign < 0 else ''}{second}{fraction}S"
