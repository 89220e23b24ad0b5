"""Camunda's document store in memory."""

from __future__ import annotations

import hashlib
from typing import Any

from apify_camunda.camunda.model import DocumentReference, NewDocument
from apify_camunda.errors import ConnectorError, ErrorCode, PermanentError
from apify_camunda.json_types import JsonObject

from tests.fakes.untraced import untraced


class FakeDocuments:
    """A `DocumentStore`.

    Attributes:
        kept: The documents by their ids.
        puts: The ids in the order in which they were stored, repetitions too.
        trouble: What the next calls raise; None: nothing.
    """

    def __init__(self) -> None:
        self.kept: dict[str, NewDocument] = {}
        self.puts: list[str] = []
        self.trouble: ConnectorError | None = None

    async def put(self, document: NewDocument) -> JsonObject:
        if self.trouble is not None:
            raise untraced(self.trouble)
        self.kept[document.id] = document
        self.puts.append(document.id)
        return reference(document)

    async def content(self, reference: DocumentReference) -> bytes:
        if self.trouble is not None:
            raise untraced(self.trouble)
        found = self.kept.get(reference.document_id)
        if found is None or hash_of(found) != reference.content_hash:
            raise PermanentError("There is no such document.", code=ErrorCode.DOCUMENT_NOT_FOUND)
        return found.content


def hash_of(document: NewDocument) -> str:
    """Return the SHA-256 of a document's content."""
    return hashlib.sha256(document.content).hexdigest()


def reference(document: NewDocument) -> JsonObject:
    """Return what a process variable holds in the document's place."""
    expires_at = document.expires_at
    metadata: dict[str, Any] = {
        "contentType": document.content_type,
        "fileName": document.file_name,
        "expiresAt": None if expires_at is None else expires_at.isoformat(),
        "size": len(document.content),
        "processDefinitionId": document.process_id,
        "processInstanceKey": str(document.process_instance_key),
        "customProperties": {},
    }
    return {
        "camunda.document.type": "camunda",
        "storeId": "in-memory",
        "documentId": document.id,
        "contentHash": hash_of(document),
        "metadata": metadata,
    }
