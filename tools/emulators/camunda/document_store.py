"""Camunda's document store in memory: files by their id, with what is known of them."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock
from typing import Any, Final

STORE_ID: Final = "in-memory"


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A file.

    Attributes:
        custom_properties: Further properties that the uploader gave.
    """

    id: str
    content: bytes
    content_type: str
    file_name: str
    expires_at: datetime | None = None
    process_definition_id: str | None = None
    process_instance_key: int | None = None
    custom_properties: Mapping[str, Any] = field(default_factory=dict)

    @property
    def content_hash(self) -> str:
        """The SHA-256 of the content in hexadecimal digits; it must be shown to read the document."""
        return hashlib.sha256(self.content).hexdigest()


class DocumentStore:
    """Keeps documents; safe for several threads."""

    def __init__(self) -> None:
        self._documents: dict[str, Document] = {}
        self._lock = Lock()

    def put(self, document: Document) -> bool:
        """Keep a document; return False where its id is taken."""
        with self._lock:
            return self._documents.setdefault(document.id, document) is document

    def get(self, document_id: str, now: datetime) -> Document | None:
        """Return a document that has not expired."""
        with self._lock:
            found = self._documents.get(document_id)
        return None if found is None or (found.expires_at and found.expires_at <= now) else found

    def remove(self, document_id: str) -> bool:
        """Forget a document; return whether it was there."""
        with self._lock:
            return self._documents.pop(document_id, None) is not None

    def clear(self) -> None:
        """Forget all documents."""
        with self._lock:
            self._documents.clear()
