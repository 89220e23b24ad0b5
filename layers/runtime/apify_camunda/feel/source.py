"""Places in the text of an expression, and how they are shown."""

from __future__ import annotations

from typing import Final, NamedTuple

from apify_camunda.feel.record import Record

_SURROUNDINGS: Final = 60


class Span(NamedTuple):
    """A half-open piece of the text, in characters from its beginning."""

    start: int
    end: int


class Position(Record):
    """A place for a reader: line and column, both from 1."""

    line: int
    column: int


def position_at(text: str, offset: int) -> Position:
    """Return line and column of the character at `offset`."""
    line_start = text.rfind("\n", 0, offset) + 1
    return Position(text.count("\n", 0, offset) + 1, offset - line_start + 1)


def with_caret(text: str, span: Span) -> str:
    """Return the line in which `span` begins, with `^~~` below the span.

    Of a long line, only the part around the span is shown.
    """
    line_start = text.rfind("\n", 0, span.start) + 1
    line_end = text.find("\n", span.start)
    start = max(line_start, span.start - _SURROUNDINGS)
    end = min(len(text) if line_end < 0 else line_end, span.start + _SURROUNDINGS)
    before, shown = ("..." if start > line_start else ""), text[start:end]
    lead = "".join("\t" if character == "\t" else " " for character in shown[: span.start - start])
    length = max(1, min(span.end, end) - span.start)
    return f"{before}{shown}\n{' ' * len(before)}{lead}^{'~' * (length - 1)}"
