"""Compiles operators of arithmetic and comparison; an impossible operation is null."""

from __future__ import annotations

import operator as python
from collections.abc import Callable
from typing import Final

from apify_camunda.feel import arithmetic, syntax
from apify_camunda.feel.arithmetic import NotPossible
from apify_camunda.feel.comparison import equals, is_comparable, order
from apify_camunda.feel.compiler.logic import not_boolean
from apify_camunda.feel.compiler.nodes import (
    Code,
    both,
    compile_node,
    compiles,
    evaluate_in_vain,
    left_chain,
)
from apify_camunda.feel.failures import ErrorValue, FailureKind, Fatal, InputMissing
from apify_camunda.feel.scope import Evaluation, Scope
from apify_camunda.feel.source import Span
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


@compiles(syntax.Arithmetic)
def _arithmetic(node: syntax.Arithmetic) -> Code:
    chain: list[syntax.Arithmetic] = left_chain(node, syntax.Arithmetic)  # type: ignore[assignment]  # its type
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
    """Return one operator with its right side; an impossible operation is null."""
    (operation, message), span = _OPERATIONS[node.operator], node.span
    is_power = node.operator == "**"

    def step(left: Value, scope: Scope) -> Value:
        try:
            operand = right(scope)
        except (ErrorValue, InputMissing) as error:
            if is_power and left is not _ERROR and not arithmetic.is_number(left):  # it checks its base first
                scope.evaluation.fail(FailureKind.INVALID_TYPE, span, lambda: message(left, None))
            elif isinstance(error, InputMissing) and left is not _ERROR:
                raise
            return None
        if left is _ERROR:
            return None
        if type(left) is str and type(operand) is str:  # the cost is subtracted before the value is made
            scope.evaluation.spend_for_text(
                len(left) + len(operand), is_ascii=left.isascii() and operand.isascii()
            )
        try:
            result = operation(left, operand)
        except NotPossible:
            scope.evaluation.fail(FailureKind.INVALID_TYPE, span, lambda: message(left, operand))
            return None
        if type(result) is not int and type(result) is not str:
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
        scope.evaluation.fail(
            FailureKind.INVALID_TYPE, span, lambda: f"Expected number but found '{shown(value)}'"
        )
        return None

    return code


# Comparison


def not_comparable(evaluation: Evaluation, span: Span, left: Value, right: Value) -> None:
    """Record that two values could not be compared."""
    evaluation.fail(
        FailureKind.NOT_COMPARABLE, span, lambda: f"Can't compare '{shown(left)}' with '{shown(right)}'"
    )


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
    """Return whether the operator is true of the two; null, with a failure, if they have no order.

    Raises:
        Fatal: Both are lists, which ends an evaluation of Camunda's engine.
    """
    if type(left) is str and type(right) is str and not (left.isascii() or right.isascii()):
        evaluation.spend_for(left)
        evaluation.spend_for(right)
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
            code = _relation_to_number(operator, left, node.right.value, node.span)
            if isinstance(node.left, syntax.Variable):
                return _of_variable(node.left.name, operator, node.right.value, code)
            return code
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
    """Return the negation of an equality; unlike an equality, it turns an error into null."""

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
    """Return an equality with a literal text, the most frequent condition."""

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
    """Return a comparison with a literal number, the most frequent filter."""
    holds = _RELATIONS[operator]

    def code(scope: Scope) -> bool | None:
        value = left(scope)
        if type(value) is int:
            return holds(value, number)
        return relation(operator, value, number, scope.evaluation, span)

    return code


def _of_variable(name: str, operator: str, number: Value, otherwise: Code) -> Code:
    """Return the same as `_relation_to_number`, faster for a whole number of the innermost scope."""
    holds = _RELATIONS[operator]

    def code(scope: Scope) -> Value:
        variables = scope.variables
        if name in variables and type(variables[name]) is int:
            return holds(variables[name], number)
        return otherwise(scope)

    return code


@compiles(syntax.Between)
def _between(node: syntax.Between) -> Code:
    above = syntax.Comparison(node.span, ">=", node.value, node.low)
    below = syntax.Comparison(node.span, "<=", node.value, node.high)
    return compile_node(syntax.Conjunction(node.span, above, below))
