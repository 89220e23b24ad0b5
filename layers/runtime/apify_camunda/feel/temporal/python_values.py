"""Turns `datetime` values into temporal values of FEEL, and back where Python has a type for them.

    date                     Date
    time without tzinfo      LocalTime
    time with tzinfo         ZonedTime
    datetime without tzinfo  LocalDateTime
    datetime with tzinfo     ZonedDateTime; a `ZoneInfo` is its zone, any other tzinfo an offset
    timedelta                DayTimeDuration
    -                        YearMonthDuration

Python's values have microseconds and the years 1 to 9999. On the way back, finer fractions are cut off.
Values beyond those years, and durations of years and months, are not converted.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

from apify_camunda.feel.temporal.values import (
    Date,
    DayTimeDuration,
    LocalDateTime,
    LocalTime,
    Offset,
    Temporal,
    ZonedDateTime,
    ZonedTime,
)

_NANOS_PER_MICRO = 1_000


def from_python(value: object) -> Temporal | None:
    """Return the temporal value of a `datetime` value; None for anything else."""
    match value:
        case datetime():
            local = LocalDateTime(Date(value.year, value.month, value.day), _time_of_day(value))
            offset = value.utcoffset()
            if offset is None:
                return local
            return ZonedDateTime(local, _offset(offset), _zone(value.tzinfo))
        case date():
            return Date(value.year, value.month, value.day)
        case time():
            offset = value.utcoffset()
            local_time = _time_of_day(value)
            return local_time if offset is None else ZonedTime(local_time, _offset(offset))
        case timedelta():
            return DayTimeDuration(value // timedelta(microseconds=1) * _NANOS_PER_MICRO)
        case _:
            return None


def to_python(value: object) -> object:
    """Return the value, and all that lists and contexts in it hold, with `datetime` values where possible."""
    match value:
        case list():
            return [to_python(item) for item in value]
        case dict():
            return {key: to_python(entry) for key, entry in value.items()}
        case _:
            try:
                return _of_temporal(value)
            except (OverflowError, ValueError):  # beyond Python's years
                return value


def _of_temporal(value: object) -> object:  # noqa: PLR0911  one row a kind, as in a table
    match value:
        case Date():
            return date(value.year, value.month, value.day)
        case LocalTime():
            return _clock(value)
        case ZonedTime():
            return _clock(value.time).replace(tzinfo=_timezone(value.offset))
        case LocalDateTime():
            return datetime.combine(
                date(value.date.year, value.date.month, value.date.day), _clock(value.time)
            )
        case ZonedDateTime():
            return _moment(value)
        case DayTimeDuration():
            return timedelta(microseconds=value.nanoseconds // _NANOS_PER_MICRO)
        case _:
            return value


def _moment(value: ZonedDateTime) -> datetime:
    local = _local(value.local)
    if value.zone is None or value.zone.startswith(("UTC", "GMT", "UT")):
        return local.replace(tzinfo=_timezone(value.offset))
    moment = local.replace(tzinfo=ZoneInfo(value.zone))
    later = moment.replace(fold=1)
    is_later = later.utcoffset() == timedelta(seconds=value.offset.seconds) != moment.utcoffset()
    return later if is_later else moment


def _local(value: LocalDateTime) -> datetime:
    day = date(value.date.year, value.date.month, value.date.day)
    return datetime.combine(day, _clock(value.time))


def _clock(value: LocalTime) -> time:
    return time(value.hour, value.minute, value.second, value.nano // _NANOS_PER_MICRO)


def _time_of_day(value: datetime | time) -> LocalTime:
    return LocalTime(value.hour, value.minute, value.second, value.microsecond * _NANOS_PER_MICRO)


def _offset(offset: timedelta) -> Offset:
    return Offset(offset // timedelta(seconds=1))


def _timezone(offset: Offset) -> timezone:
    return timezone(timedelta(seconds=offset.seconds))


def _zone(place: tzinfo | None) -> str | None:
    return place.key if isinstance(place, ZoneInfo) else None
