"""What is seen of an engine that its commands do not tell, whichever it is; the stand-in simply tells it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

from emulators.camunda.engine import Engine
from emulators.camunda.state import IncidentState, JobState

_OPEN_JOBS: Final = frozenset({JobState.ACTIVATABLE, JobState.ACTIVATED, JobState.FAILED})


@dataclass(frozen=True, slots=True)
class OpenIncident:
    """An open incident."""

    key: int
    element_id: str
    kind: str
    message: str


@dataclass(frozen=True, slots=True)
class HeldMessage:
    """A message that is buffered until its time to live ends."""

    key: int
    name: str
    correlation_key: str
    tenant_id: str


@dataclass(frozen=True, slots=True)
class OpenJob:
    """A job that is not done.

    Attributes:
        state: ACTIVATABLE, ACTIVATED or FAILED.
        error_message: What the last failure said.
    """

    key: int
    instance_key: int
    element_instance_key: int
    state: str
    retries: int
    error_message: str


@dataclass(frozen=True, slots=True)
class SeenInstance:
    """A process instance.

    Attributes:
        state: ACTIVE, COMPLETED or TERMINATED.
        variables: Those of the instance itself.
    """

    key: int
    version: int
    tenant_id: str
    tags: frozenset[str]
    state: str
    variables: dict[str, Any]


class Insight(Protocol):
    """What is seen of an engine that its commands do not tell."""

    def settle(self) -> None:
        """Wait until what was commanded has had its consequences, and they can be seen."""
        ...

    def now(self) -> datetime:
        """Return the engine's time."""
        ...

    def pass_time(self, by: timedelta) -> None:
        """Move the clock forward, and let what is due happen."""
        ...

    def wait_until(self, is_seen: Callable[[], bool]) -> None:
        """Wait for what the engine does by itself, soon."""
        ...

    def undeploy(self, definition_key: int) -> None:
        """Delete one version of a process."""
        ...

    def instances(self, definition_key: int) -> list[SeenInstance]:
        """Return the instances of one version of a process, oldest first."""
        ...

    def state(self, process_instance_key: int) -> str:
        """Return ACTIVE, COMPLETED or TERMINATED."""
        ...

    def variables(self, process_instance_key: int) -> dict[str, Any]:
        """Return the variables of the instance itself."""
        ...

    def incidents(self, process_instance_key: int) -> list[OpenIncident]:
        """Return the open incidents of an instance."""
        ...

    def jobs(self, process_instance_key: int) -> list[OpenJob]:
        """Return the jobs of an instance that are not done."""
        ...

    def messages(self, name: str) -> list[HeldMessage]:
        """Return the messages of this name that are buffered, oldest first."""
        ...


@dataclass(frozen=True, slots=True)
class StandInInsight:
    """The stand-in tells all, and has done everything when it answers."""

    engine: Engine

    def settle(self) -> None:
        """Nothing is ever left to do."""

    def now(self) -> datetime:
        return self.engine.clock.now()

    def pass_time(self, by: timedelta) -> None:
        self.engine.advance_clock(by)

    def wait_until(self, is_seen: Callable[[], bool]) -> None:
        assert is_seen()

    def undeploy(self, definition_key: int) -> None:
        self.engine.delete_resource(definition_key)

    def instances(self, definition_key: int) -> list[SeenInstance]:
        return [
            SeenInstance(
                each.key, each.version, each.tenant_id, each.tags, each.state.value, self.variables(each.key)
            )
            for each in self.engine.process_instances()
            if each.definition_key == definition_key
        ]

    def state(self, process_instance_key: int) -> str:
        instance = self.engine.process_instance(process_instance_key)
        assert instance is not None
        return instance.state.value

    def variables(self, process_instance_key: int) -> dict[str, Any]:
        found = self.engine.variables(process_instance_key)
        return {v.name: v.value for v in found if v.scope_key == process_instance_key}

    def incidents(self, process_instance_key: int) -> list[OpenIncident]:
        return [
            OpenIncident(each.key, each.element_id, each.kind.value, each.message)
            for each in self.engine.incidents(process_instance_key)
            if each.state is IncidentState.ACTIVE
        ]

    def jobs(self, process_instance_key: int) -> list[OpenJob]:
        return [
            OpenJob(
                each.key,
                each.process_instance_key,
                each.element_instance_key,
                each.state.value,
                each.retries,
                each.error_message,
            )
            for each in self.engine.jobs(process_instance_key)
            if each.state in _OPEN_JOBS
        ]

    def messages(self, name: str) -> list[HeldMessage]:
        return [
            HeldMessage(each.key, each.name, each.correlation_key, each.tenant_id)
            for each in self.engine.messages()
            if each.name == name
        ]
