"""How records are written and deleted."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from apify_camunda.errors import ApifyRejected, ErrorCode, InvalidInput

from tests.unit.outbound.operations.apify_at_hand import AtHand

STORE = {"storeId": "acme/settings", "recordKey": "note"}


def record(at_hand: AtHand) -> Any:
    return at_hand.response("getKeyValueStoreRecord", **STORE)


@pytest.mark.parametrize(
    ("inputs", "shown"),
    [
        ({"value": {"a": [1, None]}}, {"contentType": "application/json", "jsonValue": {"a": [1, None]}}),
        ({"value": "plain"}, {"contentType": "text/plain", "textValue": "plain"}),
        (
            {"value": '{"a": 1}', "contentType": "application/json"},
            {"contentType": "application/json", "jsonValue": {"a": 1}},
        ),
        (
            {"value": base64.b64encode(b"\x00\xff").decode(), "isBase64": "true", "contentType": "image/png"},
            {"contentType": "image/png", "base64Value": base64.b64encode(b"\x00\xff").decode()},
        ),
    ],
)
def test_record_is_written_as_its_value_is(
    at_hand: AtHand, inputs: dict[str, Any], shown: dict[str, Any]
) -> None:
    """JSON, text and bytes are written with their content type, and read back the same."""
    written: Any = at_hand.response("setKeyValueStoreRecord", **STORE, **inputs)
    assert written["data"]["key"] == "note"
    assert record(at_hand).items() >= shown.items()


def test_record_can_be_deleted_twice(at_hand: AtHand) -> None:
    """A repeated job finds the record gone, and is done."""
    at_hand.response("setKeyValueStoreRecord", **STORE, value=1)
    for _ in range(2):
        assert at_hand.response("deleteKeyValueStoreRecord", **STORE) == {"data": {"key": "note"}}
    with pytest.raises(ApifyRejected) as refused:
        record(at_hand)
    assert refused.value.code is ErrorCode.RECORD_NOT_FOUND


def test_unknown_store_has_a_code(at_hand: AtHand) -> None:
    """A store that Apify does not know is another error than a record that it does not hold."""
    with pytest.raises(ApifyRejected) as refused:
        at_hand.response("setKeyValueStoreRecord", storeId="acme/missing", recordKey="note", value=1)
    assert refused.value.code is ErrorCode.STORE_NOT_FOUND


def test_bytes_that_are_not_base64_are_refused(at_hand: AtHand) -> None:
    """Nothing is written where the modeller says Base64 and gives something else."""
    with pytest.raises(InvalidInput, match=r"value: .*must be Base64"):
        at_hand.response("setKeyValueStoreRecord", **STORE, value="not base64!", isBase64=True)
