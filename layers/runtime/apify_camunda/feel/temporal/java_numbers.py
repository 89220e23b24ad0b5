"""Converts numbers to integers as java.math.BigDecimal does."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from decimal import Decimal

_INT_BITS = 32


def low_int(number: int | Decimal) -> int:
    """Return the lowest 32 bits of the whole part as a signed integer, like BigDecimal.intValue()."""
    if not isinstance(number, int):
        exponent = number.as_tuple().exponent
        if isinstance(exponent, int) and exponent >= _INT_BITS:  # a multiple of 2**32, and maybe a long one
            return 0
        number = int(number)
    low = number & ((1 << _INT_BITS) - 1)
    return low - (1 << _INT_BITS) if low >> (_INT_BITS - 1) else low


def quotient(dividend: int, divisor: int | Decimal) -> Decimal:
    """Return the quotient with 34 digits, as Camunda divides."""
    from decimal import MAX_EMAX, MIN_EMIN, ROUND_HALF_EVEN, Context, Decimal  # noqa: PLC0415  rarely needed

    context = Context(prec=34, rounding=ROUND_HALF_EVEN, Emax=MAX_EMAX, Emin=MIN_EMIN)
    return context.divide(Decimal(dividend), Decimal(divisor))
