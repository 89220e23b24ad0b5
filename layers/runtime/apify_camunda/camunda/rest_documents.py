"""Camunda's document store over REST v2 (`/documents`, 8.8 and newer).

Source: Orchestration Cluster API, createDocument, getDocument, deleteDocument
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final, cast
from urllib.parse import quote

from apify_camunda.camunda.model import DocumentReference, NewDocument
from apify_camunda.camunda.rest import CamundaRest, FormPart
from apify_camunda.errors import EngineRejected, EngineUnavailable, ErrorCode, PermanentError
from apify_camunda.json_types import JsonObject

_PERMISSION: Final = (
    "Camunda refuses its document store to us: {reason} Grant the client the permissions CREATE, READ and "
    "DELETE on documents."
)
_NO_STORE: Final = (
    "The Camunda cluster has no document store (REST /v2/documents, from Camunda 8.8 on). Set Store as "
    "document to Never, and pick what the process needs with a result expression."
)
_MOST_DETAIL: Final = 300
_CONFLICTS: Final = ("ALREADY_EXISTS", "INVALID_STATE")
"""What a 409 is called."""


class RestDocuments:
    """DocumentStore over REST v2."""

    def __init__(self, rest: CamundaRest) -> None:
        self._rest = rest

    async def put(self, document: NewDocument) -> JsonObject:
        """Store a document; see DocumentStore.

        The API creates documents and replaces none. One with this id is what an earlier try of the same job
        has left, with the same content: it is deleted, because only a creation tells the whole reference.
        """
        try:
            return await self._create(document)
        except EngineRejected as error:
            if error.rejection not in _CONFLICTS:
                raise _refused(error) from error
        try:
            await self._delete(document.id)
            return await self._create(document)
        except EngineRejected as error:
            raise _refused(error) from error

    async def content(self, reference: DocumentReference) -> bytes:
        """Return a document's content; see DocumentStore."""
        named = {"storeId": reference.store_id, "contentHash": reference.content_hash}
        query = "&".join(f"{name}={quote(value, safe='')}" for name, value in named.items() if value)
        try:
            with _clearly():
                answer = await self._rest.ask("GET", f"{_path(reference.document_id)}?{query}", accept="*/*")
        except EngineRejected as error:
            raise PermanentError(
                f"Camunda does not give the document {reference.document_id}: "
                f"{error.message[:_MOST_DETAIL]} It was deleted or has expired; or the reference is another "
                "cluster's.",
                code=ErrorCode.DOCUMENT_NOT_FOUND,
            ) from error
        return answer.content

    async def _create(self, document: NewDocument) -> JsonObject:
        metadata = {
            "contentType": document.content_type,
            "fileName": document.file_name,
            "processDefinitionId": document.process_id,
            "processInstanceKey": str(document.process_instance_key),
        }
        if document.expires_at is not None:
            metadata["expiresAt"] = document.expires_at.isoformat(timespec="seconds")
        parts = (
            FormPart("file", document.content, document.file_name, document.content_type),
            FormPart("metadata", json.dumps(metadata).encode(), content_type="application/json"),
        )
        with _clearly():
            answer = await self._rest.send_form(f"/documents?documentId={quote(document.id, safe='')}", parts)
        return _reference(answer)

    async def _delete(self, document_id: str) -> None:
        try:
            with _clearly():
                await self._rest.ask("DELETE", _path(document_id))
        except EngineRejected as error:
            if error.rejection != "NOT_FOUND":  # gone meanwhile is as good
                raise


def _path(document_id: str) -> str:
    return f"/documents/{quote(document_id, safe='')}"


def _reference(answer: Any) -> JsonObject:
    """Return the reference as Camunda's connectors and forms read it.

    Raises:
        EngineUnavailable: The answer does not come from Camunda.
        PermanentError: It names no hash. Without it a document cannot be read: Camunda 8.6 answers so, whose
            store finds nothing again.
    """
    if not isinstance(answer, dict) or not isinstance(answer.get("documentId"), str):
        raise EngineUnavailable("POST /v2/documents was answered without a document.")
    if not answer.get("contentHash"):
        raise PermanentError(_NO_STORE, code=ErrorCode.DOCUMENT_STORE_MISSING)
    return cast(JsonObject, {"camunda.document.type": "camunda", **answer})


@contextmanager
def _clearly() -> Iterator[None]:
    """Turn what another try cannot repair into an error that says what to do."""
    try:
        yield
    except EngineUnavailable as error:
        match error.code:
            case ErrorCode.ENGINE_UNIMPLEMENTED:
                raise PermanentError(_NO_STORE, code=ErrorCode.DOCUMENT_STORE_MISSING) from error
            case ErrorCode.ENGINE_UNAUTHORIZED:
                reason = error.message[:_MOST_DETAIL]
                text = _PERMISSION.format(reason=reason)
                raise PermanentError(text, code=ErrorCode.DOCUMENT_REFUSED) from error
            case _:
                raise


def _refused(error: EngineRejected) -> PermanentError:
    return PermanentError(
        f"Camunda's document store refuses the document: {error.message[:_MOST_DETAIL]} Where it is too "
        "large, return less (Limit, Fields), or raise the cluster's limit for uploads.",
        code=ErrorCode.DOCUMENT_REFUSED,
    )
