"""Finds the offset of a zone at an instant, as java.time does.

A zone's id is a region of the tz database ("Europe/Berlin"), or UTC, GMT or UT with an offset ("UTC+02:00").
Python has no years before 1 and after 9999; for them the same year of another 400-year cycle is used.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from apify_camunda.feel.temporal.calendar import civil_date, epoch_day
from apify_camunda.feel.temporal.failure import TemporalFailure
from apify_camunda.feel.temporal.values import (
    MAX_YEAR,
    SECONDS_PER_DAY,
    Date,
    LocalDateTime,
    LocalTime,
    Offset,
    ZonedDateTime,
)

if TYPE_CHECKING:
    from datetime import datetime, tzinfo

UTC: Final = Offset(0)
MAX_OFFSET_SECONDS: Final = 18 * 3600
_REGION = re.compile(r"[A-Za-z][A-Za-z0-9~/._+-]+")
_UNKNOWN_IN_JAVA: Final = frozenset({"EST", "MST", "HST", "ROC", "Factory", "localtime", "posixrules"})
_NOT_A_REGION: Final = ("posix/", "right/", "GMT+", "GMT-", "UTC+", "UTC-", "UT+", "UT-")
_PREFIXES: Final = ("UTC", "GMT", "UT")
_YEAR_OF_STANDARD_TIME: Final = 2030
"""The year whose standard offset a time without a date gets. Camunda takes this year; we need no clock."""


@lru_cache(maxsize=256)
def is_region(zone: str) -> bool:
    """Return whether the tz database of a JVM has the id."""
    if not _REGION.fullmatch(zone) or zone in _UNKNOWN_IN_JAVA or zone.startswith(_NOT_A_REGION):
        return False
    return _rules(zone) is not None


def offset_of_parts(sign: str, hours: int, minutes: int, seconds: int) -> Offset | None:
    """Return the offset, or None if java.time refuses it: above 18 hours, 59 minutes or 59 seconds."""
    total = hours * 3600 + minutes * 60 + seconds
    if minutes > 59 or seconds > 59 or total > MAX_OFFSET_SECONDS:
        return None
    return Offset(-total if sign == "-" else total)


def standard_offset(zone: str) -> Offset:
    """Return the offset of the zone outside daylight saving: its smallest in a year."""
    fixed = _fixed_offset(zone)
    if fixed is not None:
        return fixed
    moments = (epoch_day(_YEAR_OF_STANDARD_TIME, 1, 1) + days for days in range(0, 365, 10))
    return Offset(min(offset_at(zone, day * SECONDS_PER_DAY).seconds for day in moments))


def offset_at(zone: str, epoch_second: int) -> Offset:
    """Return the zone's offset at the given second since 1970-01-01T00:00:00Z."""
    fixed = _fixed_offset(zone)
    if fixed is not None:
        return fixed
    day, second = divmod(epoch_second, SECONDS_PER_DAY)
    rules = _known_rules(zone)
    in_utc = _datetime(civil_date(day), second).replace(tzinfo=rules)
    return _utc_offset(rules.fromutc(in_utc))


def at_instant(epoch_second: int, nano: int, zone: str | None, offset: Offset) -> ZonedDateTime:
    """Return the instant in the zone, or at the offset if there is no zone.

    Raises:
        TemporalFailure: the instant is beyond the years of java.time.
    """
    current = offset_at(zone, epoch_second) if zone else offset
    day, second = divmod(epoch_second + current.seconds, SECONDS_PER_DAY)
    date = Date(*civil_date(day))
    if abs(date.year) > MAX_YEAR:
        raise TemporalFailure(f"year {date.year} lies outside of -{MAX_YEAR} to {MAX_YEAR}")
    time = LocalTime(second // 3600, second // 60 % 60, second % 60, nano)
    return ZonedDateTime(LocalDateTime(date, time), current, zone)


def instant_of(moment: ZonedDateTime) -> int:
    """Return the second since 1970-01-01T00:00:00Z of the instant."""
    return _local_second(moment.local) - moment.offset.seconds


def in_zone(moment: ZonedDateTime, place: Offset | str) -> ZonedDateTime:
    """Return the same instant at the offset or in the zone."""
    zone, offset = (None, place) if isinstance(place, Offset) else (place, UTC)
    return at_instant(instant_of(moment), moment.local.time.nano, zone, offset)


def at_local(local: LocalDateTime, zone: str, preferred: Offset | None = None) -> ZonedDateTime:
    """Return the instant at which the zone's clocks show the local date and time.

    If they show it twice, it is the one at the preferred offset, or else the earlier one. If they skip it, it
    is later by the length of the gap.
    """
    fixed = _fixed_offset(zone)
    if fixed is not None:
        return ZonedDateTime(local, fixed, zone)
    date, time = local.date, local.time
    second = time.hour * 3600 + time.minute * 60 + time.second
    clock = _datetime((date.year, date.month, date.day), second).replace(tzinfo=_known_rules(zone))
    before, after = _utc_offset(clock), _utc_offset(clock.replace(fold=1))
    if before.seconds >= after.seconds:
        return ZonedDateTime(local, after if preferred == after else before, zone)
    return at_instant(_local_second(local) - before.seconds, time.nano, zone, before)


def _local_second(local: LocalDateTime) -> int:
    date, time = local.date, local.time
    return (
        epoch_day(date.year, date.month, date.day) * SECONDS_PER_DAY
        + time.hour * 3600
        + time.minute * 60
        + time.second
    )


def _utc_offset(clock: datetime) -> Offset:
    delta = clock.utcoffset()
    return Offset(delta.days * SECONDS_PER_DAY + delta.seconds) if delta is not None else UTC


def _datetime(date: tuple[int, int, int], second_of_day: int) -> datetime:
    from datetime import datetime  # noqa: PLC0415  imported only where a zone is used

    year, month, day = date
    if year < 2:
        year = 400 + year % 400
    elif year > 9998:
        year = 9200 + year % 400
    # A naive value on purpose: the caller says whether it is the time of UTC or of the zone.
    return datetime(  # noqa: DTZ001
        year, month, day, second_of_day // 3600, second_of_day // 60 % 60, second_of_day % 60
    )


@lru_cache(maxsize=256)
def _rules(zone: str) -> tzinfo | None:
    from zoneinfo import ZoneInfo  # noqa: PLC0415  imported only where a zone is used

    try:
        return ZoneInfo(zone)
    except (KeyError, ValueError, OSError):  # a folder of the tz database raises OSError
        return None


def _known_rules(zone: str) -> tzinfo:
    rules = _rules(zone)
    if rules is None:
        msg = f"a zone is checked before it is used, but {zone!r} is unknown"
        raise AssertionError(msg)
    return rules


@lru_cache(maxsize=256)
def _fixed_offset(zone: str) -> Offset | None:
    """Return the offset of an id such as "UTC", "GMT0" or "UTC+02:00"; None for a region."""
    if zone in (*_PREFIXES, "GMT0"):
        return UTC
    found = re.fullmatch(r"(?:UTC|GMT|UT)([+-])(\d\d):(\d\d)(?::(\d\d))?", zone, re.ASCII)
    if not found:
        return None
    sign, hours, minutes, seconds = found.groups()
    return offset_of_parts(sign, int(hours), int(minutes), int(seconds or 0))
