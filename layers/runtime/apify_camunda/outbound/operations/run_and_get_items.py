"""Runs an Actor or a task, waits for the run, and returns the items that it left."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from apify_camunda.apify.model import LARGE_BYTES, ApifyRun
from apify_camunda.apify.port import Apify
from apify_camunda.errors import PermanentError
from apify_camunda.json_types import JsonObject
from apify_camunda.outbound.domain.job_outcome import OperationResult
from apify_camunda.outbound.operations.dataset_reading import ItemOptions, read_items
from apify_camunda.outbound.operations.document_options import DocumentOptions
from apify_camunda.outbound.operations.model import StartOperation, Violation, negative
from apify_camunda.outbound.operations.run_actor import ActorInput
from apify_camunda.outbound.operations.run_task import TaskInput


class _RunAndGetItems(ItemOptions, DocumentOptions, StartOperation):
    """The half that both operations share; it always waits for the run."""

    @property
    def waits(self) -> bool:
        """Say whether the job is completed only when the run has ended."""
        return True

    def violations(self) -> Iterator[Violation]:
        """Return what is wrong with the inputs."""
        yield from super().violations()
        yield from negative(offset=self.offset, limit=self.limit)
        yield from self.document_violations()

    async def result(self, run: ApifyRun, apify: Apify, *, most_bytes: int = LARGE_BYTES) -> OperationResult:
        """Return the run and the items of its default dataset: `{run, items}`.

        A run that did not succeed has its items too: its status says how it ended.

        Raises:
            PermanentError: The run has no dataset, or its items are too large.
            ApifyRejected: Apify does not give the dataset.
            ApifyUnavailable: Apify does not answer.
        """
        dataset = run.text("defaultDatasetId")
        if dataset is None:
            raise PermanentError(f"The run {run.id} has no default dataset, so it has no items.")
        items = await read_items(dataset, self, apify, most_bytes=most_bytes)
        response: JsonObject = {"run": run.raw, "items": items}
        return self.items_result(response, {"data": run.raw}, file_name=f"{dataset}.json")


class RunActorAndGetItems(_RunAndGetItems, ActorInput):
    """Run an Actor and get its items."""

    type: ClassVar = "runActorAndGetItems"


class RunTaskAndGetItems(_RunAndGetItems, TaskInput):
    """Run a task and get its items."""

    type: ClassVar = "runTaskAndGetItems"
