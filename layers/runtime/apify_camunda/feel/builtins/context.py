"""Built-in functions on contexts; each returns a new context without functions."""

from __future__ import annotations

from apify_camunda.feel.builtins.registry import ANY, CONTEXT, LIST, TEXT, builtin
from apify_camunda.feel.failures import FunctionFailure
from apify_camunda.feel.values import STRING, Context, Value, kind_of, native
from apify_camunda.feel.values import CONTEXT as CONTEXT_KIND


@builtin("get entries", ("context", CONTEXT))
def get_entries(context: Context) -> list[Context]:
    return [{"key": key, "value": value} for key, value in context.items()]


@builtin("get value", ("context", CONTEXT), ("key", TEXT))
def get_value(context: Context, key: str) -> Value:
    return native(context.get(key))


@builtin("get value", ("context", CONTEXT), ("keys", LIST))
def get_nested_value(context: Context, keys: list[Value]) -> Value:
    """Return what the keys lead to, one after the other; null as soon as there is no context to go on in."""
    if not keys:
        return None
    value: Value = context
    for key in _texts(keys):
        value = native(value.get(key)) if kind_of(value) == CONTEXT_KIND else None
    return value


@builtin("put", ("context", CONTEXT), ("key", TEXT), ("value", ANY))
@builtin("context put", ("context", CONTEXT), ("key", TEXT), ("value", ANY))
def put(context: Context, key: str, value: Value) -> Context:
    return {**context, key: value}


@builtin("put", ("context", CONTEXT), ("keys", LIST), ("value", ANY))
@builtin("context put", ("context", CONTEXT), ("keys", LIST), ("value", ANY))
def put_nested(context: Context, keys: list[Value], value: Value) -> Context:
    """Return the context with the value where the keys lead to; what is no context on the way is replaced by one."""
    if not keys:
        raise FunctionFailure("The given keys are empty")
    first, *others = _texts(keys)
    if not others:
        return {**context, first: value}
    inner = native(context.get(first))
    return {**context, first: put_nested(inner if kind_of(inner) == CONTEXT_KIND else {}, others, value)}


@builtin("put all", ("contexts", LIST), variadic=True)
@builtin("context merge", ("contexts", LIST), variadic=True, since="8.2")
def merge(contexts: list[Value]) -> Context | None:
    """Return one context with the entries of all; those of later contexts win."""
    merged: Context = {}
    for context in map(native, contexts):
        if kind_of(context) != CONTEXT_KIND:
            return None
        merged.update(context)
    return merged


@builtin("context", ("entries", LIST))
def context_of(entries: list[Value]) -> Context | None:
    """Return the context of entries as `get entries` returns them."""
    result: Context = {}
    for entry in map(native, entries):
        if kind_of(entry) != CONTEXT_KIND or "value" not in entry or kind_of(entry.get("key")) != STRING:
            return None
        result[native(entry["key"])] = entry["value"]
    return result


def _texts(keys: list[Value]) -> list[str]:
    keys = [native(key) for key in keys]
    if not all(type(key) is str for key in keys):
        raise FunctionFailure("expected a list of strings as keys")
    return keys
