"""Reads the characters of a pattern under its flags."""

from __future__ import annotations

from typing import Final, NamedTuple, NoReturn

from apify_camunda.feel.regex.failure import PatternError

_COMMENT_ENDS: Final = "\n\r\u2028\u2029\x85"
_IGNORED: Final = " \t\n\v\f\r"


class Flags(NamedTuple):
    """The flags of java.util.regex at a place of the pattern, each with its letter."""

    ignore_case: bool = False  # i
    multiline: bool = False  # m
    dot_all: bool = False  # s
    comments: bool = False  # x
    unix_lines: bool = False  # d
    unicode_case: bool = False  # u
    unicode_classes: bool = False  # U


FLAG_NAMES: Final = {
    "i": ("ignore_case",),
    "m": ("multiline",),
    "s": ("dot_all",),
    "x": ("comments",),
    "d": ("unix_lines",),
    "u": ("unicode_case",),
    "U": ("unicode_classes", "unicode_case"),
}


class Reader:
    """A place in the pattern, and the flags at that place."""

    __slots__ = ("at", "flags", "text")

    def __init__(self, text: str, flags: Flags) -> None:
        self.text = text
        self.at = 0
        self.flags = flags

    def peek(self) -> str:
        """Return the next significant character; "" at the end."""
        if self.flags.comments:
            self._skip_comments()
        return self.text[self.at : self.at + 1]

    def take(self) -> str:
        """Return the next significant character and move past it."""
        character = self.peek()
        self.at += len(character)
        return character

    def take_raw(self) -> str:
        """Return the next character, even white space under the flag x, and move past it."""
        character = self.text[self.at : self.at + 1]
        self.at += len(character)
        return character

    def take_if(self, character: str) -> bool:
        """Move past the character if it is the next one; return whether it was."""
        if self.peek() != character:
            return False
        self.at += 1
        return True

    def after(self) -> str:
        """Return the character after the next one."""
        return self.text[self.at + 1 : self.at + 2]

    def fail(self, why: str) -> NoReturn:
        raise PatternError(f"{why} near index {self.at}: {self.text}")

    def _skip_comments(self) -> None:
        while self.at < len(self.text):
            if self.text[self.at] == "#":
                while self.at < len(self.text) and self.text[self.at] not in _COMMENT_ENDS:
                    self.at += 1
            elif self.text[self.at] in _IGNORED:
                self.at += 1
            else:
                return


def without_quotes(pattern: str) -> str:
    r"""Return the pattern with each `\\Q...\\E` written with an escape for each character."""
    parts: list[str] = []
    at = 0
    while at < len(pattern):
        if pattern.startswith("\\Q", at):
            end = pattern.find("\\E", at + 2)
            quoted = pattern[at + 2 : end if end >= 0 else len(pattern)]
            parts.extend(_escaped(character) for character in quoted)
            at = end + 2 if end >= 0 else len(pattern)
        else:
            step = 2 if pattern[at] == "\\" else 1
            parts.append(pattern[at : at + step])
            at += step
    return "".join(parts)


def _escaped(character: str) -> str:
    if not character.isascii():
        return character
    return f"\\x{ord(character):02x}" if character.isalnum() else f"\\{character}"
