"""Doubles as Java writes them. Camunda's engine reads and writes fractions in this way."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

_PLAIN_FROM: Final = -3
_PLAIN_BELOW: Final = 7


def java_double_text(number: float) -> str:
    """Return what java.lang.Double.toString gives for a finite number: `1.0`, `0.001`, `1.0E7`, `1.5E-5`."""
    sign, digits, exponent = Decimal(repr(number)).as_tuple()
    if len(digits) == 1:  # Java writes at least two digits, and chooses the nearest: 4.9E-324
        sign, digits, exponent = Decimal(f"{number:.1e}").as_tuple()
    assert isinstance(exponent, int)  # the number is finite
    text = "".join(map(str, digits)).rstrip("0") or "0"
    point = len(digits) + exponent  # how many digits are before the point
    lead = "-" if sign else ""
    if text == "0":
        return f"{lead}0.0"
    if _PLAIN_FROM < point <= _PLAIN_BELOW:
        if point <= 0:
            return f"{lead}0.{'0' * -point}{text}"
        whole, fraction = text[:point].ljust(point, "0"), text[point:]
        return f"{lead}{whole}.{fraction or '0'}"
    return f"{lead}{text[0]}.{text[1:] or '0'}E{point - 1}"
