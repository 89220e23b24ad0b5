"""Records are what frozen dataclasses are: by fields, by value, unchangeable."""

from __future__ import annotations

import pytest
from apify_camunda.feel.record import Record
from apify_camunda.feel.source import Position, Span, position_at, with_caret


class Point(Record):
    x: int
    y: int = 0


class Marked(Point):
    span: Span = Span(0, 0)


def test_fields() -> None:
    """Fields are given by position or by name; a default stands in for what is left out."""
    assert (Point(1, 2).x, Point(1).y, Point(x=1, y=2).y) == (1, 0, 2)
    assert repr(Marked(1, span=Span(1, 2))) == "Marked(x=1, y=0)"


@pytest.mark.parametrize("arguments", [{}, {"x": 1, "z": 2}])
def test_wrong_fields(arguments: dict[str, int]) -> None:
    """A field that is missing, or that there is not, is an error."""
    with pytest.raises(TypeError):
        Point(**arguments)


def test_value() -> None:
    """Two records are equal by type and fields, but for where they stand in a text."""
    assert Point(1, 2) == Point(1, 2)
    assert hash(Point(1, 2)) == hash(Point(1, 2))
    assert Point(1, 2) != Point(2, 1)
    assert Point(1, 2) != Marked(1, 2)
    assert Marked(1, 2, Span(0, 1)) == Marked(1, 2, Span(5, 6))


def test_unchangeable() -> None:
    """A record stays as it was made."""
    with pytest.raises(AttributeError):
        Point(1, 2).x = 5  # type: ignore[misc]  # that this is wrong is what is tested
    with pytest.raises(AttributeError):
        del Point(1, 2).x


def test_match() -> None:
    """A record can be taken apart by position."""
    match Point(1, 2):
        case Point(x, y):
            assert (x, y) == (1, 2)


def test_places() -> None:
    """Lines and columns count from 1, and the caret keeps tabs where they are."""
    text = "a\n\tb c"

    assert position_at(text, 0) == Position(1, 1)
    assert position_at(text, 5) == Position(2, 4)
    assert with_caret(text, Span(5, 6)) == "\tb c\n\t  ^"
    assert with_caret(text, Span(3, 99)) == "\tb c\n\t^~~"
