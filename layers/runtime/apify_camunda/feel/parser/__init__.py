"""Parses text into nodes.

A recursive descent over the grammar of Camunda's engine, which is the DMN grammar with ordered choice (the
first rule that matches is taken), and with names of several words only for functions, keys and parameters.
Each function reads one rule, which its docstring states. If the rule does not match, it returns None and does
not move.

Source: FeelParser.scala of camunda/feel-scala 1.22.
"""

from __future__ import annotations

from collections.abc import Callable

from apify_camunda.feel.failures import FeelSyntaxError
from apify_camunda.feel.parser.control import read_expression
from apify_camunda.feel.parser.operators import read_arithmetic
from apify_camunda.feel.parser.reading import Grammar, Reading
from apify_camunda.feel.parser.tests import read_unary_tests
from apify_camunda.feel.source import Span
from apify_camunda.feel.syntax import Node

_GRAMMAR = Grammar(read_expression, read_arithmetic)


def parse_expression(text: str) -> Node:
    """Return the root of an expression.

    Raises:
        FeelSyntaxError: The text is not FEEL.
    """
    return _parse(text, Reading.expression)


def parse_tests(text: str) -> Node:
    """Return the root of unary tests, as a cell of a decision table has them.

    Raises:
        FeelSyntaxError: The text is not FEEL.
    """
    return _parse(text, read_unary_tests)


def _parse(text: str, rule: Callable[[Reading], Node | None]) -> Node:
    reading = Reading(text, _GRAMMAR)
    try:
        root = rule(reading)
    except RecursionError:
        raise FeelSyntaxError(text, Span(0, 0), "an expression that is less deeply nested") from None
    if root is None or not reading.at_end():
        if reading.position >= reading.furthest:
            reading.miss("an operator" if root else "a value")
        raise reading.error()
    return root
