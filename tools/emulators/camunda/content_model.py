"""What may follow what inside an element: a regular expression over the names of children.

The notation is `a* (b | c=type)? <other,lax>+`. It is read into an automaton whose states are the places in
the notation (Glushkov's construction); XML Schema demands that a child fits one place at most.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

_TOKEN: Final = re.compile(r"\s*([()|?*+]|<\w+,\w+>|[\w:.]+(?:=[\w:.]+)?)")
_START: Final = -1


@dataclass(frozen=True, slots=True)
class Place:
    """One name in the notation.

    Attributes:
        name: The child's name; a wildcard's is empty.
        type_name: The child's type, where it is only declared here.
        wildcard: "any" or "other", which namespaces a wildcard takes.
        is_strict: Whether what a wildcard takes must be declared somewhere.
    """

    name: str
    type_name: str | None = None
    wildcard: str = ""
    is_strict: bool = False


@dataclass(frozen=True, slots=True)
class ContentModel:
    """An automaton over places; a state is the place of the child before, `START` at first."""

    places: tuple[Place, ...]
    first: tuple[int, ...]
    last: frozenset[int]
    following: Mapping[int, tuple[int, ...]]
    may_be_empty: bool

    @classmethod
    def written_as(cls, notation: str) -> "ContentModel":
        """Return what a notation means; an empty one means no children."""
        return _Reader(_TOKEN.findall(notation)).sequence() if notation else NOTHING

    @property
    def start(self) -> int:
        """The state before the first child."""
        return _START

    def next_places(self, state: int) -> tuple[int, ...]:
        """Return the places that a child may take now."""
        return self.first if state == _START else self.following[state]

    def may_end(self, state: int) -> bool:
        """Return whether the element may end now."""
        return self.may_be_empty if state == _START else state in self.last

    def followed_by(self, other: "ContentModel") -> "ContentModel":
        """Return this content and then the other's."""
        shift = len(self.places)
        theirs = {k + shift: tuple(n + shift for n in v) for k, v in other.following.items()}
        first = tuple(n + shift for n in other.first)
        last = frozenset(n + shift for n in other.last)
        mine = {k: v + (first if k in self.last else ()) for k, v in self.following.items()}
        return ContentModel(
            places=self.places + other.places,
            first=self.first + (first if self.may_be_empty else ()),
            last=last | (self.last if other.may_be_empty else frozenset()),
            following={**mine, **theirs},
            may_be_empty=self.may_be_empty and other.may_be_empty,
        )

    def or_else(self, other: "ContentModel") -> "ContentModel":
        """Return either this content or the other's."""
        both = self.followed_by(other)
        shift = len(self.places)
        return ContentModel(
            places=both.places,
            first=self.first + tuple(n + shift for n in other.first),
            last=self.last | frozenset(n + shift for n in other.last),
            following={
                **self.following,
                **{k + shift: tuple(n + shift for n in v) for k, v in other.following.items()},
            },
            may_be_empty=self.may_be_empty or other.may_be_empty,
        )

    def repeated(self, suffix: str) -> "ContentModel":
        """Return this content as often as "?", "*" or "+" says."""
        following = self.following
        if suffix != "?":
            following = {k: v + (self.first if k in self.last else ()) for k, v in following.items()}
        may_be_empty = self.may_be_empty or suffix != "+"
        return ContentModel(self.places, self.first, self.last, following, may_be_empty)


NOTHING: Final = ContentModel((), (), frozenset(), {}, may_be_empty=True)
"""No children."""


class _Reader:
    """Reads the tokens of a notation."""

    def __init__(self, tokens: list[str]) -> None:
        self._tokens = tokens[::-1]

    def sequence(self) -> ContentModel:
        """Read parts that follow one another, and alternatives to them."""
        model = NOTHING
        while self._tokens and self._tokens[-1] not in {")", "|"}:
            model = model.followed_by(self._part())
        if self._tokens and self._tokens[-1] == "|":
            self._tokens.pop()
            return model.or_else(self.sequence())
        return model

    def _part(self) -> ContentModel:
        token = self._tokens.pop()
        if token == "(":
            model = self.sequence()
            self._tokens.pop()
        else:
            model = ContentModel((_place(token),), (0,), frozenset({0}), {0: ()}, may_be_empty=False)
        while self._tokens and self._tokens[-1] in {"?", "*", "+"}:
            model = model.repeated(self._tokens.pop())
        return model


def _place(token: str) -> Place:
    if token.startswith("<"):
        wildcard, _, processing = token[1:-1].partition(",")
        return Place("", wildcard=wildcard, is_strict=processing == "strict")
    name, _, type_name = token.partition("=")
    return Place(name, type_name or None)
