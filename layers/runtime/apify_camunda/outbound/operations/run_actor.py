"""Runs an Actor, and waits for the run if the process wants that."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from apify_camunda.apify.model import ResourceKind, StartRun
from apify_camunda.outbound.operations.lenient import LenientFlag, LenientText
from apify_camunda.outbound.operations.model import (
    StartOperation,
    Violation,
    missing,
    text_or_none,
)
from apify_camunda.outbound.operations.run_input import run_input

_PERMISSION_LEVELS = ("LIMITED_PERMISSIONS", "FULL_PERMISSIONS")


class ActorInput(StartOperation):
    """The inputs of an operation that runs an Actor.

    Attributes:
        actor_id: Id, or `username/name`.
        input_json: An object, a text that holds one, or None for an empty input.
        force_permission_level: `LIMITED_PERMISSIONS` or `FULL_PERMISSIONS`; None: as the Actor says.
    """

    actor_id: LenientText = None
    input_json: Any = None
    force_permission_level: LenientText = None

    def violations(self) -> Iterator[Violation]:
        """Return what is wrong with the inputs."""
        yield from missing(actorId=self.actor_id)
        level = text_or_none(self.force_permission_level)
        if level is not None and level not in _PERMISSION_LEVELS:
            yield "forcePermissionLevel", f"must be one of: {', '.join(_PERMISSION_LEVELS)}"
        yield from super().violations()

    def start_request(self) -> StartRun:
        """Return the run to start."""
        body = run_input(self.input_json, label="Input")
        level = text_or_none(self.force_permission_level)
        return self.start_of(ResourceKind.ACTOR, self.actor_id, body or {}, permission_level=level)


class RunActor(ActorInput):
    """Run an Actor.

    Attributes:
        wait_for_finish: Complete the job when the run has ended; absent means no.
    """

    type: ClassVar = "runActor"
    wait_for_finish: LenientFlag = False

    @property
    def waits(self) -> bool:
        """Say whether the job is completed only when the run has ended."""
        return self.wait_for_finish
