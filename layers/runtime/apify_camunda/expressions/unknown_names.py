"""Finds the names in an expression that its scope does not have: at run time they would be null.

What cannot be known without values is left alone: in a filter any name may be an entry of an item.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from apify_camunda.feel import Expr
from apify_camunda.feel.builtins import BUILTINS
from apify_camunda.feel.source import Span, with_caret
from apify_camunda.feel.syntax import (
    Comparison,
    ContextLiteral,
    Filter,
    For,
    FunctionDefinition,
    Invocation,
    Loop,
    Node,
    Null,
    Path,
    Quantified,
    Variable,
    children,
)

Scope: TypeAlias = Mapping[str, frozenset[str] | None]
"""Names that an expression sees, each with the entries that it may have; None: any."""

_ASKS_FOR_NULL: Final = frozenset({"is defined", "get or else"})
"""Functions that are called with what may be null."""


@dataclass(frozen=True, slots=True)
class UnknownName:
    """A name that the scope does not have.

    Attributes:
        name: As it is written, for example `SUCCEEDED`, `connectorData.runid` or `uppercase()`.
        shown: The line of the expression with a mark below the name.
    """

    name: str
    shown: str


def unknown_names(expression: Expr, scope: Scope) -> tuple[UnknownName, ...]:
    """Return the names of the expression that its scope does not have, each once, in order.

    A name that the expression itself checks (`a = null`, `is defined(a)`) is not one of them.
    """
    text = expression.text.strip()
    body = text.removeprefix("=").strip()
    found: dict[str, UnknownName] = {}
    for name, span in _unknown(expression.root, frozenset(), scope):
        found.setdefault(name, UnknownName(name, with_caret(body, span)))
    return tuple(found.values())


def _unknown(node: Node, bound: frozenset[str], scope: Scope) -> Iterator[tuple[str, Span]]:
    """Yield the unknown names in a node; `bound` are those that the expression itself has defined."""
    match node:
        case Variable(name=name):
            if name not in bound and name not in scope:
                yield name, node.span
        case Path(source=Variable(name=of), name=name) if of not in bound and scope.get(of) is not None:
            if name not in (scope[of] or ()):
                yield f"{of}.{name}", node.span
        case Filter(source=source):
            yield from _unknown(source, bound, scope)
        case Comparison(left=Null()) | Comparison(right=Null()):
            pass
        case Invocation(name=name):
            if name not in bound and name not in BUILTINS:
                yield f"{name}()", node.span
            if name not in _ASKS_FOR_NULL:
                yield from _unknown_in(node, bound, scope)
        case _:
            yield from _unknown_in(node, bound, scope)


def _unknown_in(node: Node, bound: frozenset[str], scope: Scope) -> Iterator[tuple[str, Span]]:
    """Yield the unknown names within a node, which may define names itself."""
    match node:
        case ContextLiteral(entries=entries):
            for name, value in entries:
                yield from _unknown(value, bound, scope)
                bound |= {name}
        case For(loops=loops, body=body):
            bound = yield from _loops(loops, bound, scope)
            yield from _unknown(body, bound | {"partial"}, scope)
        case Quantified(loops=loops, condition=condition):
            bound = yield from _loops(loops, bound, scope)
            yield from _unknown(condition, bound, scope)
        case FunctionDefinition(parameters=parameters, body=body):
            yield from _unknown(body, bound.union(parameters), scope)
        case _:
            for child in children(node):
                yield from _unknown(child, bound, scope)


def _loops(
    loops: tuple[Loop, ...], bound: frozenset[str], scope: Scope
) -> Generator[tuple[str, Span], None, frozenset[str]]:
    """Yield the unknown names in the sources of loops, and return what the body sees."""
    for loop in loops:
        yield from _unknown(loop.source, bound, scope)
        bound |= {loop.name}
    return bound
