"""Parses the syntax of java.util.regex into nodes.

Source: java.util.regex.Pattern of JDK 21, whose order of reading decides what unusual patterns mean.
Canonical equivalence and the boundary of grapheme clusters are refused.
"""

from __future__ import annotations

import unicodedata
from string import ascii_letters, digits
from typing import Final, NamedTuple

from apify_camunda.feel.regex import character_sets as sets
from apify_camunda.feel.regex.classes import one_character, read_class
from apify_camunda.feel.regex.escapes import character_of_escape, set_of_escape
from apify_camunda.feel.regex.nodes import (
    At,
    Atomic,
    BackReference,
    Capture,
    Case,
    Choice,
    Look,
    Mode,
    Node,
    One,
    Place,
    Repeat,
    Sequence,
    Unit,
)
from apify_camunda.feel.regex.reader import FLAG_NAMES, Flags, Reader, without_quotes

_DEEPEST: Final = 50
_MAX_REPEATS: Final = 2**31 - 1
_EMPTY: Final = Sequence(())


class Parsed(NamedTuple):
    """A pattern as a node, the number of its groups, and their names."""

    node: Node
    groups: int
    names: dict[str, int]


def parse(pattern: str, flags: Flags) -> Parsed:
    """Return the pattern's parts.

    Raises:
        PatternError: java.util.regex refuses the pattern.
    """
    parser = _Parser(Reader(without_quotes(pattern), flags))
    node = parser.alternatives()
    if parser.reader.peek():
        parser.reader.fail("Unmatched closing ')'")
    return Parsed(node, parser.groups, parser.names)


class _Parser:
    """Recursive descent; each method's docstring begins with its rule."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.groups = 0
        self.names: dict[str, int] = {}
        self._depth = 0

    def alternatives(self) -> Node:
        """`alternatives := sequence ('|' sequence)*`."""
        options = [self._sequence()]
        while self.reader.take_if("|"):
            options.append(self._sequence())
        return options[0] if len(options) == 1 else Choice(tuple(options))

    def _sequence(self) -> Node:
        """`sequence := (atom quantifier?)*`."""
        items: list[Node] = []
        while (character := self.reader.peek()) and character not in "|)":
            atom = self._atom(character)
            if atom is not None:
                items.append(self._quantified(atom))
        return items[0] if len(items) == 1 else Sequence(tuple(items))

    def _atom(self, character: str) -> Node | None:  # noqa: PLR0911  one case a kind of atom
        """`atom := group | class | escape | '^' | '$' | '.' | character`; None is a change of flags."""
        reader = self.reader
        if character == "{":
            return _EMPTY  # the part before the braces is read with them
        reader.take()
        match character:
            case "(":
                return self._group()
            case "[":
                return One(read_class(reader))
            case "\\":
                return self._escape()
            case "^":
                return At(_line_start(reader.flags))
            case "$":
                return At(_line_end(reader.flags))
            case ".":
                return One(_dot(reader.flags))
            case "*" | "+" | "?":
                reader.fail(f"Dangling meta character '{character}'")
            case _:
                return One(one_character(character, reader.flags))
        return None

    def _quantified(self, atom: Node) -> Node:
        """`quantifier := ('*' | '+' | '?' | '{' n (',' m?)? '}') ('?' | '+')?`."""
        match self.reader.peek():
            case "*":
                bounds: tuple[int, int | None] = (0, None)
            case "+":
                bounds = (1, None)
            case "?":
                bounds = (0, 1)
            case "{":
                return self._with_mode(atom, self._braces())
            case _:
                return atom
        self.reader.take()
        return self._with_mode(atom, bounds)

    def _with_mode(self, atom: Node, bounds: tuple[int, int | None]) -> Node:
        if self.reader.take_if("?"):
            mode = Mode.LAZY
        else:
            mode = Mode.POSSESSIVE if self.reader.take_if("+") else Mode.GREEDY
        return Repeat(atom, *bounds, mode)

    def _braces(self) -> tuple[int, int | None]:
        if self.reader.after() not in tuple(digits):
            self.reader.fail("Illegal repetition")
        self.reader.take()
        least = self._number()
        most: int | None = least
        if self.reader.take_if(","):
            most = None if self.reader.peek() == "}" else self._number()
        if not self.reader.take_if("}"):
            self.reader.fail("Unclosed counted closure")
        if most is not None and most < least:
            self.reader.fail("Illegal repetition range")
        return least, most

    def _number(self) -> int:
        found = ""
        while self.reader.peek() in tuple(digits):
            found += self.reader.take()
        if not found:
            self.reader.fail("Unclosed counted closure")
        if len(found) > 10 or int(found) > _MAX_REPEATS:
            self.reader.fail("Illegal repetition range")
        return int(found)

    def _group(self) -> Node | None:
        """`group := '(' ('?' kind)? alternatives ')'`; the flags that it sets end with it."""
        reader = self.reader
        self._depth += 1
        if self._depth > _DEEPEST:
            reader.fail("Groups nested too deeply")
        outer_flags = reader.flags
        node = self._special_group() if reader.take_if("?") else self._capture()
        self._depth -= 1
        if node is not None:
            reader.flags = outer_flags
        return node

    def _special_group(self) -> Node | None:
        reader = self.reader
        kind = reader.take_raw()
        match kind:
            case ":":
                return Sequence((self._body(),))
            case "=" | "!":
                return Look(self._body(), behind=False, negative=kind == "!")
            case ">":
                return Atomic(self._body())
            case "<":
                return self._after_angle()
            case "$" | "@" | "":
                reader.fail("Unknown group type")
        reader.at -= 1
        self._read_flags()
        if reader.take_if(")"):
            return None
        if not reader.take_if(":"):
            reader.fail("Unknown inline modifier")
        return Sequence((self._body(),))

    def _after_angle(self) -> Node:
        reader = self.reader
        if reader.take_if("="):
            return Look(self._body(), behind=True, negative=False)
        if reader.take_if("!"):
            return Look(self._body(), behind=True, negative=True)
        name = self._name()
        if name in self.names:
            reader.fail(f"Named capturing group <{name}> is already defined")
        self.names[name] = self.groups + 1
        return self._capture()

    def _body(self) -> Node:
        node = self.alternatives()
        if not self.reader.take_if(")"):
            self.reader.fail("Unclosed group")
        return node

    def _capture(self) -> Node:
        self.groups += 1
        return Capture(self.groups, self._body())

    def _name(self) -> str:
        """`name := letter (letter | digit)* '>'`."""
        reader = self.reader
        end = reader.at
        while end < len(reader.text) and reader.text[end] in ascii_letters + digits:
            end += 1
        name = reader.text[reader.at : end]
        if not name or name[0] in digits or not reader.text.startswith(">", end):
            reader.fail("Capturing group name is not letters and digits up to '>'")
        reader.at = end + 1
        return name

    def _read_flags(self) -> None:
        """`flags := [idmsuxU]* ('-' [idmsuxU]*)?`."""
        on = True
        while (letter := self.reader.peek()) in FLAG_NAMES or (letter == "-" and on):
            self.reader.take()
            if letter == "-":
                on = False
            else:
                self.reader.flags = self.reader.flags._replace(**dict.fromkeys(FLAG_NAMES[letter], on))

    def _escape(self) -> Node:
        r"""`escape := '\\' (digits | 'k<' name | assertion | set | character)`."""
        reader = self.reader
        letter = reader.take_raw()
        if letter in tuple(digits[1:]):
            return self._back_reference(letter)
        place = self._place(letter)
        if place is not None:
            return At(place)
        match letter:
            case "k":
                return self._named_reference()
            case "R":
                return _LINE_BREAK
            case "X":
                return _GRAPHEME
        found = set_of_escape(reader, letter)
        return One(
            one_character(character_of_escape(reader, letter), reader.flags) if found is None else found
        )

    def _place(self, letter: str) -> Place | None:
        flags = self.reader.flags
        match letter:
            case "b" | "B":
                if letter == "b" and self.reader.text.startswith("{g", self.reader.at):
                    self.reader.fail("Boundaries of grapheme clusters are not supported")
                edges = (Place.WORD_EDGE, Place.NO_WORD_EDGE)
                if flags.unicode_classes:
                    edges = (Place.UNICODE_WORD_EDGE, Place.NO_UNICODE_WORD_EDGE)
                return edges[letter == "B"]
            case "Z":
                return Place.UNIX_LAST_LINE_END if flags.unix_lines else Place.LAST_LINE_END
            case _:
                return {"A": Place.START, "z": Place.END, "G": Place.PREVIOUS_END}.get(letter)

    def _back_reference(self, digit: str) -> Node:
        """Read further digits as long as there are so many groups already."""
        number = int(digit)
        while (more := self.reader.peek()) in tuple(digits) and number * 10 + int(more) <= self.groups:
            number = number * 10 + int(self.reader.take())
        return BackReference(number, _case(self.reader.flags))

    def _named_reference(self) -> Node:
        if self.reader.take_raw() != "<":
            self.reader.fail("\\k is not followed by '<' for named capturing group")
        name = self._name()
        if name not in self.names:
            self.reader.fail(f"named capturing group <{name}> does not exist")
        return BackReference(self.names[name], _case(self.reader.flags))


def _case(flags: Flags) -> Case:
    if not flags.ignore_case:
        return Case.EXACT
    return Case.UNICODE if flags.unicode_case else Case.ASCII


def _line_start(flags: Flags) -> Place:
    if not flags.multiline:
        return Place.START
    return Place.UNIX_LINE_START if flags.unix_lines else Place.LINE_START


def _line_end(flags: Flags) -> Place:
    if flags.multiline:
        return Place.UNIX_LINE_END if flags.unix_lines else Place.LINE_END
    return Place.UNIX_LAST_LINE_END if flags.unix_lines else Place.LAST_LINE_END


def _dot(flags: Flags) -> sets.CharacterSet:
    if flags.dot_all:
        return sets.EVERY
    return sets.complement(sets.of_characters("\n") if flags.unix_lines else sets.LINE_END)


def _literal(text: str) -> Node:
    return Sequence(tuple(One(sets.of_characters(character)) for character in text))


_LINE_BREAK: Final = Unit(Choice((_literal("\r\n"), One(sets.VERTICAL_SPACE))), least=1, most=2)
_REGIONAL: Final = One(sets.of_ranges((0x1F1E6, 0x1F1FF)))
_EXTENDS: Final = sets.of_test(
    lambda character: (
        unicodedata.category(character).startswith("M") or "\U0001f3fb" <= character <= "\U0001f3ff"
    )
)
_JOINED: Final = Sequence((One(sets.of_characters("\u200d")), One(sets.EVERY)))
_GRAPHEME: Final = Unit(
    Atomic(
        Choice(
            (
                _literal("\r\n"),
                Sequence((_REGIONAL, _REGIONAL)),
                Sequence((One(sets.EVERY), Repeat(Choice((One(_EXTENDS), _JOINED)), 0, None, Mode.GREEDY))),
            )
        )
    ),
    least=0,
    most=0,
)
"""A user-perceived character, as far as marks, joiners, skin tones and flags make one."""
