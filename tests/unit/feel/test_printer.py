"""Printing a node gives a text that is parsed to the same node."""

from __future__ import annotations

import pytest
from apify_camunda.feel.parser import parse_expression, parse_tests
from apify_camunda.feel.printer import to_text
from hypothesis import given, settings
from hypothesis import strategies as st

NAMES = st.sampled_from(["a", "b", "date", "get", "years", "`c d`", "x1"])
TEXTS = st.lists(
    st.sampled_from(["\\n", "\\\\", '\\"', "\\q", "\\'", "a", "n", "'", "\n", "\t", "\r"]), max_size=6
).map(lambda pieces: f'"{"".join(pieces)}"')
LEAVES = st.one_of(
    NAMES,
    TEXTS,
    st.sampled_from(
        ["null", "true", '"t\\"x\\n"', '@"2020-01-01"', 'date("2020-01-01")', "1.50", "0", ".5", "?", "[]"]
    ),
    st.integers(0, 10**40).map(str),
)


def compound(part: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    signs = st.sampled_from(["+", "-", "*", "/", "**", "=", "!=", "<", "<=", ">", ">=", "and", "or"])
    return st.one_of(
        st.builds("({}) {} ({})".format, part, signs, part),
        st.builds("({}) {} ({})".format, part, st.sampled_from(["and", "or", "+", "-"]), part),
        st.builds("-({})".format, part),
        st.builds("if {} then {} else {}".format, part, part, part),
        st.builds("for {} in ({}), {} in ({})..({}) return {}".format, NAMES, part, NAMES, part, part, part),
        st.builds("{} {} in ({}) satisfies {}".format, st.sampled_from(["some", "every"]), NAMES, part, part),
        st.builds("({})[{}]".format, part, part),
        st.builds("({}).{}".format, part, NAMES),
        st.builds("[{}, {}]".format, part, part),
        st.builds("{{a: {}, b c: {}}}".format, part, part),
        st.builds("upper case({})".format, part),
        st.builds("get or else({}, default: {})".format, part, part).map(
            lambda text: text.replace("default: ", "")
        ),
        st.builds("f(a: {}, b c: {})".format, part, part),
        st.builds("m.f({})".format, part),
        st.builds("function(a, b c) {}".format, part),
        st.builds("({}) between ({}) and ({})".format, part, part, part),
        st.builds("({}) instance of date and time".format, part),
        st.builds("({}) in (< ({}), [({})..({})), {})".format, part, part, part, part, part),
        st.builds("before([({})..({})], {})".format, part, part, part),
    )


EXPRESSIONS = st.recursive(LEAVES, compound, max_leaves=12)


@settings(max_examples=300, derandomize=True, deadline=None)
@given(EXPRESSIONS)
def test_round_trip(text: str) -> None:
    """For any expression, parsing what is printed gives the same nodes."""
    root = parse_expression(text)

    assert parse_expression(to_text(root)) == root


@settings(max_examples=300, derandomize=True, deadline=None)
@given(TEXTS)
def test_texts_round_trip(text: str) -> None:
    """For a text with any escapes and backslashes, what is printed has the same value."""
    root = parse_expression(text)

    assert parse_expression(to_text(root)) == root


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("1+2*3", "1 + 2 * 3"),
        ("(1+2)*3", "(1 + 2) * 3"),
        ("1-(2-3)", "1 - (2 - 3)"),
        ("a or(b and c)", "a or b and c"),
        ("(a or b)and c", "(a or b) and c"),
        ("--1", "--1"),
        ("{a:1}", '{"a": 1}'),
        ("date and time(x)", "date and time(x)"),
        ("`date` and time(x)", "`date` and time(x)"),
        ("x[1].`a b`", "x[1].`a b`"),
        ("0.0000001", "0.0000001"),
    ],
)
def test_printed(text: str, printed: str) -> None:
    """Brackets stand only where they are needed."""
    assert to_text(parse_expression(text)) == printed


@pytest.mark.parametrize("text", ["< 5", "not(1, [2..3))", "-", "true", "? > 5 and x", '"a", "b"', "-5"])
def test_tests_round_trip(text: str) -> None:
    """Unary tests are printed as such."""
    root = parse_tests(text)

    assert parse_tests(to_text(root)) == root
