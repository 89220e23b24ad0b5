"""Rules of operators, from `or`, the weakest, to the sign of a number."""

from __future__ import annotations

from typing import Final

from apify_camunda.feel import syntax
from apify_camunda.feel.parser.calls import read_property
from apify_camunda.feel.parser.reading import Reading
from apify_camunda.feel.parser.tests import read_bracketed_tests, read_positive_test, read_simple_test
from apify_camunda.feel.parser.values import read_value
from apify_camunda.feel.syntax import Node

# Operators bind as tightly as their number says; all of them group to the left.
BINDING_POWER: Final = {"+": 1, "-": 1, "*": 2, "/": 2, "**": 3}
COMPARISONS: Final = ("<=", ">=", "<", ">", "!=", "=")

TYPE_NAMES_WITH_BLANKS: Final = (
    "years and months duration",
    "days and time duration",
    "date and time",
    "function",
)


def read_disjunction(reading: Reading) -> Node | None:
    """Disjunction = conjunction {"or" conjunction}."""
    start = reading.position
    left = read_conjunction(reading)
    while left is not None:
        before = reading.mark()
        if not reading.literal("or") or (right := read_conjunction(reading)) is None:
            reading.back(before)
            break
        left = syntax.Disjunction(reading.span(start), left, right)
    return left


def read_conjunction(reading: Reading) -> Node | None:
    """Conjunction = comparison {"and" comparison}."""
    start = reading.position
    left = read_comparison(reading)
    while left is not None:
        before = reading.mark()
        if not reading.literal("and") or (right := read_comparison(reading)) is None:
            reading.back(before)
            break
        left = syntax.Conjunction(reading.span(start), left, right)
    return left


def read_comparison(reading: Reading) -> Node | None:
    """Comparison = arithmetic [compared | between | instance of | in] | input comparison | input range."""
    start = reading.position
    left = reading.arithmetic()
    if left is None:
        return read_simple_test(reading)
    if reading.at_end():
        return left
    return (
        read_compared(reading, left, start)
        or read_between(reading, left, start)
        or read_instance_of(reading, left, start)
        or (read_in(reading, left, start) or left)
    )


def read_compared(reading: Reading, left: Node, start: int) -> Node | None:
    """Compared = ("<=" | ">=" | "<" | ">" | "!=" | "=") arithmetic."""
    before = reading.mark()
    if reading.peek() in "<>!=":
        operator = next((sign for sign in COMPARISONS if reading.literal(sign)), None)
        if operator is not None and (right := reading.arithmetic()) is not None:
            return syntax.Comparison(reading.span(start), operator, left, right)
        reading.back(before)
    return None


def read_between(reading: Reading, value: Node, start: int) -> Node | None:
    """Between = "between" arithmetic "and" arithmetic."""
    before = reading.mark()
    if reading.literal("between"):
        low = reading.arithmetic()
        if low is not None and reading.expect("and") and (high := reading.arithmetic()) is not None:
            return syntax.Between(reading.span(start), value, low, high)
        reading.back(before)
    return None


def read_instance_of(reading: Reading, value: Node, start: int) -> Node | None:
    """Instance of = "instance" "of" (type name with blanks | property {"." property})."""
    before = reading.mark()
    if reading.literal("instance") and reading.expect("of"):
        special = next((word for word in TYPE_NAMES_WITH_BLANKS if reading.literal(word)), None)
        type_name = special or ".".join(reading.separated(read_property, "."))
        if type_name:
            return syntax.InstanceOf(reading.span(start), value, type_name)
        reading.miss("the name of a type")
    reading.back(before)
    return None


def read_in(reading: Reading, value: Node, start: int) -> Node | None:
    """In = "in" ("(" positive tests ")" | positive test)."""
    before = reading.mark()
    if reading.literal("in"):
        tests = read_bracketed_tests(reading) or read_positive_test(reading)
        if tests is not None:
            return syntax.In(reading.span(start), value, tests)
        reading.back(before)
    return None


def read_arithmetic(reading: Reading, power: int = 1) -> Node | None:
    """Arithmetic = [-] value {operator [-] value}, where an operator binds at least as tightly as *power*."""
    start = reading.position
    left = read_signed(reading)
    while left is not None:
        before = reading.mark()
        operator = read_operator(reading, power)
        if operator is None:
            break
        right = read_arithmetic(reading, BINDING_POWER[operator] + 1)
        if right is None:
            reading.back(before)
            break
        left = syntax.Arithmetic(reading.span(start), operator, left, right)
    return left


def read_operator(reading: Reading, power: int) -> str | None:
    """Operator = "+" | "-" | "*" | "/" | "**"."""
    sign = reading.peek()
    if not sign or sign not in "+-*/":
        return None
    operator = "**" if reading.text.startswith("**", reading.position) else sign
    return operator if BINDING_POWER[operator] >= power and reading.literal(operator) else None


def read_signed(reading: Reading) -> Node | None:
    """Signed = ["-"] value."""
    if reading.peek() != "-":
        return read_value(reading)
    start = reading.mark()
    reading.literal("-")
    operand = read_value(reading)
    if operand is not None:
        return syntax.Negation(reading.span(start[0]), operand)
    reading.back(start)
    return None
