"""How items are added to a dataset."""

from __future__ import annotations

from typing import Any

import pytest
from apify_camunda.errors import InvalidInput
from apify_camunda.json_types import Json

from tests.unit.outbound.operations.apify_at_hand import AtHand


@pytest.mark.parametrize(
    ("given", "added"),
    [
        ([{"sku": "C-3"}, {"sku": "D-4"}], [{"sku": "C-3"}, {"sku": "D-4"}]),
        ({"sku": "C-3"}, [{"sku": "C-3"}]),
        ('[{"sku": "C-3"}]', [{"sku": "C-3"}]),
        ([], []),
    ],
)
def test_items_come_last(at_hand: AtHand, given: Json, added: list[Any]) -> None:
    """An object, a list, or a text that holds one is added at the end."""
    response = at_hand.response("pushDatasetItems", datasetId="acme/products", items=given)
    assert response == {"data": {"count": len(added)}}
    assert at_hand.response("getDatasetItems", datasetId="acme/products", offset=2) == {"items": added}


@pytest.mark.parametrize("given", [None, "", "[1", [1], "5", 5, [{"a": 1}, "b"]])
def test_what_is_not_an_object_is_refused(at_hand: AtHand, given: Json) -> None:
    """Apify takes objects only, so nothing else is sent."""
    with pytest.raises(InvalidInput, match=r"items: .*must be an object or a list of objects"):
        at_hand.response("pushDatasetItems", datasetId="acme/products", items=given)
