"""Reads dates, durations and cycles of timers."""

import calendar
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeAlias
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from emulators.camunda.cron import Cron, InvalidCron, parse_cron

FOR_EVER = -1

_DURATION = re.compile(
    r"(?P<sign>-)?P(?:(?P<years>\d+)Y)?(?:(?P<months>\d+)M)?(?:(?P<weeks>\d+)W)?(?:(?P<days>\d+)D)?"
    r"(?:T(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+(?:\.\d+)?)S)?)?"
)


class InvalidSchedule(ValueError):
    """A text is no date, duration or repetition."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A duration whose months are counted on the calendar."""

    months: int
    rest: timedelta

    def after(self, instant: datetime) -> datetime:
        """Return the instant that lies this interval after another."""
        years, month = divmod(instant.year * 12 + instant.month - 1 + self.months, 12)
        day = min(instant.day, calendar.monthrange(years, month + 1)[1])
        return instant.replace(year=years, month=month + 1, day=day) + self.rest


@dataclass(frozen=True, slots=True)
class Repetition:
    """How often and at which interval a timer fires; -1 is without end."""

    times: int
    interval: Interval
    start: datetime | None = None

    def first_after(self, instant: datetime) -> datetime:
        """Return when it fires first, seen from an instant."""
        return self.start or self.interval.after(instant)

    def next_after(self, instant: datetime) -> datetime:
        """Return when it fires after it has fired at an instant."""
        return self.interval.after(instant)


@dataclass(frozen=True, slots=True)
class CronCycle:
    """A cycle that a cron expression describes; it never ends."""

    cron: Cron
    times: int = FOR_EVER

    def first_after(self, instant: datetime) -> datetime:
        """Return when it fires first, seen from an instant."""
        return self.cron.next_after(instant)

    def next_after(self, instant: datetime) -> datetime:
        """Return when it fires after it has fired at an instant."""
        return self.cron.next_after(instant)


Cycle: TypeAlias = Repetition | CronCycle


def parse_interval(text: str) -> Interval:
    """Return the interval that an ISO 8601 duration describes.

    Raises:
        InvalidSchedule: The text is not valid.
    """
    found = _DURATION.fullmatch(text.strip())
    if found is None or not any(v for k, v in found.groupdict().items() if k != "sign"):
        raise InvalidSchedule(text)
    sign = -1 if found["sign"] else 1
    part = {k: float(v or 0) for k, v in found.groupdict().items() if k != "sign"}
    months = sign * int(part["years"] * 12 + part["months"])
    units = ("weeks", "days", "hours", "minutes", "seconds")
    return Interval(months, sign * timedelta(**{unit: part[unit] for unit in units}))


def parse_date(text: str) -> datetime:
    """Return the instant that an ISO 8601 date and time names; UTC where it names no offset.

    Raises:
        InvalidSchedule: The text is not valid.
    """
    plain, _, zone = text.strip().rstrip("]").partition("[")
    try:
        instant = datetime.fromisoformat(plain)
        if instant.tzinfo is None:
            instant = instant.replace(tzinfo=ZoneInfo(zone) if zone else UTC)
    except (ValueError, ZoneInfoNotFoundError) as error:
        raise InvalidSchedule(text) from error
    return instant


def parse_cycle(text: str) -> Cycle:
    """Return the cycle that "R3/PT1H", "R/start/PT1H", "R/PT1H" or "0 0 9 * * MON-FRI" describes.

    Raises:
        InvalidSchedule: The text is not valid.
    """
    if text.strip().startswith("R"):
        return _repetition(text)
    try:
        return CronCycle(parse_cron(text))
    except InvalidCron as error:
        raise InvalidSchedule(text) from error


def _repetition(text: str) -> Repetition:
    match text.strip().split("/"):
        case [times, interval] if times.startswith("R"):
            return Repetition(_times(times, text), parse_interval(interval))
        case [times, start, interval] if times.startswith("R"):
            return Repetition(_times(times, text), parse_interval(interval), parse_date(start))
        case _:
            raise InvalidSchedule(text)


def _times(text: str, whole: str) -> int:
    digits = text.removeprefix("R")
    if digits and not digits.lstrip("-").isdigit():
        raise InvalidSchedule(whole)
    return int(digits) if digits else FOR_EVER
