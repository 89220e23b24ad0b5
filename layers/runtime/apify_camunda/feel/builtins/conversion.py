"""Built-in functions that convert a value to another type."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation

from apify_camunda.feel.arithmetic import settled, whole
from apify_camunda.feel.budget import NUMBER_BYTES
from apify_camunda.feel.builtins.registry import (
    ANY,
    NUMBER,
    TEXT,
    TEXT_OR_NULL,
    builtin,
    builtin_of_evaluation,
    illegal,
)
from apify_camunda.feel.failures import FunctionFailure
from apify_camunda.feel.scope import Evaluation
from apify_camunda.feel.value_text import text_of
from apify_camunda.feel.values import (
    DATE,
    DATE_TIME,
    DAYS_DURATION,
    TIME,
    Number,
    Value,
    kind_of,
    load_temporal_kinds,
)

_NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,9})?"  # compiled when it is first needed


@builtin_of_evaluation("string", ("from", ANY))
def string(evaluation: Evaluation, value: Value) -> str | None:
    return value if value is None or type(value) is str else text_of(value, evaluation)


@builtin("number", ("from", TEXT))
def number(text: str) -> Number:
    """Return the number that the text contains.

    Raises:
        FunctionFailure: The text is not a number.
    """
    if not re.fullmatch(_NUMBER, text):
        raise FunctionFailure(f"Can't parse '{text}' as a number")
    try:
        return whole(settled(Decimal(text)))
    except InvalidOperation:
        raise FunctionFailure(f"Can't parse '{text}' as a number") from None


@builtin("number", ("from", TEXT), ("grouping separator", TEXT))
def number_with_groups(text: str, grouping: str) -> Number:
    if grouping not in {" ", ",", "."}:
        raise FunctionFailure("illegal argument for grouping. Must be one of ' ', ',' or '.'")
    return number(text.replace(grouping, ""))


@builtin("number", ("from", TEXT), ("grouping separator", TEXT_OR_NULL), ("decimal separator", TEXT_OR_NULL))
def number_with_separators(text: str, grouping: str | None, decimal: str | None) -> Number:
    if grouping is None and decimal is None:
        raise illegal(text, grouping, decimal)
    if grouping not in {None, " ", ",", "."} or decimal not in {None, ",", "."} or grouping == decimal:
        raise FunctionFailure(
            "illegal arguments for grouping or decimal. Must be one of ' ' (grouping only), ',' or '.'"
        )
    if grouping is not None:
        text = text.replace(grouping, "")
    return number(text if decimal is None else text.replace(decimal, "."))


@builtin("date", ("from", ANY))
def date(value: Value) -> Value:
    from apify_camunda.feel import temporal  # noqa: PLC0415  only expressions with dates load it

    if type(value) is str:
        return _parsed(temporal.parse_date(value), "date", value)
    if kind_of(value) in {DATE, DATE_TIME}:
        return temporal.to_date(value)
    raise illegal(value)


@builtin("date", ("year", NUMBER), ("month", NUMBER), ("day", NUMBER))
def date_of_parts(year: Number, month: Number, day: Number) -> Value:
    from apify_camunda.feel import temporal  # noqa: PLC0415  only expressions with dates load it

    load_temporal_kinds()
    result = temporal.date_from_parts(year, month, day)
    if result is None:
        raise FunctionFailure(f"Failed to parse date from: year={year}, month={month}, day={day}")
    return result


@builtin("time", ("from", ANY))
def time(value: Value) -> Value:
    from apify_camunda.feel import temporal  # noqa: PLC0415  only expressions with dates load it

    if type(value) is str:
        return _parsed(temporal.parse_time(value), temporal.form_of_time(value), value)
    if kind_of(value) in {DATE, DATE_TIME}:
        return temporal.to_time(value)
    raise illegal(value)


@builtin("time", ("hour", NUMBER), ("minute", NUMBER), ("second", NUMBER))
def time_of_parts(hour: Number, minute: Number, second: Number) -> Value:
    from apify_camunda.feel import temporal  # noqa: PLC0415  only expressions with dates load it

    load_temporal_kinds()
    result = temporal.time_from_parts(hour, minute, second)
    if result is None:
        raise FunctionFailure(
            f"Failed to parse local-time from: hour={hour}, minute={minute}, second={second}"
        )
    return result


@builtin("time", ("hour", NUMBER), ("minute", NUMBER), ("second", NUMBER), ("offset", ANY))
def time_of_parts_with_offset(hour: Number, minute: Number, second: Number, offset: Value) -> Value:
    from apify_camunda.feel import temporal  # noqa: PLC0415  only expressions with dates load it

    load_temporal_kinds()
    if offset is None:  # the engine then looks at whole seconds only
        return time_of_parts(hour, minute, int(second))
    if kind_of(offset) != DAYS_DURATION:
        raise illegal(hour, minute, second, offset)
    result = temporal.time_from_parts(hour, minute, second, offset)
    if result is None:
        raise FunctionFailure(
            f"Failed to parse time from: hour={hour}, minute={minute}, second={second}, "
            f"offset={temporal.to_java_text(offset)}"
        )
    return result


@builtin("date and time", ("from", ANY))
def date_and_time(value: Value) -> Value:
    from apify_camunda.feel import temporal  # noqa: PLC0415  only expressions with dates load it

    if type(value) is not str:
        raise illegal(value)
    return _parsed(temporal.parse_date_time_argument(value), temporal.form_of_date_time(value), value)


@builtin("date and time", ("date", ANY), ("time", ANY))
def date_and_time_of(date: Value, time: Value) -> Value:
    from apify_camunda.feel import temporal  # noqa: PLC0415  only expressions with dates load it

    in_zone = kind_of(date) == DATE_TIME and type(time) is str
    of_parts = kind_of(date) in {DATE, DATE_TIME} and kind_of(time) == TIME
    if not in_zone and not of_parts:
        raise illegal(date, time)
    return temporal.combine(date, time)


@builtin("duration", ("from", ANY))
def duration(value: Value) -> Value:
    from apify_camunda.feel import temporal  # noqa: PLC0415  only expressions with dates load it

    if type(value) is not str:
        raise illegal(value)
    return _parsed(temporal.parse_duration(value), "duration", value)


@builtin("years and months duration", ("from", ANY), ("to", ANY))
def years_and_months_duration(start: Value, end: Value) -> Value:
    from apify_camunda.feel import temporal  # noqa: PLC0415  only expressions with dates load it

    if kind_of(start) not in {DATE, DATE_TIME} or kind_of(end) not in {DATE, DATE_TIME}:
        raise illegal(start, end)
    first, last = temporal.to_date(start), temporal.to_date(end)
    assert first is not None  # both have a date, by their kind
    assert last is not None
    return temporal.years_and_months_between(first, last)


def _parsed(value: Value, kind: str, text: str) -> Value:
    load_temporal_kinds()
    if value is None:
        raise FunctionFailure(f"Failed to parse {kind} from '{text}'")
    return value


@builtin_of_evaluation("from json", ("json", TEXT_OR_NULL), since="8.9")
def from_json(evaluation: Evaluation, text: str | None) -> Value:
    if text is None:
        return None
    evaluation.spend_memory(_most_bytes_of_json(text))
    from apify_camunda.feel.json_values import from_json as parse  # noqa: PLC0415  rare: not at import

    try:
        return parse(text)
    except ValueError:
        raise FunctionFailure(f"Failed to parse JSON from '{text}'") from None


def _most_bytes_of_json(text: str) -> int:
    """Return an upper bound of the bytes of the values in a JSON text."""
    parts = sum(map(text.count, ",:[{"))
    return text.__sizeof__() + NUMBER_BYTES * (parts + 1)


@builtin_of_evaluation("to json", ("value", ANY), since="8.9")
def to_json(evaluation: Evaluation, value: Value) -> str:
    from apify_camunda.feel.json_values import to_feel_json  # noqa: PLC0415  rare: not at import

    return to_feel_json(value, evaluation)
