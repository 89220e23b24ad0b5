"""Rules of tests: the operand of `in`, and the unary tests of a decision table."""

from __future__ import annotations

from typing import Final

from apify_camunda.feel import syntax
from apify_camunda.feel.parser.calls import read_range
from apify_camunda.feel.parser.reading import Reading
from apify_camunda.feel.syntax import Node

INPUT_COMPARISONS: Final = ("<=", ">=", "<", ">")


def read_unary_tests(reading: Reading) -> Node | None:
    """Unary tests = "not" "(" positive tests ")" | positive tests | "-"."""
    start = reading.mark()
    if reading.literal("not"):
        tests = read_bracketed_tests(reading)
        if tests is not None:
            return syntax.NoneOf(reading.span(start[0]), tests)
        reading.back(start)
    tests = read_positive_tests(reading)
    if tests is None and reading.literal("-"):
        return syntax.AnyInput(reading.span(start[0]))
    return tests


def read_positive_tests(reading: Reading) -> Node | None:
    """Positive tests = positive test {"," positive test}."""
    start = reading.position
    tests = reading.separated(read_positive_test)
    if len(tests) < 2:
        return tests[0] if tests else None
    return syntax.AnyOf(reading.span(start), tuple(tests))


def read_positive_test(reading: Reading) -> Node | None:
    """Positive test = simple test | boolean | expression."""
    simple = read_simple_test(reading) or read_boolean_test(reading)
    if simple is not None:
        return simple
    start = reading.position
    expression = reading.expression()
    return None if expression is None else syntax.Test(reading.span(start), expression)


def read_boolean_test(reading: Reading) -> Node | None:
    """Boolean = ("true" | "false"), at the very end of the text; elsewhere an expression, as in Camunda."""
    start = reading.mark()
    word = next((word for word in ("true", "false") if reading.literal(word)), None)
    if word is not None and reading.at_end():
        span = reading.span(start[0])
        return syntax.InputComparison(span, "=", syntax.Boolean(span, word == "true"))
    reading.back(start)
    return None


def read_simple_test(reading: Reading) -> Node | None:
    """Simple test = ("<=" | ">=" | "<" | ">") arithmetic | range."""
    start = reading.mark()
    if reading.peek() in {"<", ">"}:
        operator = next(sign for sign in INPUT_COMPARISONS if reading.literal(sign))
        operand = reading.arithmetic()
        if operand is not None:
            return syntax.InputComparison(reading.span(start[0]), operator, operand)
        reading.back(start)
        return None
    return read_range(reading, syntax.InputInRange)


def read_bracketed_tests(reading: Reading) -> Node | None:
    before = reading.mark()
    if reading.literal("("):
        tests = read_positive_tests(reading)
        if tests is not None and reading.expect(")"):
            return tests
        reading.back(before)
    return None
