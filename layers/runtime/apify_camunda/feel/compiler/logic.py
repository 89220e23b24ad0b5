"""The three-valued `and` and `or`, and the tests of several values that use the same logic."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from apify_camunda.feel import syntax
from apify_camunda.feel.compiler.nodes import Code, compile_node, compiles, constant, left_chain
from apify_camunda.feel.failures import ErrorValue, FailureKind
from apify_camunda.feel.scope import Scope
from apify_camunda.feel.source import Span
from apify_camunda.feel.syntax import Node
from apify_camunda.feel.value_text import shown
from apify_camunda.feel.values import Value


@compiles(syntax.Conjunction)
def _conjunction(node: syntax.Conjunction) -> Code:
    return _chain(_operands(node, syntax.Conjunction), decisive=False, span=node.span)


@compiles(syntax.Disjunction)
def _disjunction(node: syntax.Disjunction) -> Code:
    return _chain(_operands(node, syntax.Disjunction), decisive=True, span=node.span)


def _operands(node: Node, node_type: type[syntax.Conjunction | syntax.Disjunction]) -> list[Code]:
    chain: list[syntax.Conjunction] = left_chain(node, node_type)  # type: ignore[assignment]  # both have the same sides
    return [compile_node(chain[0].left), *(compile_node(link.right) for link in chain)]


def logic(operands: Iterable[Code], *, decisive: bool, span: Span) -> Callable[[Scope], bool | None]:
    """Return a test of several values. The decisive boolean decides.

    Without it, a value that is not a boolean makes the result null.
    """
    neutral = not decisive

    def code(scope: Scope) -> bool | None:
        result: bool | None = neutral
        for operand in operands:
            try:
                value = operand(scope)
            except ErrorValue:
                result = None
                continue
            if value is decisive:
                return not neutral
            if value is not neutral:
                if result is not None:
                    not_boolean(value, scope, span)
                result = None
        return result

    return code


def _chain(operands: Sequence[Code], *, decisive: bool, span: Span) -> Callable[[Scope], bool | None]:
    """Return operands joined by one operator, pair by pair; the result of a pair may be null."""
    of_two, others = logic(operands[:2], decisive=decisive, span=span), operands[2:]
    if not others:
        return of_two

    def code(scope: Scope) -> bool | None:
        result = of_two(scope)
        for operand in others:
            if result is decisive:
                break
            result = logic((constant(result), operand), decisive=decisive, span=span)(scope)
        return result

    return code


def not_boolean(value: Value, scope: Scope, span: Span) -> None:
    """Record that a value should have been a boolean."""
    scope.evaluation.fail(
        FailureKind.INVALID_TYPE, span, lambda: f"Expected boolean but found '{shown(value)}'"
    )
