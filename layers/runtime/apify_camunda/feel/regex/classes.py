"""Reads a character class (`[a-z&&[^x]]`) in java.util.regex's syntax: nested, joined and intersected.

Source: Pattern.clazz and Pattern.range of JDK 21, followed in their order, which is what odd classes mean.
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
    """Return the set of the character, and of its other case where the flags ignore it."""
    return _in_both_cases(sets.of_characters(character), flags)


def _read_class(reader: Reader, depth: int) -> CharacterSet:
    negated = reader.text.startswith("^", reader.at)
    reader.at += negated
    found = _read_members(reader, depth)
    reader.take()
    return sets.complement(found) if negated else found


def _read_members(reader: Reader, depth: int) -> CharacterSet:
    """Return the members up to the closing bracket, which stays; a bracket that comes first is a member."""
    if depth > _DEEPEST:
        reader.fail("Character class nested too deeply")
    found: CharacterSet | None = None
    holds_set = ends_in_character = False
    while True:
        match reader.peek():
            case "":
                reader.fail("Unclosed character class")
            case "]" if found is not None:
                return found
            case "[":
                reader.take()
                member, ends_in_character = _read_class(reader, depth + 1), False
            case "&" if reader.after() == "&":
                right = _after_ampersands(reader, depth)
                if right is None and (found is None or (holds_set and ends_in_character)):
                    reader.fail("Bad class syntax")
                found = right if found is None else sets.intersection(found, right or found)
                holds_set = True
                continue
            case _:
                member, ends_in_character = _read_range(reader)
        holds_set = holds_set or not ends_in_character
        found = member if found is None else sets.union(found, member)


def _after_ampersands(reader: Reader, depth: int) -> CharacterSet | None:
    """Return what follows `&&`, up to the next `&&` or the closing bracket; None where nothing does.

    Of `[a][b]c` only the last part counts, as in Java.
    """
    reader.at += 2
    right: CharacterSet | None = None
    while (character := reader.peek()) not in ("]", "&"):
        if character == "[":
            reader.take()
            further = _read_class(reader, depth + 1)
            right = further if right is None else sets.union(right, further)
        else:
            right = _read_members(reader, depth + 1)
    return right


def _read_range(reader: Reader) -> tuple[CharacterSet, bool]:
    """Return the next member, and whether it is one character."""
    start = _read_member(reader)
    if isinstance(start, CharacterSet):
        return start, False
    if reader.peek() != "-" or reader.after() in ("[", "]"):
        return one_character(start, reader.flags), True
    reader.take()
    end = _read_member(reader, ends_range=True)
    if isinstance(end, CharacterSet) or not end or end < start:
        reader.fail("Illegal character range")
    return _in_both_cases(sets.of_ranges((ord(start), ord(end))), reader.flags), False


def _read_member(reader: Reader, *, ends_range: bool = False) -> str | CharacterSet:
    character = reader.take()
    if character != "\\":
        return character
    letter = reader.take_raw()
    if letter == "v" and (ends_range or reader.text.startswith("-", reader.at)):
        return "\v"
    found = set_of_escape(reader, letter)
    return character_of_escape(reader, letter) if found is None else found


def _in_both_cases(found: CharacterSet, flags: Flags) -> CharacterSet:
    if not flags.ignore_case:
        return found
    return sets.either_case(found) if flags.unicode_case else sets.either_ascii_case(found)
