"""Counts days in the proleptic Gregorian calendar for any year."""

from __future__ import annotations

_DAYS_IN_400_YEARS = 146_097
_DAYS_FROM_YEAR_0_TO_1970 = 719_528
_DAYS_IN_MONTH = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def is_leap_year(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def days_in_month(year: int, month: int) -> int:
    return 29 if month == 2 and is_leap_year(year) else _DAYS_IN_MONTH[month - 1]


def epoch_day(year: int, month: int, day: int) -> int:
    """Return the number of days from 1970-01-01 to the given date, negative before it."""
    shifted = year if month > 2 else year - 1  # years that begin in March end with their leap day
    days_before_month = (153 * ((month + 9) % 12) + 2) // 5
    days_before_year = 365 * shifted + shifted // 4 - shifted // 100 + shifted // 400
    return days_before_year + days_before_month + day - 1 + 60 - _DAYS_FROM_YEAR_0_TO_1970


def civil_date(epoch_day_number: int) -> tuple[int, int, int]:
    """Return year, month and day of the date that is the given number of days after 1970-01-01."""
    days = epoch_day_number + _DAYS_FROM_YEAR_0_TO_1970 - 60
    cycles, day_of_cycle = divmod(days, _DAYS_IN_400_YEARS)
    leaps = day_of_cycle // 1460 - day_of_cycle // 36_524 + day_of_cycle // 146_096
    year_of_cycle = (day_of_cycle - leaps) // 365
    day_of_year = day_of_cycle - (365 * year_of_cycle + year_of_cycle // 4 - year_of_cycle // 100)
    shifted_month = (5 * day_of_year + 2) // 153
    day = day_of_year - (153 * shifted_month + 2) // 5 + 1
    month = (shifted_month + 2) % 12 + 1
    year = 400 * cycles + year_of_cycle + (1 if month <= 2 else 0)
    return year, month, day


def weekday(epoch_day_number: int) -> int:
    """Return the ISO number of the day's weekday: 1 is Monday, 7 is Sunday."""
    return (epoch_day_number + 3) % 7 + 1


def iso_week(year: int, month: int, day: int) -> int:
    """Return the ISO 8601 week of the week-based year that the date belongs to."""
    date = epoch_day(year, month, day)
    thursday = date - weekday(date) + 4
    first_day_of_its_year = epoch_day(civil_date(thursday)[0], 1, 1)
    return (thursday - first_day_of_its_year) // 7 + 1
