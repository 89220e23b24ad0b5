"""Parses and evaluates expressions. No expression makes `evaluate` raise or run without end."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final

from apify_camunda.feel import syntax
from apify_camunda.feel.budget import Budget, BudgetExceeded, Limits
from apify_camunda.feel.compiler import Code, compile_node
from apify_camunda.feel.default_clock import SYSTEM_CLOCK
from apify_camunda.feel.failures import AssertionUnfulfilled, ErrorValue, Fatal, FeelSyntaxError, cut
from apify_camunda.feel.parser import parse_expression, parse_tests
from apify_camunda.feel.results import (
    Evaluated,
    Failed,
    FailedKind,
    NotAResult,
    pay_for_result,
)
from apify_camunda.feel.scope import IMPLICIT_INPUT, Clock, Evaluation, Functions, Scope
from apify_camunda.feel.source import Span
from apify_camunda.feel.syntax import Expression
from apify_camunda.feel.values import Function, Value

DEFAULT_LIMITS: Final = Limits()
_NO_FUNCTIONS: Final[Functions] = MappingProxyType({})
_TRIMMED: Final = "".join(map(chr, range(33)))  # what Java's trim() cuts off
_SCALARS: Final = frozenset({type(None), bool, int})
_FREE_LENGTH: Final = 2_000
"""Characters of an expression that cost nothing to parse; most expressions have fewer than a hundred."""
_PARSING_STEPS: Final = 10
"""Steps that each further character costs."""
_PARSING_BYTES: Final = 300
_LONGEST_KEPT: Final = 10_000
_KEPT_LENGTH: Final = 100_000
"""Characters of all expressions that are kept parsed; they take up to 600 bytes each."""


def parse(text: str) -> Expression:
    """Return the parsed expression; a leading `=`, as in BPMN, is skipped.

    Raises:
        FeelSyntaxError: The text is no expression; the error says where, and what was expected.
    """
    return (_prepared.made.get(text) or _prepared.make(text))[0]


def parse_unary_tests(text: str) -> Expression:
    """Return the parsed unary tests, such as `< 10`, `[1..5]` or `"a", "b"`.

    Raises:
        FeelSyntaxError: The text is not FEEL.
    """
    return (_prepared_tests.made.get(text) or _prepared_tests.make(text))[0]


def evaluate(
    expression: str | Expression,
    context: Mapping[str, Any],
    *,
    functions: Sequence[Function] = (),
    clock: Clock = SYSTEM_CLOCK,
    limits: Limits = DEFAULT_LIMITS,
    budget: Budget | None = None,
) -> Evaluated | Failed:
    """Return the value of the expression in the context, or why it has no value; never raises.

    Args:
        expression: A text, parsed once and remembered, or what `parse` returned.
        context: JSON values, `datetime` values and this package's temporal values by name; never changed.
        functions: More functions; a built-in one of the same name takes precedence.
        clock: The source of `now()`, `today()`, `random number()` and `uuid()`.
        limits: What the evaluation may use.
        budget: What several evaluations may use together; what this one uses is subtracted. None: only
            `limits` apply.
    """
    text = expression
    if type(text) is not str or (type(context) is not dict and not isinstance(context, Mapping)):
        checked = _text_of(expression, context, is_unary=False)
        if isinstance(checked, Failed):
            return checked
        text = checked
    library = _library(tuple(functions)) if functions else _NO_FUNCTIONS
    evaluation = Evaluation(limits, clock, library, budget)
    result = _run(text, _prepared, context, evaluation, limits)
    if budget is not None:
        evaluation.settle(budget)
    return result


def evaluate_unary_tests(
    expression: str | Expression,
    input_value: Value,
    context: Mapping[str, Any],
    *,
    functions: Sequence[Function] = (),
    clock: Clock = SYSTEM_CLOCK,
    limits: Limits = DEFAULT_LIMITS,
    budget: Budget | None = None,
) -> Evaluated | Failed:
    """Return whether the input passes the tests (true, false, null), or why that is unknown; never raises."""
    text = _text_of(expression, context, is_unary=True)
    if isinstance(text, Failed):
        return text
    library = _library(tuple(functions)) if functions else _NO_FUNCTIONS
    evaluation = Evaluation(limits, clock, library, budget)
    variables = {**context, IMPLICIT_INPUT: input_value}
    result = _run(text, _prepared_tests, variables, evaluation, limits)
    if budget is not None:
        evaluation.settle(budget)
    return result


def _text_of(expression: object, context: object, *, is_unary: bool) -> str | Failed:
    """Return the text to evaluate, or what is wrong with the arguments."""
    if type(expression) is str:
        text = expression
    elif isinstance(expression, Expression):
        if expression.is_unary is not is_unary:
            return _other_kind(expression)
        text = expression.text
    else:
        kind = type(expression).__name__
        return _wrong_argument(f"The expression must be a text or what parse() returned, not {kind}.")
    if not isinstance(context, Mapping):
        kind = type(context).__name__
        return _wrong_argument(f"The context must be a mapping of names to values, not {kind}.")
    return text


def _run(
    text: str, kept: _Kept, context: Mapping[str, Any], evaluation: Evaluation, limits: Limits
) -> Evaluated | Failed:
    result_bytes = None
    try:
        if len(text) > _FREE_LENGTH:
            if len(text) > limits.text_length:
                return _too_long(text, limits)
            _pay_for_parsing(text, evaluation)
        found = kept.made.get(text)
        code = found[1] if found is not None else kept.make(text)[1]
        value = code(Scope(context, None, evaluation))
        if type(value) not in _SCALARS:
            pay_for_result(value, limits, evaluation)
        return Evaluated(value, tuple(evaluation.failures) if evaluation.failures else ())
    except FeelSyntaxError as error:
        return _no_feel(error)
    except AssertionUnfulfilled as failure:
        reason = f"Assertion failure on evaluate the expression '{text}': {cut(str(failure))}"
        return Failed(reason, tuple(evaluation.failures), FailedKind.ASSERTION_FAILED)
    except BudgetExceeded as failure:
        kind, reason, result_bytes = FailedKind.EXPRESSION_TOO_LARGE, str(failure), failure.json_bytes
    except (RecursionError, MemoryError):
        kind, reason = FailedKind.EXPRESSION_TOO_LARGE, "it, or a value in it, is too large or too deep"
    except (ErrorValue, Fatal, NotAResult) as failure:
        kind, reason = FailedKind.EVALUATION_FAILED, str(failure)
    except Exception as error:  # noqa: BLE001  this module never raises: any error becomes an answer
        kind, reason = FailedKind.EVALUATION_FAILED, f"{type(error).__name__}: {error}"
    return _failed(text, evaluation, reason, kind, result_bytes)


def _pay_for_parsing(text: str, evaluation: Evaluation) -> None:
    length = len(text) - _FREE_LENGTH
    evaluation.spend_pass(_PARSING_STEPS * length, _PARSING_BYTES * length)


def _failed(
    text: str, evaluation: Evaluation, reason: str, kind: FailedKind, result_bytes: int | None = None
) -> Failed:
    whole_reason = f"failed to evaluate expression '{text}': {cut(reason)}"
    return Failed(whole_reason, tuple(evaluation.failures), kind, result_bytes)


def _wrong_argument(reason: str) -> Failed:
    return Failed(reason, (), FailedKind.INVALID_ARGUMENT)


def _other_kind(expression: Expression) -> Failed:
    if expression.is_unary:
        return _wrong_argument(f"'{expression.text}' are unary tests: use evaluate_unary_tests().")
    return _wrong_argument(f"'{expression.text}' is an expression, not unary tests: use evaluate().")


def _too_long(text: str, limits: Limits) -> Failed:
    return Failed(
        f"The expression has {len(text)} characters; {limits.text_length} are allowed.",
        (),
        FailedKind.EXPRESSION_TOO_LARGE,
    )


def _no_feel(error: FeelSyntaxError) -> Failed:
    reason = f"failed to parse expression '{error.text}': {error}"
    return Failed(reason, (), FailedKind.INVALID_SYNTAX)


class _Kept:
    """Parses and compiles expressions, and keeps them up to a total length of their texts.

    Attributes:
        made: Expressions, parsed and compiled, by their text.
    """

    __slots__ = ("_length", "_make", "made")

    def __init__(self, make: Callable[[str], tuple[Expression, Code]]) -> None:
        self._make = make
        self._length = 0
        self.made: dict[str, tuple[Expression, Code]] = {}

    def make(self, text: str) -> tuple[Expression, Code]:
        """Return the parsed and compiled text; it is kept if it is not too long.

        Raises:
            FeelSyntaxError: It is not FEEL.
        """
        result = self._make(text)
        if len(text) <= _LONGEST_KEPT:
            if self._length + len(text) > _KEPT_LENGTH:
                self.made.clear()
                self._length = 0
            self.made[text] = result
            self._length += len(text)
        return result


def _compiled(
    text: str, body: str, parse_body: Callable[[str], syntax.Node], *, is_unary: bool
) -> tuple[Expression, Code]:
    root = parse_body(body)
    try:
        return Expression(text, root, is_unary), compile_node(root)
    except RecursionError:
        raise FeelSyntaxError(body, Span(0, 0), "an expression that is less deeply nested") from None


_prepared: Final = _Kept(
    lambda text: _compiled(text, _without_equals_sign(text), parse_expression, is_unary=False)
)
_prepared_tests: Final = _Kept(lambda text: _compiled(text, text, parse_tests, is_unary=True))


def _without_equals_sign(text: str) -> str:
    stripped = text.strip(_TRIMMED)
    return stripped[1:].strip(_TRIMMED) if stripped.startswith("=") else stripped


@lru_cache(maxsize=16)
def _library(functions: tuple[Function, ...]) -> Functions:
    library: dict[str, list[Function]] = {}
    for function in functions:
        library.setdefault(function.name, []).append(function)
    return library
