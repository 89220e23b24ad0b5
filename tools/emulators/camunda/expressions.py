"""Evaluates the FEEL expressions of a process; one that fails stops its element and raises nothing else."""

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from apify_camunda import feel

from emulators.camunda.engine_functions import ENGINE_FUNCTIONS
from emulators.camunda.rejection import Stuck
from emulators.camunda.state import IncidentKind, Variables

_EXPRESSION = re.compile(r"=(.+)", re.DOTALL)


def is_expression(text: str) -> bool:
    """Return whether a text is FEEL: it begins with "=" and goes on; " =1" and "=" are plain values."""
    return _EXPRESSION.fullmatch(text) is not None


def expression_of(text: str) -> str:
    """Return the FEEL of a text that is an expression; a plain value is returned as it is."""
    found = _EXPRESSION.fullmatch(text)
    return found[1] if found else text


def check_syntax(text: str | None) -> Iterator[str]:
    """Yield what is wrong with an expression, if anything; a plain value is always right."""
    if text is None or not is_expression(text):
        return
    try:
        feel.parse(text)
    except feel.FeelSyntaxError as error:
        yield f"failed to parse expression '{expression_of(text)}': {error}"


def evaluate(text: str, variables: Variables, kind: IncidentKind) -> Any:
    """Return the JSON value of an expression; a plain value is returned unchanged.

    Raises:
        Stuck: It fails; `kind` says what it was for.
    """
    return _evaluated(text, variables, kind)[0]


def evaluate_condition(text: str, variables: Variables, kind: IncidentKind) -> bool:
    """Return the truth of a condition.

    Raises:
        Stuck: It fails, or is neither true nor false.
    """
    value, warnings = _evaluated(text, variables, kind)
    if isinstance(value, bool):
        return value
    raise Stuck(kind, _wrong_type(text, "'BOOLEAN'", value, warnings))


def evaluate_text(text: str, variables: Variables, kind: IncidentKind) -> str:
    """Return an expression's text.

    Raises:
        Stuck: It fails, or is no text.
    """
    value, warnings = _evaluated(text, variables, kind)
    if isinstance(value, str):
        return value
    raise Stuck(kind, _wrong_type(text, "'STRING'", value, warnings))


def evaluate_time(text: str, variables: Variables, meaning: str) -> str:
    """Return an expression's date, duration or cycle as its text; `meaning` says which types it may have.

    Raises:
        Stuck: It fails, or is no text.
    """
    kind = IncidentKind.EXTRACT_VALUE_ERROR
    value, warnings = _evaluated(text, variables, kind)
    if isinstance(value, str):
        return value
    raise Stuck(kind, _wrong_type(text, meaning, value, warnings))


def evaluate_number(text: str, variables: Variables, kind: IncidentKind) -> int:
    """Return an expression's whole number; plain digits are one too.

    Raises:
        Stuck: It fails, or is no number.
    """
    if text.strip().lstrip("-").isdigit():
        return int(text)
    value, warnings = _evaluated(text, variables, kind)
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        return int(value)
    raise Stuck(kind, _wrong_type(text, "'NUMBER'", value, warnings))


def evaluate_list(text: str, variables: Variables, kind: IncidentKind) -> list[Any]:
    """Return an expression's list.

    Raises:
        Stuck: It fails, or is no list.
    """
    value, warnings = _evaluated(text, variables, kind)
    if isinstance(value, list):
        return value
    raise Stuck(kind, _wrong_type(text, "'ARRAY'", value, warnings))


def evaluate_correlation_key(text: str, variables: Variables) -> str:
    """Return a correlation key: a text, or a number as text.

    Raises:
        Stuck: It fails, or is neither.
    """
    kind = IncidentKind.EXTRACT_VALUE_ERROR
    value, warnings = _evaluated(text, variables, kind)
    if isinstance(value, str):
        return value
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        return str(int(value))  # as the engine does: a fraction is cut off
    expected = "The value must be either a string or a number"
    reason = f"Failed to extract the correlation key for '{expression_of(text)}': {expected}"
    raise Stuck(kind, f"{reason}, but was '{type_name(value)}'.{warnings}")


def type_name(value: object) -> str:
    """Return the engine's name for a value's type."""
    match value:
        case None:
            return "NULL"
        case bool():
            return "BOOLEAN"
        case int() | float() | Decimal():
            return "NUMBER"
        case str():
            return "STRING"
        case list() | tuple():
            return "ARRAY"
        case _:
            return "OBJECT"


def _evaluated(text: str, variables: Variables, kind: IncidentKind) -> tuple[Any, str]:
    if not is_expression(text):
        return text, ""
    outcome = feel.evaluate(expression_of(text), variables, functions=ENGINE_FUNCTIONS)
    if isinstance(outcome, feel.Failed):
        raise Stuck(kind, outcome.reason + _warnings(outcome.failures))
    return feel.to_json_value(_with_longs(outcome.value)), _warnings(outcome.failures)


def _warnings(failures: Any) -> str:
    lines = [f"\n[{f.kind}] {f.message}" for f in failures]
    return f" The evaluation reported the following warnings:{''.join(lines)}" if lines else ""


def _wrong_type(text: str, expected: str, value: object, warnings: str) -> str:
    found = f"Expected result of the expression '{expression_of(text)}' to be {expected}"
    return f"{found}, but was '{type_name(value)}'.{warnings}"


def _with_longs(value: Any) -> Any:
    """Return the value with whole numbers cut to 64 bits, as the engine writes them: 2 ** 64 becomes 0."""
    match value:
        case bool():
            return value
        case int() | Decimal() if (whole := _whole(value)) is not None:
            return (whole + 2**63) % 2**64 - 2**63
        case list():
            return [_with_longs(item) for item in value]
        case dict():
            return {name: _with_longs(entry) for name, entry in value.items()}
        case _:
            return value


def _whole(number: int | Decimal) -> int | None:
    """Return a whole number of any size modulo 2 ** 64; None for a fraction."""
    if isinstance(number, int):
        return number
    if not number.is_finite() or number != number.to_integral_value():
        return None
    exponent = max(number.adjusted(), 0) - 40  # FEEL has 34 digits: those beyond are zeros
    if exponent <= 0:
        return int(number)
    return int(number.scaleb(-exponent)) * pow(10, exponent, 2**64)
