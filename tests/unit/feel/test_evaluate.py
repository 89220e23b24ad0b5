"""What a caller of the language sees: values, failures, and never an exception."""

from __future__ import annotations

import json
from collections import OrderedDict
from decimal import Decimal, localcontext
from enum import StrEnum
from types import MappingProxyType
from typing import Any

import pytest
from apify_camunda.feel import (
    Evaluated,
    Failed,
    Failure,
    FailureKind,
    Function,
    Value,
    evaluate,
    evaluate_unary_tests,
    parse,
    parse_unary_tests,
    to_json,
)
from apify_camunda.feel.scope import Evaluation
from apify_camunda.feel.source import Span
from hypothesis import given, settings
from hypothesis import strategies as st


class FixedClock:
    def now_ns(self) -> int:
        return 1_600_000_000_123_456_789

    def zone(self) -> str:
        return "Europe/Berlin"

    def random(self) -> float:
        return 0.25

    def uuid(self) -> str:
        return "00000000-0000-4000-8000-000000000001"


def value_of(text: str, context: dict[str, Any] | None = None) -> Value:
    result = evaluate(text, context or {})
    assert isinstance(result, Evaluated), result
    return result.value


def test_evaluated() -> None:
    """A value comes with what became null on the way, and where."""
    result = evaluate("1 + missing", {})

    assert result == Evaluated(
        None,
        (
            Failure(FailureKind.NO_VARIABLE_FOUND, "No variable found with name 'missing'", Span(4, 11)),
            Failure(FailureKind.INVALID_TYPE, "Can't add 'null' to '1'", Span(0, 11)),
        ),
    )


def test_failed_parse() -> None:
    """A text that is no FEEL fails, with the place of the error."""
    result = evaluate("= 1 +", {})

    assert isinstance(result, Failed)
    assert "line 1, column 4" in result.reason


def test_failed_assert() -> None:
    """An assertion that does not hold fails, and its failure is listed."""
    result = evaluate('assert(x, x > 5, "x is too small")', {"x": 1})

    assert isinstance(result, Failed)
    assert result.reason.endswith(": x is too small")
    assert [failure.kind for failure in result.failures] == ["ASSERT_FAILURE"]


@pytest.mark.parametrize(
    ("text", "kind", "message"),
    [
        ("x.b", "NO_CONTEXT_ENTRY_FOUND", "No context entry found with key 'b'. Available keys: 'a'"),
        ("{}.b", "NO_CONTEXT_ENTRY_FOUND", "No context entry found with key 'b'. The context is empty"),
        ("null.b", "NO_CONTEXT_ENTRY_FOUND", "No context entry found with key 'b'. The context is null"),
        (
            '@"P1Y".days',
            "NO_PROPERTY_FOUND",
            "No property found with name 'days' of value 'P1Y'. Available properties: 'years', 'months'",
        ),
        ('1 = "a"', "NOT_COMPARABLE", "Can't compare '1' with '\"a\"'"),
        ("1 < null", "NOT_COMPARABLE", "Can't compare '1' with 'null'"),
        ("null in (2..4)", "NOT_COMPARABLE", "Can't compare 'null' with '2' and '4'"),
        ("if 1 then 2 else 3", "INVALID_TYPE", "Expected boolean but found '1'"),
        ("5[1]", "INVALID_TYPE", "Expected list but found '5'"),
        ("2 / 0", "INVALID_TYPE", "Can't divide '2' by '0'"),
        ("foo(1)", "NO_FUNCTION_FOUND", "No function found with name 'foo' and 1 parameters"),
        ("foo(a: 1)", "NO_FUNCTION_FOUND", "No function found with name 'foo' and parameters: a"),
        (
            "date(true)",
            "FUNCTION_INVOCATION_FAILURE",
            "Failed to invoke function 'date': Illegal arguments: 'true'",
        ),
        (
            'number("x")',
            "FUNCTION_INVOCATION_FAILURE",
            "Failed to invoke function 'number': Can't parse 'x' as a number",
        ),
    ],
)
def test_failures(text: str, kind: str, message: str) -> None:
    """What becomes null says why, in the words of Camunda's engine."""
    result = evaluate(text, {"x": {"a": 1}})

    assert isinstance(result, Evaluated)
    assert [str(failure) for failure in result.failures] == [f"{kind}: {message}"]


def test_many_failures() -> None:
    """Of many failures the first are kept, each no longer than a person reads."""
    result = evaluate("for i in 1..1000 return i + big", {"big": ["x" * 100] * 1000})

    assert len(result.failures) == 100
    assert max(len(failure.message) for failure in result.failures) < 1_200


@settings(max_examples=500, derandomize=True, deadline=None)
@given(st.text(alphabet="abfxi01 .,+-*/=<>()[]{}\"'`?@:\n\\é😀\ud800nulortedifhs", max_size=40))
def test_no_text_raises(text: str) -> None:
    """Any text has an answer."""
    assert isinstance(evaluate(text, {"a": 1, "b": [1, {"f": 2}]}), Evaluated | Failed)
    assert isinstance(evaluate_unary_tests(text, 1, {}), Evaluated | Failed)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.decimals(allow_nan=True, allow_infinity=True)
    | st.text(max_size=5),
    lambda part: st.lists(part, max_size=3) | st.dictionaries(st.text(max_size=3), part, max_size=3),
    max_leaves=8,
)
USES = """
a | a[1] | a.b | a + 1 | a = a | a < 1 | -a | a ** a | a in (1, a) | a[item = 1] | a instance of list
string(a) | to json(a) | min(a) | count(a) | distinct values(a) | upper case(a) | get entries(a) | sum(a) / 2
for x in a return x | some x in a satisfies x | if a then 1 else a | sort(a, function(x, y) x < y)
context put(a, "x", 1) | list contains(a, a) | flatten(a) | median(a) | string join(a) | not(a) | a and a
""".replace("\n", " | ").strip(" |")


@settings(max_examples=300, derandomize=True, deadline=None)
@given(st.sampled_from(USES.split(" | ")), JSON)
def test_no_value_raises(text: str, value: Any) -> None:
    """With any context there is an answer, and the context stays as it was."""
    before = repr(value)

    result = evaluate(text, {"a": value})

    assert repr(value) == before
    assert isinstance(result, Evaluated) or "Error: " not in result.reason
    if isinstance(result, Evaluated):
        json.loads(to_json(result.value))


class Color(StrEnum):
    RED = "red"


@pytest.mark.parametrize(
    ("given", "text", "expected"),
    [
        (0.1, "x + 0.2", Decimal("0.3")),
        (1e7, "string(x)", "1.0E+7"),
        (float("nan"), "x", None),
        (float("inf"), "x = null", True),
        (Decimal("NaN"), "x + 1", None),
        (Decimal("sNaN"), "x = null", True),
        (Decimal("-Infinity"), "max(x, 1)", None),
        ([Decimal("sNaN")], "x[1]", None),
        (-0.0, "string(x)", "0.0"),
        (5e-324, "string(x)", "4.9E-324"),
        ((1, 2), "x[2]", 2),
        (Color.RED, 'x = "red"', True),
        (OrderedDict(a=1), "x.a", 1),
        (MappingProxyType({"a": 1}), "x = {a: 1}", True),
        (object(), "x", None),
        ([0.5, 0.25], "sum(x)", Decimal("0.75")),
        ({"a": [0.5]}, "x.a = [0.5]", True),
        (True, "x + 1", None),
        (10**40, "x = x", True),
    ],
)
def test_values_from_outside(given: Any, text: str, expected: Value) -> None:
    """What is no FEEL value is one as soon as an expression touches it; what FEEL has nothing for is null."""
    assert value_of(text, {"x": given}) == expected


def test_huge_whole_numbers() -> None:
    """Numbers may have thousands of digits, where Python's own texts end."""
    assert value_of("string(x)", {"x": 10**5000}) == "1" + "0" * 5000


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("string(now())", "2020-09-13T14:26:40.123456789@Europe/Berlin"),
        ("string(today())", "2020-09-13"),
        ("random number()", Decimal("0.25")),
        ("uuid()", "00000000-0000-4000-8000-000000000001"),
    ],
)
def test_clock(text: str, expected: Value) -> None:
    """Time and chance come from the caller's clock."""
    result = evaluate(text, {}, clock=FixedClock())

    assert result == Evaluated(expected)


def test_default_clock() -> None:
    """Without a clock of the caller's there is the machine's, in UTC."""
    assert value_of("string length(uuid())") == 36
    assert value_of("random number() < 1 and random number() >= 0")
    assert value_of('now() > @"2020-01-01T00:00:00Z" and now().timezone = null or now().timezone = "UTC"')


def test_functions_of_the_caller() -> None:
    """A library adds functions; a built-in one of the same name and number of parameters wins."""

    def doubled(_evaluation: Evaluation, arguments: Any) -> Value:
        return arguments[0] * 2

    library = (Function("doubled", ("x",), doubled), Function("count", ("list",), doubled))

    assert evaluate("doubled(x: 4) + doubled(2)", {}, functions=library) == Evaluated(12)
    assert evaluate("count([1])", {}, functions=library) == Evaluated(1)


def test_parsed_expressions() -> None:
    """An expression can be parsed first, and evaluated as often as wanted."""
    expression = parse("=x * 2")

    assert [evaluate(expression, {"x": x}) for x in (1, 2)] == [Evaluated(2), Evaluated(4)]
    assert evaluate_unary_tests(parse_unary_tests("< 5"), 3, {}) == Evaluated(True)


@pytest.mark.parametrize(
    ("tests", "given", "expected"),
    [
        ("< 5", 3, True),
        ("[1..5)", 5, False),
        ('"a", "b"', "b", True),
        ("not(1, 2)", 3, True),
        ("-", None, True),
        ("x", 2, True),
        ("? > x", 3, True),
        ("< 5", None, None),
        ("true", False, False),
        ("[1,2]", 2, True),
        ("abs(?)", 5, None),
    ],
)
def test_unary_tests(tests: str, given: Value, expected: Value) -> None:
    """Unary tests say whether they hold for an input; null where it cannot be said."""
    result = evaluate_unary_tests(tests, given, {"x": 2})

    assert isinstance(result, Evaluated)
    assert result.value is expected


def test_ranges_do_not_leave() -> None:
    """A range is no result, wherever it hides."""
    result = evaluate("append([], [1..3])", {})

    assert isinstance(result, Failed)
    assert "range" in result.reason


def test_results_are_plain() -> None:
    """What is made of literals and JSON can be handed to the JSON module as it is."""
    value = value_of("{a: x, b: [1, null, true], f: function() 1}", {"x": {"y": "z"}})

    assert json.loads(json.dumps(value)) == {"a": {"y": "z"}, "b": [1, None, True]}


@pytest.mark.parametrize("text", ["abs(-x)", "-(-x)", "x + 0", "[x][1]", "x * 1", "abs(x)", "max(x, 0)"])
def test_the_surrounding_decimal_context(text: str) -> None:
    """Numbers keep their 34 digits; the precision of the program around us does not matter."""
    third = value_of("1/3")
    with localcontext() as context:
        context.prec = 3
        result = value_of(text, {"x": third})

    assert str(result) == "0.3333333333333333333333333333333333"
