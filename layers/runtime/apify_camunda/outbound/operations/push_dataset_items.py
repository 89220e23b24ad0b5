"""Adds items to a dataset."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, ClassVar

from apify_camunda.apify.model import LARGE_BYTES, ApiCall
from apify_camunda.apify.port import Apify
from apify_camunda.errors import ErrorCode
from apify_camunda.expressions.strict_json import read_json
from apify_camunda.json_types import Json
from apify_camunda.outbound.domain.job_outcome import OperationResult
from apify_camunda.outbound.operations.lenient import LenientText
from apify_camunda.outbound.operations.model import ActOperation, Violation, missing, resource_id


class PushDatasetItems(ActOperation):
    """Push items to a dataset.

    Attributes:
        dataset_id: Id, or `username/name`.
        items: An object, a list of objects, or a text that holds one of both as JSON.
    """

    type: ClassVar = "pushDatasetItems"
    dataset_id: LenientText = None
    items: Any = None

    @property
    def is_repeatable(self) -> bool:
        """Say whether doing it twice does no harm: the items would be there twice."""
        return False

    def violations(self) -> Iterator[Violation]:
        """Return what is wrong with the inputs."""
        yield from missing(datasetId=self.dataset_id)
        if self._objects() is None:
            yield "items", "must be an object or a list of objects"

    async def act(self, apify: Apify, *, most_bytes: int = LARGE_BYTES) -> OperationResult:
        """Push the items, and return `{data: {count}}`."""
        items = self._objects() or []
        call = ApiCall(
            "POST",
            ("datasets", resource_id(self.dataset_id), "items"),
            ErrorCode.DATASET_NOT_FOUND,
            is_repeatable=False,
            most_bytes=most_bytes,
            content=json.dumps(items, ensure_ascii=False, allow_nan=False).encode(errors="replace"),
            content_type="application/json; charset=utf-8",
        )
        await apify.call(call)
        return OperationResult({"data": {"count": len(items)}})

    def _objects(self) -> list[Json] | None:
        """Return the items; None where the input is something else."""
        given = self.items
        if isinstance(given, str):
            try:
                given = read_json(given)
            except ValueError:
                return None
        if isinstance(given, dict):
            return [given]
        if isinstance(given, list) and all(isinstance(item, dict) for item in given):
            return given
        return None
