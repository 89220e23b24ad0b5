"""Camunda's Python client keeps documents in the stand-in."""

from __future__ import annotations

import io

import pytest
from camunda_orchestration_sdk import errors, models
from camunda_orchestration_sdk.types import File

from tests.clients.sdk import Sdk

CONTENT = b"\x00\x01 bytes"


def test_a_document_is_uploaded_read_and_deleted(sdk: Sdk) -> None:
    """The client understands the reference, reads the content by it, and deletes it."""
    metadata = models.DocumentMetadata(file_name="page.bin")
    data = models.CreateDocumentData(File(io.BytesIO(CONTENT), "page.bin", "application/x-page"), metadata)
    reference = sdk.client.create_document(data=data)
    assert (reference.metadata.file_name, reference.metadata.size) == ("page.bin", len(CONTENT))
    assert reference.metadata.content_type == "application/x-page"
    read = sdk.client.get_document(reference.document_id, content_hash=str(reference.content_hash))
    assert read.payload.read() == CONTENT
    sdk.client.delete_document(reference.document_id)
    with pytest.raises(errors.NotFoundError):
        sdk.client.delete_document(reference.document_id)
