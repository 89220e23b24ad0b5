"""Built-in functions that compare points and ranges: numbers, dates, times, date-times or durations.

Source: DMN 1.5, table 78 (Allen's interval algebra).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from apify_camunda.feel.builtins.registry import ANY, builtin, illegal
from apify_camunda.feel.comparison import java_type, order
from apify_camunda.feel.failures import Fatal
from apify_camunda.feel.value_text import shown
from apify_camunda.feel.values import NUMBER, TEMPORAL_KINDS, Range, Value, kind_of

Relation: TypeAlias = Callable[[Value, Value], bool]

_POINTS = frozenset({NUMBER, *TEMPORAL_KINDS})


def _less(one: Value, other: Value) -> bool:
    return order(one, other) == -1


def _equal(one: Value, other: Value) -> bool:
    return order(one, other) == 0


def _starts_first(one: Range, other: Range) -> bool:
    """Return whether *one* begins before *other* begins."""
    return _less(one.start, other.start) or (
        _equal(one.start, other.start) and one.includes_start and not other.includes_start
    )


def _ends_last(one: Range, other: Range) -> bool:
    """Return whether *one* ends after *other* ends."""
    return _less(other.end, one.end) or (
        _equal(one.end, other.end) and one.includes_end and not other.includes_end
    )


def _same_start(one: Range, other: Range) -> bool:
    return _equal(one.start, other.start) and one.includes_start == other.includes_start


def _same_end(one: Range, other: Range) -> bool:
    return _equal(one.end, other.end) and one.includes_end == other.includes_end


def _reaches(one: Range, other: Range) -> bool:
    """Return whether *one* ends at or after the start of *other*."""
    return _less(other.start, one.end) or meets(one, other)


def meets(one: Range, other: Range) -> bool:
    return one.includes_end and other.includes_start and _equal(one.end, other.start)


def met_by(one: Range, other: Range) -> bool:
    return meets(other, one)


def point_before_range(point: Value, other: Range) -> bool:
    return _less(point, other.start) or (_equal(point, other.start) and not other.includes_start)


def range_before_point(one: Range, point: Value) -> bool:
    return _less(one.end, point) or (_equal(one.end, point) and not one.includes_end)


def range_before_range(one: Range, other: Range) -> bool:
    apart = not (one.includes_end and other.includes_start)
    return _less(one.end, other.start) or (apart and _equal(one.end, other.start))


def overlaps(one: Range, other: Range) -> bool:
    return _reaches(one, other) and _reaches(other, one)


def overlaps_before(one: Range, other: Range) -> bool:
    return _starts_first(one, other) and _reaches(one, other) and not _ends_last(one, other)


def overlaps_after(one: Range, other: Range) -> bool:
    return _starts_first(other, one) and _reaches(other, one) and not _ends_last(other, one)


def point_finishes(point: Value, other: Range) -> bool:
    return other.includes_end and _equal(point, other.end)


def range_finishes(one: Range, other: Range) -> bool:
    return _same_end(one, other) and not _starts_first(one, other)


def includes_point(one: Range, point: Value) -> bool:
    """Return whether the point is between the ends, or is an end that belongs to the range."""
    within = _less(one.start, point) and _less(point, one.end)
    is_start = one.includes_start and _equal(one.start, point)
    return within or is_start or (one.includes_end and _equal(one.end, point))


def includes_range(one: Range, other: Range) -> bool:
    return not _starts_first(other, one) and not _ends_last(other, one)


def point_starts(point: Value, other: Range) -> bool:
    return other.includes_start and _equal(point, other.start)


def range_starts(one: Range, other: Range) -> bool:
    return _same_start(one, other) and not _ends_last(one, other)


def coincide(one: Range, other: Range) -> bool:
    return _same_start(one, other) and _same_end(one, other)


def _turned(relation: Relation) -> Relation:
    return lambda one, other: relation(other, one)


_POINT_POINT = ("point1", "point2")
_POINT_RANGE = ("point", "range")
_RANGE_POINT = ("range", "point")
_RANGE_RANGE = ("range1", "range2")
_MISNAMED = {("finished by", _RANGE_POINT): _POINT_RANGE}
"""Parameters whose names are swapped in Camunda's engine."""

_RELATIONS: dict[str, dict[tuple[str, str], Relation]] = {
    "before": {
        _POINT_POINT: _less,
        _POINT_RANGE: point_before_range,
        _RANGE_POINT: range_before_point,
        _RANGE_RANGE: range_before_range,
    },
    "after": {
        _POINT_POINT: _turned(_less),
        _POINT_RANGE: _turned(range_before_point),
        _RANGE_POINT: _turned(point_before_range),
        _RANGE_RANGE: _turned(range_before_range),
    },
    "meets": {_RANGE_RANGE: meets},
    "met by": {_RANGE_RANGE: met_by},
    "overlaps": {_RANGE_RANGE: overlaps},
    "overlaps before": {_RANGE_RANGE: overlaps_before},
    "overlaps after": {_RANGE_RANGE: overlaps_after},
    "finishes": {_POINT_RANGE: point_finishes, _RANGE_RANGE: range_finishes},
    "finished by": {_RANGE_POINT: _turned(point_finishes), _RANGE_RANGE: _turned(range_finishes)},
    "includes": {_RANGE_POINT: includes_point, _RANGE_RANGE: includes_range},
    "during": {_POINT_RANGE: _turned(includes_point), _RANGE_RANGE: _turned(includes_range)},
    "starts": {_POINT_RANGE: point_starts, _RANGE_RANGE: range_starts},
    "started by": {_RANGE_POINT: _turned(point_starts), _RANGE_RANGE: _turned(range_starts)},
    "coincides": {_POINT_POINT: _equal, _RANGE_RANGE: coincide},
}


def _declare(name: str, relations: dict[tuple[str, str], Relation]) -> None:
    """Declare one overload for each way to call the relation; by position, the types of the values decide.

    Camunda's engine fails the evaluation for a point where the relation takes only ranges, and for a range
    where it takes only points. Only `coincides` also takes a point and a range.
    """

    def call(one: Value, other: Value) -> bool:
        bounds = [bound for value in (one, other) for bound in _bounds(value)]
        if kind_of(bounds[0]) not in _POINTS or len(set(map(java_type, bounds))) > 1:
            raise illegal(one, other)
        for (first, second), relation in relations.items():
            if _is(one, first) and _is(other, second):
                return relation(one, other)
        if name == "coincides":
            return False
        raise Fatal(f"'{name}' does not compare {shown(one)} with {shown(other)}")

    for way in relations:
        first, second = _MISNAMED.get((name, way), way)
        builtin(name, (first, ANY), (second, ANY), since="1.3")(call)


def _is(value: Value, parameter: str) -> bool:
    return (type(value) is Range) is parameter.startswith("range")


def _bounds(value: Value) -> tuple[Value, ...]:
    return (value.start, value.end) if type(value) is Range else (value,)


for _name, _ways in _RELATIONS.items():
    _declare(_name, _ways)
