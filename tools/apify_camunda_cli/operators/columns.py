"""Lays rows out in columns for a person's eyes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence


def in_columns(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Yield a line for the heads and for each row; the last column is as long as it needs to be."""
    lines = [tuple(heads), *(tuple(row) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(heads) - 1)]
    for line in lines:
        cells = (cell.ljust(width) for cell, width in zip(line, widths, strict=False))
        yield "  ".join([*cells, line[-1]]).rstrip()
