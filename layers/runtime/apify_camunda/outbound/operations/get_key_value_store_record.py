"""Reads a record of a key-value store, and says as what: JSON, text or bytes."""

from __future__ import annotations

import base64

from apify_camunda.apify.model import LARGE_BYTES, RecordContent
from apify_camunda.apify.port import Apify
from apify_camunda.expressions.strict_json import read_json
from apify_camunda.json_types import Json, JsonObject
from apify_camunda.outbound.domain.job_outcome import OperationResult
from apify_camunda.outbound.domain.operation_models import GetKeyValueStoreRecordInput

_JSON_TYPES = frozenset({"application/json", "text/json"})


async def run(
    operation: GetKeyValueStoreRecordInput, apify: Apify, *, most_bytes: int = LARGE_BYTES
) -> OperationResult:
    """Return the record in the reference's shape `{contentType, jsonValue, textValue, base64Value}`.

    Raises:
        ApifyRejected: There is no such record, it is not ours to read, or has more than `most_bytes`.
        ApifyUnavailable: Apify does not answer.
    """
    store = (operation.store_id or "").strip().replace("/", "~")
    response = shape(await apify.record(store, operation.record_key or "", most_bytes=most_bytes))
    return OperationResult(response, aliases={"data": {**response}})


def shape(record: RecordContent) -> JsonObject:
    """Return the record with its content in the one of three places that its type asks for."""
    response: JsonObject = {
        "contentType": record.content_type,
        "jsonValue": None,
        "textValue": None,
        "base64Value": None,
    }
    if not record.body:
        return response
    if record.content_type in _JSON_TYPES:
        is_json, value = _parsed(record.body)
        return response | ({"jsonValue": value} if is_json else {"textValue": _text(record.body)})
    if record.content_type.startswith("text/"):
        return response | {"textValue": _text(record.body)}
    return response | {"base64Value": base64.b64encode(record.body).decode()}


def _parsed(body: bytes) -> tuple[bool, Json]:
    try:
        return True, read_json(body)
    except ValueError:
        return False, None


def _text(body: bytes) -> str:
    return body.decode("utf-8", errors="replace")
