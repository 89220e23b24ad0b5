"""Compares temporal values as Camunda's engine does."""

from __future__ import annotations

from typing import Literal, TypeVar

from apify_camunda.feel.temporal.arithmetic import local_nanos, nano_of_day, nano_of_utc_day
from apify_camunda.feel.temporal.values import (
    Date,
    DayTimeDuration,
    LocalDateTime,
    LocalTime,
    YearMonthDuration,
    ZonedDateTime,
    ZonedTime,
)
from apify_camunda.feel.temporal.zones import instant_of

_Sortable = TypeVar("_Sortable", int, tuple[int, int, int], tuple[int, int, int, str])


def compare(a: object, b: object) -> Literal[-1, 0, 1] | None:  # noqa: PLR0911  one row a kind, as in a table
    """Return which of two values of one kind comes first; None if their kinds differ.

    Times with an offset are compared by their instant. Date-times of one instant are compared by their local
    time and then by the name of the zone, as in java.time and in Camunda; so `<=` of them may be false.
    """
    match a, b:
        case Date(), Date():
            return _order((a.year, a.month, a.day), (b.year, b.month, b.day))
        case LocalTime(), LocalTime():
            return _order(nano_of_day(a), nano_of_day(b))
        case ZonedTime(), ZonedTime():
            return _order(nano_of_utc_day(a), nano_of_utc_day(b))
        case LocalDateTime(), LocalDateTime():
            return _order(local_nanos(a), local_nanos(b))
        case ZonedDateTime(), ZonedDateTime():
            return _order(_line_up(a), _line_up(b))
        case DayTimeDuration(), DayTimeDuration():
            return _order(a.nanoseconds, b.nanoseconds)
        case YearMonthDuration(), YearMonthDuration():
            return _order(a.months, b.months)
    return None


def equals(a: object, b: object) -> bool | None:
    """Return whether two values have the same parts, with offsets and zones; None if their kinds differ."""
    return a == b if type(a) is type(b) else None


def _line_up(moment: ZonedDateTime) -> tuple[int, int, int, str]:
    return (
        instant_of(moment),
        moment.local.time.nano,
        local_nanos(moment.local),
        moment.zone or str(moment.offset),
    )


def _order(a: _Sortable, b: _Sortable) -> Literal[-1, 0, 1]:
    if a == b:
        return 0
    return -1 if a < b else 1
