"""A compiled pattern with the operations that FEEL needs: find, replace, split, extract."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final, NamedTuple

from apify_camunda.feel.budget import BudgetExceeded
from apify_camunda.feel.regex.compiler import Program, compile_program
from apify_camunda.feel.regex.machine import Machine, Steps
from apify_camunda.feel.regex.nodes import Node
from apify_camunda.feel.regex.parser import Parsed, parse
from apify_camunda.feel.regex.reader import FLAG_NAMES, Flags
from apify_camunda.feel.regex.replacement import read_replacement
from apify_camunda.feel.regex.starts import Starts
from apify_camunda.feel.regex.translation import Translation, translate

_LARGEST_WORK: Final = 20_000_000
"""The most work that is left to `re`, which cannot be stopped: some tenths of a second."""
_CHARACTERS_A_STEP: Final = 16
_PART_BYTES: Final = 96
_WIDEST_CHARACTER_BYTES: Final = 4
_LONGEST: Final = 10_000
_LONGEST_KEPT: Final = 300
"""Longer patterns are compiled each time, so that the cache does not fill the memory."""
_STEPS_A_CHARACTER: Final = 20
_BYTES_A_CHARACTER: Final = 1_000


class Match(NamedTuple):
    """A match, and the starts and ends of the groups; group 0 is the whole, and an unset one is (-1, -1)."""

    text: str
    spans: tuple[tuple[int, int], ...]

    @property
    def start(self) -> int:
        return self.spans[0][0]

    @property
    def end(self) -> int:
        return self.spans[0][1]

    def group(self, number: int = 0) -> str | None:
        """Return the text of a group; None if it is not a part of the match."""
        start, end = self.spans[number]
        return None if start < 0 else self.text[start:end]


def compile_java(pattern: str, flags: str = "") -> JavaPattern:
    """Return the compiled pattern; of the flags of FEEL, s, m, i and x have a meaning.

    Raises:
        BudgetExceeded: It is too long.
        PatternError: java.util.regex refuses it.
    """
    if len(pattern) > _LONGEST:
        raise BudgetExceeded(
            f"A regular expression has {len(pattern):,} characters; at most {_LONGEST:,} are allowed."
        )
    flags = "".join(letter for letter in "smix" if letter in flags)
    return _kept(pattern, flags) if len(pattern) <= _LONGEST_KEPT else _compiled(pattern, flags)


def pay_for_pattern(pattern: str, seen: set[str], steps: Steps) -> None:
    """Subtract the cost of compiling the pattern: short ones once in an evaluation, long ones each time.

    Args:
        pattern: The pattern to compile.
        seen: The patterns that were charged already.
        steps: The budget.

    Raises:
        BudgetExceeded: Too little is left.
    """
    if pattern in seen:
        return
    steps.spend(_STEPS_A_CHARACTER * len(pattern))
    if len(pattern) <= _LONGEST_KEPT:
        steps.spend_memory(_PART_BYTES)
        seen.add(pattern)
    else:
        steps.spend_memory(_BYTES_A_CHARACTER * len(pattern))


@lru_cache(maxsize=128)
def _kept(pattern: str, flags: str) -> JavaPattern:
    return _compiled(pattern, flags)


def _compiled(pattern: str, flags: str) -> JavaPattern:
    given = dict.fromkeys((FLAG_NAMES[letter][0] for letter in flags), True)
    return JavaPattern(parse(pattern, Flags(**given)), len(pattern))


class JavaPattern:
    """A pattern that matches as java.util.regex does, within a number of steps."""

    def __init__(self, parsed: Parsed, length: int = 0) -> None:
        self._node: Node = parsed.node
        self._groups = parsed.groups
        self._names = parsed.names
        self._program: Program = compile_program(parsed.node, parsed.groups)
        self._starts = Starts(parsed.node, refers_back=self._program.refers_back)
        # Python's own compiler is slow for long patterns, and keeps what it compiles.
        self._translation: Translation | None = translate(parsed.node) if length <= _LONGEST_KEPT else None
        self._fast = re.compile(self._translation.source) if self._translation else None

    def find(self, text: str, start: int, steps: Steps, previous_end: int = 0) -> Match | None:
        """Return the first match that begins at `start` or after it.

        Args:
            text: The text to search; assertions also see the part before `start`.
            start: The index at which the search begins.
            steps: The budget of the work.
            previous_end: Where the match before this one ended, for the assertion G.

        Raises:
            BudgetExceeded: the steps are used up.
        """
        if self._fast and self._translation and self._translation.work(len(text)) <= _LARGEST_WORK:
            return self._find_fast(self._fast, text, start, steps)
        return self._find_counting(text, start, steps, previous_end)

    def find_all(self, text: str, steps: Steps) -> Iterator[Match]:
        """Return all matches; after an empty match, the search continues one character further.

        Raises:
            BudgetExceeded: the steps are used up.
        """
        start = previous_end = 0
        while start <= len(text):
            found = self.find(text, start, steps, previous_end)
            if found is None:
                return
            yield found
            previous_end = found.end
            start = found.end + (found.end == found.start)

    def replace_all(self, text: str, replacement: str, steps: Steps) -> str:
        """Return the text with every match replaced; only if there is a match, a wrong replacement fails.

        Raises:
            PatternError: the replacement names a group that does not exist, or is incomplete.
            BudgetExceeded: the steps are used up.
        """
        parts: list[str] = []
        template = None
        end = length = 0
        widest = 1 if text.isascii() and replacement.isascii() else _WIDEST_CHARACTER_BYTES
        for found in self.find_all(text, steps):
            if template is None:
                template = read_replacement(replacement, self._groups, self._names)
            filled = [part if isinstance(part, str) else found.group(part) or "" for part in template]
            made = sum(map(len, filled))
            steps.spend(1 + made // _CHARACTERS_A_STEP)
            steps.spend_memory(_PART_BYTES * (1 + len(filled)) + widest * (found.start - end + made))
            parts += [text[end : found.start], *filled]
            length += found.start - end + made
            end = found.end
        parts.append(text[end:])
        steps.spend_memory(widest * (length + 2 * len(parts[-1])))
        return "".join(parts)

    def split(self, text: str, steps: Steps) -> list[str]:
        """Return the texts between the matches, with empty ends; an empty match at the start does not count.

        Raises:
            BudgetExceeded: the steps are used up.
        """
        parts: list[str] = []
        end = 0
        widest = 1 if text.isascii() else _WIDEST_CHARACTER_BYTES
        for found in self.find_all(text, steps):
            if found.end > 0:
                steps.spend_memory(_PART_BYTES + widest * (found.start - end))
                parts.append(text[end : found.start])
                end = found.end
        steps.spend_memory(_PART_BYTES + widest * (len(text) - end))
        parts.append(text[end:])
        return parts

    def extract_all(self, text: str, steps: Steps) -> list[str]:
        """Return the texts of all matches.

        Raises:
            BudgetExceeded: the steps are used up.
        """
        parts: list[str] = []
        widest = 1 if text.isascii() else _WIDEST_CHARACTER_BYTES
        for found in self.find_all(text, steps):
            steps.spend_memory(_PART_BYTES + widest * (found.end - found.start))
            parts.append(text[found.start : found.end])
        return parts

    def _find_fast(self, fast: re.Pattern[str], text: str, start: int, steps: Steps) -> Match | None:
        found = fast.search(text, start)
        end = found.end() if found else len(text)
        steps.spend(1 + (end - start) // _CHARACTERS_A_STEP)
        return Match(text, found.regs) if found else None

    def _find_counting(self, text: str, start: int, steps: Steps, previous_end: int) -> Match | None:
        while (at := self._starts.next(text, start)) is not None:
            machine = Machine(text, self._program.registers.copy(), steps, previous_end)
            if machine.matches(self._program.instructions, at):
                registers = machine.registers
                groups = ((registers[2 * n], registers[2 * n + 1]) for n in range(1, self._groups + 1))
                spans = tuple((a, b) if b >= 0 else (-1, -1) for a, b in groups)
                return Match(text, ((at, machine.at), *spans))
            further = self._starts.after_failure(text, at)
            steps.spend(1 + (further - start) // _CHARACTERS_A_STEP)
            start = further
        steps.spend(1 + (len(text) - start) // _CHARACTERS_A_STEP)
        return None
