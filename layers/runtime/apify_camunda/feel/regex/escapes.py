"""Reads the escape after a backslash: a character, or a set of characters.

Source: Pattern.escape and Pattern.family of JDK 21.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from string import ascii_letters, hexdigits
from typing import Final

from apify_camunda.feel.regex import character_sets as sets
from apify_camunda.feel.regex.character_sets import CharacterSet
from apify_camunda.feel.regex.properties import named_set, unicode_set
from apify_camunda.feel.regex.reader import Reader

_SETS: Final = {
    "d": sets.DIGIT,
    "h": sets.HORIZONTAL_SPACE,
    "s": sets.SPACE,
    "v": sets.VERTICAL_SPACE,
    "w": sets.WORD,
}
_CHARACTERS: Final = {"a": "\a", "e": "\x1b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}


def set_of_escape(reader: Reader, letter: str) -> CharacterSet | None:
    r"""Return the set of `\\letter`, after reading its name if it has one; None if it is not a set.

    Raises:
        PatternError: the property's name is unknown or not closed.
    """
    if letter in "pP":
        found = _property(reader)
    elif letter.lower() in ("d", "w", "s") and reader.flags.unicode_classes:
        found = unicode_set(letter.lower())
    elif letter.lower() in _SETS:
        found = _SETS[letter.lower()]
    else:
        return None
    return sets.complement(found) if letter.isupper() else found


def character_of_escape(reader: Reader, letter: str) -> str:
    r"""Return the character of `\\letter`, after reading its digits if it has any.

    Raises:
        PatternError: it has no meaning, or its digits are wrong.
    """
    if letter in _CHARACTERS:
        return _CHARACTERS[letter]
    read = _LONG.get(letter)
    if read is not None:
        return read(reader)
    if letter and letter not in ascii_letters and not letter.isdigit():
        return letter
    return reader.fail("Illegal/unsupported escape sequence")


def _property(reader: Reader) -> CharacterSet:
    name = reader.take_raw()
    if name == "{":
        end = reader.text.find("}", reader.at)
        if end < 0:
            reader.fail("Unclosed character family")
        name = reader.text[reader.at : end]
        reader.at = end + 1
    if not name:
        reader.fail("Empty character family")
    flags = reader.flags
    return named_set(name, ignore_case=flags.ignore_case, unicode_classes=flags.unicode_classes)


def _octal(reader: Reader) -> str:
    digits = ""
    while len(digits) < 3 and reader.text[reader.at : reader.at + 1] in tuple("01234567"):
        if len(digits) == 2 and digits[0] > "3":
            break
        digits += reader.take_raw()
    return chr(int(digits, 8)) if digits else reader.fail("Illegal octal escape sequence")


def _hexadecimal(reader: Reader) -> str:
    if reader.text.startswith("{", reader.at):
        end = reader.text.find("}", reader.at)
        digits = reader.text[reader.at + 1 : end]
        if end < 0 or not digits or not set(digits) <= set(hexdigits) or int(digits[-7:], 16) > 0x10FFFF:
            reader.fail("Illegal hexadecimal escape sequence")
        reader.at = end + 1
        return chr(int(digits, 16))
    return chr(_hexadecimal_digits(reader, 2))


def _unicode(reader: Reader) -> str:
    unit = _hexadecimal_digits(reader, 4)
    if 0xD800 <= unit <= 0xDBFF and reader.text.startswith("\\u", reader.at):
        behind = reader.at
        reader.at += 2
        low = _hexadecimal_digits(reader, 4)
        if 0xDC00 <= low <= 0xDFFF:
            return chr(0x10000 + ((unit - 0xD800) << 10) + low - 0xDC00)
        reader.at = behind
    return chr(unit)


def _hexadecimal_digits(reader: Reader, count: int) -> int:
    digits = reader.text[reader.at : reader.at + count]
    if len(digits) < count or not set(digits) <= set(hexdigits):
        reader.fail("Illegal hexadecimal or Unicode escape sequence")
    reader.at += count
    return int(digits, 16)


def _control(reader: Reader) -> str:
    character = reader.take_raw()
    return chr(ord(character) ^ 64) if character else reader.fail("Illegal control escape sequence")


def _named(reader: Reader) -> str:
    end = reader.text.find("}", reader.at)
    if not reader.text.startswith("{", reader.at) or end < 0:
        reader.fail("Illegal character name escape sequence")
    name = reader.text[reader.at + 1 : end]
    reader.at = end + 1
    try:
        return unicodedata.lookup(name)
    except KeyError:
        reader.fail(f"Unknown character name [{name}]")


_LONG: Final[dict[str, Callable[[Reader], str]]] = {
    "0": _octal,
    "x": _hexadecimal,
    "u": _unicode,
    "c": _control,
    "N": _named,
}
