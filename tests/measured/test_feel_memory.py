"""No expression uses more memory than its budget, with any function that it calls; measured, not counted."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest
from apify_camunda.feel import Evaluated, FailedKind, Limits, evaluate, temporal, to_json_value
from apify_camunda.feel.builtins import BUILTINS
from apify_camunda.feel.builtins.registry import Builtin
from apify_camunda.feel.json_values import to_json
from apify_camunda.feel.regex import compile_java

MEMORY = 1_000_000
LIMITS = Limits(steps=12_000, memory_bytes=MEMORY)
SLACK = 1_000_000
"""A few copies of one text of the body, which the interpreter makes for a moment."""

BODY: dict[str, Any] = {
    "text": "x" * 50_000,
    "wide": "ü€" * 15_000,
    "faces": "😀" * 12_500,
    "words": "ab cd " * 8_000,
    "control": "\x01" * 50_000,
    "digits": "9" * 50_000,
    "numbers": list(range(10_000)),
    "fractions": [1.5] * 10_000,
    "texts": ["ab", "c"] * 5_000,
    "lists": [[number] for number in range(1_500)],
    "objects": [{"key": str(number), "value": number} for number in range(1_500)],
    "object": {f"k{number}": number for number in range(2_000)},
    "json_objects": "[" + "{}," * 16_000 + "1]",
    "json_numbers": "[" + "1.5," * 12_000 + "1]",
}
TEXTS = ["text", "wide", "faces", "words", "control", "digits", "json_objects", "json_numbers"]
LISTS = ["numbers", "fractions", "texts", "lists", "objects"]


def _arguments(builtin: Builtin) -> Iterator[tuple[str, ...]]:
    """Yield arguments of many kinds for a built-in function: each parameter gets each kind that it takes."""
    choices = []
    for types in builtin.types:
        taken = types or {str, list, dict, int}
        values = []
        if str in taken:
            values += [*TEXTS, '"(?:a|b)*"', '"(x)"', '"$1$1"', '""']
        if list in taken:
            values += [*LISTS, "[numbers, numbers]", "[object, object]", "[text, wide, text]"]
        if dict in taken:
            values += ["object", "{a: text}"]
        if int in taken:
            values += ["3", "100000"]
        if not values:
            values += ["function(x, y) x < y"]
        choices.append(values)
    columns = [values[shift:] + values[:shift] for shift, values in enumerate(choices)]
    if len(columns) == 1:
        yield from product(columns[0])
        return
    longest = max(map(len, columns), default=0)
    for place in range(min(longest, 12)):
        yield tuple(values[place % len(values)] for values in columns)


def _calls() -> Iterator[Any]:
    for name, overloads in sorted(BUILTINS.items()):
        for number, builtin in enumerate(overloads):
            yield pytest.param(name, builtin, id=f"{name}-{number}")


def peak_of(expression: str) -> int:
    """Return the most bytes that evaluating the expression and writing its value as JSON had at once."""
    evaluate(expression, {}, limits=Limits(steps=1_000))  # so that parsing it, and loading modules, is done
    tracemalloc.start()
    try:
        result = evaluate(expression, BODY, limits=LIMITS)
        if isinstance(result, Evaluated):
            json.dumps(to_json_value(result.value), ensure_ascii=False)
        else:
            assert result.kind in FailedKind
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.fixture(autouse=True, scope="module")
def _loaded() -> None:
    compile_java(r"\p{IsAlphabetic}(?i)[ä]")
    to_json([temporal.Date(2020, 1, 1), "\x01"])


@pytest.mark.parametrize(("name", "builtin"), list(_calls()))
def test_builtin(name: str, builtin: Builtin) -> None:
    """A call of a built-in function holds no more than was given, once and in a loop."""
    too_much = {}
    for arguments in _arguments(builtin):
        call = f"{name}({', '.join(arguments)})"
        for expression in (call, f"for i in 1..300 return {call}"):
            peak = peak_of(expression)
            if peak > MEMORY + SLACK:
                too_much[expression] = peak
    assert not too_much
