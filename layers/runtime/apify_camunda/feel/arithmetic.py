"""The operators + - * / ** over numbers, strings and temporal values; what has no result is NotPossible.

Numbers behave as java.math.BigDecimal does in Camunda's engine: 34 digits (more only if an operand has
more), halves to even, and the scale is kept (1.50 stays 1.50). Python's decimal follows the same
specification of arithmetic.
"""

from __future__ import annotations

import math
from decimal import MAX_EMAX, MIN_EMIN, ROUND_HALF_EVEN, Context, Decimal, InvalidOperation, Overflow
from typing import Final

from apify_camunda.feel.doubles import java_double_text
from apify_camunda.feel.failures import Fatal
from apify_camunda.feel.values import NUMBER, TEMPORAL_KINDS, Number, Refilled, Value, kind_of, native

DIGITS: Final = 34
_SMALL: Final = 10**DIGITS
_MAX_EXPONENT: Final = 999_999_999
_MAX_DIGITS: Final = 10_000


class NotPossible(Exception):
    """These operands cannot be combined by this operator."""


def number_context(digits: int = DIGITS) -> Context:
    """Return a new decimal context; the thread's default belongs to the program that uses this package."""
    return Context(
        prec=digits,
        rounding=ROUND_HALF_EVEN,
        Emin=MIN_EMIN,
        Emax=MAX_EMAX,
        traps=[InvalidOperation, Overflow],
    )


_CONTEXT: Final = number_context()


def _context_for(left: Number) -> Context:
    """Return the context of an operation: a left operand with more than 34 digits keeps its own precision."""
    if type(left) is int and -_SMALL < left < _SMALL:
        return _CONTEXT
    if type(left) is Refilled:
        return number_context(min(left.precision, _MAX_DIGITS))
    number = _decimal(left)
    if not _CONTEXT.plus(number).compare_total(number):  # nothing was rounded, not even zeros
        return _CONTEXT
    return number_context(min(len(number.as_tuple().digits), _MAX_DIGITS))


def refilled(number: Decimal, source: Number) -> Number:
    """Return a number that was cut off or filled up with zeros; it keeps the precision that it had."""
    digits = max(DIGITS, len(_decimal(source).as_tuple().digits))
    return whole(_of_precision(number, source.precision if type(source) is Refilled else digits))


def _of_precision(number: Decimal, precision: int) -> Decimal:
    """Return the number so that results of operations on it have so many digits."""
    if max(DIGITS, len(number.as_tuple().digits)) == precision:
        return number
    result = Refilled(number)
    result.precision = precision
    return result


def _made_in(context: Context, number: Decimal) -> Number:
    """Return the result of an operation: it has the precision of the operation's left side."""
    return settled(number) if context is _CONTEXT else _of_precision(settled(number), context.prec)


def settled(number: Decimal) -> Decimal:
    """Return the number with zero in place of a negative zero, which Java does not have."""
    return number.copy_abs() if not number and number.is_signed() else number


def _decimal(number: Number) -> Decimal:
    return number if type(number) is Decimal else Decimal(number)


def add(left: Value, right: Value) -> Value:
    """Return left + right.

    Raises:
        NotPossible: FEEL has no sum of the two.
    """
    if type(left) is int and type(right) is int:
        total = left + right
        if -_SMALL < total < _SMALL:
            return total
    if type(left) is str and type(right) is str:
        return left + right
    if _are_numbers(left, right):
        context = _context_for(left)
        return _made_in(context, context.add(_decimal(left), _decimal(right)))
    return _temporal("add", left, right)


def subtract(left: Value, right: Value) -> Value:
    """Return left - right.

    Raises:
        NotPossible: FEEL has no difference of the two.
    """
    if type(left) is int and type(right) is int:
        difference = left - right
        if -_SMALL < difference < _SMALL:
            return difference
    if _are_numbers(left, right):
        context = _context_for(left)
        return _made_in(context, context.subtract(_decimal(left), _decimal(right)))
    return _temporal("subtract", left, right)


def multiply(left: Value, right: Value) -> Value:
    """Return left * right.

    Raises:
        NotPossible: FEEL has no product of the two.
    """
    if type(left) is int and type(right) is int and -_SMALL < left < _SMALL and -_SMALL < right < _SMALL:
        product = left * right
        if -_SMALL < product < _SMALL:
            return product
    if _are_numbers(left, right):
        context = _context_for(left)
        return _made_in(context, context.multiply(_decimal(left), _decimal(right)))
    if kind_of(left) == NUMBER:
        left, right = right, left
    return _temporal("multiply", left, right)


def divide(left: Value, right: Value) -> Value:
    """Return left / right.

    Raises:
        NotPossible: FEEL has no quotient of the two, or the divisor is zero.
    """
    if type(left) is int and type(right) is int and right and -_SMALL < left < _SMALL and left % right == 0:
        return left // right
    if _are_numbers(left, right):
        if not right:
            raise NotPossible
        context = _context_for(left)
        return whole(_made_in(context, context.divide(_decimal(left), _decimal(right))))
    return _temporal("divide", left, right)


def power(left: Number, right: Number) -> Number:
    """Return left ** right: exact rules for whole exponents, doubles for others.

    Raises:
        Fatal: The result is not a number, or the exponent is too large for Camunda's engine.
    """
    if _decimal(right) != _decimal(right).to_integral_value():
        return number_from_double(_double_power(_decimal(left), _decimal(right)))
    exponent = java_int(right)
    if abs(exponent) > _MAX_EXPONENT:
        raise Fatal("Invalid operation")
    context = _context_for(left)
    if exponent == 0:
        return whole(_made_in(context, Decimal(1)))
    if not left:
        if exponent < 0:
            raise Fatal("Division by zero")
        return whole(Decimal((0, (0,), _exponent(_decimal(left)) * exponent)))
    if type(left) is int and exponent > 0 and exponent * left.bit_length() < 110:
        result: int = left**exponent
        if -_SMALL < result < _SMALL:
            return result
    try:
        return _made_in(context, context.power(_decimal(left), exponent))
    except Overflow:
        raise Fatal("Overflow") from None


def java_int(number: Number) -> int:
    """Return the result of Java's `intValue`: the lowest 32 bits of the whole part."""
    if isinstance(number, Decimal):
        sign, digits, exponent = number.as_tuple()
        if isinstance(exponent, int) and exponent > 0:  # too many zeros to write them out
            number = int(Decimal((sign, digits, 0))) * pow(10, exponent, 0x1_0000_0000)
    return (int(number) + 0x8000_0000) % 0x1_0000_0000 - 0x8000_0000


def remainder(dividend: Number, divisor: Number) -> Number:
    """Return the exact remainder of the division, with the dividend's sign.

    Raises:
        Fatal: The numbers are too far apart.
    """
    if type(dividend) is int and type(divisor) is int and dividend >= 0 and divisor > 0:
        return dividend % divisor
    return whole(_rest(_decimal(dividend), _decimal(divisor), _context_for(dividend).prec))


def _rest(dividend: Decimal, divisor: Decimal, precision: int) -> Decimal:
    """Return the exact remainder, if the whole quotient has no more digits than that, trailing zeros aside.

    Raises:
        Fatal: It has more.
    """
    if dividend.copy_abs() < divisor.copy_abs():
        return dividend
    lowest = min(_exponent(dividend), _exponent(divisor))
    digits = max(dividend.adjusted(), divisor.adjusted()) - lowest + 2
    if digits > _MAX_DIGITS:
        raise Fatal("Division impossible: the numbers are too far apart")
    exact = number_context(max(digits, DIGITS))
    quotient = exact.divide_int(dividend, divisor)
    if len(quotient.normalize(exact).as_tuple().digits) > precision:
        raise Fatal("Division impossible")
    return settled(exact.remainder(dividend, divisor))


def modulo(dividend: Number, divisor: Number) -> Number:
    """Return the remainder of the division with the divisor's sign; of its steps, only the sum is rounded.

    Raises:
        Fatal: The numbers are too far apart.
    """
    if type(dividend) is int and type(divisor) is int and abs(dividend) + abs(divisor) < _SMALL:
        return dividend % divisor
    context, other = _context_for(dividend), _decimal(divisor)
    total = settled(context.add(_rest(_decimal(dividend), other, context.prec), other))
    return refilled(_rest(total, other, context.prec), dividend)


def _exponent(number: Decimal) -> int:
    exponent = number.as_tuple().exponent
    assert isinstance(exponent, int)  # all numbers are finite
    return exponent


def square_root(number: Number) -> Number:
    """Return the square root of a number that is not negative, as a double has it."""
    return number_from_double(math.sqrt(_decimal(number)))


def _double_power(base: Decimal, exponent: Decimal) -> float:
    try:
        return math.pow(float(base), float(exponent))
    except (ValueError, OverflowError):
        return math.nan


def number_from_double(number: float) -> Number:
    """Return the number that Java makes from a double.

    Raises:
        Fatal: The double is not a number.
    """
    if not math.isfinite(number):
        raise Fatal("the result is not a finite number")
    return Decimal(java_double_text(number or 0.0))  # Java's numbers have no negative zero


def absolute(value: Number) -> Number:
    """Return the number without its sign."""
    if isinstance(value, int):
        return abs(value)
    return refilled(value.copy_abs(), value)


def negate(value: Number) -> Number:
    """Return the number with the other sign."""
    if type(value) is int:
        return -value
    return refilled(settled(_decimal(value).copy_negate()), value)


def whole(number: Number) -> Number:
    """Return the number as int where it is whole without a scale, so that later steps are fast."""
    if type(number) is Decimal and number.as_tuple().exponent == 0 and -_SMALL < number < _SMALL:
        return int(number)
    return number


def is_number(value: Value) -> bool:
    return type(value) is int or type(value) is Decimal or type(value) is Refilled


def _are_numbers(left: Value, right: Value) -> bool:
    return is_number(left) and is_number(right)


def _temporal(operation: str, left: Value, right: Value) -> Value:
    if kind_of(left) not in TEMPORAL_KINDS and kind_of(right) not in TEMPORAL_KINDS:
        raise NotPossible
    from apify_camunda.feel import temporal  # noqa: PLC0415  most expressions have no dates: not at import

    result = getattr(temporal, operation)(native(left), native(right))
    if result is None:
        raise NotPossible
    return result
