"""The text of an expression and places in it; it renders, it does not judge."""

from __future__ import annotations

from typing import NamedTuple


class Span(NamedTuple):
    """A half-open piece of the text, in characters from its beginning."""

    start: int
    end: int


class Position(NamedTuple):
    """A place as a person counts it: both from 1."""

    line: int
    column: int


def position_at(text: str, offset: int) -> Position:
    """Return line and column of the character at `offset`."""
    line_start = text.rfind("\n", 0, offset) + 1
    return Position(text.count("\n", 0, offset) + 1, offset - line_start + 1)


def with_caret(text: str, span: Span) -> str:
    """Return the line in which `span` begins, with `~~~^` under the span's part of it.

    The caret stands under the first character of the span; what follows of it on the line is underlined.
    """
    line_start = text.rfind("\n", 0, span.start) + 1
    line_end = text.find("\n", span.start)
    line = text[line_start : len(text) if line_end < 0 else line_end]
    lead = "".join("\t" if character == "\t" else " " for character in line[: span.start - line_start])
    length = max(1, min(span.end, line_start + len(line)) - span.start)
    return f"{line}\n{lead}^{'~' * (length - 1)}"
