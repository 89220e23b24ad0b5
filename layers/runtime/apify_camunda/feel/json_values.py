"""Converts FEEL values to JSON, as Camunda's connectors write results and as `to json` and `from json` do."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from math import isfinite
from typing import Any, Final, TypeAlias

from apify_camunda.feel.budget import Budget
from apify_camunda.feel.doubles import java_double_text
from apify_camunda.feel.failures import FunctionFailure
from apify_camunda.feel.value_text import joined, shown, text_of
from apify_camunda.feel.values import (
    TEMPORAL_KINDS,
    ErrorItem,
    Function,
    Number,
    Range,
    Value,
    kind_of,
    native,
)

Json: TypeAlias = bool | int | float | str | list[Any] | dict[str, Any] | None

_LONG_MIN: Final = -(2**63)
_LONG_MAX: Final = 2**63 - 1
_LONG_DIGITS: Final = 19
_LONGEST_ESCAPE: Final = 6
_ESCAPES: Final = {number: f"\\u{number:04X}" for number in range(32)} | {
    ord(character): f"\\{letter}" for character, letter in zip('"\\\n\r\t\b\f', '"\\nrtbf', strict=True)
}


def to_json_value(value: Value) -> Json:  # noqa: PLR0911  one row a kind, as in a table
    """Return the value as plain JSON data, as connectors hand results to the engine as variables.

    Whole numbers that fit 64 bits are int, others are float; temporal values are text; functions are left
    out of contexts, and are null elsewhere.

    Raises:
        ValueError: The value contains a range, which has no JSON.
    """
    value = native(value)
    match value:
        case None | bool():
            return value
        case str():
            return _well_formed(value)
        case int() | Decimal():
            return _json_number(value)
        case list():
            return [to_json_value(item) for item in value]
        case dict():
            return {
                _well_formed(key): to_json_value(entry)
                for key, entry in value.items()
                if type(entry) is not Function
            }
        case Range():
            raise ValueError(f"The range {shown(value)} cannot be written as JSON.")
        case Function():
            return None
        case _:
            from apify_camunda.feel import temporal  # noqa: PLC0415  a temporal value is there, so it is loaded

            return temporal.to_java_text(value)


def _well_formed(text: str) -> str:
    """Return the text as UTF-8 can encode it: a surrogate pair becomes one character, half of one `?`."""
    if text.isascii():
        return text
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        pass
    else:
        return text  # the same object: a text that occurs a thousand times is held once
    units = text.encode("utf-16-le", "surrogatepass")
    return units.decode("utf-16-le", "surrogatepass").encode("utf-8", "replace").decode("utf-8")


def _json_number(number: Number) -> int | float:
    if type(number) is int and _LONG_MIN <= number <= _LONG_MAX:
        return number
    exact = Decimal(number)
    if not exact:
        return 0
    if (
        exact.adjusted() < _LONG_DIGITS
        and exact == exact.to_integral_value()
        and _LONG_MIN <= exact <= _LONG_MAX
    ):
        return int(exact)
    return float(exact)


def to_json(value: Value) -> str:
    """Return the JSON text that Camunda's connectors write for the value.

    Raises:
        ValueError: The value contains a range, which has no JSON.
    """
    return _written(to_json_value(value))


def to_feel_json(value: Value, budget: Budget) -> str:
    """Return what the built-in `to json` gives: numbers with all their digits, temporal values in ISO 8601.

    Raises:
        BudgetExceeded: The text is too long.
        FunctionFailure: The value contains an item that failed.
    """
    return joined(_feel_pieces(value, budget), budget, steps=1)


def _feel_pieces(value: Value, budget: Budget) -> Iterator[str]:
    value = native(value)
    match value:
        case list():
            yield "["
            for index, item in enumerate(value):
                if index:
                    yield ","
                yield from _feel_pieces(item, budget)
            yield "]"
        case dict():
            yield "{"
            separator = ""
            for key, entry in value.items():
                if type(entry) is not Function:
                    yield f"{separator}{_quoted(key)}:"
                    separator = ","
                    yield from _feel_pieces(entry, budget)
            yield "}"
        case _:
            yield _feel_scalar(value, budget)


def _feel_scalar(value: Value, budget: Budget) -> str:
    match value:
        case str():
            budget.spend_memory(len(value) * (2 if value.isprintable() else _LONGEST_ESCAPE))
            return _quoted(value)
        case Range() | Function():
            return _quoted(text_of(value, budget))
        case ErrorItem():
            raise FunctionFailure(value.message)
        case _ if kind_of(value) in TEMPORAL_KINDS:
            return _quoted(_iso_text(value))
        case _:
            return _written(value)


def _iso_text(value: Value) -> str:
    """Return a temporal value as `to json` writes it: java.time's ISO formats, which keep offset and zone."""
    from apify_camunda.feel import temporal  # noqa: PLC0415  a temporal value is there, so it is loaded

    match value:
        case temporal.ZonedTime():
            return str(temporal.ZonedTime(value.time, value.offset, None))
        case temporal.ZonedDateTime() if value.zone is not None:
            return f"{temporal.to_java_text(value)}[{value.zone}]"
        case _:
            return temporal.to_java_text(value)


def _double_json(number: float) -> str:
    if isfinite(number):
        return java_double_text(number)
    return '"Infinity"' if number > 0 else '"-Infinity"'


def _written(value: Any) -> str:
    """Return compact JSON text; only control characters and quotes are escaped, as Jackson does."""
    return "".join(_pieces(value))


def _pieces(value: Any) -> Iterator[str]:
    match value:
        case list():
            yield "["
            for index, item in enumerate(value):
                if index:
                    yield ","
                yield from _pieces(item)
            yield "]"
        case dict():
            yield "{"
            for index, (key, entry) in enumerate(value.items()):
                yield f"{',' if index else ''}{_quoted(key)}:"
                yield from _pieces(entry)
            yield "}"
        case float():
            yield _double_json(value)
        case int() | Decimal() if not isinstance(value, bool):
            yield str(Decimal(value))  # str() of an int refuses thousands of digits
        case str():
            yield _quoted(value)
        case _:
            yield json.dumps(value)


def _quoted(text: str) -> str:
    return f'"{text.translate(_ESCAPES)}"'


def from_json(text: str) -> Value:
    """Return the value that begins the JSON text, as Camunda's engine reads it: fractions are doubles.

    Raises:
        ValueError: The text is not JSON.
    """
    decoder = json.JSONDecoder(parse_float=_fraction, parse_int=_whole, parse_constant=_refuse)
    text = text.lstrip(" \t\n\r")
    value, end = decoder.raw_decode(text)
    if type(value) not in {str, list, dict} and text[end : end + 1] not in {"", " ", "\t", "\n", "\r"}:
        raise ValueError(f"'{text[end]}' cannot follow a number or a word")
    return value


def _fraction(text: str) -> Value:
    return native(float(text))


def _whole(digits: str) -> Number:
    return int(digits) if len(digits) <= _LONG_DIGITS else Decimal(digits)


def _refuse(word: str) -> None:
    raise ValueError(f"{word} is no JSON")
