"""The parts of a regular expression, as the parser sees them and the compiler needs them."""

from __future__ import annotations

from enum import Enum, auto
from typing import NamedTuple, TypeAlias

from apify_camunda.feel.regex.character_sets import CharacterSet


class Mode(Enum):
    """How a repetition chooses: as many as possible, as few as possible, or as many as possible for good."""

    GREEDY = auto()
    LAZY = auto()
    POSSESSIVE = auto()


class Place(Enum):
    """What an assertion asks of a position; `LINE` ones also hold at line ends within the text."""

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
    """Which letters a back-reference takes for the same."""

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
    """The body from `least` to `most` times; None is without end."""

    body: Node
    least: int
    most: int | None
    mode: Mode


class At(NamedTuple):
    place: Place


class Look(NamedTuple):
    """What follows (or, `behind`, comes before) does, or when `negative` does not, match the body."""

    body: Node
    behind: bool
    negative: bool


class Atomic(NamedTuple):
    """The body's first match, for good."""

    body: Node


class Unit(NamedTuple):
    r"""What is one piece for java.util.regex though it may take several characters: `\R` and `\X`.

    Attributes:
        body: What matches; in a repetition its first match counts, for good.
        least: The fewest characters that Java takes it for when it looks behind.
        most: Likewise the most.
    """

    body: Node
    least: int
    most: int


class BackReference(NamedTuple):
    group: int
    case: Case


Node: TypeAlias = One | Sequence | Choice | Capture | Repeat | At | Look | Atomic | Unit | BackReference
