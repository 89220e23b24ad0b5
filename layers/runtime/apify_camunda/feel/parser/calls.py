"""Rules of functions: names, calls, arguments, definitions."""

from __future__ import annotations

from typing import Final

from apify_camunda.feel import syntax
from apify_camunda.feel.failures import FeelSyntaxError
from apify_camunda.feel.parser.reading import Reading
from apify_camunda.feel.source import Span
from apify_camunda.feel.syntax import Argument, Node

NAMES_WITH_RESERVED_WORDS: Final = ("and", "or", "date and time", "years and months duration", "get or else")


def read_call(reading: Reading) -> Node | None:
    """Call = (spaced name | name {"." name}) "(" [arguments] ")"."""
    start = reading.mark()
    name = read_special_name(reading) or reading.spaced_name()
    if name is not None and reading.literal("("):
        arguments = read_arguments(reading)
        if reading.expect(")"):
            return syntax.Invocation(reading.span(start[0]), name, arguments)
    reading.back(start)
    return read_qualified_call(reading)


def read_special_name(reading: Reading) -> str | None:
    start = reading.mark()
    for name in NAMES_WITH_RESERVED_WORDS:
        if reading.literal(name):
            if reading.peek() == "(":
                return name
            reading.back(start)
    return None


def read_qualified_call(reading: Reading) -> Node | None:
    start = reading.mark()
    names: list[tuple[str, Span]] = []
    before = start
    while (name := read_name(reading) if not names else read_property(reading)) is not None:
        names.append((name, reading.span(start[0])))
        before = reading.mark()
        if not reading.literal("."):
            break
    else:
        if names:
            reading.back(before)
    if not names or reading.peek() != "(":
        reading.back(start)
        return None
    reading.literal("(")
    arguments = read_arguments(reading)
    if not reading.expect(")"):
        reading.back(start)
        return None
    (first, first_span), *others = names
    if not others:
        if reading.text.startswith(("and", "or"), start[0]):
            reading.back(start)
            return None  # as in Camunda, whose `order()` is `or` without its brackets
        return syntax.Invocation(reading.span(start[0]), first, arguments)
    source: Node = syntax.Variable(first_span, first)
    for name, span in others[:-1]:
        source = syntax.Path(span, source, name)
    return syntax.MethodInvocation(reading.span(start[0]), source, others[-1][0], arguments)


def read_arguments(reading: Reading) -> tuple[Argument, ...]:
    """Arguments = named argument {"," named argument} | argument {"," argument}."""
    return tuple(reading.separated(read_named_argument) or reading.separated(read_argument))


def read_named_argument(reading: Reading) -> Argument | None:
    """Named argument = (spaced name | name) ":" argument."""
    start = reading.mark()
    name = read_parameter(reading)
    if name is not None and reading.literal(":") and (argument := read_argument(reading)) is not None:
        return Argument(reading.span(start[0]), name, argument.value)
    reading.back(start)
    return None


def read_argument(reading: Reading) -> Argument | None:
    """Argument = range | expression."""
    start = reading.position
    value = read_range(reading, syntax.RangeLiteral) or reading.expression()
    return None if value is None else Argument(reading.span(start), None, value)


def read_range(reading: Reading, node_type: type[syntax.RangeLiteral | syntax.InputInRange]) -> Node | None:
    """Range = ("(" | "]" | "[") arithmetic ".." arithmetic (")" | "[" | "]")."""
    start = reading.mark()
    opening = reading.peek()
    if opening == "]" and ".." not in reading.text[start[0] :]:
        return None  # the end of a list, not the beginning of an unfinished range
    if opening in {"(", "]", "["} and reading.literal(opening):
        low = reading.arithmetic()
        if low is not None and reading.literal("..") and (high := reading.arithmetic()) is not None:
            closing = reading.peek()
            if closing in {")", "[", "]"} and reading.literal(closing):
                span = reading.span(start[0])
                return node_type(span, low, high, opening == "[", closing == "]")
            reading.miss("`]`")
        reading.back(start)
    return None


def read_function_definition(reading: Reading) -> Node | None:
    """Function definition = "function" "(" [parameter {"," parameter}] ")" (external | expression)."""
    start = reading.mark()
    if reading.literal("function") and reading.expect("("):
        parameters = tuple(reading.separated(read_parameter))
        if reading.expect(")"):
            read_refuse_external(reading)
            body = reading.expression()
            if body is not None:
                return syntax.FunctionDefinition(reading.span(start[0]), parameters, body)
    reading.back(start)
    return None


def read_refuse_external(reading: Reading) -> None:
    """External = "external" "{" "java" ":" "{" .. "}" "}", which Camunda's engine does not allow."""
    start = reading.mark()
    if reading.literal("external") and reading.literal("{") and reading.literal("java"):
        raise FeelSyntaxError(
            reading.text,
            reading.span(start[0]),
            "a body written in FEEL (external functions are disabled)",
        )
    reading.back(start)


def read_parameter(reading: Reading) -> str | None:
    """Parameter = spaced name | name."""
    return reading.spaced_name() or read_name(reading)


def read_name(reading: Reading) -> str | None:
    """Name = Java identifier that is not reserved | "`" any text "`"."""
    name = reading.name()
    return name if name is not None else reading.escaped_name()


def read_property(reading: Reading) -> str | None:
    """Property = "time offset" | name; a variable is read in the same way."""
    return "time offset" if reading.literal("time offset") else read_name(reading)
