"""What patterns find, replace and split, and that none runs away; the answers are feel-engine 1.21's."""

from __future__ import annotations

import re

import pytest
from apify_camunda.feel.budget import Budget, BudgetExceeded
from apify_camunda.feel.regex import JavaPattern, Match, PatternError, compile_java
from apify_camunda.feel.regex.parser import parse
from apify_camunda.feel.regex.reader import Flags
from apify_camunda.feel.regex.translation import translate
from hypothesis import given, settings
from hypothesis import strategies as st


def groups(text: str, pattern: str) -> list[str | None] | None:
    """Return the first match and its groups."""
    found = compile_java(pattern).find(text, 0, Budget())
    return None if found is None else [found.group(number) for number in range(len(found.spans))]


@pytest.mark.parametrize(
    ("text", "pattern", "expected"),
    [
        ("aaa", "a{2}", ["aa"]),
        ("aaa", "a+?", ["a"]),
        ("aaa", "a*+a", None),
        ("aaa", "(?>a+)a", None),
        ("aaab", "(?>a+)b", ["aaab"]),
        ("aba", "(a|ab){2}+", None),
        ("aba", "(a|ab){2}", ["aba", "a"]),
        ("aba", "(a)b\\1", ["aba", "a"]),
        ("h", "(.)\\2", None),
        ("b", "(a)?\\1b", None),
        ("ababab", "(?<x>ab)\\k<x>", ["abab", "ab"]),
        ("aXbX", "(?:(a)|(b)|X)+", ["aXbX", "a", "b"]),
        ("aaaa", "(a*)*", ["aaaa", ""]),
        ("aaaa", "(a|b)*?$", ["aaaa", "a"]),
        ("ab", "(?:(a)|b)*", ["ab", "a"]),
        ("foobar", "foo(?=bar)", ["foo"]),
        ("foobaz", "foo(?!bar)", ["foo"]),
        ("foobar", "(?=(foo))foo", ["foo", "foo"]),
        ("ab", "(?<=a)b", ["b"]),
        ("aab", "(?<!a)b", None),
        ("xaab", "(?<=xa{1,5})b", ["b"]),
        ("aab", "(?<=a*)b", ["b"]),
        ("foo bar", "\\bbar\\b", ["bar"]),
        ("foobar", "\\Bbar", ["bar"]),
        ("aab", "(a+|b)*c|aab", ["aab", None]),
    ],
)
def test_first_match(text: str, pattern: str, expected: list[str | None] | None) -> None:
    """Alternatives are tried from the left, repetitions by their mode, and groups keep their last round."""
    assert groups(text, pattern) == expected


@pytest.mark.parametrize("pattern", ["(?<=(ab)*)a", "(?<=a+b*?)c", "(a)(?<=\\1)b"])
def test_unbounded_look_behind_is_refused(pattern: str) -> None:
    """What looks behind must have a length that Java can bound."""
    with pytest.raises(PatternError, match="obvious maximum length"):
        compile_java(pattern)


@pytest.mark.parametrize(
    ("text", "pattern", "replacement", "expected"),
    [
        ("abcd", "(ab)|(a)", "[1=$1][2=$2]", "[1=ab][2=]cd"),
        ("abracadabra", "a(.)", "a$1$1", "abbraccaddabbra"),
        ("0123456789", "(\\d{3})(\\d{3})(\\d{4})", "($1) $2-$3", "(012) 345-6789"),
        ("abc", "", "-", "-a-b-c-"),
        ("abc", "x*", "-", "-a-b-c-"),
        ("abc", "(?<x>a)", "[${x}]", "[a]bc"),
        ("abc", "(a)", "$10", "a0bc"),
        ("abc", "b", "\\$1\\\\", "a$1\\c"),
        ("abc", "z", "$9", "abc"),
        ("aaa", "\\Ga", "b", "bbb"),
        ("baa", "\\Ga", "b", "baa"),
    ],
)
def test_replacement(text: str, pattern: str, replacement: str, expected: str) -> None:
    """Groups are named by number or name, as many digits counting as there are groups; a backslash quotes."""
    assert compile_java(pattern).replace_all(text, replacement, Budget()) == expected


@pytest.mark.parametrize("replacement", ["$", "$x", "$1", "${x}", "${", "${1}", "\\"])
def test_wrong_replacement(replacement: str) -> None:
    """A replacement that names no group, or ends in the midst, is an error once something is replaced."""
    with pytest.raises(PatternError):
        compile_java("a").replace_all("a", replacement, Budget())


@pytest.mark.parametrize(
    ("text", "pattern", "expected"),
    [
        ("a;b;c;;", ";", ["a", "b", "c", "", ""]),
        (",a,", ",", ["", "a", ""]),
        ("", ",", [""]),
        ("abc", "", ["a", "b", "c", ""]),
        ("a.b", ".", ["", "", "", ""]),
        ("a|b", "|", ["a", "|", "b", ""]),
    ],
)
def test_split(text: str, pattern: str, expected: list[str]) -> None:
    """Empty parts stay, the last too; an empty match at the start parts nothing."""
    assert compile_java(pattern).split(text, Budget()) == expected


def test_extract_all() -> None:
    """Every match counts, empty ones between the others too."""
    assert compile_java("\\d*").extract_all("a1b22", Budget()) == ["", "1", "", "22", ""]


def test_nested_repetition_ends_as_in_java() -> None:
    """The best known run-away pattern answers: a loop remembers where it has failed."""
    assert groups("a" * 200 + "!", "^(a+)+$") is None


@pytest.mark.parametrize("pattern", ["^(a|a|a)*(a|a|a)*\\1$", "((a*)*)*(b\\2)", "(?=((a+)+)+b)c|(x+x+)+y\\1"])
def test_run_away_patterns_end_by_budget(pattern: str) -> None:
    """A pattern whose ways explode ends within its steps, as an error that says so."""
    with pytest.raises(BudgetExceeded):
        compile_java(pattern).find("a" * 40 + "x" * 40, 0, Budget(200_000))


def test_a_run_is_tried_once() -> None:
    """What begins with a run of any length is not tried again in the midst of that run."""
    text = '{"x": 1, "y": [1, 2, 3]} ' * 2_000
    assert groups(text, '.*"name"\\s*:\\s*"([^"]*)".*') is None
    assert groups(f"{text}y=1;", "[a-z]+=(\\d)(?=;)") == ["y=1", "1"]


def test_every_search_takes_steps() -> None:
    """What Python's own matcher does is taken off too."""
    steps = Budget(1_000)
    compile_java("b+").find("a" * 10_000, 0, steps)
    assert steps.steps < 500


@pytest.mark.parametrize(
    "pattern", ["(a*)*", "(?:a|ab)+", "a*+", "(?=a)b", "(a)\\1", "\\bx", "(a+b?)*", "((a)b)*"]
)
def test_what_could_run_away_or_differ_stays_on_our_machine(pattern: str) -> None:
    """Python's matcher gets only what it cannot explode on and understands as Java does."""
    assert translate(parse(pattern, Flags()).node) is None


@pytest.mark.parametrize(
    ("pattern", "degree"),
    [("abc", 0), ("^fo*b", 1), ("(?:foo|bar)+", 1), ("[a-z]{2,8}\\d*", 1), (".*x.*", 2), ("a?b{1,3}", 0)],
)
def test_work_is_bounded(pattern: str, degree: int) -> None:
    """The bound of a pattern's work grows with its repetitions without end."""
    found = translate(parse(pattern, Flags()).node)
    assert found is not None
    assert found.degree == degree


_ATOMS = st.sampled_from(
    ["a", "b", "c", ".", "[ab]", "[^a]", "\\d", "^", "$", "\\n", "(?:ab|c)", "(a)", "(?:(?:ab)+)"]
)
_QUANTIFIERS = st.sampled_from(["", "", "*", "+", "?", "*?", "+?", "{1,2}", "{2}"])
_SEQUENCES = st.lists(st.tuples(_ATOMS, _QUANTIFIERS).map("".join), max_size=4).map("".join)
_PATTERNS = st.lists(_SEQUENCES, min_size=1, max_size=3).map("|".join)
_TEXTS = st.text("abc1\n\r", max_size=10)


@given(_PATTERNS, _TEXTS)
@settings(derandomize=True, max_examples=400)
def test_both_matchers_agree(pattern: str, text: str) -> None:
    """Where Python's matcher may do the work, ours finds the same matches and groups."""
    java = JavaPattern(parse(pattern, Flags()))
    counting = JavaPattern(
        parse(f"(?>){pattern}" if "|" not in pattern else f"(?>)(?:{pattern})", Flags()), len(pattern)
    )
    assert [found.spans for found in java.find_all(text, Budget())] == [
        found.spans for found in counting.find_all(text, Budget())
    ]


@given(st.text("ab^$.*+?()[]{}|\\-&123<>=!:,xQE ", max_size=12), _TEXTS)
@settings(derandomize=True, max_examples=500)
def test_any_text_is_a_pattern_or_refused(pattern: str, text: str) -> None:
    """No text makes the parser or the matcher fail in another way than by saying so."""
    try:
        found = compile_java(pattern).find(text, 0, Budget(50_000))
    except (PatternError, BudgetExceeded):
        return
    assert found is None or isinstance(found, Match)


def test_escaped_literals_find_themselves() -> None:
    """A text whose special characters are escaped finds itself."""
    text = "a.b*c+d?(e)[f]{1}|^$\\ é😀"
    assert groups(text, re.escape(text)) == [text]
