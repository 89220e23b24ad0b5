"""Reads the named parts of temporal values (`date.year`)."""

from __future__ import annotations

from enum import Enum
from typing import Final

from apify_camunda.feel.temporal import values
from apify_camunda.feel.temporal.calendar import epoch_day, weekday


class Missing(Enum):
    """The type of MISSING, because None is a value: `local time.timezone` is null, not absent."""

    MISSING = "missing"


MISSING: Final = Missing.MISSING


def property_of(value: object, name: str) -> object:
    """Return the value's property, or MISSING if its kind has no property of this name."""
    return properties_of(value).get(name, MISSING)


def properties_of(value: object) -> dict[str, object]:  # noqa: PLR0911  one row a kind, as in a table
    """Return all properties of a temporal value by name; empty for any other value."""
    match value:
        case values.Date():
            return _of_date(value)
        case values.LocalTime():
            return _of_time(value) | _of_place(None, None)
        case values.ZonedTime():
            return _of_time(value.time) | _of_place(value.offset, value.zone)
        case values.LocalDateTime():
            return _of_date(value.date) | _of_time(value.time) | _of_place(None, None)
        case values.ZonedDateTime():
            local = value.local
            return _of_date(local.date) | _of_time(local.time) | _of_place(value.offset, value.zone)
        case values.DayTimeDuration():
            return _of_day_time_duration(value)
        case values.YearMonthDuration():
            sign = -1 if value.months < 0 else 1
            years, months = divmod(abs(value.months), 12)
            return {"years": sign * years, "months": sign * months}
    return {}


def is_temporal(value: object) -> bool:
    return isinstance(value, values.Temporal)


def _of_date(date: values.Date) -> dict[str, object]:
    return {
        "year": date.year,
        "month": date.month,
        "day": date.day,
        "weekday": weekday(epoch_day(date.year, date.month, date.day)),
    }


def _of_time(time: values.LocalTime) -> dict[str, object]:
    return {"hour": time.hour, "minute": time.minute, "second": time.second}


def _of_place(offset: values.Offset | None, zone: str | None) -> dict[str, object]:
    return {
        "time offset": values.DayTimeDuration(offset.seconds * values.NANOS_PER_SECOND) if offset else None,
        "timezone": zone,
    }


def _of_day_time_duration(duration: values.DayTimeDuration) -> dict[str, object]:
    """Return the parts of the whole seconds, which are rounded down."""
    days, hours, minutes, seconds = values.split_seconds(duration.nanoseconds // values.NANOS_PER_SECOND)
    return {"days": days, "hours": hours, "minutes": minutes, "seconds": seconds}
