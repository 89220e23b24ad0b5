"""Names: variables, entries of contexts, properties of temporal values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from apify_camunda.feel import syntax
from apify_camunda.feel.budget import CONTAINER_BYTES, ITEM_BYTES
from apify_camunda.feel.compiler.nodes import Code, compile_node, compiles
from apify_camunda.feel.failures import FailureKind
from apify_camunda.feel.scope import Evaluation, Scope
from apify_camunda.feel.source import Span
from apify_camunda.feel.value_text import shown
from apify_camunda.feel.values import (
    DATE,
    DATE_TIME,
    DAYS_DURATION,
    NATIVE,
    TEMPORAL_KINDS,
    TIME,
    YEARS_DURATION,
    ErrorItem,
    Value,
    kind_of,
    taken,
)

_MISSING: Final = object()
_CLOCK = ("hour", "minute", "second", "time offset", "timezone")
_CALENDAR = ("year", "month", "day", "weekday")
_PROPERTIES = {
    DATE: _CALENDAR,
    TIME: _CLOCK,
    DATE_TIME: (*_CALENDAR, *_CLOCK),
    DAYS_DURATION: ("days", "hours", "minutes", "seconds"),
    YEARS_DURATION: ("years", "months"),
}


@compiles(syntax.Variable)
def _variable(node: syntax.Variable) -> Code:
    name, span = node.name, node.span

    def code(scope: Scope) -> Value:
        place: Scope | None = scope
        while place is not None:
            variables = place.variables
            if name in variables:
                value = variables[name]
                if type(value) in NATIVE:
                    return value
                if type(value) is not ErrorItem:  # a variable that is an error does not count
                    return taken(value, scope.evaluation)
                break
            place = place.outer
        scope.evaluation.fail(FailureKind.NO_VARIABLE_FOUND, span, lambda: _no_variable(name))
        return None

    return code


@compiles(syntax.Path)
def _path(node: syntax.Path) -> Code:
    """If the first variable of a path is unknown, that is one failure, not one for each name.

    After brackets it is one for each name: `(a).b` is not a name of two parts.
    """
    steps: list[tuple[str, Span]] = []
    root: syntax.Node = node
    while isinstance(root, syntax.Path) and root.source.span.start == node.span.start:
        steps.insert(0, (root.name, root.span))
        root = root.source
    return _qualified_name(root, steps) if isinstance(root, syntax.Variable) else _step(node)


def _qualified_name(root: syntax.Variable, steps: Sequence[tuple[str, Span]]) -> Code:
    name = root.name

    def code(scope: Scope) -> Value:
        value = scope.lookup(name, _MISSING)
        if value is _MISSING:
            scope.evaluation.fail(FailureKind.NO_VARIABLE_FOUND, root.span, lambda: _no_variable(name))
            return None
        for key, span in steps:
            if isinstance(value, dict) and key in value:
                value = value[key]
            else:
                value = _entry(value, key, scope.evaluation, span)
        return value if type(value) in NATIVE else taken(value, scope.evaluation)

    return code


def _step(node: syntax.Path) -> Code:
    source, name, span = compile_node(node.source), node.name, node.span

    def code(scope: Scope) -> Value:
        value = source(scope)
        if isinstance(value, dict) and name in value:
            entry = value[name]
            return entry if type(entry) in NATIVE else taken(entry, scope.evaluation)
        return _entry(value, name, scope.evaluation, span)

    return code


def _entry(value: Value, name: str, evaluation: Evaluation, span: Span) -> Value:
    """Return the value at the path; a path on a list gives one value for each item."""
    if type(value) not in NATIVE:
        value = taken(value, evaluation)
    if isinstance(value, dict):
        if name in value:
            entry = value[name]
            return entry if type(entry) in NATIVE else taken(entry, evaluation)
        evaluation.fail(
            FailureKind.NO_CONTEXT_ENTRY_FOUND, span, lambda: f"{_no_entry(name)} {_available(value)}"
        )
        return None
    if isinstance(value, list):
        evaluation.spend(2 * len(value))
        evaluation.spend_memory(CONTAINER_BYTES + ITEM_BYTES * len(value))
        return [_entry(item, name, evaluation, span) for item in value]
    if value is None:
        evaluation.fail(
            FailureKind.NO_CONTEXT_ENTRY_FOUND, span, lambda: f"{_no_entry(name)} The context is null"
        )
        return None
    kind = kind_of(value)
    if name in _PROPERTIES.get(kind, ()):
        from apify_camunda.feel import temporal  # noqa: PLC0415  a temporal value is there, so it is loaded

        return temporal.property_of(value, name)
    evaluation.fail(FailureKind.NO_PROPERTY_FOUND, span, lambda: _no_property(name, value))
    return None


def _no_variable(name: str) -> str:
    return f"No variable found with name '{name}'"


def _no_entry(name: str) -> str:
    return f"No context entry found with key '{name}'."


def _available(context: dict[str, Value]) -> str:
    if not context:
        return "The context is empty"
    return "Available keys: " + ", ".join(f"'{key}'" for key in list(context)[:50])


def _no_property(name: str, value: Value) -> str:
    kind = kind_of(value)
    names = ", ".join(f"'{known}'" for known in _PROPERTIES[kind]) if kind in TEMPORAL_KINDS else ""
    return f"No property found with name '{name}' of value '{shown(value)}'. Available properties: {names}"
