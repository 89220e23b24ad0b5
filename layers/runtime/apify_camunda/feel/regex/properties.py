r"""Finds the characters of `\p{...}`: POSIX classes, Unicode's properties, scripts and blocks.

Source: java.util.regex.CharPredicates. Properties that need Unicode's database use Python's, character by
character.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from typing import Final

from apify_camunda.feel.regex.character_sets import (
    DIGIT,
    EVERY,
    SPACE,
    CharacterSet,
    of_characters,
    of_ranges,
    of_test,
    union,
)
from apify_camunda.feel.regex.failure import PatternError

_LOWER: Final = of_ranges((97, 122))
_UPPER: Final = of_ranges((65, 90))
_ALPHA: Final = union(_LOWER, _UPPER)
_POSIX: Final[dict[str, CharacterSet]] = {
    "ASCII": of_ranges((0, 127)),
    "Alnum": union(_ALPHA, DIGIT),
    "Alpha": _ALPHA,
    "Blank": of_characters(" \t"),
    "Cntrl": of_ranges((0, 31), (127, 127)),
    "Digit": DIGIT,
    "Graph": of_ranges((33, 126)),
    "L1": of_ranges((0, 255)),
    "Lower": _LOWER,
    "Print": of_ranges((32, 126)),
    "Punct": of_ranges((33, 47), (58, 64), (91, 96), (123, 126)),
    "Space": SPACE,
    "Upper": _UPPER,
    "XDigit": of_ranges((48, 57), (65, 70), (97, 102)),
    "all": EVERY,
}
_CATEGORIES: Final = frozenset(
    [
        "Cn",
        "Lu",
        "Ll",
        "Lt",
        "Lm",
        "Lo",
        "Mn",
        "Me",
        "Mc",
        "Nd",
        "Nl",
        "No",
        "Zs",
        "Zl",
        "Zp",
        "Cc",
        "Cf",
        "Co",
        "Cs",
        "Pd",
        "Ps",
        "Pe",
        "Pc",
        "Po",
        "Sm",
        "Sc",
        "Sk",
        "So",
        "Pi",
        "Pf",
        "L",
        "M",
        "N",
        "Z",
        "C",
        "P",
        "S",
    ]
)
_CATEGORY_GROUPS: Final = {"LC": ("Lu", "Ll", "Lt"), "LD": ("Lu", "Ll", "Lt", "Lm", "Lo", "Nd")}
_CASED: Final = ("Lu", "Ll", "Lt")
_UNICODE_SPACE: Final = "\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(
    map(chr, range(0x2000, 0x200B))
)


def named_set(name: str, *, ignore_case: bool, unicode_classes: bool) -> CharacterSet:
    r"""Return the characters of `\\p{name}`.

    Raises:
        PatternError: Java has no such property.
    """
    if "=" in name:
        key, _, value = name.partition("=")
        found = _keyed(key, value, ignore_case)
    elif name.startswith("In"):
        found = _block(name[2:])
    elif name.startswith("Is"):
        found = (
            _property(name[2:].upper(), ignore_case) or _category(name[2:], ignore_case) or _script(name[2:])
        )
    else:
        found = (
            _property(_POSIX_AS_UNICODE.get(name, name).upper(), ignore_case) if unicode_classes else None
        ) or _plain(name, ignore_case)
    if found is None:
        raise PatternError(f"Unknown character property name {{{name}}}")
    return found


def unicode_set(letter: str) -> CharacterSet:
    r"""Return the characters of `\\d`, `\\w` or `\\s` under the flag U."""
    found = _property({"d": "DIGIT", "w": "WORD", "s": "WHITE_SPACE"}[letter], ignore_case=False)
    assert found is not None
    return found


def is_unicode_word(character: str) -> bool:
    return (
        unicodedata.category(character) in _WORD_CATEGORIES
        or character in "\u200c\u200d"
        or _alphabetic(character)
    )


def _keyed(key: str, value: str, ignore_case: bool) -> CharacterSet | None:  # noqa: FBT001  one caller
    match key.lower():
        case "sc" | "script":
            return _script(value)
        case "blk" | "block":
            return _block(value)
        case "gc" | "general_category":
            return _category(value, ignore_case)
    return None


def _plain(name: str, ignore_case: bool) -> CharacterSet | None:  # noqa: FBT001  one caller
    if ignore_case and name in {"Lower", "Upper"}:
        return _ALPHA
    return _POSIX.get(name) or _category(name, ignore_case) or _java_method(name, ignore_case)


def _category(name: str, ignore_case: bool) -> CharacterSet | None:  # noqa: FBT001  internal
    if ignore_case and name in _CASED:
        return _of_categories(_CASED)
    if name in _CATEGORY_GROUPS:
        return _of_categories(_CATEGORY_GROUPS[name])
    if name in _CATEGORIES:
        return _of_categories((name,))
    return _POSIX.get(name)


def _of_categories(names: tuple[str, ...]) -> CharacterSet:
    return of_test(lambda character: unicodedata.category(character).startswith(names))


_WORD_CATEGORIES: Final = ("Mn", "Me", "Mc", "Nd", "Pc")
_POSIX_AS_UNICODE: Final = {
    "Alpha": "ALPHABETIC",
    "Lower": "LOWERCASE",
    "Upper": "UPPERCASE",
    "Space": "WHITE_SPACE",
    "Punct": "PUNCTUATION",
    "XDigit": "HEX_DIGIT",
    "Cntrl": "CONTROL",
}


def _alphabetic(character: str) -> bool:
    return (
        character.isalpha()
        or unicodedata.category(character) == "Nl"
        or character.isupper()
        or character.islower()
    )


def _printed(character: str) -> bool:
    return (
        unicodedata.category(character) not in {"Cn", "Cc", "Cs", "Zl", "Zp"}
        and character not in _UNICODE_SPACE
    )


_HEX_LETTERS: Final = "abcdefABCDEF" + "".join(chr(ord(letter) + 0xFEE0) for letter in "abcdefABCDEF")
_TESTS: Final[dict[str, Callable[[str], bool]]] = {
    "ALPHABETIC": _alphabetic,
    "ALNUM": lambda character: _alphabetic(character) or unicodedata.category(character) == "Nd",
    "ASSIGNED": lambda character: unicodedata.category(character) != "Cn",
    "BLANK": lambda character: character == "\t" or unicodedata.category(character) == "Zs",
    "CONTROL": lambda character: unicodedata.category(character) == "Cc",
    "DIGIT": lambda character: unicodedata.category(character) == "Nd",
    "GRAPH": _printed,
    "HEX_DIGIT": lambda character: unicodedata.category(character) == "Nd" or character in _HEX_LETTERS,
    "IDEOGRAPHIC": lambda character: (
        unicodedata.name(character, "").startswith(("CJK UNIFIED", "CJK COMPATIBILITY I"))
        or character in "\u3006\u3007"
    ),
    "JOIN_CONTROL": lambda character: character in "\u200c\u200d",
    "LETTER": str.isalpha,
    "LOWERCASE": str.islower,
    "NONCHARACTER_CODE_POINT": lambda character: (
        ord(character) & 0xFFFE == 0xFFFE or 0xFDD0 <= ord(character) <= 0xFDEF
    ),
    "PRINT": lambda character: _printed(character) or unicodedata.category(character) == "Zs",
    "PUNCTUATION": lambda character: unicodedata.category(character).startswith("P"),
    "TITLECASE": lambda character: unicodedata.category(character) == "Lt",
    "UPPERCASE": str.isupper,
    "WHITE_SPACE": lambda character: character in _UNICODE_SPACE,
    "WORD": is_unicode_word,
}
_ALIASES: Final = {
    "WHITESPACE": "WHITE_SPACE",
    "HEXDIGIT": "HEX_DIGIT",
    "NONCHARACTERCODEPOINT": "NONCHARACTER_CODE_POINT",
    "JOINCONTROL": "JOIN_CONTROL",
}
_JAVA_METHODS: Final[dict[str, Callable[[str], bool]]] = {
    "javaAlphabetic": _alphabetic,
    "javaDefined": _TESTS["ASSIGNED"],
    "javaDigit": _TESTS["DIGIT"],
    "javaISOControl": _TESTS["CONTROL"],
    "javaIdeographic": _TESTS["IDEOGRAPHIC"],
    "javaJavaIdentifierPart": lambda character: (
        unicodedata.category(character)
        in {"Lu", "Ll", "Lt", "Lm", "Lo", "Sc", "Pc", "Nd", "Nl", "Mc", "Mn", "Cf"}
    ),
    "javaJavaIdentifierStart": lambda character: (
        unicodedata.category(character) in {"Lu", "Ll", "Lt", "Lm", "Lo", "Sc", "Pc", "Nl"}
    ),
    "javaLetter": str.isalpha,
    "javaLetterOrDigit": lambda character: character.isalpha() or unicodedata.category(character) == "Nd",
    "javaLowerCase": str.islower,
    "javaMirrored": lambda character: bool(unicodedata.mirrored(character)),
    "javaSpaceChar": lambda character: unicodedata.category(character).startswith("Z"),
    "javaTitleCase": _TESTS["TITLECASE"],
    "javaUpperCase": str.isupper,
    "javaWhitespace": lambda character: (
        character in "\t\n\v\f\r\x1c\x1d\x1e\x1f"
        or (unicodedata.category(character).startswith("Z") and character not in "\xa0\u2007\u202f")
    ),
}


def _property(name: str, ignore_case: bool) -> CharacterSet | None:  # noqa: FBT001  internal
    name = _ALIASES.get(name, name)
    if ignore_case and name in {"LOWERCASE", "UPPERCASE", "TITLECASE"}:
        return of_test(lambda character: character.islower() or character.isupper() or character.istitle())
    return of_test(_TESTS[name]) if name in _TESTS else None


def _java_method(name: str, ignore_case: bool) -> CharacterSet | None:  # noqa: FBT001  internal
    if ignore_case and name in {"javaLowerCase", "javaUpperCase", "javaTitleCase"}:
        return _property("LOWERCASE", ignore_case=True)
    return of_test(_JAVA_METHODS[name]) if name in _JAVA_METHODS else None


def _script(name: str) -> CharacterSet | None:
    from apify_camunda.feel.regex.unicode_tables import SCRIPTS, ranges_of  # noqa: PLC0415  rarely asked for

    return ranges_of(SCRIPTS, name)


def _block(name: str) -> CharacterSet | None:
    from apify_camunda.feel.regex.unicode_tables import BLOCKS, ranges_of  # noqa: PLC0415  rarely asked for

    return ranges_of(BLOCKS, name)
