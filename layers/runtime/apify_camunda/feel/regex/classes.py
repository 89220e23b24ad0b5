"""Reads a character class (`[a-z&&[^x]]`) in java.util.regex's syntax: nested, joined and intersected.

Source: Pattern.clazz and Pattern.range of JDK 21. Their order of reading decides what unusual classes mean.
"""

from __future__ import annotations

from typing import Final

from apify_camunda.feel.regex import character_sets as sets
from apify_camunda.feel.regex.character_sets import CharacterSet
from apify_camunda.feel.regex.escapes import character_of_escape, set_of_escape
from apify_camunda.feel.regex.reader import Flags, Reader

_DEEPEST: Final = 50


def read_class(reader: Reader) -> CharacterSet:
    """Return the set of the class whose opening bracket has just been passed.

    Raises:
        PatternError: the class is not closed, empty, or has a range that ends before it starts.
    """
    return _read_class(reader, depth=0)


def one_character(character: str, flags: Flags) -> CharacterSet:
    """Return the set of the character, with its other case if the flags ignore case."""
    return _in_both_cases(sets.of_characters(character), flags)


def _read_class(reader: Reader, depth: int) -> CharacterSet:
    negated = reader.text.startswith("^", reader.at)
    reader.at += negated
    found = _read_members(reader, depth)
    reader.take()
    return sets.complement(found) if negated else found


def _read_members(reader: Reader, depth: int) -> CharacterSet:
    """Return the members up to the closing bracket, which is not read. A bracket at the start is a member."""
    if depth > _DEEPEST:
        reader.fail("Character class nested too deeply")
    members = _Members()
    while True:
        match reader.peek():
            case "":
                reader.fail("Unclosed character class")
            case "]" if (found := members.all()) is not None:
                return found
            case "[":
                reader.take()
                members.add_set(_read_class(reader, depth + 1))
            case "&" if reader.after() == "&":
                if not members.intersect(_after_ampersands(reader, depth)):
                    reader.fail("Bad class syntax")
            case _:
                _read_range(reader, members)


class _Members:
    """The members of a class so far, in the same parts as in Java; an empty `&&` depends on the parts."""

    def __init__(self) -> None:
        self._characters: CharacterSet | None = None
        self._sets: CharacterSet | None = None
        self._last_set: CharacterSet | None = None

    def all(self) -> CharacterSet | None:
        return _joined(self._sets, self._characters)

    def add_set(self, found: CharacterSet) -> None:
        self._last_set = found
        self._sets = _joined(self._sets, found)

    def add_character(self, found: CharacterSet) -> None:
        self._last_set = None
        self._characters = _joined(self._characters, found)

    def intersect(self, right: CharacterSet | None) -> bool:
        """Intersect with the right side or else with the last set; return whether there was one of them."""
        if self._characters is not None and self._sets is None:
            self._last_set = self._characters
        self._sets, self._characters = self.all(), None
        self._last_set = right or self._last_set
        if self._last_set is None:
            return False
        self._sets = self._last_set if self._sets is None else sets.intersection(self._sets, self._last_set)
        return True


def _after_ampersands(reader: Reader, depth: int) -> CharacterSet | None:
    """Return the set after `&&`, up to the next `&&` or the closing bracket; None if it is empty.

    Of `[a][b]c` only the last part counts, as in Java.
    """
    reader.at += 2
    right: CharacterSet | None = None
    while (character := reader.peek()) not in ("]", "&"):
        if character == "[":
            reader.take()
            further = _read_class(reader, depth + 1)
            right = _joined(right, further)
        else:
            right = _read_members(reader, depth + 1)
    return right


def _read_range(reader: Reader, members: _Members) -> None:
    """Add the next character, range or set to the members."""
    start = _read_member(reader)
    if isinstance(start, CharacterSet):
        members.add_set(start)
    elif reader.peek() != "-" or reader.after() in ("[", "]"):
        members.add_character(one_character(start, reader.flags))
    else:
        reader.take()
        end = _read_member(reader, ends_range=True)
        if isinstance(end, CharacterSet) or not end or end < start:
            reader.fail("Illegal character range")
        members.add_set(_in_both_cases(sets.of_ranges((ord(start), ord(end))), reader.flags))


def _read_member(reader: Reader, *, ends_range: bool = False) -> str | CharacterSet:
    character = reader.take()
    if character != "\\":
        return character
    letter = reader.take_raw()
    if letter == "v" and (ends_range or reader.text.startswith("-", reader.at)):
        return "\v"
    found = set_of_escape(reader, letter)
    return character_of_escape(reader, letter) if found is None else found


def _joined(a: CharacterSet | None, b: CharacterSet | None) -> CharacterSet | None:
    return sets.union(a, b) if a is not None and b is not None else a or b


def _in_both_cases(found: CharacterSet, flags: Flags) -> CharacterSet:
    if not flags.ignore_case:
        return found
    return sets.either_case(found) if flags.unicode_case else sets.either_ascii_case(found)
