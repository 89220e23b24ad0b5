"""The nodes that an expression consists of."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, TypeAlias

from apify_camunda.feel.record import Record
from apify_camunda.feel.source import Span

if TYPE_CHECKING:
    from decimal import Decimal


class Node(Record):
    """A piece of an expression.

    Attributes:
        span: Its place in the text; two nodes can be equal with different spans.
    """

    span: Span


class Null(Node):
    """`null`."""


class Boolean(Node):
    """`true` or `false`."""

    value: bool


class Number(Node):
    """Digits, with the scale as written."""

    value: int | Decimal


class String(Node):
    """Text in quotation marks; `value` has its escapes resolved."""

    value: str


class TemporalLiteral(Node):
    """`@"2020-01-01"`, or a call of one of the four temporal constructors with a literal text.

    Attributes:
        constructor: `@`, `date`, `time`, `date and time` or `duration`.
    """

    constructor: str
    text: str


class ListLiteral(Node):
    """`[a, b]`."""

    items: tuple[Node, ...]


class ContextLiteral(Node):
    """`{a: 1, "b c": 2}`; a later entry sees earlier ones."""

    entries: tuple[tuple[str, Node], ...]


class RangeLiteral(Node):
    """`[1..5)` as a value. It is one only as an argument; elsewhere it is a test (InputInRange)."""

    start: Node
    end: Node
    includes_start: bool
    includes_end: bool


class Variable(Node):
    """A name."""

    name: str


class Path(Node):
    """`source.name`."""

    source: Node
    name: str


class Filter(Node):
    """`source[condition]`; the condition may be an index."""

    source: Node
    condition: Node


class Negation(Node):
    """`-operand`."""

    operand: Node


class Arithmetic(Node):
    """`left operator right`, where the operator is one of + - * / **."""

    operator: str
    left: Node
    right: Node


class Comparison(Node):
    """`left operator right`, where the operator is one of = != < <= > >=."""

    operator: str
    left: Node
    right: Node


class Between(Node):
    """`value between low and high`."""

    value: Node
    low: Node
    high: Node


class Conjunction(Node):
    """`left and right`."""

    left: Node
    right: Node


class Disjunction(Node):
    """`left or right`."""

    left: Node
    right: Node


class InstanceOf(Node):
    """`value instance of type_name`."""

    value: Node
    type_name: str


class In(Node):
    """`value in test`."""

    value: Node
    test: Node


class If(Node):
    """`if condition then consequence else alternative`."""

    condition: Node
    consequence: Node
    alternative: Node


class Loop(Node):
    """`name in source` of a loop."""

    name: str
    source: Node


class Progression(Node):
    """`start..end` as the source of a loop: counts up or down in steps of one."""

    start: Node
    end: Node


class For(Node):
    """`for loops return body`."""

    loops: tuple[Loop, ...]
    body: Node


class Quantified(Node):
    """`some loops satisfies condition`, or `every`."""

    quantifier: str
    loops: tuple[Loop, ...]
    condition: Node


class FunctionDefinition(Node):
    """`function(parameters) body`."""

    parameters: tuple[str, ...]
    body: Node


class Argument(Node):
    """An argument of a call; `name` is None in a call by position."""

    name: str | None
    value: Node


class Invocation(Node):
    """`name(arguments)`."""

    name: str
    arguments: tuple[Argument, ...]


class MethodInvocation(Node):
    """`source.name(arguments)`: calls a function of a context."""

    source: Node
    name: str
    arguments: tuple[Argument, ...]


class Input(Node):
    """`?`, the value under test."""


class InputComparison(Node):
    """A comparison (`< operand`), or a literal `true` or `false` (operator `=`), as a test of the input."""

    operator: str
    operand: Node


class InputInRange(Node):
    """`[1..5)` as a test of the input."""

    start: Node
    end: Node
    includes_start: bool
    includes_end: bool


class Test(Node):
    """Any expression as a test: it is true, equals the input, or is a list that contains it."""

    expression: Node


class AnyOf(Node):
    """Several tests, of which one must hold."""

    tests: tuple[Node, ...]


class NoneOf(Node):
    """`not(tests)` as a unary test."""

    test: Node


class AnyInput(Node):
    """`-` as a unary test: always true."""


class Expression(Record):
    """A parsed text.

    Attributes:
        text: What was given, with its leading `=` if it has one.
        is_unary: Whether it was parsed as unary tests.
    """

    text: str
    root: Node
    is_unary: bool


Expr: TypeAlias = Expression


def children(node: Node) -> Iterator[Node]:
    """Yield the nodes directly within the node."""
    for name in node.__match_args__:
        yield from _nodes(getattr(node, name))


def _nodes(field: object) -> Iterator[Node]:
    if isinstance(field, Node):
        yield field
    elif type(field) is tuple:
        for part in field:
            yield from _nodes(part)


def walk(node: Node) -> Iterator[Node]:
    """Yield the node and all nodes within it."""
    waiting = [node]
    while waiting:
        found = waiting.pop()
        yield found
        waiting.extend(children(found))
