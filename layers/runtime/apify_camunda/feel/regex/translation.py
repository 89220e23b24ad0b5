"""Writes a pattern in the syntax of Python's `re` where both mean the same, and bounds its work.

Python's matcher is fast and cannot be stopped, so its patterns must have a bound that is proved:
`work(length)` is the most steps that any text of that length can cause. All other patterns run on the machine
of this package, which counts its steps.
"""

from __future__ import annotations

from itertools import combinations
from typing import Final, NamedTuple

from apify_camunda.feel.regex.character_sets import CharacterSet, Ranges
from apify_camunda.feel.regex.nodes import At, Capture, Choice, Mode, Node, One, Place, Repeat, Sequence
from apify_camunda.feel.regex.starts import first_characters

_PLACES: Final = {
    Place.START: r"\A",
    Place.END: r"\Z",
    Place.LAST_LINE_END: r"(?:\Z|(?=\r\n\Z)|(?<!\r)(?=\n\Z)|(?=[\r\x85\u2028\u2029]\Z))",
}
_MOST_REPEATS: Final = 1_000


class Translation(NamedTuple):
    """A pattern for `re`.

    Attributes:
        source: Its text.
        factor: With `degree`, there are at most factor * (length + 1) ** degree ways to match from one place.
        size: The most steps of one way, without those that it shares with other ways.
        anchored: It can match only from the start of the text.
    """

    source: str
    factor: int
    degree: int
    size: int
    anchored: bool = False

    def work(self, length: int) -> int:
        """Return an upper bound of the steps of a search in a text of so many characters."""
        starts = 1 if self.anchored else length + 1
        return int(starts * self.size * self.factor * (length + 1) ** self.degree)


def translate(node: Node) -> Translation | None:  # noqa: PLR0911  one case a kind of node
    """Return the pattern for `re`; None if its meaning may differ or its work has no small bound."""
    match node:
        case One() if node.characters.ranges:
            return Translation(_class(node.characters.ranges), factor=1, degree=0, size=1)
        case Sequence():
            return _sequence([translate(item) for item in node.items])
        case Choice():
            return _choice(node)
        case Capture():
            body = translate(node.body)
            return body and body._replace(source=f"({body.source})", size=body.size + 2)
        case Repeat():
            return _repeat(node)
        case At() if node.place in _PLACES:
            return Translation(_PLACES[node.place], 1, 0, 4, anchored=node.place is Place.START)
        case _:
            return None


def _sequence(items: list[Translation | None]) -> Translation | None:
    result = Translation("", factor=1, degree=0, size=1)
    for item in items:
        if item is None:
            return None
        result = Translation(
            result.source + item.source,
            result.factor * item.factor,
            result.degree + item.degree,
            result.size + item.size,
            anchored=result.anchored or (not result.source and item.anchored),
        )
    return result


def _choice(node: Choice) -> Translation | None:
    options = [option for option in map(translate, node.options) if option is not None]
    if len(options) < len(node.options):
        return None
    factors = [option.factor for option in options]
    exclusive = all(
        _apart(first_characters(a), first_characters(b)) for a, b in combinations(node.options, 2)
    )
    return Translation(
        f"(?:{'|'.join(option.source for option in options)})",
        max(factors) if exclusive else sum(factors),
        max(option.degree for option in options),
        sum(option.size for option in options),
        anchored=all(option.anchored for option in options),
    )


def _repeat(node: Repeat) -> Translation | None:
    """Return the repetition of one character, or of a body that can match from a place in one way only."""
    body = translate(node.body)
    if body is None or node.mode is Mode.POSSESSIVE or max(node.least, node.most or 0) > _MOST_REPEATS:
        return None
    single = isinstance(node.body, One) or (
        isinstance(node.body, Capture) and isinstance(node.body.body, One)
    )
    certain = body.factor == 1 and body.degree == 0 and _takes_text(node.body) and not _captures(node.body)
    if not (single or certain):
        return None
    most = "" if node.most is None else str(node.most)
    lazy = "?" if node.mode is Mode.LAZY else ""
    source = f"(?:{body.source}){{{node.least},{most}}}{lazy}"
    if node.most is None:
        return Translation(source, 1, 1, body.size + node.least)
    return Translation(source, node.most - node.least + 1, 0, body.size * max(node.most, 1))


def _takes_text(node: Node) -> bool:
    match node:
        case One():
            return True
        case Sequence():
            return any(map(_takes_text, node.items))
        case Choice():
            return all(map(_takes_text, node.options))
        case Capture():
            return _takes_text(node.body)
        case Repeat():
            return node.least > 0 and _takes_text(node.body)
        case _:
            return False


def _captures(node: Node) -> bool:
    match node:
        case Capture():
            return True
        case Sequence():
            return any(map(_captures, node.items))
        case Choice():
            return any(map(_captures, node.options))
        case Repeat():
            return _captures(node.body)
        case _:
            return False


def _apart(a: CharacterSet | None, b: CharacterSet | None) -> bool:
    if a is None or b is None or a.ranges is None or b.ranges is None:
        return False
    return all(
        end < other_start or other_end < start
        for start, end in a.ranges
        for other_start, other_end in b.ranges
    )


def _class(ranges: Ranges) -> str:
    return "[" + "".join(f"{_character(start)}-{_character(end)}" for start, end in ranges) + "]"


def _character(code_point: int) -> str:
    return f"\\U{code_point:08x}"
