"""Built-in functions on dates, times and durations, and on the clock."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from apify_camunda.feel.builtins.registry import ANY, builtin, builtin_of_evaluation, illegal
from apify_camunda.feel.scope import Evaluation
from apify_camunda.feel.values import DATE, DATE_TIME, Value, kind_of

if TYPE_CHECKING:
    from apify_camunda.feel.temporal import Date, ZonedDateTime

T = TypeVar("T")


@builtin_of_evaluation("now")
def now(evaluation: Evaluation) -> ZonedDateTime:
    from apify_camunda.feel.temporal import zone_of  # noqa: PLC0415  only expressions with dates load it
    from apify_camunda.feel.temporal.values import Offset  # noqa: PLC0415
    from apify_camunda.feel.temporal.zones import at_instant  # noqa: PLC0415

    second, nano = divmod(evaluation.clock.now_ns(), 1_000_000_000)
    place = zone_of(evaluation.clock.zone())
    if isinstance(place, Offset):
        return at_instant(second, nano, None, place)
    return at_instant(second, nano, place, Offset(0))


@builtin_of_evaluation("today")
def today(evaluation: Evaluation) -> Date:
    return now(evaluation).local.date


@builtin("day of week", ("date", ANY))
def day_of_week(date: Value) -> str:
    from apify_camunda.feel import temporal  # noqa: PLC0415  only expressions with dates load it

    return _of_date(date, temporal.day_of_week)


@builtin("day of year", ("date", ANY))
def day_of_year(date: Value) -> int:
    from apify_camunda.feel import temporal  # noqa: PLC0415  only expressions with dates load it

    return _of_date(date, temporal.day_of_year)


@builtin("week of year", ("date", ANY))
def week_of_year(date: Value) -> int:
    from apify_camunda.feel import temporal  # noqa: PLC0415  only expressions with dates load it

    return _of_date(date, temporal.week_of_year)


@builtin("month of year", ("date", ANY))
def month_of_year(date: Value) -> str:
    from apify_camunda.feel import temporal  # noqa: PLC0415  only expressions with dates load it

    return _of_date(date, temporal.month_of_year)


@builtin("last day of month", ("date", ANY), since="8.2")
def last_day_of_month(date: Value) -> Date:
    from apify_camunda.feel import temporal  # noqa: PLC0415  only expressions with dates load it

    return _of_date(date, temporal.last_day_of_month)


def _of_date(date: Value, function: Callable[[Date], T]) -> T:
    from apify_camunda.feel import temporal  # noqa: PLC0415  only expressions with dates load it

    if kind_of(date) not in {DATE, DATE_TIME}:
        raise illegal(date)
    of_moment = temporal.to_date(date)
    assert of_moment is not None  # it has a date, by its kind
    return function(of_moment)
