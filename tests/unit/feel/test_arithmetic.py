"""Numbers: 34 digits, Java's rules of scale, and whole numbers as ints that never differ from decimals."""

from __future__ import annotations

from decimal import Decimal

import pytest
from apify_camunda.feel import arithmetic
from apify_camunda.feel.arithmetic import NotPossible
from apify_camunda.feel.doubles import java_double_text
from apify_camunda.feel.failures import Fatal
from hypothesis import given, settings
from hypothesis import strategies as st

WHOLE = st.integers(-(10**40), 10**40)
SMALL = st.integers(-(10**8), 10**8)
OPERATIONS = [arithmetic.add, arithmetic.subtract, arithmetic.multiply, arithmetic.divide]


@settings(max_examples=300, derandomize=True)
@given(st.sampled_from(OPERATIONS), WHOLE, WHOLE.filter(bool))
def test_ints_and_decimals_agree(operation: object, left: int, right: int) -> None:
    """Whether a whole number is an int or a decimal makes no difference to any result."""
    assert callable(operation)
    results = {operation(one, other) for one in (left, Decimal(left)) for other in (right, Decimal(right))}

    assert len(results) == 1


@settings(max_examples=200, derandomize=True)
@given(SMALL, SMALL, SMALL)
def test_laws(one: int, two: int, three: int) -> None:
    """Sums and products commute, and associate as long as 34 digits hold them."""
    add, multiply = arithmetic.add, arithmetic.multiply

    assert add(one, two) == add(two, one)
    assert multiply(one, two) == multiply(two, one)
    assert add(add(one, two), three) == add(one, add(two, three))
    assert multiply(multiply(one, two), three) == multiply(one, multiply(two, three))
    assert multiply(one, add(two, three)) == add(multiply(one, two), multiply(one, three))
    assert arithmetic.subtract(add(one, two), two) == one


@settings(max_examples=200, derandomize=True)
@given(SMALL, SMALL.filter(bool))
def test_division_and_remainder(left: int, right: int) -> None:
    """A quotient times its divisor is the dividend again, and the remainder is what is missing for that."""
    remainder = arithmetic.remainder(left, right)

    again: int | Decimal = arithmetic.multiply(arithmetic.divide(left, right), right)

    assert arithmetic.absolute(again - left) < Decimal("1e-20")
    assert arithmetic.absolute(remainder) < abs(right)
    assert (left - remainder) % right == 0


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (5, 5),
        (Decimal("5.9"), 5),
        (Decimal("-5.9"), -5),
        (2**31, -(2**31)),
        (2**32, 0),
        (-(2**31) - 1, 2**31 - 1),
        (Decimal("1e999999999"), 0),
        (Decimal("1e10"), 1410065408),
    ],
)
def test_java_int(number: int | Decimal, expected: int) -> None:
    """Positions and lengths are what Java's intValue makes of a number."""
    assert arithmetic.java_int(number) == expected


@pytest.mark.parametrize(
    ("left", "right", "text"),
    [
        (2, 100, "1267650600228229401496703205376"),
        (Decimal("0.00"), 2, "0.0000"),
        (Decimal("1.10"), 2, "1.2100"),
        (4, -1, "0.25"),
        (2, Decimal("0.5"), "1.4142135623730951"),
        (0, 0, "1"),
    ],
)
def test_power(left: int | Decimal, right: int | Decimal, text: str) -> None:
    """Whole exponents are exact and keep the scale; others are doubles."""
    assert str(arithmetic.power(left, right)) == text


@pytest.mark.parametrize(("left", "right"), [(0, -1), (-8, Decimal("0.5")), (2, 10**10)])
def test_impossible_power(left: int, right: int | Decimal) -> None:
    """A power that is no number ends the evaluation."""
    with pytest.raises(Fatal):
        arithmetic.power(left, right)


@pytest.mark.parametrize(("left", "right"), [(1, "a"), ("a", 1), (None, 1), (True, 1), ([1], [2]), (1, {})])
def test_impossible_sum(left: object, right: object) -> None:
    """Only numbers, texts and temporal values have sums, and only among themselves."""
    with pytest.raises(NotPossible):
        arithmetic.add(left, right)


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0.0, "0.0"),
        (-0.0, "-0.0"),
        (1.0, "1.0"),
        (0.001, "0.001"),
        (0.0001, "1.0E-4"),
        (9999999.0, "9999999.0"),
        (1e7, "1.0E7"),
        (123456789.125, "1.23456789125E8"),
        (1 / 3, "0.3333333333333333"),
        (-1.5e300, "-1.5E300"),
        (5e-324, "4.9E-324"),
        (1e-323, "9.9E-324"),
        (2e-323, "2.0E-323"),
        (1e22, "1.0E22"),
    ],
)
def test_java_double_text(number: float, text: str) -> None:
    """Doubles are written as Java writes them: plain from 0.001 up to 10 million, with an exponent beyond."""
    assert java_double_text(number) == text


@settings(max_examples=200, derandomize=True)
@given(st.floats(allow_nan=False, allow_infinity=False))
def test_java_double_text_is_exact(number: float) -> None:
    """What is written is read as the same double again."""
    assert float(java_double_text(number)) == number
