"""Finds where in a text a match can begin, so that the machine need not try every place."""

from __future__ import annotations

from apify_camunda.feel.regex.character_sets import CharacterSet
from apify_camunda.feel.regex.nodes import At, Capture, Mode, Node, One, Place, Repeat, Sequence


class Starts:
    """The places at which matches of a pattern can begin."""

    __slots__ = ("_first", "_is_anchored", "_run")

    def __init__(self, node: Node, *, refers_back: bool) -> None:
        self._first = first_characters(node)
        self._run = None if refers_back else _leading_run(node)
        self._is_anchored = _is_anchored(node)

    def next(self, text: str, start: int) -> int | None:
        """Return the first place from `start` on; None if there is no such place."""
        if start > len(text) or (start > 0 and self._is_anchored):
            return None
        if self._first is None:
            return start
        members, at, end = self._first.members, start, len(text)
        while at < end and not members[text[at]]:
            at += 1
        return at if at < end else None

    def after_failure(self, text: str, at: int) -> int:
        """Return where to continue if no match began at the place.

        A pattern that begins with a run of any length (`.*x`) then fails within that run and at its end, too.
        """
        if self._run is not None:
            members, end = self._run.members, len(text)
            while at < end and members[text[at]]:
                at += 1
        return at + 1


def first_characters(node: Node) -> CharacterSet | None:
    """Return the characters with which a match of the node can begin; None if they are not known."""
    match node:
        case One():
            return node.characters
        case Sequence() if node.items:
            return first_characters(node.items[0])
        case Capture():
            return first_characters(node.body)
        case Repeat() if node.least > 0:
            return first_characters(node.body)
        case _:
            return None


def _leading_run(node: Node) -> CharacterSet | None:
    match node:
        case Sequence() if node.items:
            return _leading_run(node.items[0])
        case Capture():
            return _leading_run(node.body)
        case Repeat(body=One(characters=run), most=None) if (
            node.least <= 1 and node.mode is not Mode.POSSESSIVE
        ):
            return run
        case _:
            return None


def _is_anchored(node: Node) -> bool:
    match node:
        case At():
            return node.place is Place.START
        case Sequence() if node.items:
            return _is_anchored(node.items[0])
        case Capture():
            return _is_anchored(node.body)
        case _:
            return False
