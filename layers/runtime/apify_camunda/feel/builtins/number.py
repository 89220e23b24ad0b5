"""Built-in functions on numbers."""

from __future__ import annotations

import decimal
import math
from decimal import Context, Decimal, Inexact, InvalidOperation

from apify_camunda.feel import arithmetic
from apify_camunda.feel.arithmetic import java_int, number_from_double
from apify_camunda.feel.budget import NUMBER_BYTES
from apify_camunda.feel.builtins.registry import ANY, NUMBER, TEXT, builtin, builtin_of_evaluation, illegal
from apify_camunda.feel.failures import Fatal, FunctionFailure
from apify_camunda.feel.scope import Evaluation
from apify_camunda.feel.values import DAYS_DURATION, YEARS_DURATION, Number, Value, kind_of

_MODES = {
    "UP": decimal.ROUND_UP,
    "DOWN": decimal.ROUND_DOWN,
    "CEILING": decimal.ROUND_CEILING,
    "FLOOR": decimal.ROUND_FLOOR,
    "HALF_UP": decimal.ROUND_HALF_UP,
    "HALF_DOWN": decimal.ROUND_HALF_DOWN,
    "HALF_EVEN": decimal.ROUND_HALF_EVEN,
    "UNNECESSARY": decimal.ROUND_HALF_EVEN,
}

_MAX_PLACES = 646_456_992
"""The most digits of a java.math.BigInteger."""


def _rounded(evaluation: Evaluation, number: Number, scale: Number, mode: str) -> Number:
    """Return the number with so many digits after the point.

    Raises:
        FunctionFailure: The mode is UNNECESSARY and digits would be lost, or Java cannot hold so many digits.
    """
    exact = Decimal(number)
    places = java_int(scale)
    if not exact:
        return arithmetic.whole(Decimal((0, (0,), -places)))
    if abs(places) > _MAX_PLACES:
        raise FunctionFailure(
            f"Failed to apply rounding mode '{mode}': BigInteger would overflow supported range"
        )
    digits = max(1, exact.adjusted() + 1 + places + 1)
    evaluation.spend_pass(digits // 16, NUMBER_BYTES + digits)
    context = Context(
        prec=digits,
        rounding=_MODES[mode],
        Emin=decimal.MIN_EMIN,
        Emax=decimal.MAX_EMAX,
        traps=[InvalidOperation],
    )
    result = exact.quantize(Decimal((0, (1,), -places)), context=context)
    if mode == "UNNECESSARY" and context.flags[Inexact]:
        raise FunctionFailure("Failed to apply rounding mode 'UNNECESSARY': Rounding necessary")
    return arithmetic.refilled(result or result.copy_abs(), number)


@builtin_of_evaluation("decimal", ("n", NUMBER), ("scale", NUMBER))
def decimal_places(evaluation: Evaluation, n: Number, scale: Number) -> Number:
    return _rounded(evaluation, n, scale, "HALF_EVEN")


@builtin_of_evaluation("decimal", ("n", NUMBER), ("scale", NUMBER), ("mode", TEXT))
def decimal_places_by_mode(evaluation: Evaluation, n: Number, scale: Number, mode: str) -> Number:
    if mode.upper() not in _MODES:
        raise FunctionFailure(
            f"Illegal argument '{mode}' for rounding mode. Must be one of: {', '.join(_MODES)}"
        )
    return _rounded(evaluation, n, scale, mode.upper())


@builtin_of_evaluation("floor", ("n", NUMBER))
def floor(evaluation: Evaluation, n: Number) -> Number:
    return _rounded(evaluation, n, 0, "FLOOR")


@builtin_of_evaluation("floor", ("n", NUMBER), ("scala", NUMBER))  # sic: the engine's name of the parameter
def floor_to_scale(evaluation: Evaluation, n: Number, scale: Number) -> Number:
    return _rounded(evaluation, n, scale, "FLOOR")


@builtin_of_evaluation("ceiling", ("n", NUMBER))
def ceiling(evaluation: Evaluation, n: Number) -> Number:
    return _rounded(evaluation, n, 0, "CEILING")


@builtin_of_evaluation("ceiling", ("n", NUMBER), ("scale", NUMBER))
def ceiling_to_scale(evaluation: Evaluation, n: Number, scale: Number) -> Number:
    return _rounded(evaluation, n, scale, "CEILING")


@builtin_of_evaluation("round up", ("n", NUMBER), ("scale", NUMBER), since="1.3")
def round_up(evaluation: Evaluation, n: Number, scale: Number) -> Number:
    return _rounded(evaluation, n, scale, "UP")


@builtin_of_evaluation("round down", ("n", NUMBER), ("scale", NUMBER), since="1.3")
def round_down(evaluation: Evaluation, n: Number, scale: Number) -> Number:
    return _rounded(evaluation, n, scale, "DOWN")


@builtin_of_evaluation("round half up", ("n", NUMBER), ("scale", NUMBER), since="1.3")
def round_half_up(evaluation: Evaluation, n: Number, scale: Number) -> Number:
    return _rounded(evaluation, n, scale, "HALF_UP")


@builtin_of_evaluation("round half down", ("n", NUMBER), ("scala", NUMBER), since="1.3")  # sic, as with floor
def round_half_down(evaluation: Evaluation, n: Number, scale: Number) -> Number:
    return _rounded(evaluation, n, scale, "HALF_DOWN")


@builtin("abs", ("number", ANY))
@builtin("abs", ("n", ANY))
def absolute(n: Value) -> Value:
    if arithmetic.is_number(n):
        return arithmetic.absolute(n)
    if kind_of(n) in {DAYS_DURATION, YEARS_DURATION}:
        from apify_camunda.feel import temporal  # noqa: PLC0415  a temporal value is there, so it is loaded

        return temporal.absolute(n)
    raise illegal(n)


@builtin("modulo", ("dividend", NUMBER), ("divisor", NUMBER))
def modulo(dividend: Number, divisor: Number) -> Number:
    """Return the remainder with the sign of the divisor.

    Raises:
        Fatal: The divisor is zero.
    """
    if not divisor:
        raise Fatal("Division by zero")
    return arithmetic.modulo(dividend, divisor)


@builtin("sqrt", ("number", NUMBER))
def square_root(number: Number) -> Number | None:
    return None if number < 0 else arithmetic.square_root(number)


@builtin("log", ("number", NUMBER))
def logarithm(number: Number) -> Number:
    """Return the natural logarithm.

    Raises:
        Fatal: The number is not positive.
    """
    as_double = float(Decimal(number))
    return number_from_double(math.log(as_double) if as_double > 0 else math.nan)


@builtin("exp", ("number", NUMBER))
def exponential(number: Number) -> Number:
    """Return e to the power of the number.

    Raises:
        Fatal: The result is beyond what a double can hold.
    """
    try:
        return number_from_double(math.exp(float(Decimal(number))))
    except OverflowError:
        return number_from_double(math.inf)


@builtin("odd", ("number", NUMBER))
def odd(number: Number) -> bool:
    return arithmetic.absolute(arithmetic.remainder(number, 2)) == 1


@builtin("even", ("number", NUMBER))
def even(number: Number) -> bool:
    return arithmetic.remainder(number, 2) == 0


@builtin_of_evaluation("random number", since="8.2")
def random_number(evaluation: Evaluation) -> Number:
    return number_from_double(evaluation.clock.random())
