"""When schedules fire: `rate(...)`, `cron(...)` and `at(...)` as EventBridge Scheduler reads them, in UTC.

It hands each event over at its time; what becomes of it afterwards is Lambda's business. (Scheduler's own
RetryPolicy governs only the handing over, which cannot fail here.)
Source: https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

from local_aws.clock import Clock
from local_aws.declarations import ScheduleSpec
from local_aws.intrinsics import TemplateError
from local_aws.observations import Observer, ScheduleFired

_RATE = re.compile(r"rate\((\d+) (minute|hour|day)s?\)")
_CRON = re.compile(r"cron\((.+)\)")
_AT = re.compile(r"at\((\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\)")
_UNITS = {"minute": timedelta(minutes=1), "hour": timedelta(hours=1), "day": timedelta(days=1)}
_WEEKDAYS = {
    name: str(number) for number, name in enumerate(("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"), 1)
}
_MONTHS = {
    name: str(number)
    for number, name in enumerate(
        ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"), 1
    )
}
_SEARCH_LIMIT = timedelta(days=4 * 366)

AcceptEvent: TypeAlias = Callable[[str, bytes], str]
"""Hands (function name, payload) to Lambda as an event and returns the request id."""


@dataclass(frozen=True, slots=True)
class Rate:
    """Fires at its creation, and each time that the interval has passed since."""

    interval: timedelta

    def first_from(self, created_at: datetime) -> datetime | None:
        return created_at

    def next_after(self, last: datetime) -> datetime | None:
        return last + self.interval


@dataclass(frozen=True, slots=True)
class At:
    """Fires once."""

    moment: datetime

    def first_from(self, created_at: datetime) -> datetime | None:
        return self.next_after(created_at)

    def next_after(self, last: datetime) -> datetime | None:
        return self.moment if self.moment > last else None


@dataclass(frozen=True, slots=True)
class Cron:
    """Fires in each minute whose every field is in its set; a field of None is every value."""

    minutes: frozenset[int] | None
    hours: frozenset[int] | None
    days: frozenset[int] | None
    months: frozenset[int] | None
    weekdays: frozenset[int] | None
    years: frozenset[int] | None

    def first_from(self, created_at: datetime) -> datetime | None:
        return self.next_after(created_at)

    def next_after(self, last: datetime) -> datetime | None:
        moment = (last + timedelta(minutes=1)).replace(second=0, microsecond=0)
        end = last + _SEARCH_LIMIT
        while moment < end:
            if not self._day_fits(moment):
                moment = (moment + timedelta(days=1)).replace(hour=0, minute=0)
            elif not _fits(self.hours, moment.hour):
                moment = (moment + timedelta(hours=1)).replace(minute=0)
            elif not _fits(self.minutes, moment.minute):
                moment += timedelta(minutes=1)
            else:
                return moment
        return None

    def _day_fits(self, moment: datetime) -> bool:
        return (
            _fits(self.days, moment.day)
            and _fits(self.months, moment.month)
            and _fits(self.weekdays, moment.isoweekday() % 7 + 1)
            and _fits(self.years, moment.year)
        )


Timetable: TypeAlias = Rate | At | Cron


def parse_schedule(expression: str) -> Timetable:
    """Return the timetable of the expression.

    Raises:
        TemplateError: It is not a cron expression, or uses `L`, `W` or `#`, which are not supported.
    """
    if match := _RATE.fullmatch(expression):
        return Rate(int(match[1]) * _UNITS[match[2]])
    if match := _AT.fullmatch(expression):
        return At(datetime.fromisoformat(match[1]).replace(tzinfo=UTC))
    if (match := _CRON.fullmatch(expression)) and len(fields := match[1].split()) == 6:
        try:
            return Cron(
                minutes=_field(fields[0], 0, 59),
                hours=_field(fields[1], 0, 23),
                days=_field(fields[2], 1, 31),
                months=_field(fields[3], 1, 12, _MONTHS),
                weekdays=_field(fields[4], 1, 7, _WEEKDAYS),
                years=_field(fields[5], 1970, 2199),
            )
        except ValueError as error:
            raise TemplateError(f"Schedule {expression} cannot be read: {error}") from error
    raise TemplateError(f"Schedule {expression} cannot be read.")


def _field(text: str, low: int, high: int, names: dict[str, str] | None = None) -> frozenset[int] | None:
    if text in {"*", "?"}:
        return None
    for name, number in (names or {}).items():
        text = text.upper().replace(name, number)
    values: set[int] = set()
    for part in text.split(","):
        span, _, step = part.partition("/")
        first, _, last = ("*" if span == "*" else span).partition("-")
        start = low if first == "*" else int(first)
        end = int(last) if last else (high if step or first == "*" else start)
        values.update(range(start, end + 1, int(step or 1)))
    return frozenset(values)


def _fits(allowed: frozenset[int] | None, value: int) -> bool:
    return allowed is None or value in allowed


class UnknownSchedule(Exception):
    """The template has no schedule of that name."""


class Schedules:
    """Fires the schedules of a template by a clock.

    Args:
        specs: The schedules.
        accept_event: Takes their events.
        clock: By which they fire.
        observer: Gets each firing.

    Raises:
        TemplateError: An expression cannot be read.
    """

    def __init__(
        self, specs: Sequence[ScheduleSpec], accept_event: AcceptEvent, clock: Clock, observer: Observer
    ) -> None:
        self._timetables = [(spec, parse_schedule(spec.expression)) for spec in specs]
        self._accept_event = accept_event
        self._clock = clock
        self._observer = observer

    async def run(self) -> None:
        """Fire every schedule at its times, until cancelled."""
        async with asyncio.TaskGroup() as group:
            for spec, timetable in self._timetables:
                group.create_task(self._run_one(spec, timetable))

    def fire_now(self, name: str) -> str:
        """Fire the schedule once more, out of its turn; return the request id of its event.

        Raises:
            UnknownSchedule: There is no schedule of that name.
        """
        for spec, _ in self._timetables:
            if spec.name == name:
                return self._fire(spec)
        known = ", ".join(spec.name for spec, _ in self._timetables)
        raise UnknownSchedule(f"There is no schedule {name}; there are {known}.")

    async def _run_one(self, spec: ScheduleSpec, timetable: Timetable) -> None:
        due = timetable.first_from(self._clock.now())
        while due is not None:
            await self._clock.sleep(max(due - self._clock.now(), timedelta(0)))
            self._fire(spec)
            due = timetable.next_after(max(due, self._clock.now() - timedelta(minutes=1)))

    def _fire(self, spec: ScheduleSpec) -> str:
        payload = _default_event(spec, self._clock.now()) if spec.input is None else spec.input.encode()
        request_id = self._accept_event(spec.function_name, payload)
        self._observer(ScheduleFired(spec.name, spec.function_name))
        return request_id


def _default_event(spec: ScheduleSpec, now: datetime) -> bytes:
    """Return the event of a schedule that declares no input of its own."""
    return json.dumps(
        {
            "version": "0",
            "source": "aws.scheduler",
            "detail-type": "Scheduled Event",
            "time": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "resources": [spec.name],
            "detail": "{}",
        }
    ).encode()
