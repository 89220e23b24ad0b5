"""Gets the items of a dataset."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from apify_camunda.apify.model import LARGE_BYTES
from apify_camunda.apify.port import Apify
from apify_camunda.outbound.domain.job_outcome import OperationResult
from apify_camunda.outbound.operations.dataset_reading import ItemOptions, read_items
from apify_camunda.outbound.operations.document_options import DocumentOptions
from apify_camunda.outbound.operations.lenient import LenientText
from apify_camunda.outbound.operations.model import ReadOperation, Violation, missing, negative, resource_id


class GetDatasetItems(ItemOptions, DocumentOptions, ReadOperation):
    """Get the items of a dataset.

    Attributes:
        dataset_id: Id, or `username/name`.
    """

    type: ClassVar = "getDatasetItems"
    dataset_id: LenientText = None

    def violations(self) -> Iterator[Violation]:
        """Return what is wrong with the inputs."""
        yield from missing(datasetId=self.dataset_id)
        yield from negative(offset=self.offset, limit=self.limit)
        yield from self.document_violations()

    async def read(self, apify: Apify, *, most_bytes: int = LARGE_BYTES) -> OperationResult:
        """Return the items that the operation asks for, in the reference's shape `{items}`.

        Raises:
            PermanentError: They have more than `most_bytes` of JSON; the code is PAYLOAD_TOO_LARGE.
            ApifyRejected: There is no such dataset, or the token may not read it.
            ApifyUnavailable: Apify does not answer.
        """
        dataset = resource_id(self.dataset_id)
        items = await read_items(dataset, self, apify, most_bytes=most_bytes)
        return self.items_result({"items": items}, {"data": items}, file_name=f"{dataset}.json")
