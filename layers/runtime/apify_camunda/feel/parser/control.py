"""Rules of expressions as a whole: `if`, `for`, `some`, `every`, or a disjunction."""

from __future__ import annotations

from apify_camunda.feel import syntax
from apify_camunda.feel.parser.calls import read_name
from apify_camunda.feel.parser.operators import read_disjunction
from apify_camunda.feel.parser.reading import Reading
from apify_camunda.feel.parser.values import read_value
from apify_camunda.feel.syntax import Node


def read_expression(reading: Reading) -> Node | None:
    """Expression = if | for | quantified | disjunction."""
    return read_if(reading) or read_for(reading) or read_quantified(reading) or read_disjunction(reading)


def read_if(reading: Reading) -> Node | None:
    """If = "if" expression "then" expression "else" expression."""
    before = reading.mark()
    branches: list[tuple[int, Node, Node]] = []
    while True:  # a chain of `else if` is a loop here, so it may be long
        start = reading.mark()
        if not reading.literal("if"):
            break
        if (
            (condition := reading.expression()) is None
            or not reading.expect("then")
            or (consequence := reading.expression()) is None
            or not reading.expect("else")
        ):
            reading.back(start)
            break
        branches.append((start[0], condition, consequence))
    if not branches:
        return None
    node = reading.expression()
    if node is None:
        reading.back(before)
        return None
    for start_of_branch, condition, consequence in reversed(branches):
        node = syntax.If(reading.span(start_of_branch), condition, consequence, node)
    return node


def read_for(reading: Reading) -> Node | None:
    """For = "for" loop {"," loop} "return" expression."""
    start = reading.mark()
    if reading.literal("for"):
        loops = read_loops(reading)
        if loops and reading.expect("return") and (body := reading.expression()) is not None:
            return syntax.For(reading.span(start[0]), loops, body)
        reading.back(start)
    return None


def read_quantified(reading: Reading) -> Node | None:
    """Quantified = ("some" | "every") loop {"," loop} "satisfies" expression."""
    start = reading.mark()
    quantifier = next((word for word in ("some", "every") if reading.literal(word)), None)
    if quantifier is not None:
        loops = read_loops(reading)
        if loops and reading.expect("satisfies") and (condition := reading.expression()) is not None:
            return syntax.Quantified(reading.span(start[0]), quantifier, loops, condition)
        reading.back(start)
    return None


def read_loops(reading: Reading) -> tuple[syntax.Loop, ...]:
    """Loops = loop {"," loop}."""
    return tuple(reading.separated(read_loop))


def read_loop(reading: Reading) -> syntax.Loop | None:
    """Loop = name "in" (arithmetic ".." arithmetic | value)."""
    start = reading.mark()
    name = read_name(reading)
    if name is not None and reading.expect("in"):
        source = read_progression(reading) or read_value(reading)
        if source is not None:
            return syntax.Loop(reading.span(start[0]), name, source)
    reading.back(start)
    return None


def read_progression(reading: Reading) -> Node | None:
    """Progression = arithmetic ".." arithmetic."""
    start = reading.mark()
    first = reading.arithmetic()
    if first is not None and reading.literal("..") and (last := reading.arithmetic()) is not None:
        return syntax.Progression(reading.span(start[0]), first, last)
    reading.back(start)
    return None
