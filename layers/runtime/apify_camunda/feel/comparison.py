"""Equality and order of FEEL values; `None` as an answer means that the two cannot be compared."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from apify_camunda.feel.budget import Budget
from apify_camunda.feel.values import (
    BOOLEAN,
    CONTEXT,
    ERROR,
    FUNCTION,
    LIST,
    NUMBER,
    RANGE,
    STRING,
    TEMPORAL_KINDS,
    ErrorItem,
    Value,
    WrittenContext,
    kind_of,
    native,
)

_IDENTITY_BYTES: Final = 256
"""The key of a value for look-ups: a pair that is put into a tuple or a set."""


def equals(left: Value, right: Value, budget: Budget) -> bool | None:
    """Return whether the two are the same value; None where they are of different kinds.

    Numbers compare by value (1 = 1.0), temporal values by what is written (not by their instant), lists and
    contexts by their content, in which what cannot be compared counts as different. Null equals only null.

    Raises:
        BudgetExceeded: There is too much to compare.
    """
    if type(left) is type(right) and type(left) in {str, int, bool}:
        return bool(left == right)
    left, right = native(left), native(right)
    if left is None or right is None:
        return counts_as_null(left) and counts_as_null(right)
    kind = kind_of(left)
    if kind != kind_of(right):
        return None
    return _equal_of_one_kind(kind, left, right, budget)


def _equal_of_one_kind(kind: str, left: Value, right: Value, budget: Budget) -> bool | None:
    if kind == LIST:
        budget.spend(2 * len(left))
        pairs = zip(left, right, strict=False)
        return len(left) == len(right) and all(same(one, other, budget) for one, other in pairs)
    if kind == CONTEXT:
        budget.spend(len(left))
        return left.keys() == right.keys() and all(
            same(value, right[key], budget) for key, value in left.items()
        )
    if kind in TEMPORAL_KINDS:
        from apify_camunda.feel import temporal  # noqa: PLC0415  a temporal value is there, so it is loaded

        return temporal.equals(left, right)
    return bool(left == right) if kind in {NUMBER, STRING, BOOLEAN} else None


def counts_as_null(value: Value) -> bool:
    """Return whether the value is null, or went wrong as an item: such an item is equal to null alone."""
    return value is None or (type(value) is ErrorItem and not value.is_fatal)


def same(left: Value, right: Value, budget: Budget) -> bool:
    """Return whether the two are the same value; what cannot be compared is not."""
    return equals(left, right, budget) is True


def contains(items: Sequence[Value], value: Value, budget: Budget) -> bool:
    """Return whether one of the items is the value, as `list contains` and `in` with a list see it.

    Other than for `=`, a context that is written in the expression is only the same as itself: Camunda's
    engine compares there by Java's rules.
    """
    budget.spend(len(items))
    return any(_is_same_object(item, value, budget) for item in items)


def _is_same_object(left: Value, right: Value, budget: Budget) -> bool:
    if left is right:
        return True
    left, right = native(left), native(right)
    if left is None or right is None:
        return left is right
    if type(left) is WrittenContext or type(right) is WrittenContext:
        return left is right
    if type(left) is list and type(right) is list:
        budget.spend(len(left))
        pairs = zip(left, right, strict=False)
        return len(left) == len(right) and all(_is_same_object(one, other, budget) for one, other in pairs)
    if type(left) is dict and type(right) is dict:
        budget.spend(len(left))
        return left.keys() == right.keys() and all(
            _is_same_object(part, right[key], budget) for key, part in left.items()
        )
    return same(left, right, budget)


def identity(value: Value, budget: Budget) -> object:
    """Return something hashable that is equal for two values exactly where they are the same value."""
    value = native(value)
    kind = kind_of(value)
    budget.spend_pass(2, _IDENTITY_BYTES)
    if kind == LIST:
        return (LIST, tuple(identity(item, budget) for item in value))
    if kind == CONTEXT:
        return (CONTEXT, frozenset((key, identity(entry, budget)) for key, entry in value.items()))
    if kind in {ERROR, FUNCTION, RANGE}:
        return (kind, id(value))
    return (kind, value)


def order(left: Value, right: Value) -> int | None:
    """Return -1, 0 or 1 as left is less than, equal to or greater than right; None where there is no order.

    Texts are ordered by their UTF-16 units, as Java's are, and temporal values with an offset by their
    instant.
    """
    left, right = native(left), native(right)
    kind = kind_of(left)
    if kind != kind_of(right):
        return None
    if kind == NUMBER:
        return int(left > right) - int(left < right)
    if kind == STRING:
        if not (left.isascii() or right.isascii()):
            left, right = (
                left.encode("utf-16-be", "surrogatepass"),
                right.encode("utf-16-be", "surrogatepass"),
            )
        return int(left > right) - int(left < right)
    if kind in TEMPORAL_KINDS:
        from apify_camunda.feel import temporal  # noqa: PLC0415  a temporal value is there, so it is loaded

        return temporal.compare(left, right)
    return None


def is_comparable(value: Value) -> bool:
    """Return whether the value has an order among its kind; a list has, if its items are of one such kind."""
    value = native(value)
    kind = kind_of(value)
    if kind == LIST:
        first = native(value[0]) if value else None
        return is_comparable(first) and all(java_type(item) == java_type(first) for item in value)
    return kind in {NUMBER, STRING} or kind in TEMPORAL_KINDS


def java_type(value: Value) -> object:
    """Return what tells values apart where Camunda's engine looks at classes: local and zoned are two."""
    value = native(value)
    kind = kind_of(value)
    return type(value) if kind in TEMPORAL_KINDS else kind
