"""Waits for a run that something else has started, for days if need be."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from apify_camunda.identifiers import RunId
from apify_camunda.outbound.operations.lenient import LenientText
from apify_camunda.outbound.operations.model import RunOperation, Violation, missing, text_or_none


class WaitForRun(RunOperation):
    """Wait for a run; a run that has ended already completes the job at once."""

    type: ClassVar = "waitForRun"
    run_id: LenientText = None

    @property
    def waits(self) -> bool:
        """Say whether the job is completed only when the run has ended."""
        return True

    @property
    def run(self) -> RunId:
        """Return the id of the run."""
        return RunId(text_or_none(self.run_id) or "")

    def violations(self) -> Iterator[Violation]:
        """Return what is wrong with the inputs."""
        yield from missing(runId=self.run_id)
