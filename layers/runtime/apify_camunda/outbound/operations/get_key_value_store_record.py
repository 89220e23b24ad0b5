"""Reads a record of a key-value store, and says as what: JSON, text or bytes."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import ClassVar

from apify_camunda.apify.model import LARGE_BYTES, RecordContent
from apify_camunda.apify.port import Apify
from apify_camunda.expressions.strict_json import read_json
from apify_camunda.json_types import Json, JsonObject
from apify_camunda.outbound.domain.job_outcome import OperationResult
from apify_camunda.outbound.operations.lenient import LenientText
from apify_camunda.outbound.operations.model import ReadOperation, Violation, missing, resource_id

_JSON_TYPES = frozenset({"application/json", "text/json"})


class GetKeyValueStoreRecord(ReadOperation):
    """Get a record of a key-value store.

    Attributes:
        store_id: Id, or `username/name`.
        record_key: The key of the record, for example `OUTPUT`.
    """

    type: ClassVar = "getKeyValueStoreRecord"
    store_id: LenientText = None
    record_key: LenientText = None

    def violations(self) -> Iterator[Violation]:
        """Return what is wrong with the inputs."""
        yield from missing(storeId=self.store_id, recordKey=self.record_key)

    async def read(self, apify: Apify, *, most_bytes: int = LARGE_BYTES) -> OperationResult:
        """Return the record in the reference's shape `{contentType, jsonValue, textValue, base64Value}`.

        Raises:
            ApifyRejected: There is no such record, the token may not read it, or it is too large.
            ApifyUnavailable: Apify does not answer.
        """
        store = resource_id(self.store_id)
        response = shape(await apify.record(store, self.record_key or "", most_bytes=most_bytes))
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
        return response | ({"jsonValue": value} if is_json else {"textValue": _text(record)})
    if record.content_type.startswith("text/"):
        return response | {"textValue": _text(record)}
    return response | {"base64Value": base64.b64encode(record.body).decode()}


def _parsed(body: bytes) -> tuple[bool, Json]:
    try:
        return True, read_json(body)
    except ValueError:
        return False, None


def _text(record: RecordContent) -> str:
    """Return the text in the record's own charset; UTF-8 where it names none, or one that is unknown."""
    try:
        return record.body.decode(record.charset or "utf-8", errors="replace")
    except LookupError:
        return record.body.decode("utf-8", errors="replace")
