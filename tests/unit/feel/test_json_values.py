"""Values as JSON, as connectors write results and hand variables to the engine."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from apify_camunda.feel import Evaluated, Function, evaluate, to_json, to_json_value
from apify_camunda.feel.json_values import from_json
from apify_camunda.feel.values import Range, WrittenContext
from hypothesis import given, settings
from hypothesis import strategies as st

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.text(max_size=6),
    lambda part: st.lists(part, max_size=3) | st.dictionaries(st.text(max_size=4), part, max_size=3),
    max_leaves=10,
)


@settings(max_examples=200, derandomize=True)
@given(JSON)
def test_round_trip(value: Any) -> None:
    """JSON that comes in leaves as the same JSON."""
    result = evaluate("x", {"x": value})

    assert isinstance(result, Evaluated)
    assert json.loads(to_json(result.value)) == value
    assert to_json_value(result.value) == value
    assert from_json(to_json(value)) == value


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Decimal("1.0"), "1"),
        (Decimal("1E+3"), "1000"),
        (2**63, "9.223372036854776E18"),
        (2**63 - 1, "9223372036854775807"),
        (0.1, "0.1"),
        (Decimal("1e400"), '"Infinity"'),
        ({"a": [1, None]}, '{"a":[1,null]}'),
        ('a"\\\n\u0001é', '"a\\"\\\\\\n\\u0001é"'),
        ("\ud83d", '"?"'),
        ("\u001f\u007f", '"\\u001F\u007f"'),
        (WrittenContext({"a": 1}, {}), '{"a":1}'),
        ({"f": Function("", (), lambda *_: None)}, "{}"),
    ],
)
def test_written(value: Any, text: str) -> None:
    """Whole numbers of 64 bits are integers, others doubles; functions vanish; half characters are `?`."""
    assert to_json(value) == text


def test_ranges_have_no_json() -> None:
    """A range cannot be written."""
    with pytest.raises(ValueError, match=r"\[1\.\.5\)"):
        to_json([Range(1, 5, True, False)])


@pytest.mark.parametrize("text", ["", "[1", "NaN", "Infinity", "{'a':1}", "01", "1x", "10:00", "nullx", "-"])
def test_no_json(text: str) -> None:
    """What is no JSON is refused."""
    with pytest.raises(ValueError):  # noqa: PT011  the decoder's own words differ
        from_json(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (" 1", 1),
        ("1 2", 1),
        ("1.50", Decimal("1.5")),
        ("1e2", Decimal("100.0")),
        ('"a" b', "a"),
        ("12345678901234567890", Decimal(12345678901234567890)),
    ],
)
def test_read(text: str, value: Any) -> None:
    """Fractions are doubles, whole numbers keep their digits, and what follows a value is passed over."""
    assert from_json(text) == value
