"""Fetches the document that an input refers to, before the operation is carried out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from apify_camunda.apify.model import TOO_LARGE
from apify_camunda.apify.port import Apify
from apify_camunda.camunda.model import DocumentReference
from apify_camunda.camunda.ports import DocumentStore
from apify_camunda.errors import AnswerTooLarge
from apify_camunda.outbound.domain.job_outcome import OperationResult
from apify_camunda.outbound.operations.model import ActOperation


class Act(Protocol):
    """What an operation does at Apify."""

    async def __call__(self, apify: Apify, *, most_bytes: int) -> OperationResult:
        """Return its result."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenDocument:
    """Gives operations the content of the document that an input of theirs refers to."""

    documents: DocumentStore

    def __call__(self, operation: ActOperation) -> Act:
        """Return what carries the operation out, with the document that it is given."""
        reference = operation.document
        if reference is None:
            return operation.act

        async def act(apify: Apify, *, most_bytes: int) -> OperationResult:
            content = await self._content(reference, most_bytes)
            return await operation.given(content, reference.content_type).act(apify, most_bytes=most_bytes)

        return act

    async def _content(self, reference: DocumentReference, most_bytes: int) -> bytes:
        if reference.size_bytes is not None and reference.size_bytes > most_bytes:
            raise _too_large(reference, reference.size_bytes, most_bytes)
        content = await self.documents.content(reference)
        if len(content) > most_bytes:
            raise _too_large(reference, len(content), most_bytes)
        return content


def _too_large(reference: DocumentReference, size_bytes: int, most_bytes: int) -> AnswerTooLarge:
    return AnswerTooLarge(
        f"The document {reference.document_id} has {size_bytes:,} bytes; at most {most_bytes:,} are read.",
        code=TOO_LARGE,
        status=200,
    )
