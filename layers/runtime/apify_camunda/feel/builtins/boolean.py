"""Built-in functions about booleans, and about whether there is a value at all."""

from __future__ import annotations

from apify_camunda.feel.builtins.registry import ANY, builtin, illegal
from apify_camunda.feel.failures import AssertionUnfulfilled
from apify_camunda.feel.values import Value


@builtin("not", ("negand", ANY), looks_inside=False)
def negate(negand: Value) -> bool | None:
    return not negand if type(negand) is bool else None


@builtin("is defined", ("value", ANY), looks_inside=False)
def is_defined(value: Value) -> bool:
    return value is not None


@builtin("get or else", ("value", ANY), ("default", ANY), looks_inside=False, since="8.3")
def get_or_else(value: Value, default: Value) -> Value:
    return default if value is None else value


@builtin("assert", ("value", ANY), ("condition", ANY), since="8.3")
def assert_fulfilled(value: Value, condition: Value) -> Value:
    """Return the value.

    Raises:
        AssertionUnfulfilled: The condition is not true.
    """
    if condition is not True:
        raise AssertionUnfulfilled("The condition is not fulfilled")
    return value


@builtin("assert", ("value", ANY), ("condition", ANY), ("cause", ANY), since="8.3")
def assert_with_cause(value: Value, condition: Value, cause: Value) -> Value:
    """Return the value.

    Raises:
        AssertionUnfulfilled: The condition is not true; the cause is the message.
    """
    if condition is True:
        return value
    raise AssertionUnfulfilled(cause if type(cause) is str else str(illegal(value, condition, cause)))
