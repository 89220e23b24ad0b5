"""Sets of characters, and their unions, intersections and complements."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final, TypeAlias

Ranges: TypeAlias = tuple[tuple[int, int], ...]
"""Sorted code points from..to, both included, that neither overlap nor touch."""

_LAST_CODE_POINT: Final = 0x10FFFF
_CASE_GAP: Final = 32


class Members(dict[str, bool]):
    """A cache of whether characters belong to a set, filled at the first look-up of each."""

    __slots__ = ("_test",)

    def __init__(self, test: Callable[[str], bool]) -> None:
        super().__init__()
        self._test = test

    def __missing__(self, character: str) -> bool:
        found = self[character] = self._test(character)
        return found


class CharacterSet:
    """A set of characters.

    Attributes:
        members: `members[c]` is whether the character c belongs to the set.
        ranges: The members as ranges; None if each character must be tested (as for Unicode's properties).
    """

    __slots__ = ("members", "ranges")

    def __init__(self, test: Callable[[str], bool], ranges: Ranges | None = None) -> None:
        self.members = Members(test)
        self.ranges = ranges


def of_ranges(*ranges: tuple[int, int]) -> CharacterSet:
    """Return the set of the given code points, in any order."""
    merged = _merged(ranges)
    return CharacterSet(lambda character: _within(ord(character), merged), merged)


def of_characters(characters: str) -> CharacterSet:
    return of_ranges(*((ord(character), ord(character)) for character in characters))


def of_test(test: Callable[[str], bool]) -> CharacterSet:
    """Return the set of the characters that pass the test."""
    return CharacterSet(test)


def union(a: CharacterSet, b: CharacterSet) -> CharacterSet:
    if a.ranges is not None and b.ranges is not None:
        return of_ranges(*a.ranges, *b.ranges)
    return CharacterSet(lambda character: a.members[character] or b.members[character])


def complement(a: CharacterSet) -> CharacterSet:
    if a.ranges is None:
        return CharacterSet(lambda character: not a.members[character])
    gaps, next_free = [], 0
    for start, end in a.ranges:
        if start > next_free:
            gaps.append((next_free, start - 1))
        next_free = end + 1
    if next_free <= _LAST_CODE_POINT:
        gaps.append((next_free, _LAST_CODE_POINT))
    return of_ranges(*gaps)


def intersection(a: CharacterSet, b: CharacterSet) -> CharacterSet:
    if a.ranges is not None and b.ranges is not None:
        return complement(union(complement(a), complement(b)))
    return CharacterSet(lambda character: a.members[character] and b.members[character])


def either_ascii_case(a: CharacterSet) -> CharacterSet:
    """Return the set with the other case of its ASCII letters."""
    if a.ranges is None:
        return CharacterSet(
            lambda character: a.members[character] or a.members[swapped_ascii_case(character)]
        )
    lower = [
        (max(start, 97) - _CASE_GAP, min(end, 122) - _CASE_GAP)
        for start, end in a.ranges
        if _meet(start, end, 97)
    ]
    upper = [
        (max(start, 65) + _CASE_GAP, min(end, 90) + _CASE_GAP)
        for start, end in a.ranges
        if _meet(start, end, 65)
    ]
    return of_ranges(*a.ranges, *lower, *upper)


def either_case(a: CharacterSet) -> CharacterSet:
    """Return the set with the other case of its letters, of all alphabets."""

    def test(character: str) -> bool:
        upper = simple_upper(character)
        return a.members[character] or a.members[upper] or a.members[simple_lower(upper)]

    return CharacterSet(test)


def swapped_ascii_case(character: str) -> str:
    return character.swapcase() if character.isascii() else character


def simple_upper(character: str) -> str:
    """Return the upper case where it is one character; Java maps no letter to several."""
    upper = character.upper()
    return upper if len(upper) == 1 else character


def simple_lower(character: str) -> str:
    lower = character.lower()
    return lower if len(lower) == 1 else character


def _meet(start: int, end: int, first_letter: int) -> bool:
    return start <= first_letter + 25 and end >= first_letter


def _within(code_point: int, ranges: Ranges) -> bool:
    return any(start <= code_point <= end for start, end in ranges)


def _merged(ranges: Iterable[tuple[int, int]]) -> Ranges:
    merged: list[tuple[int, int]] = []
    for start, end in sorted(ranges):
        if merged and start <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return tuple(merged)


DIGIT: Final = of_characters("0123456789")
WORD: Final = of_ranges((48, 57), (65, 90), (95, 95), (97, 122))
SPACE: Final = of_characters(" \t\n\v\f\r")
HORIZONTAL_SPACE: Final = of_ranges(
    (9, 9), (32, 32), (160, 160), (0x1680, 0x1680), (0x180E, 0x180E), (0x2000, 0x200A),
    (0x202F, 0x202F), (0x205F, 0x205F), (0x3000, 0x3000),
)  # fmt: skip
VERTICAL_SPACE: Final = of_characters("\n\v\f\r\x85\u2028\u2029")
LINE_END: Final = of_characters("\n\r\x85\u2028\u2029")
EVERY: Final = of_ranges((0, _LAST_CODE_POINT))
