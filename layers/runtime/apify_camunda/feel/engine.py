"""Parses and evaluates: nothing that is written in an expression makes this raise, or run without end."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final

from apify_camunda.feel import syntax
from apify_camunda.feel.budget import BudgetExceeded, Limits
from apify_camunda.feel.compiler import Code, compile_node
from apify_camunda.feel.default_clock import SYSTEM_CLOCK
from apify_camunda.feel.failures import (
    AssertionUnfulfilled,
    ErrorValue,
    Evaluated,
    Failed,
    Fatal,
    FeelSyntaxError,
)
from apify_camunda.feel.parser import parse_expression, parse_tests
from apify_camunda.feel.results import why_not_a_result
from apify_camunda.feel.scope import IMPLICIT_INPUT, Clock, Evaluation, Functions, Scope
from apify_camunda.feel.source import Span
from apify_camunda.feel.syntax import Expression
from apify_camunda.feel.values import Function, Value

DEFAULT_LIMITS: Final = Limits()
_NO_FUNCTIONS: Final[Functions] = MappingProxyType({})
_TRIMMED: Final = "".join(map(chr, range(33)))  # what Java's trim() cuts off
_SCALARS: Final = frozenset({type(None), bool, int, str})


def parse(text: str) -> Expression:
    """Return the parsed expression; a leading `=`, as BPMN has it, is passed over.

    Raises:
        FeelSyntaxError: The text is no expression; the error says where, and what was expected.
    """
    return _prepared(text)[0]


def parse_unary_tests(text: str) -> Expression:
    """Return the parsed unary tests, such as `< 10`, `[1..5]` or `"a", "b"`.

    Raises:
        FeelSyntaxError: The text is none.
    """
    return _prepared_tests(text)[0]


def evaluate(
    expression: str | Expression,
    context: Mapping[str, Any],
    *,
    functions: Sequence[Function] = (),
    clock: Clock = SYSTEM_CLOCK,
    budget: Limits = DEFAULT_LIMITS,
) -> Evaluated | Failed:
    """Return the value of the expression in the context, or why it has none; never raises.

    Args:
        expression: A text, parsed once and remembered, or what `parse` returned.
        context: JSON values and this package's temporal values by name; it is never changed.
        functions: More functions, beside the built-in ones, which win.
        clock: Where `now()`, `today()`, `random number()` and `uuid()` look.
        budget: What the evaluation may use.
    """
    text = expression if type(expression) is str else expression.text  # type: ignore[union-attr]  # one of the two
    if len(text) > budget.text_length:
        return _too_long(text, budget)
    try:
        _, code = _prepared(text)
    except FeelSyntaxError as error:
        return _no_feel(error)
    library = _library(tuple(functions)) if functions else _NO_FUNCTIONS
    return _run(text, code, context, Evaluation(budget.steps, clock, library), budget)


def evaluate_unary_tests(
    expression: str | Expression,
    input_value: Value,
    context: Mapping[str, Any],
    *,
    functions: Sequence[Function] = (),
    clock: Clock = SYSTEM_CLOCK,
    budget: Limits = DEFAULT_LIMITS,
) -> Evaluated | Failed:
    """Return whether the tests hold for the input (true, false, null), or why that is open; never raises."""
    text = expression if type(expression) is str else expression.text  # type: ignore[union-attr]  # one of the two
    if len(text) > budget.text_length:
        return _too_long(text, budget)
    try:
        _, code = _prepared_tests(text)
    except FeelSyntaxError as error:
        return _no_feel(error)
    variables = {**context, IMPLICIT_INPUT: input_value}
    library = _library(tuple(functions)) if functions else _NO_FUNCTIONS
    return _run(text, code, variables, Evaluation(budget.steps, clock, library), budget)


def _run(
    text: str, code: Code, context: Mapping[str, Any], evaluation: Evaluation, limits: Limits
) -> Evaluated | Failed:
    try:
        value = code(Scope(context, None, evaluation))
        refusal = None if type(value) in _SCALARS else why_not_a_result(value, limits)
    except AssertionUnfulfilled as failure:
        reason = f"Assertion failure on evaluate the expression '{text}': {failure}"
    except (ErrorValue, Fatal, BudgetExceeded) as failure:
        reason = f"failed to evaluate expression '{text}': {failure}"
    except (RecursionError, MemoryError):
        reason = f"failed to evaluate expression '{text}': it, or a value in it, is too large or too deep"
    except Exception as error:  # noqa: BLE001  the promise of this module: whatever a text does, it is an answer
        reason = f"failed to evaluate expression '{text}': {type(error).__name__}: {error}"
    else:
        if refusal is None:
            return Evaluated(value, tuple(evaluation.failures) if evaluation.failures else ())
        reason = f"failed to evaluate expression '{text}': {refusal}"
    return Failed(reason, tuple(evaluation.failures))


def _too_long(text: str, limits: Limits) -> Failed:
    return Failed(f"The expression has {len(text)} characters; {limits.text_length} are allowed.")


def _no_feel(error: FeelSyntaxError) -> Failed:
    return Failed(f"failed to parse expression '{error.text}': {error}")


@lru_cache(maxsize=1024)
def _prepared(text: str) -> tuple[Expression, Code]:
    """Return the expression, parsed and compiled.

    Raises:
        FeelSyntaxError: The text is none.
    """
    return _compiled(text, _without_equals_sign(text), parse_expression, is_unary=False)


@lru_cache(maxsize=1024)
def _prepared_tests(text: str) -> tuple[Expression, Code]:
    """Return the unary tests, parsed and compiled.

    Raises:
        FeelSyntaxError: The text is none.
    """
    return _compiled(text, text, parse_tests, is_unary=True)


def _compiled(
    text: str, body: str, parse_body: Callable[[str], syntax.Node], *, is_unary: bool
) -> tuple[Expression, Code]:
    root = parse_body(body)
    try:
        return Expression(text, root, is_unary), compile_node(root)
    except RecursionError:
        raise FeelSyntaxError(body, Span(0, 0), "an expression that is less deeply nested") from None


def _without_equals_sign(text: str) -> str:
    stripped = text.strip(_TRIMMED)
    return stripped[1:].strip(_TRIMMED) if stripped.startswith("=") else stripped


@lru_cache(maxsize=16)
def _library(functions: tuple[Function, ...]) -> Functions:
    library: dict[str, list[Function]] = {}
    for function in functions:
        library.setdefault(function.name, []).append(function)
    return library
