"""Which rows meet a filter."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from emulators.camunda.rest.conditions import meets

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
ROW = {
    "name": "crawl the web",
    "version": 3,
    "versionTag": None,
    "isLatestVersion": True,
    "tags": ["event-1", "order:7"],
    "startDate": NOON,
}


@pytest.mark.parametrize(
    ("wanted", "is_met"),
    [
        ({}, True),
        ({"isLatestVersion": True}, True),
        ({"isLatestVersion": False}, False),
        ({"version": 3}, True),
        ({"version": 3, "isLatestVersion": False}, False),
        ({"name": {"$eq": "crawl the web"}}, True),
        ({"name": {"$eq": "crawl"}}, False),
        ({"name": {"$neq": "crawl"}}, True),
        ({"name": {"$in": ["x", "crawl the web"]}}, True),
        ({"name": {"$notIn": ["x"]}}, True),
        ({"name": {"$notIn": ["crawl the web"]}}, False),
        ({"versionTag": {"$exists": False}}, True),
        ({"versionTag": {"$exists": True}}, False),
        ({"versionTag": {"$like": "*"}}, False),
        ({"versionTag": {"$gt": 0}}, False),
        ({"name": {"$exists": True, "$like": "crawl*"}}, True),
        ({"name": {"$exists": True, "$like": "crawl"}}, False),
        ({"version": {"$gt": 2, "$lte": 3}}, True),
        ({"version": {"$gt": 3}}, False),
        ({"version": {"$lt": 3}}, False),
        ({"version": {"$gte": 4}}, False),
        ({"startDate": {"$gte": NOON}}, True),
        ({"startDate": {"$gt": NOON}}, False),
        ({"startDate": {"$lt": NOON + timedelta(milliseconds=1)}}, True),
        ({"tags": ["order:7"]}, True),
        ({"tags": ["order:7", "event-1"]}, True),
        ({"tags": ["order:7", "event-2"]}, False),
        ({"$or": [{"version": 1}, {"version": 3}]}, True),
        ({"$or": [{"version": 1}, {"version": 2}]}, False),
        ({"$or": [{"version": 3}], "isLatestVersion": False}, False),
        ({"$or": []}, True),
    ],
)
def test_a_row_meets_a_filter_when_all_of_it_holds(wanted: dict[str, Any], is_met: bool) -> None:  # noqa: FBT001 - a table's column
    """Every property and every operator must hold; tags must all be there; of `$or` one is enough."""
    assert meets(ROW, wanted) is is_met


@pytest.mark.parametrize(
    ("pattern", "text", "is_alike"),
    [
        ("*", "", True),
        ("a*c", "abbbc", True),
        ("a*c", "abbbd", False),
        ("a?c", "abc", True),
        ("a?c", "ac", False),
        (r"a\*c", "a*c", True),
        (r"a\*c", "abc", False),
        ("a.c", "abc", False),
        ("(a|b)+", "(a|b)+", True),
        ("line*two", "line\ntwo", True),
    ],
)
def test_like_has_two_wildcards(pattern: str, text: str, is_alike: bool) -> None:  # noqa: FBT001 - a table's column
    """In `$like` only * and ? are special, and a backslash takes that away."""
    assert meets({"name": text}, {"name": {"$like": pattern}}) is is_alike
