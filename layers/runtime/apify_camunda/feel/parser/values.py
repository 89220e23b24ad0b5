"""Rules of values: literals, names, and what can be appended to them."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from apify_camunda.feel import syntax
from apify_camunda.feel.arithmetic import settled, whole
from apify_camunda.feel.lexer import unescape
from apify_camunda.feel.parser.calls import read_call, read_function_definition, read_name, read_property
from apify_camunda.feel.parser.reading import Reading
from apify_camunda.feel.syntax import Node

TEMPORAL_CONSTRUCTORS: Final = ("duration", "date and time", "date", "time")


def read_value(reading: Reading) -> Node | None:
    """Value = primary {"." property | "[" expression "]"}."""
    start = reading.position
    node = read_primary(reading)
    while node is not None:
        before = reading.mark()
        sign = reading.peek()
        if sign == "." and reading.literal(".") and (name := read_entry_name(reading)) is not None:
            node = syntax.Path(reading.span(start), node, name)
        elif (
            sign == "["
            and reading.literal("[")
            and (condition := reading.expression()) is not None
            and reading.expect("]")
        ):
            node = syntax.Filter(reading.span(start), node, condition)
        else:
            reading.back(before)
            break
    return node


def read_entry_name(reading: Reading) -> str | None:
    name = read_property(reading)
    if name is None and reading.peek() != ".":
        reading.miss("a name")
    return name


def read_primary(reading: Reading) -> Node | None:
    """Primary = temporal | call | name | literal | "?" | function definition | "(" expression ")"."""
    match reading.peek():
        case '"':
            node = read_string(reading)
        case "[":
            node = read_list(reading)
        case "{":
            node = read_context(reading)
        case "(":
            node = read_group(reading)
        case "?":
            node = read_input(reading)
        case "@":
            node = read_at_literal(reading)
        case digit if digit in "-.0123456789" and digit:
            node = read_number(reading)
        case _:
            node = (
                read_temporal(reading) or read_call(reading) or read_variable(reading) or read_word(reading)
            )
    if node is None:
        reading.miss("a value")
    return node


def read_group(reading: Reading) -> Node | None:
    """Group = "(" expression ")"."""
    start = reading.mark()
    reading.literal("(")
    node = reading.expression()
    if node is not None and reading.expect(")"):
        return node
    reading.back(start)
    return None


def read_input(reading: Reading) -> Node:
    start = reading.position
    reading.literal("?")
    return syntax.Input(reading.span(start))


def read_variable(reading: Reading) -> Node | None:
    """Variable = property."""
    start = reading.position
    name = read_property(reading)
    return None if name is None else syntax.Variable(reading.span(start), name)


def read_word(reading: Reading) -> Node | None:
    """Word = "null" | "true" | "false" | function definition."""
    start = reading.position
    if reading.literal("null"):
        return syntax.Null(reading.span(start))
    if reading.literal("true"):
        return syntax.Boolean(reading.span(start), True)
    if reading.literal("false"):
        return syntax.Boolean(reading.span(start), False)
    return read_function_definition(reading)


def read_string(reading: Reading) -> Node | None:
    start = reading.position
    text = reading.string()
    return None if text is None else syntax.String(reading.span(start), unescape(text))


def read_number(reading: Reading) -> Node | None:
    """Number = ["-"] digits ["." digits] | ["-"] "." digits, without blanks."""
    start = reading.mark()
    negative = reading.literal("-")
    if negative and reading.position != start[0] + 1:
        reading.back(start)
        return None
    digits = reading.number()
    if digits is None:
        reading.back(start)
        return None
    value = Decimal(digits)
    if negative:
        value = value.copy_negate()  # unlike `-`, this does not round
    return syntax.Number(reading.span(start[0]), whole(settled(value)))


def read_at_literal(reading: Reading) -> Node | None:
    """At literal = "@" string."""
    start = reading.mark()
    reading.literal("@")
    text = reading.string()
    if text is None:
        reading.miss("a date, time or duration in quotation marks")
        reading.back(start)
        return None
    return syntax.TemporalLiteral(reading.span(start[0]), "@", text)


def read_temporal(reading: Reading) -> Node | None:
    """Temporal = ("duration" | "date and time" | "date" | "time") "(" string ")"."""
    start = reading.mark()
    if reading.peek() not in {"d", "t"}:
        return None
    constructor = next((word for word in TEMPORAL_CONSTRUCTORS if reading.literal(word)), None)
    if (
        constructor
        and reading.literal("(")
        and (text := reading.string()) is not None
        and reading.literal(")")
    ):
        return syntax.TemporalLiteral(reading.span(start[0]), constructor, text)
    reading.back(start)
    return None


def read_list(reading: Reading) -> Node | None:
    """List = "[" [expression {"," expression}] "]"."""
    start = reading.mark()
    reading.literal("[")
    items = reading.separated(Reading.expression)
    if reading.expect("]"):
        return syntax.ListLiteral(reading.span(start[0]), tuple(items))
    reading.back(start)
    return None


def read_context(reading: Reading) -> Node | None:
    """Context = "{" [entry {"," entry}] "}"."""
    start = reading.mark()
    reading.literal("{")
    entries = reading.separated(read_entry)
    if reading.expect("}"):
        return syntax.ContextLiteral(reading.span(start[0]), tuple(entries))
    reading.back(start)
    return None


def read_entry(reading: Reading) -> tuple[str, Node] | None:
    """Entry = (name | string | any text without signs of the grammar) ":" expression."""
    start = reading.mark()
    for read_key in (read_name, Reading.string, Reading.plain_key):
        key = read_key(reading)
        if key is not None and reading.expect(":"):
            value = reading.expression()
            if value is not None:
                return key, value
        reading.back(start)
    reading.miss("a key")
    return None
