"""Handlers of the endpoints for documents: files beside the variables, which refer to them."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import uuid4

from emulators.camunda.document_store import STORE_ID, Document
from emulators.camunda.rest.http_exchange import NO_CONTENT, Answer, Cluster, Request
from emulators.camunda.rest.multipart import Part, parts
from emulators.camunda.rest.problems import Problem

_METADATA: Final = frozenset(
    {
        *("contentType", "fileName", "expiresAt", "size", "processDefinitionId", "processInstanceKey"),
        "customProperties",
    }
)


def create_document(cluster: Cluster, request: Request) -> Answer:
    """Keep the uploaded file under the id that the query names, or a new one."""
    _check_store(request)
    sent = {part.name: part for part in parts(request.content_type, request.raw_body)}
    file = sent.get("file")
    if file is None:
        raise Problem(400, "Bad Request", "Required part 'file' is not present.")
    document = _document(request, file, _metadata(sent.get("metadata")))
    if not cluster.documents.put(document):
        detail = f"Document with id '{document.id}' already exists"
        raise Problem(409, "ALREADY_EXISTS", detail)
    return Answer.json(_reference(document), 201)


def get_document(cluster: Cluster, request: Request) -> Answer:
    """Answer a document's content; its hash must be named, so that a changed file is noticed."""
    document = _existing(cluster, request)
    content_hash = request.query.get("contentHash")
    if content_hash is None:
        raise Problem.invalid_argument("No document hash provided for document " + document.id)
    if content_hash != document.content_hash:
        raise Problem.invalid_argument(f"Document hash for document {document.id} doesn't match")
    return Answer(200, document.content_type, document.content)


def delete_document(cluster: Cluster, request: Request) -> Answer:
    """Forget a document."""
    cluster.documents.remove(_existing(cluster, request).id)
    return NO_CONTENT


def _existing(cluster: Cluster, request: Request) -> Document:
    _check_store(request)
    document_id = request.path_texts["documentId"]
    document = cluster.documents.get(document_id, cluster.engine.clock.now())
    if document is None:
        raise Problem(404, "NOT_FOUND", f"Document with id '{document_id}' not found")
    return document


def _check_store(request: Request) -> None:
    store_id = request.query.get("storeId", STORE_ID)
    if store_id != STORE_ID:
        raise Problem.invalid_argument(f"Document store with id '{store_id}' does not exist")


def _document(request: Request, file: Part, metadata: Mapping[str, Any]) -> Document:
    expires_at = metadata.get("expiresAt")
    instance_key = metadata.get("processInstanceKey")
    document_id = request.query.get("documentId") or str(uuid4())
    return Document(
        id=document_id,
        content=file.content,
        content_type=metadata.get("contentType") or file.content_type or "application/octet-stream",
        file_name=metadata.get("fileName") or file.filename or document_id,
        expires_at=None if expires_at is None else _moment(expires_at),
        process_definition_id=metadata.get("processDefinitionId"),
        process_instance_key=None if instance_key is None else int(instance_key),
        custom_properties=metadata.get("customProperties") or {},
    )


def _metadata(part: Part | None) -> Mapping[str, Any]:
    if part is None:
        return {}
    try:
        metadata = json.loads(part.content)
    except ValueError:
        metadata = None
    if not isinstance(metadata, dict):
        raise Problem(400, "Bad Request", "Failed to read request")
    for name in metadata.keys() - _METADATA:
        raise Problem.unreadable_property(name)
    return {name: value for name, value in metadata.items() if value is not None}


def _moment(text: object) -> datetime:
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise Problem.invalid_argument(f"The provided expiresAt '{text}' cannot be parsed as a date")
    return moment


def _reference(document: Document) -> dict[str, Any]:
    """Return what a process variable holds in the document's place."""
    expires_at, instance_key = document.expires_at, document.process_instance_key
    return {
        "camunda.document.type": "camunda",
        "storeId": STORE_ID,
        "documentId": document.id,
        "contentHash": document.content_hash,
        "metadata": {
            "contentType": document.content_type,
            "fileName": document.file_name,
            "expiresAt": None if expires_at is None else expires_at.isoformat(),
            "size": len(document.content),
            "processDefinitionId": document.process_definition_id,
            "processInstanceKey": None if instance_key is None else str(instance_key),
            "customProperties": dict(document.custom_properties),
        },
    }
