"""Formats text, tables and JSON values for a terminal: in short lines, with control characters escaped."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Self

MOST_LEVELS = 100
TOO_DEEP = f"a value nested deeper than {MOST_LEVELS} levels"
_LINE = 110
_DEEPEST = 2
_MOST_ITEMS = 5
_LONGEST_TEXT = 120
_OF_A_RUN = ("id", "status", "startedAt", "finishedAt", "defaultDatasetId", "defaultKeyValueStoreId")
_MARKS_OF_A_RUN = frozenset({"id", "actId", "status", "defaultDatasetId"})


class Cut:
    """What was left out, in words."""

    def __init__(self, words: str) -> None:
        self.words = words


def is_too_deep(value: Any) -> bool:
    """Say whether a JSON value is nested deeper than what is shown of any value."""
    level = [value]
    for _ in range(MOST_LEVELS):
        level = [part for each in level for part in _parts(each) if isinstance(part, Mapping | list | tuple)]
        if not level:
            return False
    return True


def _parts(value: Any) -> Iterable[Any]:
    match value:
        case Mapping():
            return value.values()
        case list() | tuple():
            return value
        case _:
            return ()


def json_value(text: Any) -> Any:
    """Return the value of a JSON text, any other text unchanged, TOO_DEEP for a deep one."""
    try:
        value = json.loads(text)
    except RecursionError:
        return TOO_DEEP
    except (TypeError, ValueError):
        return text
    return TOO_DEEP if is_too_deep(value) else value


def shortened(value: Any) -> Any:
    """Return the value with what is long or deep cut; a run at Apify keeps what it is known by."""
    return Cut(TOO_DEEP) if is_too_deep(value) else _shortened(value, 0)


def _shortened(value: Any, depth: int) -> Any:
    match value:
        case str() if len(value) > _LONGEST_TEXT:
            return f"{value[:_LONGEST_TEXT]}... ({len(value)} characters)"
        case Mapping() if value.keys() >= _MARKS_OF_A_RUN:
            known = {name: value[name] for name in _OF_A_RUN if value.get(name) is not None}
            return {**known, "": Cut(f"... {len(value) - len(known)} more of the run")}
        case Mapping() if depth >= _DEEPEST and not _is_small(value):
            return Cut(f"{{... {len(value)}}}")
        case Mapping():
            return {name: _shortened(part, depth + 1) for name, part in value.items()}
        case list():
            items = [_shortened(part, depth + 1) for part in value[:_MOST_ITEMS]]
            left = len(value) - len(items)
            return [*items, Cut(f"... {left} more")] if left else items
        case _:
            return value


def _is_small(value: Mapping[str, Any]) -> bool:
    return len(value) <= _MOST_ITEMS and not any(isinstance(part, Mapping | list) for part in value.values())


def printable(text: str) -> str:
    """Return the text with what would move a terminal's cursor or change its colours escaped."""
    return "".join(sign if sign.isprintable() else json.dumps(sign)[1:-1] for sign in text)


def show(value: Any, indent: int = 0) -> str:
    """Return the value as text: on one line where it fits, else one line a part, indented so far."""
    flat = _flat(value)
    if indent + len(flat) <= _LINE or not isinstance(value, Mapping | list) or not value:
        return flat
    opening, closing = "{}" if isinstance(value, Mapping) else "[]"
    pad = " " * (indent + 2)
    parts = (f"{pad}{name}{show(part, indent + 2)}" for name, part in _named(value))
    return "\n".join([opening, *parts, f"{' ' * indent}{closing}"])


def _flat(value: Any) -> str:
    match value:
        case Cut():
            return value.words
        case Mapping():
            return "{" + ", ".join(f"{name}{_flat(part)}" for name, part in _named(value)) + "}"
        case list():
            return "[" + ", ".join(_flat(part) for part in value) + "]"
        case _:
            return printable(json.dumps(value, ensure_ascii=False))


def _named(value: Mapping[str, Any] | list[Any]) -> Iterator[tuple[str, Any]]:
    if isinstance(value, list):
        yield from (("", part) for part in value)
    else:
        yield from ((f"{_flat(name)}: " if name else "", part) for name, part in value.items())


def one_line(text: object, longest: int | None = None) -> str:
    """Return a text without its line ends, so that it fits into a sentence.

    Args:
        text: Any object; its `str` is shown.
        longest: A longer text is shortened to its beginning and its end. None means no limit.
    """
    line = " ".join(str(text).split())
    if longest is None or len(line) <= longest:
        return line
    return f"{line[: longest // 2]} ... {line[-longest // 2 :]}"


def as_utf8(text: str) -> str:
    """Return an argument as it was typed in UTF-8, also in a locale that could not decode it.

    Bytes that are not UTF-8 become replacement characters, because they could not be sent to any service.
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        return os.fsencode(text).decode(errors="replace")
    return text


def in_columns(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Yield a line for the heads and one for each row; the last column may have several lines."""
    lines = [tuple(heads), *(tuple(row) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(heads) - 1)]
    for line in lines:
        cells = (cell.ljust(width) for cell, width in zip(line, widths, strict=False))
        first, *rest = line[-1].splitlines() or [""]
        yield "  ".join([*cells, first]).rstrip()
        start = " " * sum(width + 2 for width in widths)
        yield from (f"{start}{more}".rstrip() for more in rest)


class Coloured(str):
    """A line that a terminal shows in a colour; elsewhere it is plain text."""

    __slots__ = ("colour",)
    colour: str

    def __new__(cls, text: str, colour: str) -> Self:
        """Return the text with its colour, one of those that click knows."""
        line = super().__new__(cls, text)
        line.colour = colour
        return line


def labelled(label: str, text: str, *, width: int = 8, indent: int = 2) -> Iterator[str]:
    """Yield `text` beside its label, its further lines below its first, so that carets keep their column."""
    first, *rest = text.splitlines() or [""]
    yield f"{'':<{indent}}{label:<{width}}{first}".rstrip()
    yield from (f"{'':<{indent + width}}{line}".rstrip() for line in rest)


def cut(text: str, longest: int) -> str:
    """Return the beginning of a text, with a mark where the rest is left out."""
    return text if len(text) <= longest else f"{text[:longest]}..."
