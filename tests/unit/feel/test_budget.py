"""Careless and hostile expressions end as a clear failure; they do not hang, crash or fill the memory."""

from __future__ import annotations

from typing import Any

import pytest
from apify_camunda.feel import (
    Budget,
    Evaluated,
    Failed,
    FailedKind,
    Limits,
    evaluate,
    evaluate_unary_tests,
    parse,
    parse_unary_tests,
)
from apify_camunda.feel.budget import BudgetExceeded

SMALL = Limits(steps=20_000)
DOUBLED = "{a0: [1, 1], " + ", ".join(f"a{i}: [a{i - 1}, a{i - 1}]" for i in range(1, 21)) + "}"
CALLED = "{f0: function(x) x, " + ", ".join(f"f{i}: function(x) f{i - 1}(f{i - 1}(x))" for i in range(1, 40))


@pytest.mark.parametrize(
    "text",
    [
        "for x in 1..1000000000 return x",
        "some x in 1..100000, y in 1..100000 satisfies x = -1",
        "count(flatten([for a in 1..2000 return [for b in 1..2 return big]]))",
        "for x in big return big = big",
        "for x in big return min(big)",
        "for x in big return string(big)",
        "for x in big return list contains(big, -1)",
        "for x in big return distinct values(big)",
        "for x in big return upper case(text)",
        'for i in 1..60 return if i = 1 then "aaaaaaaa" else partial[-1] + partial[-1]',
        f"string({DOUBLED}.a20)",
        f"to json({DOUBLED}.a20)",
        f"{DOUBLED}.a20 = {DOUBLED}.a20",
        CALLED + ", r: f39(1)}.r",
        "decimal(1, 600000000)",
        "for x in big return " + "9" * 5000 + " * " + "9" * 5000,
        'matches(text + "!", "(ä+)+$")',
        "sort(big, function(x, y) x > y)",
    ],
)
def test_too_much_work(text: str) -> None:
    """More work than an evaluation may do is a failure that says so."""
    context = {"big": list(range(2000)), "text": "ä" * 2000}

    result = evaluate(text, context, limits=SMALL)

    assert isinstance(result, Failed)
    assert "more work" in result.reason


def test_count_costs_nothing() -> None:
    """Asking for the size of a list does not depend on its size."""
    big = {"big": list(range(2000))}

    assert isinstance(evaluate("for x in big return count(big)", big, limits=SMALL), Evaluated)


def test_a_million_passes() -> None:
    """The default leaves room for what anybody needs: a loop of a million passes."""
    assert evaluate("count(for x in 1..1000000 return x)", {}) == Evaluated(1_000_000)


@pytest.mark.parametrize(
    ("text", "reason"), [(DOUBLED, "values"), ("for i in 1..300 return [partial[-1]]", "deep")]
)
def test_results_that_cannot_be_written(text: str, reason: str) -> None:
    """A result that is small in memory, and huge or deep for who walks through it, is a failure."""
    result = evaluate(text, {})

    assert isinstance(result, Failed)
    assert reason in result.reason


def test_long_texts() -> None:
    """An expression may not be longer than its limit."""
    result = evaluate("1" * 70_000, {})

    assert isinstance(result, Failed)
    assert result.reason == "The expression has 70000 characters; 65536 are allowed."
    assert result.kind == FailedKind.EXPRESSION_TOO_LARGE


def nested(depth: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize("text", ["x = x", "string(x)", "to json(x)", "distinct values([x])", "x", "x[1]"])
def test_deep_values(text: str) -> None:
    """Values that are nested beyond all measure are a failure, not a crash."""
    result = evaluate(text, {"x": nested(50_000)})

    assert isinstance(result, Failed)
    assert "deep" in result.reason


def test_deep_values_may_be_looked_into() -> None:
    """What does not walk through a deep value works with it."""
    assert evaluate("count(flatten(x))", {"x": nested(50_000)}) == Evaluated(0)


@pytest.mark.parametrize(
    "text",
    [
        "10 ** 999999999",
        "1.5 ** 999999999",
        'number("1e999999999") + 1',
        'number("1e999999999") * number("1e999999999")',
        'modulo(number("1e999999999"), 7)',
        'odd(number("1e999999999"))',
        'substring("abc", number("1e999999999"))',
        '[1,2][number("1e999999999")]',
        'string(number("1e999999999"))',
        'floor(number("1e999999999"))',
        '@"P' + "9" * 5000 + 'D"',
        "date(" + "9" * 5000 + ", 1, 1)",
    ],
)
def test_numbers_beyond_measure(text: str) -> None:
    """Numbers of a billion digits end at once, with a value or without."""
    assert isinstance(evaluate(text, {}), Evaluated | Failed)


def test_budget() -> None:
    """A budget can be spent to the last step, and no further."""
    budget = Budget(10)

    budget.spend(10)
    with pytest.raises(BudgetExceeded):
        budget.spend()


def test_what_is_refused_is_not_taken_off_a_shared_budget() -> None:
    """An evaluation that asks for a thousand times its part uses its part up, and no more."""
    whole = Budget(steps=20_000, memory_bytes=1_000_000)

    hostile = evaluate("{x: for i in 1..100 return text}", {"text": "x" * 1_000_000}, budget=whole.part(2))

    assert isinstance(hostile, Failed)
    assert hostile.kind == FailedKind.EXPRESSION_TOO_LARGE
    assert hostile.result_bytes is not None
    assert hostile.result_bytes > 100_000_000
    assert whole.memory_bytes == 500_000
    assert whole.steps >= 10_000


def test_what_a_part_leaves_is_there_for_the_next() -> None:
    """A part that is hardly used leaves the others more than an equal share."""
    whole = Budget(steps=1_000, memory_bytes=1_000_000)

    evaluate("1 + 1", {}, budget=whole.part(10))

    assert whole.part(9).steps > 100


@pytest.mark.parametrize("arguments", [(5, {}), ("1", 5), (None, {}), (parse_unary_tests("< 5"), {})])
def test_wrong_arguments(arguments: tuple[Any, Any]) -> None:
    """What is no expression, or no context, is a failure that says so."""
    result = evaluate(*arguments)

    assert isinstance(result, Failed)
    assert result.kind == FailedKind.INVALID_ARGUMENT


def test_an_expression_is_not_unary_tests() -> None:
    """An expression given to the other function is a failure that names the right one."""
    result = evaluate_unary_tests(parse("1 + 1"), 5, {})

    assert isinstance(result, Failed)
    assert "use evaluate()" in result.reason


@pytest.mark.parametrize(
    "text",
    [
        "string join(for i in 1..20000 return s)",
        "concatenate(for i in 1..5000 return l)",
        "union(for i in 1..5000 return l)",
        "{x: for i in 1..5000 return s}",
        DOUBLED,
        "matches(s, s)",
        "{" + ", ".join(f"f{i}: function(x) x" for i in range(2_500)) + "}",
    ],
)
def test_too_large(text: str) -> None:
    """What would need more memory, or more time, has a kind of its own."""
    limits = Limits(steps=300_000, memory_bytes=32_000_000)
    result = evaluate(text, {"s": "x" * 200_000, "l": list(range(40_000))}, limits=limits)

    assert isinstance(result, Failed)
    assert result.kind == FailedKind.EXPRESSION_TOO_LARGE
