"""Decides whether a position is the start of a line, the edge of a word, or another boundary.

Source: the nodes Begin, Caret, Dollar, Bound and LastMatch of java.util.regex.Pattern, JDK 21.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from typing import Final, TypeAlias

from apify_camunda.feel.regex.character_sets import LINE_END, WORD
from apify_camunda.feel.regex.nodes import Place
from apify_camunda.feel.regex.properties import is_unicode_word

PlaceTest: TypeAlias = Callable[[str, int, int], bool]
"""Takes the text, the position, and where the previous match ended."""


def _at_line_start(text: str, at: int, _previous_end: int) -> bool:
    if at == len(text):
        return False  # not even in an empty text, as in Java
    if at == 0:
        return True
    between = text[at - 1] == "\r" and text[at] == "\n"
    return LINE_END.members[text[at - 1]] and not between


def _at_line_end(text: str, at: int, _previous_end: int) -> bool:
    if at == len(text):
        return True
    between = at > 0 and text[at - 1] == "\r" and text[at] == "\n"
    return LINE_END.members[text[at]] and not between


def _at_last_line_end(text: str, at: int, previous_end: int) -> bool:
    left = len(text) - at
    return (left < 2 or (left == 2 and text.endswith("\r\n"))) and _at_line_end(text, at, previous_end)


def _at_word_edge(text: str, at: int, is_word: Callable[[str], bool]) -> bool:
    before = at > 0 and (is_word(text[at - 1]) or _marks_a_letter(text, at - 1))
    after = at < len(text) and (is_word(text[at]) or _marks_a_letter(text, at))
    return before != after


def _marks_a_letter(text: str, at: int) -> bool:
    """Return whether a non-spacing mark is there, after a letter or digit."""
    if text[at].isascii() or unicodedata.category(text[at]) != "Mn":
        return False
    while at >= 0 and unicodedata.category(text[at]) == "Mn":
        at -= 1
    return at >= 0 and (text[at].isalpha() or unicodedata.category(text[at]) == "Nd")


def _at_ascii_word_edge(text: str, at: int, _previous_end: int) -> bool:
    return _at_word_edge(text, at, WORD.members.__getitem__)


def _at_unicode_word_edge(text: str, at: int, _previous_end: int) -> bool:
    return _at_word_edge(text, at, is_unicode_word)


PLACE_TESTS: Final[dict[Place, PlaceTest]] = {
    Place.START: lambda _text, at, _previous_end: at == 0,
    Place.END: lambda text, at, _previous_end: at == len(text),
    Place.LINE_START: _at_line_start,
    Place.LINE_END: _at_line_end,
    Place.LAST_LINE_END: _at_last_line_end,
    Place.UNIX_LINE_START: lambda text, at, _previous_end: (
        at < len(text) and (at == 0 or text[at - 1] == "\n")
    ),
    Place.UNIX_LINE_END: lambda text, at, _previous_end: at == len(text) or text[at] == "\n",
    Place.UNIX_LAST_LINE_END: lambda text, at, _previous_end: text[at:] in ("", "\n"),
    Place.PREVIOUS_END: lambda _text, at, previous_end: at == previous_end,
    Place.WORD_EDGE: _at_ascii_word_edge,
    Place.NO_WORD_EDGE: lambda text, at, previous_end: not _at_ascii_word_edge(text, at, previous_end),
    Place.UNICODE_WORD_EDGE: _at_unicode_word_edge,
    Place.NO_UNICODE_WORD_EDGE: lambda text, at, previous_end: (
        not _at_unicode_word_edge(text, at, previous_end)
    ),
}
