"""Reads the tokens that the parser asks for.

The grammar has no list of tokens: `or` is an operator in `a or b`, a part of a name in `order`, and a
function in `or(..)`; the rule that reads decides. So the parser asks for what it can use at a place, the
scanner answers whether it is there, and white space and comments between tokens are skipped.

Source: FeelParser.scala and FeelWhitespace.scala of Camunda's feel-scala 1.22; DMN 1.5, rules 61 and 62
(white space).
"""

from __future__ import annotations

import re
from typing import Final, TypeAlias

from apify_camunda.feel.failures import FeelSyntaxError
from apify_camunda.feel.source import Span

_BLANKS: Final = (
    " \t\n\r\u0085\u00a0\u1680\u180e\u2000-\u200b\u2028\u2029\u202f\u205f\u3000\ufeff\u000b\u000c"
)
_SPACE = re.compile(rf"(?:[{_BLANKS}]+|//[^\n]*|/\*(?:[^*]|\*(?!/))*\*/)*")
_SINGLE_BLANKS = re.compile(" +")
_ASCII_NAME = re.compile(r"[A-Za-z_$][A-Za-z0-9_$\x00-\x08\x0e-\x1b\x7f]*")
_ESCAPED_NAME = re.compile(r"`([^`]+)`")
_NUMBER = re.compile(r"[0-9]+(?:\.[0-9]+)?|\.[0-9]+")
_STRING = re.compile(r'"((?:\\.|[^"\\])*)"', re.DOTALL)
_KEY_PART = re.compile(rf'[^"{{}}:,\[\]`/{_BLANKS}]+|/')
_ESCAPE = re.compile(r"(\\+)(.?)", re.DOTALL)
_ESCAPES: Final = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f", "'": "'", '"': '"'}

Mark: TypeAlias = tuple[int, int]
"""A place to which a scanner can go back: the start of the next token, and the end of the last one."""

RESERVED: Final = frozenset(
    {"null", "true", "false", "function", "in", "return", "then", "else", "satisfies", "and", "or"}
)
_RESERVED_INITIALS: Final = frozenset(word[0] for word in RESERVED)


class Scanner:
    """A place in the text, always at the beginning of a token, that moves over tokens on request.

    Attributes:
        position: Where the next token begins.
        end: Where the last token ended.
        furthest: The furthest place at which something was missing; `missed` says what.
    """

    __slots__ = ("end", "furthest", "missed", "position", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self.end = 0
        self.position = 0
        self.furthest = 0
        self.missed: list[str] = []
        self._move(0)

    def _move(self, end: int) -> None:
        self.end = end
        match = _SPACE.match(self.text, end)
        assert match is not None  # the pattern also matches nothing
        self.position = position = match.end()
        if self.text.startswith("/*", position):
            raise FeelSyntaxError(self.text, Span(position, position + 2), "the end `*/` of this comment")

    def mark(self) -> Mark:
        """Return the place to which `back` can return."""
        return self.position, self.end

    def back(self, mark: Mark) -> None:
        self.position, self.end = mark

    def span(self, start: int) -> Span:
        """Return the piece from *start* to the end of the last token."""
        return Span(start, self.end)

    def at_end(self) -> bool:
        return self.position == len(self.text)

    def peek(self) -> str:
        """Return the next character, or an empty text at the end."""
        return self.text[self.position : self.position + 1]

    def miss(self, expected: str) -> None:
        """Note that *expected* would be valid here; the furthest such place becomes the syntax error."""
        if self.position > self.furthest:
            self.furthest = self.position
            self.missed = [expected]
        elif self.position == self.furthest and expected not in self.missed:
            self.missed.append(expected)

    def error(self) -> FeelSyntaxError:
        """Return the syntax error at the furthest place that any rule reached."""
        start = self.furthest
        match = _ASCII_NAME.match(self.text, start)
        end = match.end() if match else min(start + 1, len(self.text))
        return FeelSyntaxError(self.text, Span(start, end), " or ".join(self.missed) or "an expression")

    def literal(self, word: str) -> bool:
        """Move over exactly this text if it is next, even if a name continues after it."""
        if self.text.startswith(word, self.position):
            self._move(self.position + len(word))
            return True
        return False

    def expect(self, word: str) -> bool:
        """Move over this text, or note that it is missing."""
        if self.literal(word):
            return True
        self.miss(f"`{word}`")
        return False

    def number(self) -> str | None:
        """Return the digits of a number: `12`, `012`, `1.5`, `.5`; no sign, no exponent."""
        match = _NUMBER.match(self.text, self.position)
        return self._taken(match, 0)

    def string(self) -> str | None:
        """Return the text between two quotation marks, with its escapes unresolved.

        Raises:
            FeelSyntaxError: The second one is missing, so no rule can read on.
        """
        start = self.position
        if not self.text.startswith('"', start):
            return None
        match = _STRING.match(self.text, start)
        if match is None:
            place = Span(start, start + 1)
            raise FeelSyntaxError(self.text, place, "a quotation mark at the end of this text")
        return self._taken(match, 1)

    def escaped_name(self) -> str | None:
        """Return a name in backticks, which may contain anything else."""
        if not self.text.startswith("`", self.position):
            return None
        return self._taken(_ESCAPED_NAME.match(self.text, self.position), 1)

    def name(self) -> str | None:
        """Return a name: Java's identifiers without the reserved words."""
        end = self._name_end(self.position)
        return None if end is None else self._take(end)

    def spaced_name(self) -> str | None:
        """Return a name of several words, with its blanks; only some rules can use it."""
        first_end = end = self._name_end(self.position)
        while end is not None and self.text.startswith(" ", end):
            word = _SINGLE_BLANKS.match(self.text, end)
            following = self._name_end(word.end()) if word else None
            if following is None:
                break
            end = following
        return self._take(end) if end is not None and end != first_end else None

    def plain_key(self) -> str | None:
        """Return the key of a context entry that is neither a name nor quoted: all text up to the colon.

        White space and comments belong to the key if more of the key follows them.
        """
        end = at = self.position
        while part := _KEY_PART.match(self.text, at):
            end = part.end()
            blank = _SPACE.match(self.text, end)
            at = blank.end() if blank else end
            if self.text.startswith("/*", at):
                break  # a comment without an end, which the next move reports
        return self._take(end) if end > self.position else None

    def _taken(self, match: re.Match[str] | None, group: int) -> str | None:
        if match is None:
            return None
        self._move(match.end())
        return match.group(group)

    def _take(self, end: int) -> str:
        taken = self.text[self.position : end]
        self._move(end)
        return taken

    def _name_end(self, start: int) -> int | None:
        """Return the end of the name that starts at *start*; None if no name starts there."""
        text = self.text
        match = _ASCII_NAME.match(text, start)
        end = match.end() if match else start
        if end < len(text) and text[end] > "\x7f":
            end = _unicode_name_end(text, start, end)
        if end == start:
            return None
        if text[start] in _RESERVED_INITIALS and text[start:end] in RESERVED:
            return None
        return end


def unescape(text: str) -> str:
    r"""Return the value of a string literal: `\n \r \t \b \f \' \" \\` are known, others stay.

    In Camunda's engine a backslash after a backslash does not begin an escape: `\\\n` is two backslashes and
    an n.
    """
    return _ESCAPE.sub(_resolved, text) if "\\" in text else text


def _resolved(match: re.Match[str]) -> str:
    backslashes, following = match.groups()
    if len(backslashes) == 1 and following in _ESCAPES:
        return _ESCAPES[following]
    return "\\" * ((len(backslashes) + 1) // 2) + following


def _unicode_name_end(text: str, start: int, end: int) -> int:
    if end == start:
        if not _starts_name(text[start]):
            return start
        end += 1
    while end < len(text) and _continues_name(text[end]):
        end += 1
    return end


def _starts_name(character: str) -> bool:
    """Return what Java's isJavaIdentifierStart says of a char: nothing beyond the BMP starts a name."""
    if character <= "\x7f":
        return character.isalpha() or character in "_$"
    return character <= "\uffff" and _category(character) in {"Lu", "Ll", "Lt", "Lm", "Lo", "Nl", "Sc", "Pc"}


def _continues_name(character: str) -> bool:
    """Return what Java's Character.isJavaIdentifierPart says of a char, except that blanks end a name."""
    if _SPACE.fullmatch(character) or character > "\uffff":
        return False
    ignorable = character <= "\x08" or "\x0e" <= character <= "\x1b" or "\x7f" <= character <= "\x9f"
    return ignorable or _starts_name(character) or _category(character) in {"Nd", "Mn", "Mc", "Cf"}


def _category(character: str) -> str:
    import unicodedata  # noqa: PLC0415  only names beyond ASCII need it: not at import

    return unicodedata.category(character)
