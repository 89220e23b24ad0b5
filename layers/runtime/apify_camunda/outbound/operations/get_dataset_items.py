"""Reads the items of a dataset, page by page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Final

from apify_camunda.apify.model import LARGE_BYTES, TOO_LARGE
from apify_camunda.apify.port import Apify
from apify_camunda.errors import ApifyRejected, PermanentError
from apify_camunda.json_types import Json
from apify_camunda.outbound.domain.job_outcome import OperationResult
from apify_camunda.outbound.operations.lenient import LenientFlag, LenientInt, LenientNames, LenientText
from apify_camunda.outbound.operations.model import ReadOperation, Violation, missing, negative, resource_id

PAGE_SIZE: Final = 1000


class GetDatasetItems(ReadOperation):
    """Get the items of a dataset.

    Attributes:
        dataset_id: Id, or `username/name`.
        offset: How many items are left out at the beginning.
        limit: None means all items.
        fields: Only these fields of each item.
        omit: All but these fields of each item.
        clean: Leave out empty items and hidden fields.
        desc: Newest items first.
    """

    type: ClassVar = "getDatasetItems"
    dataset_id: LenientText = None
    offset: LenientInt = None
    limit: LenientInt = None
    fields: LenientNames = ()
    omit: LenientNames = ()
    clean: LenientFlag = False
    desc: LenientFlag = False

    def violations(self) -> Iterator[Violation]:
        """Return what is wrong with the inputs."""
        yield from missing(datasetId=self.dataset_id)
        yield from negative(offset=self.offset, limit=self.limit)

    async def read(self, apify: Apify, *, most_bytes: int = LARGE_BYTES) -> OperationResult:
        """Return the items that the operation asks for, in the reference's shape `{items}`.

        Raises:
            PermanentError: They have more than `most_bytes` of JSON; the code is PAYLOAD_TOO_LARGE.
            ApifyRejected: There is no such dataset, or the token may not read it.
            ApifyUnavailable: Apify does not answer.
        """
        dataset = resource_id(self.dataset_id)
        options = self._options()
        items: list[Json] = []
        size_bytes = 0
        offset = self.offset or 0
        left = self.limit
        while left is None or left > 0:
            limit = PAGE_SIZE if left is None else min(left, PAGE_SIZE)
            try:
                page = await apify.dataset_items(
                    dataset, offset=offset, limit=limit, options=options, most_bytes=most_bytes
                )
            except ApifyRejected as error:
                raise _too_large(dataset, most_bytes) if error.code == TOO_LARGE else error from error
            items += page.items
            size_bytes += page.size_bytes
            if size_bytes > most_bytes:
                raise _too_large(dataset, most_bytes)
            # Items that `clean` left out count too: what a page covers is not what it holds.
            offset += page.count
            left = None if left is None else left - page.count
            if page.count == 0 or offset >= page.total:
                break
        return OperationResult({"items": items}, aliases={"data": items})

    def _options(self) -> dict[str, str]:
        options = {"fields": ",".join(self.fields), "omit": ",".join(self.omit)}
        options |= {"clean": "true" if self.clean else "", "desc": "true" if self.desc else ""}
        return {name: value for name, value in options.items() if value}


def _too_large(dataset: str, most_bytes: int) -> PermanentError:
    return PermanentError(
        f"The items of dataset {dataset} have more than {most_bytes // 1024**2} MiB of JSON. Read them "
        "in parts with Offset and Limit, or only what the process needs with Fields.",
        code=TOO_LARGE,
    )
