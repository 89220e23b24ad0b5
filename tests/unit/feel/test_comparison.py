"""Equality, identity and order agree with one another."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from apify_camunda.feel.budget import Budget
from apify_camunda.feel.comparison import contains, equals, identity, is_comparable, order, same
from apify_camunda.feel.temporal import parse_temporal
from apify_camunda.feel.values import WrittenContext
from hypothesis import given, settings
from hypothesis import strategies as st

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 3),
    st.decimals(-3, 3, places=1),
    st.sampled_from([0.5, 1.0, "a", "b", "", "é", "😀", "\uffff"]),
    st.sampled_from(["2020-01-01", "10:00:00", "P1Y", "P12M", "PT1H"]).map(parse_temporal),
)
VALUES = st.recursive(
    SCALARS,
    lambda part: st.lists(part, max_size=2) | st.dictionaries(st.sampled_from("ab"), part, max_size=2),
    max_leaves=5,
)


@settings(max_examples=300, derandomize=True)
@given(VALUES, VALUES)
def test_equality_is_symmetric(left: Any, right: Any) -> None:
    """A value equals itself, and what it equals equals it."""
    assert equals(left, left, Budget()) is True
    assert equals(left, right, Budget()) is equals(right, left, Budget())


@settings(max_examples=300, derandomize=True)
@given(VALUES, VALUES)
def test_identity(left: Any, right: Any) -> None:
    """Two values have the same identity exactly if they are the same value."""
    assert (identity(left, Budget()) == identity(right, Budget())) is same(left, right, Budget())


@settings(max_examples=300, derandomize=True)
@given(VALUES, VALUES)
def test_order(left: Any, right: Any) -> None:
    """Order is the same from both sides."""
    one, other = order(left, right), order(right, left)

    assert (one is None) is (other is None)
    if one is not None and other is not None:
        assert one == -other
        assert (one == 0) is same(left, right, Budget())


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ("a", "b", -1),
        ("b", "a", 1),
        ("😀", "\uffff", -1),
        (1, Decimal("1.0"), 0),
        (0.5, 1, -1),
        (True, False, None),
    ],
)
def test_order_of(left: Any, right: Any, expected: int | None) -> None:
    """Texts are ordered by their UTF-16 units, numbers by value; booleans have no order."""
    assert order(left, right) == expected


def test_written_contexts() -> None:
    """A context that an expression wrote is contained only where it is the very same one."""
    written = WrittenContext({"a": 1}, {})

    assert contains([{"a": 1}], {"a": 1}, Budget())
    assert contains([written], written, Budget())
    assert not contains([{"a": 1}], written, Budget())
    assert not contains([[WrittenContext({"a": 1}, {})]], [written], Budget())
    assert equals({"a": 1}, written, Budget()) is True


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1, True),
        ("a", True),
        (None, False),
        (True, False),
        ({}, False),
        ([], False),
        ([1, 2], True),
        ([1, "a"], False),
    ],
)
def test_is_comparable(value: Any, expected: bool) -> None:  # noqa: FBT001  a table's column
    """Numbers, texts, temporal values, and lists of one of these kinds have an order."""
    assert is_comparable(value) is expected
