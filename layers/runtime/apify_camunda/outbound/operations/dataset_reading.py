"""Reads the items of a dataset, page by page; several operations return items."""

from __future__ import annotations

from typing import Final

from apify_camunda.apify.model import LARGE_BYTES, TOO_LARGE
from apify_camunda.apify.port import Apify
from apify_camunda.errors import AnswerTooLarge
from apify_camunda.json_types import Json
from apify_camunda.outbound.operations.lenient import LenientFlag, LenientInt, LenientNames
from apify_camunda.outbound.operations.model import OperationModel

PAGE_SIZE: Final = 1000


class ItemOptions(OperationModel):
    """Which items of a dataset are returned.

    Attributes:
        offset: How many items are left out at the beginning.
        limit: None means all items.
        fields: Only these fields of each item.
        omit: All but these fields of each item.
        clean: Leave out empty items and hidden fields.
        desc: Newest items first.
    """

    offset: LenientInt = None
    limit: LenientInt = None
    fields: LenientNames = ()
    omit: LenientNames = ()
    clean: LenientFlag = False
    desc: LenientFlag = False

    def query(self) -> dict[str, str]:
        """Return the options in Apify's words."""
        options = {"fields": ",".join(self.fields), "omit": ",".join(self.omit)}
        options |= {"clean": "true" if self.clean else "", "desc": "true" if self.desc else ""}
        return {name: value for name, value in options.items() if value}


async def read_items(
    dataset: str, options: ItemOptions, apify: Apify, *, most_bytes: int = LARGE_BYTES
) -> list[Json]:
    """Return the items that the options ask for.

    Raises:
        PermanentError: They have more than `most_bytes` of JSON; the code is PAYLOAD_TOO_LARGE.
        ApifyRejected: There is no such dataset, or the token may not read it.
        ApifyUnavailable: Apify does not answer.
    """
    query = options.query()
    items: list[Json] = []
    size_bytes = 0
    offset = options.offset or 0
    left = options.limit
    while left is None or left > 0:
        limit = PAGE_SIZE if left is None else min(left, PAGE_SIZE)
        try:
            page = await apify.dataset_items(
                dataset, offset=offset, limit=limit, options=query, most_bytes=most_bytes
            )
        except AnswerTooLarge as error:
            raise _too_large(dataset, most_bytes) from error
        items += page.items
        size_bytes += page.size_bytes
        if size_bytes > most_bytes:
            raise _too_large(dataset, most_bytes)
        # Items that `clean` left out count too: what a page covers is not what it holds.
        offset += page.count
        left = None if left is None else left - page.count
        if page.count == 0 or offset >= page.total:
            break
    return items


def _too_large(dataset: str, most_bytes: int) -> AnswerTooLarge:
    return AnswerTooLarge(
        f"The items of dataset {dataset} have more than {most_bytes // 1024**2} MiB of JSON. Read them "
        "in parts with Offset and Limit, or only what the process needs with Fields.",
        code=TOO_LARGE,
        status=200,
    )
