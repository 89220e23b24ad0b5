"""Runs an Actor, and waits for the run if the process wants that."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from apify_camunda.apify.model import ResourceKind, StartRun
from apify_camunda.outbound.operations.lenient import LenientFlag, LenientText
from apify_camunda.outbound.operations.model import RunOperation, Violation, missing, run_input


class RunActor(RunOperation):
    """Run an Actor.

    Attributes:
        actor_id: Id, or `username/name`.
        input_json: An object, a text that holds one, or None for an empty input.
        wait_for_finish: Complete the job when the run has ended; absent means no.
    """

    type: ClassVar = "runActor"
    actor_id: LenientText = None
    input_json: Any = None
    wait_for_finish: LenientFlag = False

    @property
    def waits(self) -> bool:
        """Say whether the job is completed only when the run has ended."""
        return self.wait_for_finish

    def violations(self) -> Iterator[Violation]:
        """Return what is wrong with the inputs."""
        yield from missing(actorId=self.actor_id)
        yield from super().violations()

    def start_request(self) -> StartRun:
        """Return the run to start."""
        body = run_input(self.input_json, label="Custom input JSON")
        return self.start_of(ResourceKind.ACTOR, self.actor_id, body or {})
