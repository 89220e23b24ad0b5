"""Built-in functions on lists."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cmp_to_key
from typing import Any

from apify_camunda.feel.arithmetic import java_int
from apify_camunda.feel.budget import CONTAINER_BYTES, ENTRY_BYTES, ITEM_BYTES, BudgetExceeded
from apify_camunda.feel.builtins.registry import (
    ANY,
    FUNCTION,
    LIST,
    NUMBER,
    TEXT_OR_NULL,
    builtin,
    builtin_of_evaluation,
)
from apify_camunda.feel.comparison import contains, counts_as_null, identity
from apify_camunda.feel.failures import AssertionUnfulfilled, FunctionFailure, cut
from apify_camunda.feel.scope import Evaluation
from apify_camunda.feel.value_text import shown
from apify_camunda.feel.values import Function, Number, Value, native, taken

# Content


@builtin_of_evaluation("list contains", ("list", LIST), ("element", ANY))
def list_contains(evaluation: Evaluation, items: list[Value], element: Value) -> bool:
    return contains(items, element, evaluation)


@builtin("count", ("list", LIST), looks_inside=False)
def count(items: list[Value]) -> int:
    return len(items)


@builtin("is empty", ("list", LIST), looks_inside=False, since="8.6")
def is_empty(items: list[Value]) -> bool:
    return not items


@builtin_of_evaluation("index of", ("list", LIST), ("match", ANY))
def index_of(evaluation: Evaluation, items: list[Value], match: Value) -> list[int]:
    wanted = identity(match, evaluation)
    if match is None:
        items = [None if counts_as_null(item) else item for item in items]
    return [position for position, item in enumerate(items, 1) if identity(item, evaluation) == wanted]


# Parts


@builtin("sublist", ("list", LIST), ("start", NUMBER))
def sublist(items: list[Value], start: Number) -> list[Value]:
    return items[max(0, _index(items, start, "start position")) :]


@builtin("sublist", ("list", LIST), ("start", NUMBER), ("length", NUMBER))
def sublist_of_length(items: list[Value], start: Number, length: Number) -> list[Value]:
    first = _index(items, start, "start position")
    return items[max(0, first) : max(0, first + java_int(length))]


@builtin("insert before", ("list", LIST), ("position", NUMBER), ("newItem", ANY))
def insert_before(items: list[Value], position: Number, new_item: Value) -> list[Value]:
    index = max(0, _index(items, position, "position"))
    return [*items[:index], new_item, *items[index:]]


@builtin("remove", ("list", LIST), ("position", NUMBER))
def remove(items: list[Value], position: Number) -> list[Value]:
    index = _index(items, position, "position")
    following = java_int(java_int(position) + 1)  # Java's sum, too, has 32 bits
    rest = following - 1 if following > 0 else len(items) + following
    return [*items[: max(0, index)], *items[max(0, rest) :]]


def _index(items: list[Value], position: Number, name: str) -> int:
    """Return the index of a position, which counts from 1, or from the end where it is 0 or negative."""
    if position == 0:
        raise FunctionFailure(f"{name} must be a non-zero number")
    number = java_int(position)
    return number - 1 if number > 0 else len(items) + number


@builtin("partition", ("list", LIST), ("size", NUMBER), copies=8, since="8.7")
def partition(items: list[Value], size: Number) -> list[list[Value]]:
    length = java_int(size)
    if length <= 0:
        raise FunctionFailure(f"'size' should be greater than zero but was '{shown(size)}'")
    return [items[start : start + length] for start in range(0, len(items), length)]


# Combinations


@builtin("append", ("list", LIST), ("items", LIST), variadic=True)
def append(items: list[Value], more: list[Value]) -> list[Value]:
    return items + more


@builtin_of_evaluation("concatenate", ("lists", LIST), variadic=True)
def concatenate(evaluation: Evaluation, lists: list[Value]) -> list[Value]:
    """Return the items of all lists in one list; a value that is not a list is an item itself."""
    items: list[Value] = []
    for part in lists:
        value = taken(part, evaluation)
        if type(value) is list:
            evaluation.spend_for(value)
            items.extend(value)
        else:
            items.append(value)
    return items


@builtin_of_evaluation("union", ("lists", LIST), variadic=True)
def union(evaluation: Evaluation, lists: list[Value]) -> list[Value]:
    return distinct_values(evaluation, concatenate(evaluation, lists))


@builtin_of_evaluation("distinct values", ("list", LIST))
def distinct_values(evaluation: Evaluation, items: list[Value]) -> list[Value]:
    return [found[0] for found in _by_identity(evaluation, items)]


@builtin_of_evaluation("duplicate values", ("list", LIST), since="8.3")
def duplicate_values(evaluation: Evaluation, items: list[Value]) -> list[Value]:
    """Return the items that occur more than once, each of them once."""
    return [found[0] for found in _by_identity(evaluation, items) if len(found) > 1]


def _by_identity(evaluation: Evaluation, items: list[Value]) -> Iterable[list[Value]]:
    """Return the items in groups of equal ones, in the order of the first item of each group."""
    if any(item is None for item in items):
        items = [None if counts_as_null(item) else item for item in items]
    groups: dict[object, list[Value]] = {}
    evaluation.spend_memory((ENTRY_BYTES + CONTAINER_BYTES) * len(items))
    for item in items:
        groups.setdefault(identity(item, evaluation), []).append(item)
    return groups.values()


@builtin("reverse", ("list", LIST))
def reverse(items: list[Value]) -> list[Value]:
    return items[::-1]


@builtin_of_evaluation("flatten", ("list", LIST))
def flatten(evaluation: Evaluation, items: list[Value]) -> list[Value]:
    """Return the items of all lists in the list. Each costs a step, because one list can occur many times."""
    flat: list[Value] = []
    waiting = items[::-1]
    while waiting:
        evaluation.spend_pass(1, 2 * ITEM_BYTES)
        item = native(waiting.pop())
        if type(item) is list:
            evaluation.spend_memory(ITEM_BYTES * len(item))
            waiting.extend(reversed(item))
        else:
            flat.append(item)
    return flat


@builtin_of_evaluation("sort", ("list", LIST), ("precedes", FUNCTION), copies=16)
def sort(evaluation: Evaluation, items: list[Value], precedes: Function) -> list[Value]:
    """Return the items ordered by a function that says whether the first of two items comes first."""
    if len(precedes.parameters) != 2:
        raise FunctionFailure(
            f"expect boolean function with 2 arguments, but found '{len(precedes.parameters)}'"
        )

    def compare(left: Value, right: Value) -> int:
        if _precedes(evaluation, precedes, left, right):
            return -1
        return 1 if _precedes(evaluation, precedes, right, left) else 0

    key: Callable[[Any], Any] = cmp_to_key(compare)
    return sorted(map(native, items), key=key)


def _precedes(evaluation: Evaluation, precedes: Function, left: Value, right: Value) -> bool:
    try:
        result = precedes.invoke(evaluation, [left, right])
    except (AssertionUnfulfilled, BudgetExceeded, RecursionError, MemoryError):
        raise
    except Exception as failure:  # noqa: BLE001  Camunda's engine, too, catches any exception of the function
        reason = cut(str(failure))
        raise FunctionFailure(f"fail to sort list by given precedes function: {reason}") from None
    if type(result) is not bool:
        raise FunctionFailure(
            lambda: (
                f"fail to sort list by given precedes function: expected boolean but found '{shown(result)}'"
            )
        )
    return result


# Texts


@builtin_of_evaluation("string join", ("list", LIST), since="1.3")
def join(evaluation: Evaluation, items: list[Value]) -> str:
    return join_around(evaluation, items, None, None, None)


@builtin_of_evaluation("string join", ("list", LIST), ("delimiter", TEXT_OR_NULL), since="1.3")
def join_with(evaluation: Evaluation, items: list[Value], delimiter: str | None) -> str:
    return join_around(evaluation, items, delimiter, None, None)


@builtin_of_evaluation(
    "string join",
    ("list", LIST),
    ("delimiter", TEXT_OR_NULL),
    ("prefix", TEXT_OR_NULL),
    ("suffix", TEXT_OR_NULL),
    since="1.3",
)
def join_around(
    evaluation: Evaluation, items: list[Value], delimiter: str | None, prefix: str | None, suffix: str | None
) -> str:
    """Return the texts of the list as one, without nulls, with a prefix and a suffix if both are given."""
    if (prefix is None) is not (suffix is None):
        raise FunctionFailure(
            lambda: f"Illegal arguments: '{shown(items)}', '{shown(delimiter)}', '{prefix}', '{suffix}'"
        )
    texts = [text for text in map(native, items) if text is not None]
    if not all(type(text) is str for text in texts):
        raise FunctionFailure(lambda: f"expected a list of strings but found '{shown(items)}'")
    between = delimiter or ""
    around = ((prefix or ""), (suffix or "")) if prefix or suffix else ()
    length = sum(map(len, texts)) + len(between) * max(len(texts) - 1, 0)
    is_ascii = all(map(str.isascii, texts)) and all(map(str.isascii, (between, *around)))
    evaluation.spend_for_text(length, is_ascii=is_ascii)
    joined = between.join(texts)
    if not around:
        return joined
    evaluation.spend_for_text(len(joined) + sum(map(len, around)), is_ascii=is_ascii)
    return joined.join(around)
