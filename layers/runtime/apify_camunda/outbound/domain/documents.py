"""Decides what becomes a document in Camunda's store, and which document an input refers to."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from apify_camunda.camunda.model import ActivatedJob, DocumentReference, NewDocument
from apify_camunda.expressions.masking import mask_json, mask_text
from apify_camunda.json_types import Json, JsonObject

JSON_TYPE: Final = "application/json"
_REFERENCE_MARK: Final = "camunda.document.type"
_OURS: Final = "camunda"
_TEXT_TYPES: Final = ("text/", JSON_TYPE, "application/xml", "application/javascript")
_ID_DIGITS: Final = 24


class StoreAsDocument(StrEnum):
    """When a result is stored as a document; the values are those of the input."""

    NEVER = "never"
    WHEN_TOO_LARGE = "whenTooLarge"
    """Where its variables would be larger than Camunda takes."""
    ALWAYS = "always"


@dataclass(frozen=True, slots=True)
class DocumentOffer:
    """What of a result can be stored as a document.

    Attributes:
        choice: When that is to be done; never NEVER.
        body: The bytes, or the JSON that is written as UTF-8.
        content_type: Without parameters.
        expires_after: How long the document is needed; None: as the cluster is set up.
    """

    choice: StoreAsDocument
    body: bytes | Json = field(repr=False)
    content_type: str
    file_name: str
    expires_after: timedelta | None = None


def new_document(
    offer: DocumentOffer, job: ActivatedJob, *, secrets: Collection[str], now: datetime
) -> NewDocument:
    """Return the document that a job stores; secrets are masked in it where it is a text or JSON.

    Its id is made of the job and the content. A job that is repeated stores the same document again, and one
    that reads something else by then does not change what an earlier try may have given to the process.
    """
    content = _content(offer, secrets)
    digest = hashlib.sha256(content).hexdigest()[:_ID_DIGITS]
    return NewDocument(
        id=f"apify-{job.key}-{digest}",
        content=content,
        content_type=offer.content_type,
        file_name=offer.file_name,
        process_id=job.process_id,
        process_instance_key=job.process_instance_key,
        expires_at=None if offer.expires_after is None else now + offer.expires_after,
    )


def document_reference(value: object) -> DocumentReference | None:
    """Return the document that a value refers to, alone or as the only entry of a list; None: it does not."""
    if isinstance(value, list) and len(value) == 1:
        [value] = value
    if not isinstance(value, dict) or value.get(_REFERENCE_MARK) != _OURS:
        return None
    document_id = value.get("documentId")
    if not isinstance(document_id, str) or not document_id:
        return None
    metadata = value.get("metadata")
    told: JsonObject = metadata if isinstance(metadata, dict) else {}
    size = told.get("size")
    return DocumentReference(
        document_id=document_id,
        store_id=_text(value.get("storeId")),
        content_hash=_text(value.get("contentHash")),
        content_type=_text(told.get("contentType")),
        size_bytes=size if isinstance(size, int) else None,
    )


def _content(offer: DocumentOffer, secrets: Collection[str]) -> bytes:
    if not isinstance(offer.body, bytes):
        text = json.dumps(mask_json(offer.body, secrets), ensure_ascii=False, separators=(",", ":"))
        return text.encode(errors="replace")
    if not offer.content_type.startswith(_TEXT_TYPES):
        return offer.body
    text = offer.body.decode(errors="surrogateescape")
    return mask_text(text, secrets).encode(errors="surrogateescape")


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
