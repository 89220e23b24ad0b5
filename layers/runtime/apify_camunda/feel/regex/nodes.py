"""The nodes of a regular expression, between parser and compiler."""

from __future__ import annotations

from enum import Enum, auto
from typing import NamedTuple, TypeAlias

from apify_camunda.feel.regex.character_sets import CharacterSet


class Mode(Enum):
    """How a repetition chooses: as many as possible, as few as possible, or as many without backtracking."""

    GREEDY = auto()
    LAZY = auto()
    POSSESSIVE = auto()


class Place(Enum):
    """The condition of an assertion; the `LINE` ones also match at line ends within the text."""

    START = auto()
    LINE_START = auto()
    UNIX_LINE_START = auto()
    LAST_LINE_END = auto()
    LINE_END = auto()
    UNIX_LAST_LINE_END = auto()
    UNIX_LINE_END = auto()
    END = auto()
    PREVIOUS_END = auto()
    WORD_EDGE = auto()
    NO_WORD_EDGE = auto()
    UNICODE_WORD_EDGE = auto()
    NO_UNICODE_WORD_EDGE = auto()


class Case(Enum):
    """Which letters are equal for a back-reference."""

    EXACT = auto()
    ASCII = auto()
    UNICODE = auto()


class One(NamedTuple):
    """Any one character of a set."""

    characters: CharacterSet


class Sequence(NamedTuple):
    items: tuple[Node, ...]


class Choice(NamedTuple):
    options: tuple[Node, ...]


class Capture(NamedTuple):
    group: int
    body: Node


class Repeat(NamedTuple):
    """The body, `least` to `most` times; None is without an upper bound."""

    body: Node
    least: int
    most: int | None
    mode: Mode


class At(NamedTuple):
    place: Place


class Look(NamedTuple):
    """The text after this place (before it, if `behind`) matches the body, or does not, if `negative`."""

    body: Node
    behind: bool
    negative: bool


class Atomic(NamedTuple):
    """The first match of the body, without going back into it."""

    body: Node


class Unit(NamedTuple):
    r"""One piece for java.util.regex that may take several characters: `\R` and `\X`.

    Attributes:
        body: The parts; in a repetition, only its first match counts.
        least: The fewest characters that Java counts for it in a look-behind.
        most: Likewise the most.
    """

    body: Node
    least: int
    most: int


class BackReference(NamedTuple):
    group: int
    case: Case


Node: TypeAlias = One | Sequence | Choice | Capture | Repeat | At | Look | Atomic | Unit | BackReference
