"""Built-in functions on contexts; each returns a new context without functions."""

from __future__ import annotations

from apify_camunda.feel.budget import CONTAINER_BYTES, ITEM_BYTES
from apify_camunda.feel.builtins.registry import (
    ANY,
    CONTEXT,
    LIST,
    TEXT_OR_LIST,
    builtin,
    builtin_of_evaluation,
    illegal,
)
from apify_camunda.feel.scope import Evaluation
from apify_camunda.feel.values import CONTEXT as CONTEXT_KIND
from apify_camunda.feel.values import STRING, Context, Value, kind_of, native


@builtin("get entries", ("context", CONTEXT), copies=4)
@builtin("get entries", ("m", CONTEXT), copies=4)
def get_entries(context: Context) -> list[Context]:
    return [{"key": key, "value": value} for key, value in context.items()]


@builtin("get value", ("context", CONTEXT), ("keys", LIST))
@builtin("get value", ("m", CONTEXT), ("key", TEXT_OR_LIST))
@builtin("get value", ("context", CONTEXT), ("key", TEXT_OR_LIST))
def get_value(context: Context, key: str | list[Value]) -> Value:
    """Return the value at the key, or at the path of keys; null if there is no such entry."""
    value: Value = context
    names = _names(key)
    for name in names:
        value = native(value.get(name)) if kind_of(value) == CONTEXT_KIND else None
    return value if names else None


@builtin_of_evaluation("put", ("context", CONTEXT), ("key", TEXT_OR_LIST), ("value", ANY))
@builtin_of_evaluation("context put", ("context", CONTEXT), ("keys", LIST), ("value", ANY))
@builtin_of_evaluation("context put", ("context", CONTEXT), ("key", TEXT_OR_LIST), ("value", ANY))
def put(evaluation: Evaluation, context: Context, key: str | list[Value], value: Value) -> Context | None:
    """Return the context with the value at the path of keys; other values on the path are replaced."""
    names = _names(key)
    if not names:
        if key:
            raise illegal(context, key, value)
        return None
    return _with_entry(evaluation, context, names, value)


def _with_entry(evaluation: Evaluation, context: Context, names: list[str], value: Value) -> Context:
    evaluation.spend_memory(4 * CONTAINER_BYTES + ITEM_BYTES * len(names))
    evaluation.spend_for(context)
    first, *others = names
    if not others:
        return {**context, first: value}
    inner = native(context.get(first))
    within = inner if kind_of(inner) == CONTEXT_KIND else {}
    return {**context, first: _with_entry(evaluation, within, others, value)}


def _names(key: str | list[Value]) -> list[str]:
    """Return the names of a path; an empty list if one of them is not a text."""
    names = [key] if isinstance(key, str) else [native(name) for name in key]
    return names if all(type(name) is str for name in names) else []


@builtin_of_evaluation("put all", ("contexts", ANY), variadic=True)
@builtin_of_evaluation("context merge", ("contexts", ANY), variadic=True, since="8.2")
def merge(evaluation: Evaluation, contexts: Value) -> Context | None:
    """Return one context with the entries of all; those of later contexts win."""
    merged: Context = {}
    for context in map(native, contexts if type(contexts) is list else [None]):
        if kind_of(context) != CONTEXT_KIND:
            return None
        evaluation.spend_for(context)
        merged.update(context)
    return merged


@builtin("context", ("entries", ANY), copies=8)
def context_of(entries: Value) -> Context | None:
    """Return the context of entries as `get entries` returns them."""
    result: Context = {}
    for entry in map(native, entries if type(entries) is list else [None]):
        if kind_of(entry) != CONTEXT_KIND or "value" not in entry or kind_of(entry.get("key")) != STRING:
            return None
        result[native(entry["key"])] = entry["value"]
    return result
