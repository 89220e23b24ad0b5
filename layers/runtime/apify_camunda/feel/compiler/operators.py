"""Operators: arithmetic, comparison, and the three-valued `and` and `or`."""

from __future__ import annotations

import operator as python
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from apify_camunda.feel import arithmetic, syntax
from apify_camunda.feel.arithmetic import NotPossible
from apify_camunda.feel.comparison import equals, is_comparable, order
from apify_camunda.feel.compiler.nodes import Code, both, compile_node, compiles, constant, evaluate_in_vain
from apify_camunda.feel.failures import INVALID_TYPE, NOT_COMPARABLE, ErrorValue, Fatal, InputMissing
from apify_camunda.feel.scope import Evaluation, Scope
from apify_camunda.feel.source import Span
from apify_camunda.feel.syntax import Node
from apify_camunda.feel.value_text import shown
from apify_camunda.feel.values import LIST, Value, kind_of

_SCALARS = frozenset({str, int})
_ERROR: Final = object()


# Arithmetic


def _power(left: Value, right: Value) -> Value:
    if arithmetic.is_number(left) and arithmetic.is_number(right):
        return arithmetic.power(left, right)
    raise NotPossible


def _expected_number(left: Value, right: Value) -> str:
    return f"Expected number but found '{shown(right if arithmetic.is_number(left) else left)}'"


_OPERATIONS: dict[str, tuple[Callable[[Value, Value], Value], Callable[[Value, Value], str]]] = {
    "+": (arithmetic.add, lambda left, right: f"Can't add '{shown(right)}' to '{shown(left)}'"),
    "-": (arithmetic.subtract, lambda left, right: f"Can't subtract '{shown(right)}' from '{shown(left)}'"),
    "*": (arithmetic.multiply, lambda left, right: f"Can't multiply '{shown(left)}' by '{shown(right)}'"),
    "/": (arithmetic.divide, lambda left, right: f"Can't divide '{shown(left)}' by '{shown(right)}'"),
    "**": (_power, _expected_number),
}


def _left_chain(node: Node, node_type: type[Node]) -> list[Node]:
    """Return the nodes of a left-grouped chain, innermost first, so that long chains do not nest calls."""
    chain = []
    while isinstance(node, node_type):
        chain.append(node)
        node = node.left  # type: ignore[attr-defined]  # only binary node types are asked for
    return chain[::-1]


@compiles(syntax.Arithmetic)
def _arithmetic(node: syntax.Arithmetic) -> Code:
    chain: list[syntax.Arithmetic] = _left_chain(node, syntax.Arithmetic)  # type: ignore[assignment]  # its type
    first, rights = compile_node(chain[0].left), [compile_node(link.right) for link in chain]
    steps = [_step(link, right) for link, right in zip(chain, rights, strict=True)]

    def code(scope: Scope) -> Value:
        try:
            value = first(scope)
        except ErrorValue:
            value = _ERROR
        except InputMissing:
            evaluate_in_vain(rights, scope)
            raise
        for place, step in enumerate(steps, 1):
            try:
                value = step(value, scope)
            except InputMissing:
                evaluate_in_vain(rights[place:], scope)
                raise
        return value

    return code


def _step(node: syntax.Arithmetic, right: Code) -> Callable[[Value, Scope], Value]:
    """Return one operator with its right side; what is impossible is null."""
    (operation, message), span = _OPERATIONS[node.operator], node.span
    is_power = node.operator == "**"

    def step(left: Value, scope: Scope) -> Value:
        try:
            operand = right(scope)
        except (ErrorValue, InputMissing) as error:
            if (
                is_power and left is not _ERROR and not arithmetic.is_number(left)
            ):  # it looks at its base first
                scope.evaluation.fail(INVALID_TYPE, span, lambda: message(left, None))
            elif isinstance(error, InputMissing) and left is not _ERROR:
                raise
            return None
        if left is _ERROR:
            return None
        try:
            result = operation(left, operand)
        except NotPossible:
            scope.evaluation.fail(INVALID_TYPE, span, lambda: message(left, operand))
            return None
        if type(result) is not int:
            scope.evaluation.spend_for(result)
        return result

    return step


@compiles(syntax.Negation)
def _negation(node: syntax.Negation) -> Code:
    operand, span = compile_node(node.operand), node.span

    def code(scope: Scope) -> Value:
        try:
            value = operand(scope)
        except ErrorValue:
            return None
        if arithmetic.is_number(value):
            return arithmetic.negate(value)
        scope.evaluation.fail(INVALID_TYPE, span, lambda: f"Expected number but found '{shown(value)}'")
        return None

    return code


# Comparison


def not_comparable(evaluation: Evaluation, span: Span, left: Value, right: Value) -> None:
    """Record that two values could not be compared."""
    evaluation.fail(NOT_COMPARABLE, span, lambda: f"Can't compare '{shown(left)}' with '{shown(right)}'")


def is_equal(left: Value, right: Value, evaluation: Evaluation, span: Span) -> bool | None:
    """Return whether the two are equal; null, with a failure, where they are of different kinds."""
    result = equals(left, right, evaluation)
    if result is None:
        not_comparable(evaluation, span, left, right)
    return result


_RELATIONS: dict[str, Callable[[Value, Value], bool]] = {
    "<": python.lt,
    "<=": python.le,
    ">": python.gt,
    ">=": python.ge,
}


def relation(operator: str, left: Value, right: Value, evaluation: Evaluation, span: Span) -> bool | None:
    """Return whether the order of the two is as the operator says; null, with a failure, where there is none.

    Raises:
        Fatal: Both are lists, at which Camunda's engine gives up.
    """
    result = order(left, right)
    if result is not None:
        return _RELATIONS[operator](result, 0)
    if kind_of(left) == LIST == kind_of(right) and is_comparable(left) and is_comparable(right):
        raise Fatal(f"{shown(left)} can not be compared to {shown(right)}")
    not_comparable(evaluation, span, left, right)
    return None


@compiles(syntax.Comparison)
def _comparison(node: syntax.Comparison) -> Code:
    left, right = compile_node(node.left), compile_node(node.right)
    match node.operator:
        case "=" if isinstance(node.right, syntax.String):
            return _equality_to_text(left, node.right.value, node.span)
        case "=":
            return _equality(left, right, node.span)
        case "!=":
            return _inequality(_equality(left, right, node.span), node.span)
        case operator if isinstance(node.right, syntax.Number):
            return _relation_to_number(operator, left, node.right.value, node.span)
        case operator:
            return _relation(operator, left, right, node.span)


def _equality(left: Code, right: Code, span: Span) -> Code:
    def code(scope: Scope) -> bool | None:
        one, other = both(left, right, scope)
        if type(one) is type(other) and type(one) in _SCALARS:
            return bool(one == other)
        return is_equal(one, other, scope.evaluation, span)

    return code


def _inequality(equality: Code, span: Span) -> Code:
    """Return the negation of an equality; other than that, it turns an error into null."""

    def code(scope: Scope) -> bool | None:
        try:
            result = equality(scope)
        except ErrorValue:
            return None
        if result is None:
            not_boolean(None, scope, span)
            return None
        return not result

    return code


def _equality_to_text(left: Code, text: str, span: Span) -> Code:
    """Return an equality with a text as it is written: what conditions mostly consist of."""

    def code(scope: Scope) -> bool | None:
        value = left(scope)
        if type(value) is str:
            return value == text
        return is_equal(value, text, scope.evaluation, span)

    return code


def _relation(operator: str, left: Code, right: Code, span: Span) -> Code:
    holds = _RELATIONS[operator]

    def code(scope: Scope) -> bool | None:
        one, other = both(left, right, scope)
        if type(one) is int and type(other) is int:
            return holds(one, other)
        return relation(operator, one, other, scope.evaluation, span)

    return code


def _relation_to_number(operator: str, left: Code, number: Value, span: Span) -> Code:
    """Return a relation to a number as it is written: what filters mostly consist of."""
    holds = _RELATIONS[operator]

    def code(scope: Scope) -> bool | None:
        value = left(scope)
        if type(value) is int:
            return holds(value, number)
        return relation(operator, value, number, scope.evaluation, span)

    return code


@compiles(syntax.Between)
def _between(node: syntax.Between) -> Code:
    above = syntax.Comparison(node.span, ">=", node.value, node.low)
    below = syntax.Comparison(node.span, "<=", node.value, node.high)
    return compile_node(syntax.Conjunction(node.span, above, below))


# Logic


@compiles(syntax.Conjunction)
def _conjunction(node: syntax.Conjunction) -> Code:
    return _chain(_operands(node, syntax.Conjunction), decisive=False, span=node.span)


@compiles(syntax.Disjunction)
def _disjunction(node: syntax.Disjunction) -> Code:
    return _chain(_operands(node, syntax.Disjunction), decisive=True, span=node.span)


def _operands(node: Node, node_type: type[syntax.Conjunction | syntax.Disjunction]) -> list[Code]:
    chain: list[syntax.Conjunction] = _left_chain(node, node_type)  # type: ignore[assignment]  # both have the same sides
    return [compile_node(chain[0].left), *(compile_node(link.right) for link in chain)]


def logic(operands: Sequence[Code], *, decisive: bool, span: Span) -> Callable[[Scope], bool | None]:
    """Return a test of several, of which the decisive boolean decides."""
    return lambda scope: fold(operands, scope, decisive=decisive, span=span)


def _chain(operands: Sequence[Code], *, decisive: bool, span: Span) -> Callable[[Scope], bool | None]:
    """Return operands joined by one operator, two by two: what is null so far is an operand as others are."""
    first, second, *others = operands
    if not others:
        return logic(operands, decisive=decisive, span=span)

    def code(scope: Scope) -> bool | None:
        result = fold((first, second), scope, decisive=decisive, span=span)
        for operand in others:
            if result is decisive:
                break
            result = fold((constant(result), operand), scope, decisive=decisive, span=span)
        return result

    return code


def fold(operands: Iterable[Code], scope: Scope, *, decisive: bool, span: Span) -> bool | None:
    """Return the decisive boolean if one operand has it; else null if one is no boolean, or the other one."""
    neutral = not decisive
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


def not_boolean(value: Value, scope: Scope, span: Span) -> None:
    """Record that a value should have been a boolean."""
    scope.evaluation.fail(INVALID_TYPE, span, lambda: f"Expected boolean but found '{shown(value)}'")
