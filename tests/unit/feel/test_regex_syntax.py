"""What the syntax of java.util.regex means; the answers are those of feel-engine 1.21 on JDK 25."""

from __future__ import annotations

import pytest
from apify_camunda.feel.budget import Budget
from apify_camunda.feel.regex import PatternError, compile_java


def finds(text: str, pattern: str, flags: str = "") -> bool | None:
    """Return what FEEL's matches() answers: null where the pattern is wrong."""
    try:
        return compile_java(pattern, flags).find(text, 0, Budget()) is not None
    except PatternError:
        return None


@pytest.mark.parametrize(
    ("text", "pattern", "expected"),
    [
        ("abc", "", True),
        ("a}", "a}", True),
        ("a]", "a]", True),
        ("a", "{1}a", True),
        ("a", "a{2}{3}", False),
        ("aa", "^*a", True),
        ("b", "a||b", True),
        ("a{", "a{", None),
        ("a", "a{,2}", None),
        ("a", "a{1", None),
        ("a", "a{3,2}", None),
        ("a", "a{99999999999}", None),
        ("a", "a**", None),
        ("a", "*a", None),
        ("a", "a)", None),
        ("a", "(a", None),
        ("a", "[a", None),
        ("ab", "a(?#x)b", None),
        ("a", "(?z)a", None),
        ("a", "(?<1>a)", None),
        ("ab", "(?<x>a)(?<x>b)", None),
        ("a", "\\y", None),
        ("a", "\\", None),
        ("a", "a\\E", None),
    ],
)
def test_oddities(text: str, pattern: str, expected: bool | None) -> None:  # noqa: FBT001  a table's column
    """Dangling brackets and doubled counts mean something, most other oddities are refused."""
    assert finds(text, pattern) is expected


@pytest.mark.parametrize(
    ("text", "pattern", "expected"),
    [
        ("b", "[a-c&&[^b]]", False),
        ("a", "[a-c&&[^b]]", True),
        ("b", "[a-z&&[def]x]", False),
        ("x", "[a-z&&[def]x]", True),
        ("-", "[a-]", True),
        ("-", "[-a]", True),
        ("-", "[a-[bc]]", True),
        ("^", "[a^]", True),
        ("&", "[a&]", True),
        ("a", "[]a]", True),
        ("a", "[^]a]", False),
        ("a", "[a&&]", True),
        ("a", "[\\sa&&]", None),
        ("a", "[&&]", None),
        ("a", "[A-Cx-z&&]", False),
        ("y", "[A-Cx-z&&]", True),
        ("-", "[-&&&&]", True),
        ("a", "[z-a]", None),
        ("a", "(a)[\\1]", None),
        ("a", "[a\\0]", None),
        ("\v", "[\\v-\\x0c]", True),
        ("\n", "[\\v]", True),
    ],
)
def test_classes(text: str, pattern: str, expected: bool | None) -> None:  # noqa: FBT001  a table's column
    """Classes nest, join and intersect; a hyphen or caret in an odd place stands for itself."""
    assert finds(text, pattern) is expected


@pytest.mark.parametrize(
    ("text", "pattern", "expected"),
    [
        ("a", "\\x61\\u0062|\\x61", True),
        ("a", "\\x{61}", True),
        ("😀", "\\uD83D\\uDE00", True),
        ("a", "\\0141", True),
        ("a", "\\08", None),
        ("\x01", "\\cA", True),
        ("a", "\\N{LATIN SMALL LETTER A}", True),
        ("a", "\\N{NO SUCH LETTER}", None),
        ("a.b", "\\Qa.b\\E", True),
        ("axb", "\\Qa.b\\E", False),
        ("a", "\\Qa", True),
        ("é", "\\w", False),
        ("é", "(?U)\\w", True),
        ("٣", "\\d", False),
        ("\x85", "\\s", False),
        ("\x85", "\\v", True),
        ("\xa0", "\\h", True),
        ("\r\n", "^\\R$", True),
        ("e\u0301x", "^\\Xx", True),
        ("É", "\\p{L}", True),
        ("É", "\\pL", True),
        ("É", "\\P{L}", False),
        ("É", "\\p{IsLatin}", True),
        ("ܐ", "\\p{IsSyriac}", True),
        ("Ԁ", "\\p{InCyrillic Supplement}", True),
        ("É", "\\p{script=Grek}", False),
        ("É", "\\p{InLatin-1Supplement}", True),
        ("É", "\\p{InGreek}", False),
        ("É", "\\p{IsAlphabetic}", True),
        ("É", "\\p{javaUpperCase}", True),
        ("É", "\\p{gc=Lu}", True),
        ("É", "\\p{Alpha}", False),
        ("É", "\\p{Foo}", None),
        ("É", "\\p{L", None),
        ("a", "\\p{ L}", None),
    ],
)
def test_escapes(text: str, pattern: str, expected: bool | None) -> None:  # noqa: FBT001  a table's column
    """Escapes name a character, or a set: ASCII's unless the flag U or a property says otherwise."""
    assert finds(text, pattern) is expected


@pytest.mark.parametrize(
    ("text", "pattern", "flags", "expected"),
    [
        ("abZ", "^[a-z]+$", "i", True),
        ("É", "é", "i", False),
        ("É", "(?u)é", "i", True),
        ("a", "\\p{Lu}", "i", True),
        ("Q", "[^q]", "i", False),
        ("\u212a", "k", "i", False),
        ("aA", "(a)\\1", "i", True),
        ("a\nb", "a.b", "", False),
        ("a\nb", "a.b", "s", True),
        ("a\u2028b", "a.b", "", False),
        ("a\rb", "(?d)a.b", "", True),
        ("a\nb", "^b", "", False),
        ("a\nb", "^b", "m", True),
        ("", "^", "m", False),
        ("a\r\nb", "^\nb", "m", False),
        ("a\n", "a$", "", True),
        ("a\r\n", "a$", "", True),
        ("a\n\n", "a$", "", False),
        ("a\nb", "a$", "m", True),
        ("ab", "a b # both", "x", True),
        ("a b", "a[ ]b", "x", None),
        ("^", "[ ^]", "x", True),
        ("aB", "a(?i)b", "", True),
        ("AB", "a(?i:b)", "", False),
        ("AB", "(?i)a(?-i)b", "", False),
        ("aB", "(?:a(?i)b|c)B", "", False),
        ("a", "a", "zzz", True),
    ],
)
def test_flags(text: str, pattern: str, flags: str, expected: bool | None) -> None:  # noqa: FBT001  a table's column
    """Flags hold for the pattern, or up to the end of their group; unknown ones mean nothing."""
    assert finds(text, pattern, flags) is expected


def test_deep_nesting_is_refused() -> None:
    """Groups and classes nest so deep that no pattern needs more, and no deeper: Python's stack is finite."""
    assert finds("a", "(" * 40 + "a" + ")" * 40) is True
    assert finds("a", "(" * 4_000 + "a" + ")" * 4_000) is None
    assert finds("a", "[" * 4_000 + "a" + "]" * 4_000) is None
