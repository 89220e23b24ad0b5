"""What is seen of an engine that its commands do not tell: the stand-in tells it, Camunda's by records."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Protocol

from emulators.camunda.engine import Engine
from emulators.camunda.state import IncidentState, JobState
from pyzeebe.proto import gateway_pb2 as pb
from pyzeebe.proto import gateway_pb2_grpc
from real_engines import RealEngine

from tests.contract.engine_transports import CALL_S, GrpcTransport

_ONE_LOOK: Final = timedelta(seconds=1.1)
"""More than the time after which Camunda's engines look again for what has become due."""
_OPEN_JOBS: Final = frozenset({JobState.ACTIVATABLE, JobState.ACTIVATED, JobState.FAILED})


@dataclass(frozen=True, slots=True)
class OpenIncident:
    """An incident that nobody has resolved."""

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


class RecordsInsight:
    """An engine of Camunda's tells by its records; a message that nobody wants marks how far they are."""

    def __init__(self, engine: RealEngine, transport: GrpcTransport) -> None:
        self._engine = engine
        self._transport = transport
        self._came = threading.Condition()
        self._newest_message = 0
        self._newest_at_ms = 0
        self._held: dict[int, HeldMessage] = {}
        self._jobs: dict[int, dict[str, Any]] = {}

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Note the messages and jobs that the records tell of."""
        stop = self._engine.history.listen(self._note)
        try:
            yield
        finally:
            stop()

    def settle(self) -> None:
        """Let marks pass twice: a command's consequences may have consequences."""
        for _ in range(2):
            mark = self._transport.command("PublishMessage", name="mark").key
            with self._came:
                assert self._came.wait_for(lambda: self._newest_message >= mark, CALL_S)  # noqa: B023 - now

    def now(self) -> datetime:
        self.settle()
        return datetime.fromtimestamp(self._newest_at_ms / 1000, UTC)

    def pass_time(self, by: timedelta) -> None:
        """Let the time pass, then the moment in which an engine looks; its own clock steers that, too."""
        self._engine.pass_time(by)
        self.settle()
        self._engine.pass_time(_ONE_LOOK)
        self.settle()

    def wait_until(self, is_seen: Callable[[], bool]) -> None:
        self._engine.history.wait_for(lambda _: is_seen(), timeout_s=CALL_S)

    def undeploy(self, definition_key: int) -> None:
        """Delete it; the gateway of the engine in memory never answers, so the records are asked."""
        channel = self._transport.channel
        request = pb.DeleteResourceRequest(resourceKey=definition_key)
        call = gateway_pb2_grpc.GatewayStub(channel).DeleteResource.future(request)
        self._engine.history.wait_for(lambda rows: definition_key not in rows.definitions, timeout_s=CALL_S)
        call.cancel()  # type: ignore[no-untyped-call]  # grpc's stubs leave it untyped

    def instances(self, definition_key: int) -> list[SeenInstance]:
        return self._engine.history.ask(
            lambda rows: [
                SeenInstance(
                    each.key,
                    each.version,
                    each.tenant_id,
                    frozenset(each.tags),
                    each.state,
                    dict(each.variables),
                )
                for each in rows.instances.values()
                if each.definition_key == definition_key
            ]
        )

    def state(self, process_instance_key: int) -> str:
        return self._engine.history.ask(lambda rows: rows.instances[process_instance_key].state)

    def variables(self, process_instance_key: int) -> dict[str, Any]:
        return self._engine.history.ask(lambda rows: dict(rows.instances[process_instance_key].variables))

    def incidents(self, process_instance_key: int) -> list[OpenIncident]:
        return self._engine.history.ask(
            lambda rows: [
                OpenIncident(each.key, each.element_id, each.kind, each.message)
                for each in rows.incidents.values()
                if each.instance_key == process_instance_key
            ]
        )

    def jobs(self, process_instance_key: int) -> list[OpenJob]:
        found = self._engine.history.ask(
            lambda rows: [each for each in rows.jobs.values() if each.instance_key == process_instance_key]
        )
        with self._came:
            return [
                OpenJob(
                    each.key,
                    each.instance_key,
                    self._jobs[each.key]["elementInstanceKey"],
                    each.state,
                    each.retries,
                    self._jobs[each.key]["errorMessage"],
                )
                for each in found
            ]

    def messages(self, name: str) -> list[HeldMessage]:
        with self._came:
            return [each for each in self._held.values() if each.name == name]

    def _note(self, record: dict[str, Any]) -> None:
        if record["recordType"] != "EVENT":
            return
        with self._came:
            match record["valueType"]:
                case "JOB":
                    self._jobs[record["key"]] = record["value"]
                case "MESSAGE":
                    self._note_message(record)
                    self._came.notify_all()

    def _note_message(self, record: dict[str, Any]) -> None:
        key, value = record["key"], record["value"]
        match record["intent"]:
            case "PUBLISHED":
                tenant = value.get("tenantId") or "<default>"
                self._held[key] = HeldMessage(key, value["name"], value["correlationKey"], tenant)
            case "EXPIRED":
                self._held.pop(key, None)
        self._newest_message = max(self._newest_message, key)
        self._newest_at_ms = max(self._newest_at_ms, record["timestamp"])
