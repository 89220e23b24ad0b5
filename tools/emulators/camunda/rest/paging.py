"""Sort the rows of a search and cut one page out of them; cursors name a row's place, not its index."""

import base64
import binascii
import json
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Final, TypeAlias

from emulators.camunda.rest.conditions import Row
from emulators.camunda.rest.problems import Problem

DEFAULT_LIMIT: Final = 100
MAX_LIMIT: Final = 10_000

_Placed: TypeAlias = tuple[list[Any], Row]


@dataclass(frozen=True, slots=True)
class SortField:
    name: str
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a search.

    Attributes:
        rows: the page's rows, in the order asked for.
        total: how many rows met the filter, over all pages.
        start_cursor: what `before` takes to get the page before this one; None for an empty page.
        end_cursor: what `after` takes to get the page after this one; None for an empty page.

    """

    rows: Sequence[Row]
    total: int
    start_cursor: str | None
    end_cursor: str | None


def cut(rows: Sequence[Row], asked: Mapping[str, Any], order: Sequence[SortField], key: str) -> Page:
    """Return the page of `rows` that `asked` (from, after, before, limit) names.

    The place of a row is its sort values and its `key`, so a row that appears or goes between two pages
    makes no other row be skipped or repeated.

    Raises:
        Problem: 400, the bounds contradict each other or a cursor was not given by this search.

    """
    limit = _limit(asked)
    if len({"from", "after", "before"} & asked.keys()) > 1:
        raise Problem.invalid_argument("Only one of [from, after, before] is allowed.")
    fields = (*order, SortField(key))
    window = _window(_sorted(rows, fields), asked, fields, limit)
    return Page(
        rows=[row for _, row in window],
        total=len(rows),
        start_cursor=_cursor(window[0][0]) if window else None,
        end_cursor=_cursor(window[-1][0]) if window else None,
    )


def _limit(asked: Mapping[str, Any]) -> int:
    limit: int = asked.get("limit", DEFAULT_LIMIT)
    if not 0 <= limit <= MAX_LIMIT:
        raise Problem.invalid_argument(
            f"The value for page.limit is '{limit}' but must be between 0 and {MAX_LIMIT}."
        )
    if asked.get("from", 0) < 0:
        raise Problem.invalid_argument(
            f"The value for page.from is '{asked['from']}' but must be a non-negative number."
        )
    return limit


def _window(
    placed: Sequence[_Placed], asked: Mapping[str, Any], fields: Sequence[SortField], limit: int
) -> Sequence[_Placed]:
    if "after" in asked:
        place = _place_of(asked["after"], len(fields))
        first = bisect_right(placed, 0, key=lambda each: _compare(each[0], place, fields))
        return placed[first : first + limit]
    if "before" in asked:
        place = _place_of(asked["before"], len(fields))
        end = bisect_left(placed, 0, key=lambda each: _compare(each[0], place, fields))
        return placed[max(0, end - limit) : end]
    start: int = asked.get("from", 0)
    return placed[start : start + limit]


def _sorted(rows: Sequence[Row], fields: Sequence[SortField]) -> list[_Placed]:
    """Return the rows in their order with their places; a missing value comes last in either direction."""
    names = [field.name for field in fields]
    placed: list[_Placed] = [([_ordinal(name, row.get(name)) for name in names], row) for row in rows]
    for index, field in reversed(list(enumerate(fields))):  # sorts are stable: the first field comes last
        placed.sort(key=partial(_rank, index, field.descending), reverse=field.descending)
    return placed


def _rank(index: int, is_descending: bool, each: _Placed) -> tuple[bool, Any]:  # noqa: FBT001 - bound by position
    value = each[0][index]
    return (value is None) != is_descending, value


def _ordinal(name: str, value: Any) -> Any:
    """Return what a value is ordered by: keys are strings on the wire and numbers in the order."""
    if isinstance(value, datetime):
        return value.isoformat(timespec="microseconds")
    return int(value) if name.endswith("Key") and isinstance(value, str) and value.isdecimal() else value


def _compare(a: Sequence[Any], b: Sequence[Any], fields: Sequence[SortField]) -> int:
    """Return whether place `a` comes before `b` (-1), is it (0), or comes after it (1)."""
    for mine, theirs, field in zip(a, b, fields, strict=True):
        if mine == theirs:
            continue
        if mine is None or theirs is None:
            return 1 if mine is None else -1
        if isinstance(mine, type(theirs)) and mine > theirs:
            return -1 if field.descending else 1
        return 1 if field.descending else -1
    return 0


def _cursor(place: Sequence[Any]) -> str:
    return base64.b64encode(json.dumps(place, separators=(",", ":")).encode()).decode()


def _place_of(cursor: str, length: int) -> list[Any]:
    try:
        place = json.loads(base64.b64decode(cursor, validate=True))
    except (binascii.Error, ValueError):
        place = None
    if not isinstance(place, list) or len(place) != length:
        raise Problem.invalid_argument(f"Cannot decode page cursor '{cursor}'.")
    return place
