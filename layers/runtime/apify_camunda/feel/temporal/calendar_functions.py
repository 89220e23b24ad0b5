"""Calendar functions of dates: names, numbers of day and week, months between two dates."""

from __future__ import annotations

from typing import Final

from apify_camunda.feel.temporal.calendar import days_in_month, epoch_day, iso_week, weekday
from apify_camunda.feel.temporal.values import Date, YearMonthDuration

_DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS: Final = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


def day_of_week(date: Date) -> str:
    return _DAYS[weekday(epoch_day(date.year, date.month, date.day)) - 1]


def day_of_year(date: Date) -> int:
    return epoch_day(date.year, date.month, date.day) - epoch_day(date.year, 1, 1) + 1


def week_of_year(date: Date) -> int:
    """Return the number of the ISO week."""
    return iso_week(date.year, date.month, date.day)


def month_of_year(date: Date) -> str:
    return _MONTHS[date.month - 1]


def last_day_of_month(date: Date) -> Date:
    return Date(date.year, date.month, days_in_month(date.year, date.month))


def years_and_months_between(start: Date, end: Date) -> YearMonthDuration:
    """Return the whole months from start to end, negative where end comes first."""
    months = (end.year - start.year) * 12 + end.month - start.month
    if months > 0 and end.day < start.day:
        months -= 1
    elif months < 0 and end.day > start.day:
        months += 1
    return YearMonthDuration(months)
