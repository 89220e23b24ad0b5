"""Built-in functions that make one value from many: sums, extremes, `all` and `any`."""

from __future__ import annotations

from functools import reduce

from apify_camunda.feel import arithmetic
from apify_camunda.feel.budget import ITEM_BYTES, NUMBER_BYTES
from apify_camunda.feel.builtins.registry import LIST, builtin, builtin_of_evaluation
from apify_camunda.feel.comparison import is_comparable, order
from apify_camunda.feel.failures import Fatal, FunctionFailure
from apify_camunda.feel.scope import Evaluation
from apify_camunda.feel.value_text import shown
from apify_camunda.feel.values import Number, Value, native

_NONE = object()
_NUMBERS = 2 * NUMBER_BYTES // ITEM_BYTES
"""Copies of an argument: some functions copy the numbers of the list, and make another number from each."""

# Numbers and order


@builtin_of_evaluation("min", ("list", LIST), variadic=True)
def minimum(evaluation: Evaluation, items: list[Value]) -> Value:
    return _extreme(evaluation, items, -1)


@builtin_of_evaluation("max", ("list", LIST), variadic=True)
def maximum(evaluation: Evaluation, items: list[Value]) -> Value:
    return _extreme(evaluation, items, 1)


def _extreme(evaluation: Evaluation, items: list[Value], wanted: int) -> Value:
    if not items:
        return None
    if not is_comparable(items):
        raise FunctionFailure(lambda: f"{shown(items)} is not comparable")

    def further(best: Value, item: Value) -> Value:
        if type(item) is str and type(best) is str:
            evaluation.spend_for(item)
            evaluation.spend_for(best)
        result = order(item, best)
        if result is None:
            raise Fatal(f"{shown(best)} can not be compared to {shown(item)}")
        return item if result == wanted else best

    return native(reduce(further, items))


@builtin("sum", ("list", LIST), variadic=True, copies=_NUMBERS)
def total(items: list[Value]) -> Number | None:
    return reduce(arithmetic.add, _numbers(items)) if items else None


@builtin("product", ("list", LIST), variadic=True, copies=_NUMBERS)
def product(items: list[Value]) -> Number | None:
    return reduce(arithmetic.multiply, _numbers(items)) if items else None


@builtin("mean", ("list", LIST), variadic=True, copies=_NUMBERS)
def mean(items: list[Value]) -> Number | None:
    result: Number | None = arithmetic.divide(total(items), len(items)) if items else None
    return result


@builtin("median", ("list", LIST), variadic=True, copies=_NUMBERS)
def median(items: list[Value]) -> Number | None:
    if not items:
        return None
    numbers = sorted(_numbers(items))
    middle = len(numbers) // 2
    if len(numbers) % 2:
        return numbers[middle]
    result: Number = arithmetic.divide(arithmetic.add(numbers[middle - 1], numbers[middle]), 2)
    return result


@builtin("stddev", ("list", LIST), variadic=True, copies=_NUMBERS)
def standard_deviation(items: list[Value]) -> Number | None:
    if not items:
        return None
    numbers = _numbers(items)
    center = mean(items)
    squares = [arithmetic.power(arithmetic.subtract(number, center), 2) for number in numbers]
    if len(numbers) == 1:
        raise Fatal("Division undefined")
    return arithmetic.square_root(arithmetic.divide(reduce(arithmetic.add, squares), len(numbers) - 1))


@builtin("mode", ("list", LIST), variadic=True, copies=_NUMBERS)
def mode(items: list[Value]) -> list[Number]:
    counts: dict[Number, int] = {}
    for number in _numbers(items):
        counts[number] = counts.get(number, 0) + 1
    most = max(counts.values(), default=0)
    return sorted(number for number, times in counts.items() if times == most)


def _numbers(items: list[Value]) -> list[Number]:
    numbers = [native(item) for item in items]
    wrong = next((number for number in numbers if not arithmetic.is_number(number)), _NONE)
    if wrong is not _NONE:
        raise FunctionFailure(lambda: f"expected number but found '{shown(wrong)}'")
    return numbers


# Booleans


@builtin("and", ("list", LIST), variadic=True)
@builtin("all", ("list", LIST), variadic=True)
def all_of(items: list[Value]) -> bool | None:
    return _decided(items, decisive=False)


@builtin("or", ("list", LIST), variadic=True)
@builtin("any", ("list", LIST), variadic=True)
def any_of(items: list[Value]) -> bool | None:
    return _decided(items, decisive=True)


def _decided(items: list[Value], *, decisive: bool) -> bool | None:
    if any(item is decisive for item in items):
        return decisive
    return not decisive if all(item is (not decisive) for item in items) else None
