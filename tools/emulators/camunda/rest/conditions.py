"""Decide whether a row of a search meets its filter; reading the filter is the business of `shapes`."""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

Row: TypeAlias = Mapping[str, Any]

_OPERATORS: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "$eq": lambda have, want: bool(have == want),
    "$neq": lambda have, want: bool(have != want),
    "$exists": lambda have, want: (have is not None) == want,
    "$in": lambda have, want: have in want,
    "$notIn": lambda have, want: have not in want,
    "$like": lambda have, want: have is not None and _like(want).fullmatch(str(have)) is not None,
    "$gt": lambda have, want: have is not None and bool(have > want),
    "$gte": lambda have, want: have is not None and bool(have >= want),
    "$lt": lambda have, want: have is not None and bool(have < want),
    "$lte": lambda have, want: have is not None and bool(have <= want),
}


def meets(row: Row, wanted: Mapping[str, Any]) -> bool:
    """Return whether every property of the filter holds for `row`.

    A row names its values as the filter names them, dates as moments. A value that is a list (the tags) must
    hold all wanted ones. `$or` holds when any one of its filters does, and all beside it must hold too.
    """
    for name, want in wanted.items():
        if name == "$or":
            if want and not any(meets(row, each) for each in want):
                return False
        elif not _holds(row.get(name), want):
            return False
    return True


def _holds(have: Any, want: Any) -> bool:
    if isinstance(want, Mapping):
        return all(_OPERATORS[operator](have, operand) for operator, operand in want.items())
    if isinstance(want, list):
        return set(want) <= set(have or ())
    return bool(have == want)


def _like(pattern: str) -> re.Pattern[str]:
    r"""Return the pattern's expression: `*` any characters, `?` one, a backslash takes their meaning away."""

    def piece(match: re.Match[str]) -> str:
        text = match.group()
        if text == "*":
            return ".*"
        if text == "?":
            return "."
        return re.escape(text[-1])

    return re.compile(re.sub(r"\\.|.", piece, pattern, flags=re.DOTALL), re.DOTALL)
