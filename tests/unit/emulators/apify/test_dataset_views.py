"""Items are picked and reshaped as the parameters of Apify's endpoint say."""

from __future__ import annotations

from typing import Any

import pytest
from emulators.apify.dataset_views import ItemsQuery, as_csv, as_json_lines, select

_ITEMS: list[dict[str, Any]] = [
    {"n": 1, "a": "x", "#h": 1},
    {},
    {"n": 3, "parts": [{"p": 1}, {"p": 2}], "a": "z"},
    {"n": 4, "parts": {"q": 9}},
]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, _ITEMS),
        ({"offset": 1, "limit": 2}, _ITEMS[1:3]),
        ({"offset": 9}, []),
        ({"limit": 0}, []),
        ({"desc": True, "limit": 1}, _ITEMS[3:]),
        ({"fields": ("a", "n"), "limit": 1}, [{"a": "x", "n": 1}]),
        ({"fields": ("n",), "output_fields": ("number",), "limit": 1}, [{"number": 1}]),
        ({"omit": ("n", "parts")}, [{"a": "x", "#h": 1}, {}, {"a": "z"}, {}]),
        ({"skip_hidden": True, "limit": 1}, [{"n": 1, "a": "x"}]),
        ({"skip_empty": True, "limit": 2}, [_ITEMS[0]]),
        ({"fields": ("parts",), "skip_empty": True}, [{"parts": [{"p": 1}, {"p": 2}]}, {"parts": {"q": 9}}]),
        (
            {"unwind": ("parts",), "offset": 2},
            [{"n": 3, "a": "z", "p": 1}, {"n": 3, "a": "z", "p": 2}, {"n": 4, "q": 9}],
        ),
        ({"unwind": ("n",), "limit": 1}, [_ITEMS[0]]),
    ],
)
def test_select(query: dict[str, Any], expected: list[Any]) -> None:
    """Offset and limit count what is stored; what is skipped afterwards makes a page shorter."""
    assert select(_ITEMS, ItemsQuery(**query)) == expected


def test_fields_come_in_the_order_asked_for() -> None:
    """The order of `fields` is the order of the result."""
    assert list(select(_ITEMS, ItemsQuery(fields=("a", "n")))[0]) == ["a", "n"]


def test_csv_has_a_column_for_every_field() -> None:
    """Nested fields are columns of their own, what is missing is empty."""
    assert as_csv([{"a": 1, "b": {"c": 2}}, {"d": [5]}]).decode().splitlines() == ["a,b/c,d/0", "1,2,", ",,5"]


def test_json_lines() -> None:
    """One item is one line."""
    assert as_json_lines([{"a": 1}, "é"]) == '{"a": 1}\n"é"\n'.encode()
