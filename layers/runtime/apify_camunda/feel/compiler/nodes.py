"""The registry of the functions that compile nodes, and what these functions share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, TypeAlias, TypeVar

from apify_camunda.feel.budget import CONTAINER_BYTES
from apify_camunda.feel.failures import ErrorValue, InputMissing, cut
from apify_camunda.feel.scope import Scope
from apify_camunda.feel.syntax import FunctionDefinition, Node, walk
from apify_camunda.feel.values import ErrorItem, Value

Code: TypeAlias = Callable[[Scope], Value]
"""A compiled node: takes the scope and returns the value, or raises ErrorValue or Fatal."""

N = TypeVar("N", bound=Node)
_COMPILERS: Final[dict[type[Node], Callable[[Any], Code]]] = {}


def compiles(node_type: type[N]) -> Callable[[Callable[[N], Code]], Callable[[N], Code]]:
    """Return a decorator that registers the function that compiles nodes of this type."""

    def register(compiler: Callable[[N], Code]) -> Callable[[N], Code]:
        _COMPILERS[node_type] = compiler
        return compiler

    return register


def compile_node(node: Node) -> Code:
    """Return the compiled node, which can be run any number of times."""
    return _COMPILERS[type(node)](node)


def constant(value: Value) -> Code:
    """Return code that always has this value."""
    return lambda _scope: value


def both(left: Code, right: Code, scope: Scope) -> tuple[Value, Value]:
    """Return the values of two operands; the right one is evaluated even if the left one is an error.

    Raises:
        ErrorValue: One of them is an error, the left one or else the right one.
        InputMissing: Likewise, one of them is `?`.
    """
    try:
        one = left(scope)
    except (ErrorValue, InputMissing):
        evaluate_in_vain((right,), scope)
        raise
    return one, right(scope)


def evaluate_in_vain(codes: Sequence[Code], scope: Scope) -> None:
    """Evaluate an operand beside an error for its failures; its value is dropped."""
    for code in codes:
        try:  # noqa: SIM105  importing contextlib for it would cost each cold start
            code(scope)
        except (ErrorValue, InputMissing):
            pass


def evaluated(codes: Sequence[Code], scope: Scope, *, beside: Sequence[Code] = ()) -> list[Value]:
    """Return the values of all; each is evaluated even if another one is an error.

    Args:
        codes: What is evaluated.
        scope: What they see.
        beside: Later operands, which are evaluated only for their failures if one of the codes is an error.

    Raises:
        ErrorValue: One of them is an error.
        InputMissing: One of them is `?`, even if others are errors.
    """
    values = []
    error: ErrorValue | InputMissing | None = None
    for code in codes:
        try:
            values.append(code(scope))
        except ErrorValue as found:
            error = error or found
        except InputMissing as missing:
            error = missing
    if error is not None:
        evaluate_in_vain(beside, scope)
        raise error
    return values


def item_of(code: Code, scope: Scope) -> Value:
    """Return the value as an item of a new list; an error becomes an item, too."""
    try:
        return code(scope)
    except (ErrorValue, InputMissing) as error:
        message = cut(str(error))
        scope.evaluation.spend_pass(len(message), CONTAINER_BYTES + message.__sizeof__())
        return ErrorItem(message, isinstance(error, InputMissing))


def weight(node: Node) -> int:
    """Return how many steps one evaluation of the node costs at least: the nodes in it."""
    return sum(1 for _ in walk(node))


def defines_functions(node: Node) -> bool:
    """Return whether the node contains a function, which would capture the scope in which it is made."""
    return any(isinstance(part, FunctionDefinition) for part in walk(node))


def left_chain(node: Node, node_type: type[Node]) -> list[Node]:
    """Return the nodes of a left-grouped chain, innermost first, so that long chains do not nest calls."""
    chain = []
    while isinstance(node, node_type):
        chain.append(node)
        node = node.left  # type: ignore[attr-defined]  # only binary node types are asked for
    return chain[::-1]
