"""Computes how far a pattern looks behind, as java.util.regex does in its 32-bit arithmetic.

A pattern without a bound is refused. Java's check accepts some of them (`(?<=a*)b`), and so does this one.
Source: the methods `study` of Pattern's nodes, JDK 21.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, assert_never

from apify_camunda.feel.regex import nodes
from apify_camunda.feel.regex.failure import PatternError

_MAX_REPEATS: Final = 2**31 - 1
_A_LARGE_NUMBER: Final = 0xFFFFFFF


def reach(body: nodes.Node) -> tuple[int, int]:
    """Return the fewest and the most characters of a look-behind; the most may have overflown.

    Raises:
        PatternError: Java finds no upper bound.
    """
    found = _study([body], _Length())
    if not found.bounded:
        raise PatternError("Look-behind group does not have an obvious maximum length")
    return found.least, found.most


def farthest(at: int, most: int) -> int:
    """Return the first place from which to look behind at a place, in Java's arithmetic."""
    return max(_int(at - most), 0)


@dataclass(slots=True)
class _Length:
    """The number of characters of a part, whether `most` is known, and whether there is only one way."""

    least: int = 0
    most: int = 0
    bounded: bool = True
    certain: bool = True


def _study(parts: list[nodes.Node], length: _Length) -> _Length:
    """Return the length plus the lengths of the parts."""
    while parts:
        node, *parts = parts
        match node:
            case nodes.Sequence() | nodes.Capture():
                parts = [*_inside(node), *parts]
            case nodes.Choice():
                return _of_choice(node.options, length, parts)
            case nodes.Repeat() if _makes_branches(node) and _is_option(node):
                return _of_choice((node.body, nodes.Sequence(())), length, parts)
            case nodes.Repeat() if _makes_branches(node) and not _is_certain(node.body):
                length.bounded = length.certain = False
                return length  # Java does not study the parts after such a loop
            case _:
                length = _add_one(node, length)
    return length


def _add_one(
    node: nodes.One | nodes.Repeat | nodes.Atomic | nodes.Unit | nodes.BackReference | nodes.At | nodes.Look,
    length: _Length,
) -> _Length:
    match node:
        case nodes.One():
            length.least += 1
            length.most = _int(length.most + 1)
        case nodes.Repeat():
            return _add_repeat(node, length)
        case nodes.Atomic():
            return _study([node.body], length)
        case nodes.Unit():
            length.least += node.least
            length.most = _int(length.most + node.most)
        case nodes.BackReference():
            length.bounded = False
        case nodes.At() | nodes.Look():
            pass
        case _:
            assert_never(node)
    return length


def _inside(node: nodes.Sequence | nodes.Capture) -> tuple[nodes.Node, ...]:
    return node.items if isinstance(node, nodes.Sequence) else (node.body,)


def _makes_branches(node: nodes.Repeat) -> bool:
    """Return whether Java compiles the repetition to branches and loops."""
    is_group = isinstance(node.body, nodes.Sequence | nodes.Capture | nodes.Choice)
    return is_group and node.mode is not nodes.Mode.POSSESSIVE


def _is_option(node: nodes.Repeat) -> bool:
    return (node.least, node.most) == (0, 1)


def _is_certain(node: nodes.Node) -> bool:
    return _study([node], _Length()).certain


def _of_choice(options: tuple[nodes.Node, ...], before: _Length, following: list[nodes.Node]) -> _Length:
    lengths = [_study([option], _Length()) for option in options]
    after = _study(following, _Length())
    return _Length(
        after.least + before.least + min(length.least for length in lengths),
        _int(after.most + before.most + max(length.most for length in lengths)),
        after.bounded and before.bounded and all(length.bounded for length in lengths),
        certain=False,
    )


def _add_repeat(node: nodes.Repeat, length: _Length) -> _Length:
    if _is_option(node):
        least = length.least
        length = _study([node.body], length)
        length.least, length.certain = least, False
    elif isinstance(node.body, nodes.One) and node.most is None and node.mode is nodes.Mode.GREEDY:
        length.least += node.least
        if length.bounded:
            length.most = _int(length.most + _MAX_REPEATS)
        length.certain = False
    else:
        _multiply(_study([node.body], _Length()), node, length)
    return length


def _multiply(body: _Length, node: nodes.Repeat, length: _Length) -> None:
    least = _int(body.least * node.least + length.least)
    most = _int(body.most * (_MAX_REPEATS if node.most is None else node.most) + length.most)
    length.bounded = length.bounded and body.bounded and most >= length.most
    length.least = least if least >= length.least else _A_LARGE_NUMBER
    length.most = most
    length.certain = length.certain and body.certain and node.least == node.most


def _int(number: int) -> int:
    """Return the number as Java's int holds it."""
    low = number & 0xFFFFFFFF
    return low - 2**32 if low >= 2**31 else low
