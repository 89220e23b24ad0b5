"""Compiles literals: constants, lists, contexts, ranges as values, and functions."""

from __future__ import annotations

from collections.abc import Sequence

from apify_camunda.feel import syntax
from apify_camunda.feel.budget import CALL_STEPS, CONTAINER_BYTES, ENTRY_BYTES, FUNCTION_BYTES, ITEM_BYTES
from apify_camunda.feel.builtins import BUILTINS
from apify_camunda.feel.comparison import java_type
from apify_camunda.feel.compiler.nodes import (
    Code,
    both,
    compile_node,
    compiles,
    constant,
    defines_functions,
    weight,
)
from apify_camunda.feel.failures import ErrorValue, FailureKind, InputMissing
from apify_camunda.feel.scope import Evaluation, Scope
from apify_camunda.feel.value_text import shown
from apify_camunda.feel.values import (
    NUMBER,
    TEMPORAL_KINDS,
    Function,
    Range,
    Value,
    WrittenContext,
    kind_of,
    load_temporal_kinds,
)


@compiles(syntax.Null)
def _null(_node: syntax.Null) -> Code:
    return constant(None)


@compiles(syntax.Boolean)
def _boolean(node: syntax.Boolean) -> Code:
    return constant(node.value)


@compiles(syntax.Number)
def _number(node: syntax.Number) -> Code:
    return constant(node.value)


@compiles(syntax.String)
def _string(node: syntax.String) -> Code:
    return constant(node.value)


@compiles(syntax.TemporalLiteral)
def _temporal(node: syntax.TemporalLiteral) -> Code:
    """A text that is not such a value is null without a failure, as Camunda's engine decides it early."""
    from apify_camunda.feel import temporal  # noqa: PLC0415  only expressions with dates load it

    load_temporal_kinds()
    parse = {
        "@": temporal.parse_temporal,
        "date": temporal.parse_date,
        "time": temporal.parse_time,
        "date and time": temporal.parse_date_time,
        "duration": temporal.parse_duration,
    }[node.constructor]
    return constant(parse(node.text))


@compiles(syntax.ListLiteral)
def _list(node: syntax.ListLiteral) -> Code:
    """A `?` without an input ends the evaluation, but within a list or a context it is an ordinary error."""
    items = [compile_node(item) for item in node.items]
    size_bytes = CONTAINER_BYTES + ITEM_BYTES * len(items)

    def code(scope: Scope) -> list[Value]:
        scope.evaluation.spend_memory(size_bytes)
        try:
            return [item(scope) for item in items]
        except InputMissing as missing:
            raise ErrorValue(f'fatal error("{missing}")') from None

    return code


@compiles(syntax.ContextLiteral)
def _context(node: syntax.ContextLiteral) -> Code:
    """Each entry sees the entries before it. A function does not see the entries after it."""
    entries = [(key, compile_node(value), defines_functions(value)) for key, value in node.entries]
    size_bytes = 4 * CONTAINER_BYTES + ENTRY_BYTES * len(entries)

    def code(scope: Scope) -> WrittenContext:
        scope.evaluation.spend_memory(size_bytes)
        functions: dict[str, Function] = {}
        context = WrittenContext({}, functions)
        inner = scope.inner(context, functions)
        for key, entry, defines in entries:
            try:
                value = entry(_copied(context, functions, scope) if defines else inner)
            except InputMissing as missing:
                raise ErrorValue(f'fatal error("{missing}")') from None
            if type(value) is Function:
                functions[key] = value
                if key in BUILTINS:
                    scope.evaluation.hides_builtins = True
            else:
                context[key] = value
        return context

    return code


def _copied(context: WrittenContext, functions: dict[str, Function], scope: Scope) -> Scope:
    """Return a scope with the entries so far, for a function that captures it."""
    scope.evaluation.spend_for(context)
    scope.evaluation.spend_for(functions)
    return scope.inner(dict(context), dict(functions))


@compiles(syntax.RangeLiteral)
def _range(node: syntax.RangeLiteral) -> Code:
    start, end = compile_node(node.start), compile_node(node.end)

    def code(scope: Scope) -> Range:
        low, high = both(start, end, scope)
        if java_type(low) != java_type(high) or kind_of(low) not in {NUMBER, *TEMPORAL_KINDS}:

            def message() -> str:
                return f"Invalid range definition '{shown(low)}..{shown(high)}'"

            scope.evaluation.fail(FailureKind.INVALID_TYPE, node.span, message)
            raise ErrorValue(message)
        return Range(low, high, node.includes_start, node.includes_end)

    return code


@compiles(syntax.FunctionDefinition)
def _function(node: syntax.FunctionDefinition) -> Code:
    body, parameters, steps = compile_node(node.body), node.parameters, CALL_STEPS + weight(node.body)

    def code(scope: Scope) -> Function:
        scope.evaluation.spend_memory(FUNCTION_BYTES)

        def invoke(evaluation: Evaluation, arguments: Sequence[Value]) -> Value:
            evaluation.spend(steps)
            return body(scope.inner(dict(zip(parameters, arguments, strict=True))))

        return Function("", parameters, invoke)

    return code
