"""Makes leaves of expressions at random: numbers, texts, dates, patterns that no list of examples holds."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Final

_LETTERS: Final = (
    "a",
    "b",
    "o",
    "L",
    "Z",
    "é",
    "ß",
    " ",
    "0",
    "7",
    ",",
    ".",
    "-",
    "_",
    "\\n",
    "\\t",
    '\\"',
    "'",
    "foo",
    "+",
)
_ZONES: Final = (
    "",
    "",
    "Z",
    "+01:00",
    "-08:30",
    "@Europe/Berlin",
    "@America/New_York",
    "@Asia/Kolkata",
    "@UTC",
)
_ATOMS: Final = (
    "a",
    "o",
    "[a-o]",
    "[^a]",
    "\\d",
    "\\w",
    "\\s",
    ".",
    "(a|o)",
    "(l)",
    "(?:fo)",
    "^",
    "$",
    "\\p{L}",
    "[A-Z]",
)
_QUANTIFIERS: Final = ("", "", "", "*", "+", "?", "*?", "+?", "{2}", "{1,2}", "++")


def leaf(source: random.Random, kind: str) -> str | None:
    """Return a new leaf of the type, None where only the listed ones will do."""
    make = _MAKERS.get(kind)
    return make(source) if make else None


def _number(source: random.Random) -> str:
    whole = str(source.randrange(10 ** source.choice((1, 1, 2, 3, 6, 12, 20))))
    digits = "".join(source.choice("0123456789") for _ in range(source.choice((0, 0, 1, 2, 3, 10, 30))))
    return source.choice(("", "", "-")) + whole + (f".{digits}" if digits else "")


def _string(source: random.Random) -> str:
    return '"' + "".join(source.choice(_LETTERS) for _ in range(source.randrange(9))) + '"'


def _pattern(source: random.Random) -> str:
    parts = [source.choice(_ATOMS) + source.choice(_QUANTIFIERS) for _ in range(source.randint(1, 3))]
    return '"' + source.choice(("", "|")).join(parts) + '"'


def _date_text(source: random.Random) -> str:
    year = source.choice((source.randint(1890, 2110), source.randint(1, 9999), 2024))
    return f"{year:04}-{source.randint(1, 12):02}-{source.randint(1, 31):02}"


def _time_text(source: random.Random) -> str:
    fraction = source.choice(("", "", "", ".5", ".001", ".123456789"))
    clock = f"{source.randrange(24):02}:{source.randrange(60):02}:{source.randrange(60):02}"
    return f"{clock}{fraction}{source.choice(_ZONES)}"


def _date(source: random.Random) -> str:
    return f'@"{_date_text(source)}"'


def _time(source: random.Random) -> str:
    return f'@"{_time_text(source)}"'


def _date_time(source: random.Random) -> str:
    return f'@"{_date_text(source)}T{_time_text(source)}"'


def _day_time(source: random.Random) -> str:
    parts = [f"{source.randrange(100)}{unit}" for unit in "HMS" if source.random() < 0.5] or ["1M"]
    return (
        f'@"{source.choice(("", "-"))}P{source.choice(("", f"{source.randrange(400)}D"))}T{"".join(parts)}"'
    )


def _year_month(source: random.Random) -> str:
    return f'@"{source.choice(("", "-"))}P{source.randrange(30)}Y{source.randrange(30)}M"'


_MAKERS: Final[dict[str, Callable[[random.Random], str]]] = {
    "number": _number,
    "string": _string,
    "pattern": _pattern,
    "date": _date,
    "time": _time,
    "datetime": _date_time,
    "daytime": _day_time,
    "yearmonth": _year_month,
}
