"""Pages of a search."""

import random
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from emulators.camunda.rest.paging import Page, SortField, cut
from emulators.camunda.rest.problems import Problem

BY_KEY: Sequence[SortField] = ()


def rows(count: int) -> list[dict[str, Any]]:
    """Return rows with keys 2, 3, ... in no order; two neighbours share a name, every third has no tag."""
    made = [
        {
            "processDefinitionKey": str(key),
            "name": f"process {key // 2}",
            "versionTag": None if key % 3 == 0 else f"v{key % 5}",
            "startDate": datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=key % 4),
        }
        for key in range(2, count + 2)
    ]
    random.Random(7).shuffle(made)
    return made


def page(all_rows: Sequence[Mapping[str, Any]], order: Sequence[SortField] = BY_KEY, **asked: Any) -> Page:
    return cut(all_rows, asked, order, "processDefinitionKey")


def keys(found: Page) -> list[int]:
    return [int(row["processDefinitionKey"]) for row in found.rows]


def test_keys_are_ordered_as_numbers() -> None:
    """Without a sort, rows come by their key, which is text on the wire and a number in the order."""
    assert keys(page(rows(12))) == list(range(2, 14))


def test_a_page_holds_100_rows_unless_it_is_asked_for_more() -> None:
    """The limit is 100 by default; the total tells of all pages."""
    found = page(rows(250))
    assert (len(found.rows), found.total) == (100, 250)
    assert len(page(rows(250), limit=240).rows) == 240


@pytest.mark.parametrize(
    "order",
    [
        BY_KEY,
        [SortField("name")],
        [SortField("name", descending=True)],
        [SortField("versionTag"), SortField("name", descending=True)],
        [SortField("startDate", descending=True)],
    ],
    ids=["key", "name", "name desc", "tag, name desc", "date desc"],
)
def test_forward_and_backward_pages_are_the_whole(order: Sequence[SortField]) -> None:
    """Following endCursor shows each row once, in the order; startCursor leads back the same way."""
    everything = rows(23)
    whole = keys(page(everything, order))
    forward: list[list[int]] = []
    last = found = page(everything, order, limit=5)
    while found.rows:
        forward.append(keys(found))
        last, found = found, page(everything, order, limit=5, after=found.end_cursor)
    assert [key for each in forward for key in each] == whole
    back = page(everything, order, limit=5, before=last.start_cursor)
    assert keys(back) == forward[-2]


def test_a_cursor_names_a_place_not_an_index() -> None:
    """A row that goes or comes between two pages makes no other be skipped or shown twice."""
    everything = rows(10)
    first = page(everything, limit=4)
    gone = [row for row in everything if row["processDefinitionKey"] not in ("2", "5")]
    assert keys(page(gone, limit=4, after=first.end_cursor)) == [6, 7, 8, 9]


def test_an_empty_page_has_no_cursor() -> None:
    """After the last row there is an empty page without cursors: where a client must stop."""
    end = page(rows(3)).end_cursor
    found = page(rows(3), after=end)
    assert (list(found.rows), found.start_cursor, found.end_cursor) == ([], None, None)


def test_an_offset_skips_rows() -> None:
    """`from` is the index of the first row."""
    assert keys(cut(rows(9), {"from": 6, "limit": 2}, BY_KEY, "processDefinitionKey")) == [8, 9]


@pytest.mark.parametrize(
    "asked",
    [
        {"limit": -1},
        {"limit": 10_001},
        {"from": -1},
        {"from": 1, "after": "WzFd"},
        {"after": "WzFd", "before": "WzFd"},
        {"after": "not base64!"},
        {"after": "bm90IGpzb24="},
        {"after": "WzEsMiwzXQ=="},
    ],
    ids=str,
)
def test_bounds_that_make_no_sense_are_refused(asked: dict[str, Any]) -> None:
    """Contradicting bounds, limits out of range and foreign cursors are answered 400."""
    with pytest.raises(Problem) as raised:
        page(rows(3), **asked)
    assert raised.value.status == 400
