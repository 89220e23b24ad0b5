"""Runs a task, and waits for the run if the process wants that."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from apify_camunda.apify.model import ResourceKind, StartRun
from apify_camunda.outbound.operations.lenient import LenientFlag, LenientText
from apify_camunda.outbound.operations.model import StartOperation, Violation, missing
from apify_camunda.outbound.operations.run_input import run_input


class TaskInput(StartOperation):
    """The inputs of an operation that runs a task.

    Attributes:
        task_id: Id, or `username/name`.
        input_json: What overrides the task's saved input; None uses the saved input as it is.
    """

    task_id: LenientText = None
    input_json: Any = None

    def violations(self) -> Iterator[Violation]:
        """Return what is wrong with the inputs."""
        yield from missing(taskId=self.task_id)
        yield from super().violations()

    def start_request(self) -> StartRun:
        """Return the run to start."""
        override = run_input(self.input_json, label="Input override")
        return self.start_of(ResourceKind.TASK, self.task_id, override)


class RunTask(TaskInput):
    """Run a task.

    Attributes:
        wait_for_finish: Complete the job when the run has ended; absent means no.
    """

    type: ClassVar = "runTask"
    wait_for_finish: LenientFlag = False

    @property
    def waits(self) -> bool:
        """Say whether the job is completed only when the run has ended."""
        return self.wait_for_finish
