"""`for`, `some` and `every`: loops over the product of their lists, the first loop outermost."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from math import ceil, floor
from typing import Final

from apify_camunda.feel import arithmetic, syntax
from apify_camunda.feel.budget import FUNCTION_BYTES, NUMBER_BYTES, PASS_BYTES, PASS_STEPS
from apify_camunda.feel.compiler.logic import logic
from apify_camunda.feel.compiler.nodes import (
    Code,
    compile_node,
    compiles,
    defines_functions,
    evaluated,
    item_of,
    weight,
)
from apify_camunda.feel.failures import ErrorValue, FailureKind, Fatal, InputMissing
from apify_camunda.feel.scope import Scope
from apify_camunda.feel.source import Span
from apify_camunda.feel.value_text import shown
from apify_camunda.feel.values import NATIVE, ErrorItem, Number, Value, taken

_PARTIAL: Final = "partial"
_LONGEST: Final = 2**31 - 1
"""The most items of a collection in Java."""


@compiles(syntax.For)
def _for(node: syntax.For) -> Code:
    sources, body = _sources(node.loops), compile_node(node.body)
    steps = PASS_STEPS + weight(node.body)
    shares_scope = not defines_functions(node.body)
    uses_partial = any(
        isinstance(part, syntax.Variable) and part.name == _PARTIAL for part in syntax.walk(node.body)
    )

    def code(scope: Scope) -> Value:
        results: list[Value] = []
        inner = scope.inner({})
        try:
            for variables in _passes(sources, scope, steps, keeps_result=True):
                if uses_partial:
                    scope.evaluation.spend_for(results)
                    variables[_PARTIAL] = list(results)
                if not shares_scope:
                    scope.evaluation.spend_memory(FUNCTION_BYTES)
                    inner = scope.inner({})
                inner.variables = variables
                results.append(item_of(body, inner))
        except ErrorValue:
            return None
        return results

    return code


@compiles(syntax.Quantified)
def _quantified(node: syntax.Quantified) -> Code:
    """One pass with the decisive boolean decides; otherwise a pass without a boolean makes it null."""
    sources, condition = _sources(node.loops), compile_node(node.condition)
    steps, span = PASS_STEPS + weight(node.condition), node.condition.span
    decisive = node.quantifier == "some"

    def code(scope: Scope) -> bool | None:
        inner = scope.inner({})

        def pass_with(variables: dict[str, Value]) -> Code:
            inner.variables = variables
            return condition

        try:
            passes = (pass_with(variables) for variables in _passes(sources, scope, steps))
            return logic(passes, decisive=decisive, span=span)(inner)
        except ErrorValue:
            return None

    return code


Sources = Sequence[tuple[str, Code]]


def _sources(loops: Sequence[syntax.Loop]) -> Sources:
    return [(loop.name, _source(loop.source)) for loop in loops]


def _source(node: syntax.Node) -> Code:
    source, span = compile_node(node), node.span
    if isinstance(node, syntax.Progression):
        return source

    def code(scope: Scope) -> Sequence[Value]:
        items = source(scope)
        if type(items) is list:
            return items
        raise _unexpected("list", items, scope, span)

    return code


def _passes(
    sources: Sources, scope: Scope, steps: int, *, keeps_result: bool = False
) -> Iterator[dict[str, Value]]:
    """Yield the variables of each pass. All lists are read before the first pass.

    Raises:
        ErrorValue: A source is not a list.
        InputMissing: A source is `?`, and there is no input.
    """
    evaluation = scope.evaluation
    size = PASS_BYTES if keeps_result else 0
    lists = _lists(sources, scope)
    if len(lists) == 1:
        name = sources[0][0]
        for item in lists[0]:
            evaluation.spend_pass(steps, size)
            yield {name: item if type(item) in NATIVE else taken(item, evaluation)}
        return
    names = [name for name, _ in sources][::-1]  # of two loops with one name the first one wins
    for total in lists:
        evaluation.spend_pass(len(total), PASS_BYTES * len(total))
    for items in product(*lists):
        evaluation.spend_pass(steps, size)
        yield dict(zip(names, [taken(item, evaluation) for item in reversed(items)], strict=True))


def _lists(sources: Sources, scope: Scope) -> list[Sequence[Value]]:
    """Return the lists of the loops. Each source is evaluated, and the first error counts.

    Raises:
        ErrorValue: A source is not a list.
        InputMissing: A source is `?`, and there is no input.
    """
    lists = []
    error: ErrorValue | InputMissing | None = None
    for _, source in sources:
        try:
            lists.append(source(scope))
        except (ErrorValue, InputMissing) as found:
            error = error or found
    if error is not None:
        raise error
    return lists


@compiles(syntax.Progression)
def _progression(node: syntax.Progression) -> Code:
    """More numbers than Java can count end the evaluation before the first pass.

    The first end that is not a number is reported, even if the other one is an error.
    """
    start, end = compile_node(node.start), compile_node(node.end)

    def code(scope: Scope) -> Sequence[Value]:
        first, last = evaluated([start], scope, beside=[end])[0], item_of(end, scope)
        for bound, part in ((first, node.start), (last, node.end)):
            if type(bound) is ErrorItem:
                raise InputMissing if bound.is_fatal else ErrorValue(bound.message)
            if not arithmetic.is_number(bound):
                raise _unexpected("number", bound, scope, part.span)
        step = 1 if first < last else -1
        distance = arithmetic.absolute(arithmetic.subtract(last, first))
        if distance >= _LONGEST:
            raise Fatal("More than Int.MaxValue elements.")
        if first != last:
            _check_steps(first, last, step)
        if type(first) is int:
            return range(first, floor(last) + 1) if step > 0 else range(first, ceil(last) - 1, -1)
        scope.evaluation.spend_pass(int(distance), NUMBER_BYTES * int(distance))
        return [first, *(arithmetic.add(first, step * count) for count in range(1, int(distance) + 1))]

    return code


def _check_steps(first: Number, last: Number, step: int) -> None:
    """Check that both ends have enough digits for a step of one.

    Raises:
        Fatal: One of them does not.
    """
    rounded = arithmetic.subtract(arithmetic.add(first, step), first) != step
    if rounded or arithmetic.subtract(last, arithmetic.subtract(last, step)) != step:
        raise Fatal(
            f"The precision is inadequate to represent steps between {shown(first)} and {shown(last)}"
        )


def _unexpected(kind: str, value: Value, scope: Scope, span: Span) -> ErrorValue:
    def message() -> str:
        return f"Expected {kind} but found '{shown(value)}'"

    scope.evaluation.fail(FailureKind.INVALID_TYPE, span, message)
    return ErrorValue(message)
