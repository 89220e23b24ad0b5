"""Reads cron expressions of six fields, as timer cycles use them; knows neither L, W nor #."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

_MACROS = {
    "@yearly": "0 0 0 1 1 *",
    "@annually": "0 0 0 1 1 *",
    "@monthly": "0 0 0 1 * *",
    "@weekly": "0 0 0 * * 0",
    "@daily": "0 0 0 * * *",
    "@midnight": "0 0 0 * * *",
    "@hourly": "0 0 * * * *",
}
_MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
_WEEKDAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]
_LONGEST_SEARCH = timedelta(days=366 * 8 + 2)
"""A 29 February is at most eight years away."""


_SOME_DAY = datetime(2000, 1, 1, tzinfo=UTC)


class InvalidCron(ValueError):
    """A text is no cron expression, or one that the stand-in does not know."""


@dataclass(frozen=True, slots=True)
class _Field:
    low: int
    high: int
    names: Mapping[str, int]

    def values(self, text: str) -> frozenset[int]:
        """Return the values that a field allows: `*`, `?`, `5`, `MON-FRI`, `*/15`, `1,2`, `10-50/20`."""
        return frozenset(value for part in text.split(",") for value in self._part(part))

    def _part(self, text: str) -> Iterator[int]:
        span, slash, step = text.partition("/")
        if slash and (not step.isdigit() or step == "0"):
            raise InvalidCron(text)
        if span in {"*", "?"}:
            first, last = self.low, self.high
        else:
            begin, dash, end = span.partition("-")
            first = self._value(begin)
            last = self._value(end) if dash else (self.high if slash else first)
        yield from range(first, last + 1, int(step) if slash else 1)

    def _value(self, text: str) -> int:
        value = self.names.get(text.upper())
        if value is None and text.isdigit():
            value = int(text)
        if value is None or not self.low <= value <= self.high:
            raise InvalidCron(text)
        return value


_SIXTY = _Field(0, 59, {})
_FIELDS = (
    _SIXTY,
    _SIXTY,
    _Field(0, 23, {}),
    _Field(1, 31, {}),
    _Field(1, 12, {name: n for n, name in enumerate(_MONTHS, 1)}),
    _Field(0, 7, {name: n for n, name in enumerate(_WEEKDAYS)}),
)


@dataclass(frozen=True, slots=True)
class Cron:
    """When something is done, again and again."""

    seconds: frozenset[int]
    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    """0 and 7 are Sunday."""

    def next_after(self, instant: datetime) -> datetime:
        """Return the first time after an instant, in its zone.

        Raises:
            InvalidCron: No such day ever comes.
        """
        day = instant.date()
        while day <= instant.date() + _LONGEST_SEARCH:
            if self._is_on(day):
                for moment in self._times():
                    found = datetime.combine(day, moment, instant.tzinfo)
                    if found > instant:
                        return found
            day += timedelta(days=1)
        raise InvalidCron("A day that never comes")

    def _is_on(self, day: date) -> bool:
        weekday = day.isoweekday()
        is_weekday = weekday in self.weekdays or (weekday == 7 and 0 in self.weekdays)
        return is_weekday and day.day in self.days and day.month in self.months

    def _times(self) -> Iterator[time]:
        for hour in sorted(self.hours):
            for minute in sorted(self.minutes):
                for second in sorted(self.seconds):
                    yield time(hour, minute, second)


def parse_cron(text: str) -> Cron:
    """Return the cron expression that a text is.

    Raises:
        InvalidCron: It is none, or one that the stand-in does not know.
    """
    parts = _MACROS.get(text.strip().lower(), text).split()
    if len(parts) != len(_FIELDS):
        raise InvalidCron(text)
    cron = Cron(*(field.values(part) for field, part in zip(_FIELDS, parts, strict=True)))
    cron.next_after(_SOME_DAY)  # or the days that it names never come
    return cron
