"""Writes a record of a key-value store, or deletes one."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterator
from typing import Any, ClassVar, Final, Self

from apify_camunda.apify.model import LARGE_BYTES, ApiCall
from apify_camunda.apify.port import Apify
from apify_camunda.camunda.model import DocumentReference
from apify_camunda.errors import ApifyRejected, ErrorCode
from apify_camunda.outbound.domain.documents import document_reference
from apify_camunda.outbound.domain.job_outcome import OperationResult
from apify_camunda.outbound.operations.lenient import LenientFlag, LenientText
from apify_camunda.outbound.operations.model import (
    ActOperation,
    Violation,
    missing,
    resource_id,
    text_or_none,
)

_JSON: Final = "application/json; charset=utf-8"
_TEXT: Final = "text/plain; charset=utf-8"
_BYTES: Final = "application/octet-stream"


class _Record(ActOperation):
    """Names a record.

    Attributes:
        store_id: Id, or `username/name`.
        record_key: The key of the record, for example `OUTPUT`.
    """

    store_id: LenientText = None
    record_key: LenientText = None

    @property
    def is_repeatable(self) -> bool:
        """Say whether doing it twice does no harm: the record is the same afterwards."""
        return True

    def violations(self) -> Iterator[Violation]:
        """Return what is wrong with the inputs."""
        yield from missing(storeId=self.store_id, recordKey=self.record_key)

    @property
    def _path(self) -> tuple[str, ...]:
        return ("key-value-stores", resource_id(self.store_id), "records", self.record_key or "")


class SetKeyValueStoreRecord(_Record):
    """Set a record of a key-value store.

    Attributes:
        value: A text is written as it is, the content of a document that it refers to as well; anything else
            as JSON.
        content_type: None: JSON, plain text or bytes, as the value is.
        is_base64: The value is the Base64 of the record's bytes.
    """

    type: ClassVar = "setKeyValueStoreRecord"
    value: Any = None
    content_type: LenientText = None
    is_base64: LenientFlag = False

    def violations(self) -> Iterator[Violation]:
        """Return what is wrong with the inputs."""
        yield from super().violations()
        if self.is_base64 and self.document is None and self._decoded() is None:
            yield "value", "must be Base64 where isBase64 is on"

    @property
    def document(self) -> DocumentReference | None:
        """Return the document of Camunda's store that the value refers to, if it does."""
        return document_reference(self.value)

    def given(self, content: bytes, content_type: str | None) -> Self:
        """Return the operation with the document's content as its value."""
        chosen = text_or_none(self.content_type) or content_type
        return self.model_copy(update={"value": content, "content_type": chosen, "is_base64": False})

    async def act(self, apify: Apify, *, most_bytes: int = LARGE_BYTES) -> OperationResult:
        """Write the record, and return `{data: {key, contentType, sizeBytes}}`."""
        content, content_type = self._content()
        call = ApiCall(
            "PUT",
            self._path,
            ErrorCode.STORE_NOT_FOUND,
            is_repeatable=True,
            most_bytes=most_bytes,
            content=content,
            content_type=content_type,
        )
        await apify.call(call)
        written = {"key": self.record_key, "contentType": content_type, "sizeBytes": len(content)}
        return OperationResult({"data": {**written}})

    def _content(self) -> tuple[bytes, str]:
        chosen = text_or_none(self.content_type)
        if isinstance(self.value, bytes):
            return self.value, chosen or _BYTES
        if self.is_base64:
            return self._decoded() or b"", chosen or _BYTES
        if isinstance(self.value, str):
            return self.value.encode(errors="replace"), chosen or _TEXT
        text = json.dumps(self.value, ensure_ascii=False, allow_nan=False)
        return text.encode(errors="replace"), chosen or _JSON

    def _decoded(self) -> bytes | None:
        if not isinstance(self.value, str):
            return None
        try:
            return base64.b64decode(self.value, validate=True)
        except (binascii.Error, ValueError):
            return None


class DeleteKeyValueStoreRecord(_Record):
    """Delete a record of a key-value store; one that is gone already is deleted."""

    type: ClassVar = "deleteKeyValueStoreRecord"

    async def act(self, apify: Apify, *, most_bytes: int = LARGE_BYTES) -> OperationResult:
        """Delete the record, and return `{data: {key}}`."""
        call = ApiCall(
            "DELETE", self._path, ErrorCode.RECORD_NOT_FOUND, is_repeatable=True, most_bytes=most_bytes
        )
        try:
            await apify.call(call)
        except ApifyRejected as error:
            if error.code != ErrorCode.RECORD_NOT_FOUND:
                raise
        return OperationResult({"data": {"key": self.record_key}})
