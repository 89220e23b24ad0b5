"""Reads a record of a key-value store, and says as what: JSON, text or bytes."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from functools import partial
from typing import ClassVar, Final

from apify_camunda.apify.model import LARGE_BYTES, RecordContent
from apify_camunda.apify.port import Apify
from apify_camunda.expressions.strict_json import read_json
from apify_camunda.json_types import Json, JsonObject
from apify_camunda.outbound.domain.documents import StoreAsDocument
from apify_camunda.outbound.domain.job_outcome import OperationResult
from apify_camunda.outbound.operations.document_options import DocumentOptions
from apify_camunda.outbound.operations.lenient import LenientText
from apify_camunda.outbound.operations.model import ReadOperation, Violation, missing, resource_id

_BYTES: Final = "application/octet-stream"
_JSON_TYPES = frozenset({"application/json", "text/json"})


class GetKeyValueStoreRecord(DocumentOptions, ReadOperation):
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
        yield from self.document_violations()

    async def read(self, apify: Apify, *, most_bytes: int = LARGE_BYTES) -> OperationResult:
        """Return the record in the reference's shape `{contentType, jsonValue, textValue, base64Value}`.

        Raises:
            ApifyRejected: There is no such record, the token may not read it, or it is too large.
            ApifyUnavailable: Apify does not answer.
        """
        store, key = resource_id(self.store_id), self.record_key or ""
        record = await apify.record(store, key, most_bytes=most_bytes)
        content_type = record.content_type or _BYTES
        offer = self.offer(record.body, content_type=content_type, file_name=key)
        if offer is None:
            response = shape(record)
            return OperationResult(response, aliases={"data": {**response}})
        if offer.choice is StoreAsDocument.ALWAYS:
            return OperationResult({}, offer=offer, as_document=partial(_as_document, record))
        response = shape(record) | {"document": None}
        as_document = partial(_as_document, record)
        return OperationResult(response, {"data": {**response}}, offer=offer, as_document=as_document)


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


def _as_document(record: RecordContent, reference: JsonObject) -> OperationResult:
    empty = RecordContent(record.content_type, b"")
    response = shape(empty) | {"document": reference}
    return OperationResult(response, aliases={"data": {**response}})


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
