"""`if`, `instance of`, and filters."""

from __future__ import annotations

from typing import Final

from apify_camunda.feel import arithmetic, syntax
from apify_camunda.feel.arithmetic import is_number
from apify_camunda.feel.budget import CONTAINER_BYTES, ITEM_BYTES, PASS_STEPS
from apify_camunda.feel.compiler.logic import not_boolean
from apify_camunda.feel.compiler.nodes import Code, compile_node, compiles, weight
from apify_camunda.feel.failures import ErrorValue, FailureKind
from apify_camunda.feel.scope import Scope
from apify_camunda.feel.value_text import shown
from apify_camunda.feel.values import (
    NATIVE,
    NULL,
    ErrorItem,
    Function,
    Number,
    Value,
    WrittenContext,
    kind_of,
    native,
    taken,
)

_ITEM: Final = "item"
_TYPE_SYNONYMS: Final = {
    "date time": "date and time",
    "year-month-duration": "years and months duration",
    "day-time-duration": "days and time duration",
}
_CALLS = (syntax.Invocation, syntax.MethodInvocation)


@compiles(syntax.If)
def _if(node: syntax.If) -> Code:
    """The alternative is the result if the condition is not true, and if the consequence is an error."""
    branches: list[tuple[Code, Code, syntax.If]] = []
    rest: syntax.Node = node
    while isinstance(rest, syntax.If):  # a chain of `else if` is one loop: long ones do not nest calls
        branches.append((compile_node(rest.condition), compile_node(rest.consequence), rest))
        rest = rest.alternative
    otherwise = compile_node(rest)

    def code(scope: Scope) -> Value:
        for condition, consequence, branch in branches:
            try:
                met = condition(scope)
                if met is True:
                    return consequence(scope)
            except ErrorValue:
                continue
            if met is not False:
                not_boolean(met, scope, branch.condition.span)
        return otherwise(scope)

    return code


@compiles(syntax.InstanceOf)
def _instance_of(node: syntax.InstanceOf) -> Code:
    value, name = compile_node(node.value), _TYPE_SYNONYMS.get(node.type_name, node.type_name)
    if name == "Any":
        return lambda scope: kind_of(value(scope)) != NULL
    return lambda scope: kind_of(value(scope)) == name


@compiles(syntax.Filter)
def _filter(node: syntax.Filter) -> Code:
    """A filter is an index if its condition is a number.

    The condition is first evaluated outside of any item, unless it is a call or a comparison other than `!=`.
    If the result is not a number, the condition is evaluated for each item; a number for the first item is an
    index, too.
    """
    source, condition, span = compile_node(node.source), compile_node(node.condition), node.span
    steps = PASS_STEPS + weight(node.condition)
    may_be_index = not (isinstance(node.condition, _CALLS) or _is_comparison(node.condition))
    names_item = any(getattr(part, "name", None) == _ITEM for part in syntax.walk(node.condition))

    def code(scope: Scope) -> Value:
        try:
            items = source(scope)
            if type(items) is not list:
                scope.evaluation.fail(
                    FailureKind.INVALID_TYPE, span, lambda: f"Expected list but found '{shown(items)}'"
                )
                return None
            if may_be_index:
                index = _outside(condition, scope)
                if is_number(index):
                    return item_at(items, index)
            scope.evaluation.spend_pass(steps * len(items), CONTAINER_BYTES + ITEM_BYTES * len(items))
            return _filtered(items, condition, scope, names_item=names_item)
        except ErrorValue:
            return None

    return code


def _is_comparison(node: syntax.Node) -> bool:
    """Return whether the node is a comparison in Camunda's engine; there, `!=` is the negation of one."""
    return isinstance(node, syntax.Comparison) and node.operator != "!="


def _outside(condition: Code, scope: Scope) -> Value:
    try:
        return condition(scope)
    except ErrorValue:
        return None


def _filtered(items: list[Value], condition: Code, scope: Scope, *, names_item: bool) -> Value:
    """Return the items that fulfil the condition, or the item at the index that the first item gives."""
    named: dict[str, Value] = {}
    around = scope.inner(named) if names_item else scope
    within = Scope(named, around, scope.evaluation)  # freed with the item
    kept = []
    first = True
    for raw in items:
        if type(raw) is dict:
            item = within.variables = raw
            inner = within
        else:
            item = raw if type(raw) in NATIVE else taken(raw, scope.evaluation)
            inner = _within(item, around, scope)
        if names_item:
            named[_ITEM] = item
        fulfilled = condition(inner)
        if fulfilled is True:
            kept.append(item)
        elif first and is_number(fulfilled):
            return item_at(items, fulfilled)
        first = False
    return kept


def _within(item: Value, around: Scope, outside: Scope) -> Scope:
    """Return the scope of the condition: the item, and its entries if it is a context."""
    kind = type(item)
    if kind is WrittenContext:
        return around.inner(item, item.functions)
    if kind is Function:  # it can be called by the name of item, but is no variable
        return outside.inner({}, {_ITEM: item})
    return around.inner(item) if kind is dict else around


def item_at(items: list[Value], index: Number) -> Value:
    """Return the item at a position: from 1, or from the end for 0 and less; null outside of the list.

    Raises:
        ErrorValue: The item failed when the list was made.
    """
    if not -len(items) <= index < len(items) + 1:
        return None
    position = arithmetic.subtract(index, 1) if index > 0 else arithmetic.add(len(items), index)
    item = native(items[int(position)]) if 0 <= position < len(items) else None
    if type(item) is ErrorItem:
        raise ErrorValue(item.message)
    return item
