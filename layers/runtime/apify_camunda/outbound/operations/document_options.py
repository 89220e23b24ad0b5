"""The inputs that say whether a result is stored as a document; the operations that read share them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from apify_camunda.expressions.iso_duration import parse_iso_duration
from apify_camunda.json_types import Json, JsonObject
from apify_camunda.outbound.domain.documents import JSON_TYPE, DocumentOffer, StoreAsDocument
from apify_camunda.outbound.domain.job_outcome import OperationResult
from apify_camunda.outbound.operations.lenient import LenientText
from apify_camunda.outbound.operations.model import OperationModel, Violation, text_or_none


class DocumentOptions(OperationModel):
    """Whether the content is handed to Camunda's document store.

    Attributes:
        store_as_document: `never` (as None), `whenTooLarge` or `always`.
        document_ttl: How long the document is needed, as an ISO 8601 duration; None: as the cluster says.
    """

    store_as_document: LenientText = None
    document_ttl: LenientText = None

    def document_violations(self) -> Iterator[Violation]:
        """Return what is wrong with the inputs."""
        if self._choice is None:
            yield "storeAsDocument", f"must be one of: {', '.join(StoreAsDocument)}"
        if text_or_none(self.document_ttl) and self._expires_after is None:
            yield "documentTtl", "must be an ISO 8601 duration above zero, for example P30D"

    def items_result(self, response: JsonObject, aliases: JsonObject, *, file_name: str) -> OperationResult:
        """Return the result whose entry `items` can be stored as a document of JSON."""
        offer = self.offer(response["items"], content_type=JSON_TYPE, file_name=file_name)
        if offer is None:
            return OperationResult(response, aliases)
        response = {**response, "document": None}

        def as_document(reference: JsonObject) -> OperationResult:
            kept = {name: value for name, value in aliases.items() if value is not response["items"]}
            return OperationResult({**response, "items": None, "document": reference}, kept)

        return OperationResult(response, aliases, offer=offer, as_document=as_document)

    def offer(self, body: bytes | Json, *, content_type: str, file_name: str) -> DocumentOffer | None:
        """Return what can be stored as a document; None where the inputs do not ask for it."""
        choice = self._choice
        if choice is None or choice is StoreAsDocument.NEVER:
            return None
        return DocumentOffer(choice, body, content_type, file_name, self._expires_after)

    @property
    def _choice(self) -> StoreAsDocument | None:
        chosen = text_or_none(self.store_as_document) or StoreAsDocument.NEVER
        return next((each for each in StoreAsDocument if each == chosen), None)

    @property
    def _expires_after(self) -> timedelta | None:
        text = text_or_none(self.document_ttl)
        duration = None if text is None else parse_iso_duration(text)
        return duration if duration is not None and duration > timedelta() else None
