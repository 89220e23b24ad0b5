"""When schedules fire."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta

import pytest
from local_aws.declarations import ScheduleSpec
from local_aws.intrinsics import TemplateError
from local_aws.observations import ignore
from local_aws.schedules import Schedules, UnknownSchedule, parse_schedule

from tests.unit.local_aws.manual_clock import ManualClock

SATURDAY_NOON = datetime(2026, 11, 21, 12, 0, 30, tzinfo=UTC)


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("expression", "following"),
    [
        ("rate(1 minute)", "2026-11-21T12:01:30"),
        ("rate(5 minutes)", "2026-11-21T12:05:30"),
        ("rate(2 hours)", "2026-11-21T14:00:30"),
        ("rate(1 day)", "2026-11-22T12:00:30"),
        ("at(2026-12-24T18:00:00)", "2026-12-24T18:00:00"),
        ("cron(* * * * ? *)", "2026-11-21T12:01:00"),
        ("cron(0/15 * * * ? *)", "2026-11-21T12:15:00"),
        ("cron(30 6 * * ? *)", "2026-11-22T06:30:00"),
        ("cron(0 9 ? * MON-FRI *)", "2026-11-23T09:00:00"),
        ("cron(0 9 ? * 1 *)", "2026-11-22T09:00:00"),
        ("cron(0 0 1 JAN,JUL ? *)", "2027-01-01T00:00:00"),
        ("cron(0 12-14/2 * * ? *)", "2026-11-21T14:00:00"),
        ("cron(0 0 29 2 ? *)", "2028-02-29T00:00:00"),
        ("cron(0 0 1 1 ? 2030)", "2030-01-01T00:00:00"),
    ],
)
def test_next_firing_follows_the_expression(expression: str, following: str) -> None:
    """Each kind of expression fires next when EventBridge Scheduler would."""
    assert parse_schedule(expression).next_after(SATURDAY_NOON) == moment(following)


@pytest.mark.parametrize(
    "expression", ["at(2020-01-01T00:00:00)", "cron(0 0 31 2 ? *)", "cron(0 0 1 1 ? 2020)"]
)
def test_what_is_over_never_fires(expression: str) -> None:
    """A moment that is past, or that no calendar has, does not come."""
    assert parse_schedule(expression).next_after(SATURDAY_NOON) is None


@pytest.mark.parametrize(
    "expression",
    ["", "rate(1 second)", "rate(x)", "cron(* * * * *)", "cron(0 0 L * ? *)", "cron(0 0 ? * 2#1 *)"],
)
def test_expression_that_cannot_be_read_is_refused(expression: str) -> None:
    """What is not understood is refused, never guessed."""
    with pytest.raises(TemplateError, match="cannot be read"):
        parse_schedule(expression)


class Taken:
    """Takes events and remembers when."""

    def __init__(self, clock: ManualClock) -> None:
        self._clock = clock
        self.events: list[tuple[datetime, str, bytes]] = []
        self.first = asyncio.Event()

    def __call__(self, name: str, payload: bytes) -> str:
        self.events.append((self._clock.now(), name, payload))
        self.first.set()
        return f"request {len(self.events)}"


async def run_for(clock: ManualClock, taken: Taken, *specs: ScheduleSpec) -> None:
    schedules = Schedules(specs, taken, clock, ignore)
    await schedules.run()


def test_rate_fires_at_once_and_then_at_its_interval() -> None:
    """A rate fires when it is created and each interval after, with its input."""
    clock = ManualClock(sleeps_allowed=4)
    taken = Taken(clock)
    asyncio.run(run_for(clock, taken, ScheduleSpec("s", "f", "rate(1 minute)", '{"a": 1}')))
    assert [when - SATURDAY_NOON for when, _, _ in taken.events] == [timedelta(minutes=n) for n in range(4)]
    assert {(name, payload) for _, name, payload in taken.events} == {("f", b'{"a": 1}')}


def test_firings_that_were_slept_through_are_not_made_up_for() -> None:
    """When the machine slept for hours, the schedule fires again now and not once for each minute missed."""
    clock = ManualClock(sleeps_allowed=3)
    taken = Taken(clock)
    spec = ScheduleSpec("s", "f", "rate(1 minute)")

    async def scenario() -> None:
        schedules = Schedules([spec], taken, clock, ignore)
        task = asyncio.create_task(schedules.run())
        await taken.first.wait()
        clock.moment += timedelta(hours=3)
        await task

    asyncio.run(scenario())
    assert len(taken.events) <= 4


def test_event_without_an_input_is_schedulers_own() -> None:
    """A schedule without an input sends Scheduler's event."""
    clock = ManualClock()
    taken = Taken(clock)
    schedules = Schedules([ScheduleSpec("s", "f", "rate(1 day)")], taken, clock, ignore)
    assert schedules.fire_now("s") == "request 1"
    event = json.loads(taken.events[0][2])
    assert (event["source"], event["time"]) == ("aws.scheduler", "2026-11-21T12:00:30Z")


def test_unknown_schedule_is_refused_with_those_that_there_are() -> None:
    """The error for a schedule that does not exist lists those that do."""
    clock = ManualClock()
    schedules = Schedules([ScheduleSpec("s", "f", "rate(1 day)")], Taken(clock), clock, ignore)
    with pytest.raises(UnknownSchedule, match="there are s"):
        schedules.fire_now("t")
