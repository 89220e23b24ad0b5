"""Tests of an input: the operand of `in`, and the cells of a decision table."""

from __future__ import annotations

from typing import Final

from apify_camunda.feel import syntax
from apify_camunda.feel.comparison import contains, is_comparable, java_type, order
from apify_camunda.feel.compiler.logic import logic
from apify_camunda.feel.compiler.nodes import Code, compile_node, compiles, item_of
from apify_camunda.feel.compiler.operators import is_equal, relation
from apify_camunda.feel.failures import ErrorValue, FailureKind, Fatal, InputMissing
from apify_camunda.feel.scope import IMPLICIT_INPUT, INPUT, Scope
from apify_camunda.feel.source import Span
from apify_camunda.feel.value_text import shown
from apify_camunda.feel.values import LIST, Function, Value, kind_of, native

_MISSING: Final = object()


def _implicit_input(scope: Scope, span: Span) -> Value:
    value = scope.lookup(IMPLICIT_INPUT, _MISSING)
    if value is _MISSING:
        scope.evaluation.fail(FailureKind.NO_VARIABLE_FOUND, span, lambda: "No input value found.")
        return None
    return native(value)


@compiles(syntax.Input)
def _input(_node: syntax.Input) -> Code:
    return lambda scope: native(scope.input())


@compiles(syntax.AnyInput)
def _any_input(_node: syntax.AnyInput) -> Code:
    return lambda _scope: True


@compiles(syntax.In)
def _in(node: syntax.In) -> Code:
    """A function is not an input, because Camunda's engine keeps functions apart from variables."""
    value, test = compile_node(node.value), compile_node(node.test)

    def code(scope: Scope) -> Value:
        given = value(scope)
        return test(scope.inner({} if type(given) is Function else {IMPLICIT_INPUT: given}))

    return code


@compiles(syntax.InputComparison)
def _input_comparison(node: syntax.InputComparison) -> Code:
    operand, operator, span = compile_node(node.operand), node.operator, node.span

    def code(scope: Scope) -> bool | None:
        value = _implicit_input(scope, span)
        if operator == "=":
            return is_equal(value, operand(scope), scope.evaluation, span)
        return relation(operator, value, operand(scope), scope.evaluation, span)

    return code


def _end(code: Code, scope: Scope) -> Value:
    """Return the end of a range; an error there counts as null, which cannot be compared."""
    return item_of(code, scope)


@compiles(syntax.InputInRange)
def _input_in_range(node: syntax.InputInRange) -> Code:
    start, end, span = compile_node(node.start), compile_node(node.end), node.span

    def code(scope: Scope) -> bool | None:
        low, high = _end(start, scope), _end(end, scope)
        value = _implicit_input(scope, span)
        if value is None:
            _implicit_input(scope, span)  # Camunda's engine compares each end, and so reports it twice
        three = (value, low, high)
        if not all(map(is_comparable, three)) or len(set(map(java_type, three))) > 1:
            scope.evaluation.fail(
                FailureKind.NOT_COMPARABLE,
                span,
                lambda: f"Can't compare '{shown(value)}' with '{shown(low)}' and '{shown(high)}'",
            )
            return None
        if kind_of(value) == LIST:
            raise Fatal(f"{shown(value)} can not be compared to {shown(low)}")
        above, below = order(low, value), order(value, high)
        if above is None or below is None:
            return None
        return above < node.includes_start and below < node.includes_end

    return code


@compiles(syntax.Test)
def _test(node: syntax.Test) -> Code:
    """True if the expression is true, equals the input, or is a list with it; with `?`, if it is true."""
    expression, span = compile_node(node.expression), node.span

    def code(scope: Scope) -> bool | None:
        value = _implicit_input(scope, span)
        try:
            result = expression(scope)
        except ErrorValue:
            return False
        except InputMissing:
            return _with_input(expression, scope.inner({INPUT: value}))
        if result is True or (type(result) is list and contains(result, value, scope.evaluation)):
            return True
        equal = is_equal(value, result, scope.evaluation, span)
        if equal is None and (result is False or type(result) is list):
            return False
        return equal

    return code


def _with_input(expression: Code, scope: Scope) -> bool | None:
    try:
        result = expression(scope)
    except ErrorValue:
        return None
    return result if type(result) is bool else None


@compiles(syntax.AnyOf)
def _any_of(node: syntax.AnyOf) -> Code:
    return logic([compile_node(test) for test in node.tests], decisive=True, span=node.span)


@compiles(syntax.NoneOf)
def _none_of(node: syntax.NoneOf) -> Code:
    test = logic([compile_node(node.test)], decisive=True, span=node.span)
    return lambda scope: None if (result := test(scope)) is None else not result
