"""Which variables a result becomes."""

from __future__ import annotations

import tracemalloc

import pytest
from apify_camunda.errors import ErrorCode, InvalidInput
from apify_camunda.expressions.evaluation import event_result_budget
from apify_camunda.expressions.result_mapping import (
    MAX_VARIABLES_BYTES,
    RESULT_EXPRESSION_FAILED,
    RESULT_TOO_LARGE,
    check_variables,
    map_result,
    too_large_for_the_engine,
)
from apify_camunda.json_types import Json, JsonObject

RESULT: JsonObject = {"a": 1, "b": {"c": "x"}, "n": 1.5}
SCOPE: JsonObject = {**RESULT, "response": RESULT}


def mapped(variable: str | None, expression: str | None) -> JsonObject:
    return map_result(RESULT, scope=SCOPE, result_variable=variable, result_expression=expression)


@pytest.mark.parametrize(
    ("variable", "expression", "variables"),
    [
        (None, None, {}),
        (" ", " ", {}),
        ("out", None, {"out": RESULT}),
        (" out ", None, {"out": RESULT}),
        (None, "={x: a}", {"x": 1}),
        (None, "{x: response.b.c}", {"x": "x"}),
        ("out", "={x: a}", {"out": RESULT, "x": 1}),
        ("out", "={out: n}", {"out": 1.5}),
        ("out", "=null", {"out": RESULT}),
        (None, "={x: missing}", {"x": None}),
        (None, "={}", {}),
        (None, "=b", {"c": "x"}),
    ],
)
def test_mapping(variable: str | None, expression: str | None, variables: JsonObject) -> None:
    """The whole goes into the variable, the expression's entries over it; nothing asked, nothing set."""
    assert mapped(variable, expression) == variables


@pytest.mark.parametrize(
    ("expression", "words"),
    [("=1", "Number"), ('="x"', "String"), ("=true", "Boolean"), ("=[1]", "List"), ("=1 +", "failed")],
)
def test_expression_must_give_an_object(expression: str, words: str) -> None:
    """Anything but an object or null is refused with its type and value."""
    with pytest.raises(InvalidInput, match=words) as caught:
        mapped(None, expression)

    assert caught.value.code == RESULT_EXPRESSION_FAILED


@pytest.mark.parametrize(
    "value", ["camunda.function.type", {"camunda.function.type": "x"}, ["my camunda.function.type"]]
)
def test_forbidden_literal(value: Json) -> None:
    """What would pass for one of Camunda's own functions is refused."""
    with pytest.raises(InvalidInput, match=r"camunda\.function\.type"):
        check_variables({"a": value})


def test_size_is_counted_in_bytes_of_json() -> None:
    """The limit holds for bytes, quotes and all; its message says the size and the way out."""
    overhead = len('{"a":""}')
    check_variables({"a": "x" * (MAX_VARIABLES_BYTES - overhead)})

    with pytest.raises(InvalidInput, match=r"1,572,865 bytes.*result expression") as caught:
        check_variables({"a": "x" * (MAX_VARIABLES_BYTES - overhead + 1)})
    with pytest.raises(InvalidInput):
        check_variables({"a": "ä" * (MAX_VARIABLES_BYTES // 2)})

    assert caught.value.code == RESULT_TOO_LARGE


@pytest.mark.parametrize(
    ("kilobytes", "code", "is_too_large"),
    [
        (1, "PAYLOAD_TOO_LARGE", True),
        (1_400, "PAYLOAD_TOO_LARGE", True),
        (1_400, "ENGINE_PROCESSING_ERROR", True),
        (300, "ENGINE_PROCESSING_ERROR", True),
        (200, "ENGINE_PROCESSING_ERROR", False),
        (1_400, "ENGINE_REJECTED", False),
        (1_400, "ENGINE_UNAVAILABLE", False),
    ],
)
def test_what_the_engine_finds_too_large(kilobytes: int, code: str, is_too_large: bool) -> None:  # noqa: FBT001 - a column
    """The engine says that a command does not fit, or only that it could not process a large one."""
    reason = too_large_for_the_engine({"a": "x" * kilobytes * 1024}, code)

    assert (reason is not None) is is_too_large
    if reason:
        assert f"{kilobytes * 1024 + 8:,} bytes" in reason
        assert "result expression" in reason


PAGE = "x" * 1_000_000
ITEMS: list[Json] = [{"id": number} for number in range(100)]


def test_a_result_that_repeats_a_page_is_refused_with_its_size() -> None:
    """What a result repeats counts each time; it is refused before it is written, with its size."""
    expression = "={ rows: for p in items return { id: p.id, page: page } }"

    with pytest.raises(InvalidInput, match=r"about 100,\d\d\d,\d\d\d bytes of JSON") as caught:
        map_result(
            None, scope={"items": ITEMS, "page": PAGE}, result_variable=None, result_expression=expression
        )

    assert caught.value.code == RESULT_TOO_LARGE


def test_the_memory_of_a_refused_result_does_not_grow_with_its_size() -> None:
    """400 MB of JSON are counted, not made: refusing them holds less than two copies of the page."""
    items: list[Json] = [{"id": number} for number in range(400)]
    expression = "={ rows: for p in items return { id: p.id, page: page } }"
    scope: JsonObject = {"items": items, "page": PAGE}
    tracemalloc.start()
    try:
        with pytest.raises(InvalidInput, match=r"about 400,\d\d\d,\d\d\d bytes of JSON"):
            map_result(None, scope=scope, result_variable=None, result_expression=expression)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 2 * len(PAGE)


def test_an_expression_that_is_too_large_has_a_code_of_its_own() -> None:
    """More memory than a result may use is EXPRESSION_TOO_LARGE, and the message names the expression."""
    expression = "={ length: string length(string join(for p in items return page)) }"

    with pytest.raises(InvalidInput, match="string join") as caught:
        map_result(
            None, scope={"items": ITEMS, "page": PAGE}, result_variable=None, result_expression=expression
        )

    assert caught.value.code == ErrorCode.EXPRESSION_TOO_LARGE


def test_hostile_results_of_one_event_leave_room_for_an_innocent_one() -> None:
    """Elements that share an event share a budget: the last of 199 has its result."""
    budget = event_result_budget()
    doubled = "{a0: [1, 1], " + ", ".join(f"a{i}: [a{i - 1}, a{i - 1}]" for i in range(1, 20)) + "}"
    hostile = [doubled, "{x: for i in 1..5000 return page}", "{x: for i in 1..1000000 return [i]}"] * 66
    for place, expression in enumerate(hostile):
        with pytest.raises(InvalidInput):
            map_result(
                None,
                scope={"page": PAGE},
                result_variable=None,
                result_expression=expression,
                budget=budget.part(len(hostile) + 1 - place),
            )

    result = map_result(
        None,
        scope={"page": PAGE},
        result_variable=None,
        result_expression="={ sum: sum([1, 2, 3]) }",
        budget=budget.part(1),
    )

    assert result == {"sum": 6}
