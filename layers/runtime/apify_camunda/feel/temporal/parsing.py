"""Reads temporal values from text as Camunda's engine does; None for a text that is not one. It never raises.

Source: feel-scala's patterns of each kind, and java.time's formatters behind them. A literal (`@"..."`) is
stricter than the function of the same kind: `duration("p1d")` is a day, `@"p1d"` is null.
"""

from __future__ import annotations

import re
from typing import Final

from apify_camunda.feel.temporal.calendar import days_in_month
from apify_camunda.feel.temporal.failure import TemporalFailure
from apify_camunda.feel.temporal.values import (
    MAX_YEAR,
    NANOS_PER_SECOND,
    Date,
    DayTimeDuration,
    LocalDateTime,
    LocalTime,
    Offset,
    Temporal,
    YearMonthDuration,
    ZonedDateTime,
    ZonedTime,
)
from apify_camunda.feel.temporal.zones import (
    UTC,
    at_local,
    in_zone,
    is_region,
    offset_of_parts,
    standard_offset,
)

_DATE: Final = r"(-?(?:[1-9]\d{0,4})?\d{4})-([01]\d)-([0-3]\d)"
_CLOCK: Final = r"(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{0,9}))?)?"
_LOCAL_TIME: Final = rf"T?{_CLOCK}"
_ZONED_TIME: Final = r"T?(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(?:([+-]\d\d:\d\d|Z)|@(.*))"
_LOCAL_DATE_TIME: Final = rf"(-?\d{{4,9}})-(\d\d)-(\d\d)T{_CLOCK}"
_LOCAL_DATE_TIME_LITERAL: Final = rf"{_DATE}T([0-2]\d):([0-5]\d)(?::([0-5]\d)(?:\.(\d{{1,9}}))?)?"
_ZONED_DATE_TIME: Final = _LOCAL_DATE_TIME_LITERAL + r"(?:([+-][01]\d:[0-5]\d|Z)(?:\[(.+)\])?|@(.*))"
_OFFSET: Final = r"([+-])(\d\d):(\d\d)(?::(\d\d))?"
_YEAR_MONTH: Final = r"(-?)P(?:(-?\d+)Y)?(?:(-?\d+)M)?"
_DAY_TIME: Final = (
    r"(?i)([-+]?)P(?:([-+]?\d+)D)?"
    r"(T(?:([-+]?\d+)H)?(?:([-+]?\d+)M)?(?:([-+]?\d+)(?:[.,](\d{0,9}))?S)?)?"
)
_DAY_TIME_LITERAL: Final = r"-?P(-?(\d+D)?(T-?(\d+H)?-?(\d+M)?-?(\d+(.\d*)?S)?)?)"
_MAX_INT: Final = 2**31
_MAX_LONG: Final = 2**63


def parse_temporal(text: str) -> Temporal | None:
    """Return the value of the literal `@"text"`; its form decides its kind."""
    if text.lstrip("-").startswith("P"):
        return parse_year_month_duration(text) or (
            parse_day_time_duration(text) if _match(_DAY_TIME_LITERAL, text) else None
        )
    if _match(_DATE, text):
        return parse_date(text)
    if _match(_LOCAL_DATE_TIME_LITERAL, text):
        return _parse_local_date_time(text)
    return _parse_zoned_date_time(text) or parse_time(text)


def parse_date(text: str) -> Date | None:
    """Return the date of `date("text")`."""
    found = _match(_DATE, text)
    return _date(*found.groups()) if found else None


def parse_time(text: str) -> LocalTime | ZonedTime | None:
    """Return the time of `time("text")`."""
    found = _match(_ZONED_TIME, text)
    if not found:
        local = _match(_LOCAL_TIME, text)
        return _time_of_day(*local.groups()) if local else None
    *clock, offset_text, zone_text = found.groups()
    time, place = _time_of_day(*clock), _place(offset_text or zone_text)
    if time is None or place is None:
        return None
    if isinstance(place, Offset):
        return ZonedTime(time, place)
    return ZonedTime(time, standard_offset(place), place)


def parse_date_time(text: str) -> LocalDateTime | ZonedDateTime | None:
    """Return the date and time of `date and time("text")`; a date alone is its midnight."""
    if _match(_DATE, text):
        date = parse_date(text)
        return LocalDateTime(date, LocalTime(0, 0)) if date else None
    return _parse_zoned_date_time(text) or _parse_local_date_time(text)


def parse_date_time_argument(text: str) -> LocalDateTime | ZonedDateTime | None:
    """Return the date and time of a text that is not a literal; its form is checked first."""
    is_zoned = form_of_date_time(text) == "date-time"
    return _parse_zoned_date_time(text) if is_zoned else parse_date_time(text)


def form_of_date_time(text: str) -> str:
    """Return the name that Camunda's engine has for the value that it tries to read."""
    if _match(_DATE, text):
        return "date(-time)"
    return "local-date-time" if _match(_LOCAL_DATE_TIME_LITERAL, text) else "date-time"


def form_of_time(text: str) -> str:
    """Return the name that Camunda's engine has for the value that it tries to read."""
    return "time" if _match(_ZONED_TIME, text) else "local-time"


def parse_duration(text: str) -> DayTimeDuration | YearMonthDuration | None:
    """Return the duration of `duration("text")`."""
    return parse_year_month_duration(text) or parse_day_time_duration(text)


def parse_year_month_duration(text: str) -> YearMonthDuration | None:
    found = _match(_YEAR_MONTH, text)
    if not found or found.group(2) is found.group(3) is None:
        return None
    sign, years, months = (
        found.group(1),
        _bounded(found.group(2), _MAX_INT),
        _bounded(found.group(3), _MAX_INT),
    )
    if years is None or months is None:
        return None
    total = years * 12 + months
    return YearMonthDuration(-total if sign else total)


def parse_day_time_duration(text: str) -> DayTimeDuration | None:
    found = _match(_DAY_TIME, text)
    if not found:
        return None
    sign, days_text, time_text, hours_text, minutes_text, seconds_text, fraction = found.groups()
    if time_text in {"T", "t"} or (days_text is None and time_text is None):
        return None
    days, hours, minutes, seconds = (
        _bounded(part, _MAX_LONG) for part in (days_text, hours_text, minutes_text, seconds_text)
    )
    if days is None or hours is None or minutes is None or seconds is None:
        return None
    nanos = int((fraction or "").ljust(9, "0"))
    if (seconds_text or "").startswith("-"):
        nanos = -nanos
    total = ((days * 24 + hours) * 60 + minutes) * 60 + seconds
    nanoseconds = total * NANOS_PER_SECOND + nanos
    nanoseconds = -nanoseconds if sign == "-" else nanoseconds
    return DayTimeDuration(nanoseconds) if -_MAX_LONG <= nanoseconds // NANOS_PER_SECOND < _MAX_LONG else None


def _parse_zoned_date_time(text: str) -> ZonedDateTime | None:
    """Return a date and time with offset, zone or both; the offset decides the instant."""
    found = _match(_ZONED_DATE_TIME, text)
    if not found:
        return None
    year, month, day, *clock, offset_text, bracketed, zone_text = found.groups()
    date, time = _date(year, month, day), _time_of_day(*clock, midnight_is_24=False)
    offset = _place(offset_text) if offset_text else None
    zone = _place(bracketed or zone_text) if bracketed or zone_text is not None else offset
    if date is None or time is None or zone is None or (offset_text and offset is None):
        return None
    local = LocalDateTime(date, time)
    try:
        if isinstance(offset, Offset):
            return in_zone(ZonedDateTime(local, offset), zone)
        return ZonedDateTime(local, zone) if isinstance(zone, Offset) else at_local(local, zone)
    except TemporalFailure:
        return None


def _parse_local_date_time(text: str) -> LocalDateTime | None:
    found = _match(_LOCAL_DATE_TIME, text)
    if not found:
        return None
    year, month, day, *clock = found.groups()
    date, time = _date(year, month, day), _time_of_day(*clock, midnight_is_24=False)
    return LocalDateTime(date, time) if date and time else None


def _date(year_text: str, month_text: str, day_text: str) -> Date | None:
    return valid_date(int(year_text), int(month_text), int(day_text)) if year_text != "-0000" else None


def valid_date(year: int, month: int, day: int) -> Date | None:
    """Return the date, or None if the calendar does not have it."""
    if not (-MAX_YEAR <= year <= MAX_YEAR and 1 <= month <= 12 and 1 <= day <= days_in_month(year, month)):
        return None
    return Date(year, month, day)


def valid_time(hour: int, minute: int, second: int, nano: int) -> LocalTime | None:
    """Return the time of day, or None if a part is out of its range."""
    if not (0 <= hour < 24 and 0 <= minute < 60 and 0 <= second < 60 and 0 <= nano < NANOS_PER_SECOND):
        return None
    return LocalTime(hour, minute, second, nano)


def _time_of_day(
    hour: str, minute: str, second: str | None, fraction: str | None, *, midnight_is_24: bool = True
) -> LocalTime | None:
    parts = (int(hour), int(minute), int(second or 0), int((fraction or "").ljust(9, "0")))
    return LocalTime(0, 0) if midnight_is_24 and parts == (24, 0, 0, 0) else valid_time(*parts)


def _place(text: str) -> Offset | str | None:
    """Return the offset or the zone in a text, as Java's formatters read it."""
    if text == "Z":
        return UTC
    if text in {"UTC", "GMT", "UT", "GMT0"}:
        return text
    prefix = next((prefix for prefix in ("UTC", "GMT", "UT") if text.startswith(prefix)), "")
    if not prefix and not text.startswith(("+", "-")):
        return text if is_region(text) else None
    offset = parse_offset(text.removeprefix(prefix))
    if offset is None or not prefix:
        return offset
    return f"{prefix}{offset}" if offset.seconds else prefix


def parse_offset(text: str) -> Offset | None:
    """Return the offset of a text such as "+02:00" or "-01:30:15"."""
    found = _match(_OFFSET, text)
    if not found:
        return None
    sign, hours, minutes, seconds = found.groups()
    return offset_of_parts(sign, int(hours), int(minutes), int(seconds or 0))


def _match(form: str, text: str) -> re.Match[str] | None:
    """Return the match of the whole text; each form is compiled at its first use."""
    return re.fullmatch(form, text, re.ASCII)


def _bounded(digits: str | None, limit: int) -> int | None:
    """Return the number: 0 for an empty text, None if it is outside -limit .. limit-1."""
    if digits is None:
        return 0
    significant = digits.lstrip("+-0") or "0"
    if len(significant) > 19:
        return None
    number = -int(significant) if digits.startswith("-") else int(significant)
    return number if -limit <= number < limit else None
