"""The Camunda that runs a process: the stand-in, or a real engine of this machine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, Protocol

import grpc
from emulators.camunda.engine import Engine
from emulators.camunda.rejection import Rejection
from real_engines import Operator, RealEngine
from real_engines.projection import Rows
from real_engines.rows import Instance

from apify_camunda_cli.local import inspection
from apify_camunda_cli.local.verdict import InstanceView

_NO_ANSWER = (grpc.StatusCode.DEADLINE_EXCEEDED, grpc.StatusCode.UNAVAILABLE)


class Refused(Exception):
    """Camunda refused a command; the message is its own."""


class Unanswered(Exception):
    """Camunda did not answer a command in time; it may have had its effect."""


class Cluster(Protocol):
    """A Camunda on which a process can be deployed, started and watched."""

    def deploy(self, name: str, content: bytes) -> None:
        """Deploy a process.

        Raises:
            Refused: This Camunda cannot run the process.
            Unanswered: Whether it is deployed is not known.
        """
        ...

    def start(self, process_id: str, variables: Mapping[str, Any]) -> None:
        """Start an instance of the newest version.

        Raises:
            Refused: It cannot start with these variables.
            Unanswered: Whether it has started is not known.
        """
        ...

    def instances_of(self, process_id: str) -> tuple[InstanceView, ...]:
        """Return every instance of a process, oldest first."""
        ...

    def something_is_due(self, job_types: Sequence[str]) -> bool:
        """Say whether a timer, or a job of these types, is still to come."""
        ...

    def wait_for_change(self, longest: timedelta) -> None:
        """Wait until something happens, or the time is over."""
        ...


class StandInCluster:
    """The stand-in, in this process."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def deploy(self, name: str, content: bytes) -> None:
        """Deploy a process."""
        with _refusals_translated():
            self._engine.deploy([(name, content)])

    def start(self, process_id: str, variables: Mapping[str, Any]) -> None:
        """Start an instance of the newest version."""
        with _refusals_translated():
            self._engine.create_instance(process_id=process_id, variables=dict(variables))

    def instances_of(self, process_id: str) -> tuple[InstanceView, ...]:
        """Return every instance of a process, oldest first."""
        return inspection.instances_of(self._engine, process_id)

    def something_is_due(self, job_types: Sequence[str]) -> bool:
        """Say whether a timer, or a job of these types, is still to come."""
        return inspection.engine_has_due(self._engine, job_types)

    def wait_for_change(self, longest: timedelta) -> None:
        """Wait until something happens, or the time is over."""
        self._engine.wait_for_change(longest)


class EngineCluster:
    """A real engine, seen through its own records."""

    def __init__(self, engine: RealEngine) -> None:
        self._history = engine.history
        self._operator = Operator(engine)

    def deploy(self, name: str, content: bytes) -> None:
        """Deploy a process."""
        with _refusals_translated():
            self._operator.deploy(name, content)

    def start(self, process_id: str, variables: Mapping[str, Any]) -> None:
        """Start an instance of the newest version."""
        with _refusals_translated():
            self._operator.start(process_id, dict(variables))

    def instances_of(self, process_id: str) -> tuple[InstanceView, ...]:
        """Return every instance of a process, oldest first."""
        return self._history.ask(
            lambda rows: tuple(
                _view(rows, each) for each in rows.instances.values() if each.process_id == process_id
            )
        )

    def something_is_due(self, job_types: Sequence[str]) -> bool:
        """Say whether a timer, or a job of these types, is still to come."""
        return self._history.ask(
            lambda rows: (
                bool(rows.timers)
                or any(job.type in job_types and job.retries > 0 for job in rows.jobs.values())
            )
        )

    def wait_for_change(self, longest: timedelta) -> None:
        """Wait until something happens, or the time is over."""
        self._history.wait_for_change(longest.total_seconds())


@contextmanager
def _refusals_translated() -> Iterator[None]:
    try:
        yield
    except Rejection as refusal:
        raise Refused(refusal.message) from refusal
    except TimeoutError as error:
        raise Unanswered(f"Camunda's records do not show it in time: {error}") from error
    except grpc.RpcError as error:
        raise _of_grpc(error) from error


def _of_grpc(error: Any) -> Refused | Unanswered:
    """Return what gRPC brought; the errors that it raises are calls too, which its types do not tell."""
    if error.code() in _NO_ANSWER:
        return Unanswered(f"Camunda did not answer: {error.details()}")
    return Refused(error.details())


def _view(rows: Rows, instance: Instance) -> InstanceView:
    incidents = (each for each in rows.incidents.values() if each.instance_key == instance.key)
    messages = (each for each in rows.waiting.values() if each.instance_key == instance.key)
    jobs = (each for each in rows.jobs.values() if each.instance_key == instance.key)
    waits = [
        f"{each.element_id} waits for message {each.message_name!r} with key {each.correlation_key!r}"
        for each in messages
    ]
    waits += [
        f"{each.element_id} waits for a worker of job type {each.type!r} ({each.state})" for each in jobs
    ]
    return InstanceView(
        key=instance.key,
        state=instance.state,
        variables=dict(instance.variables),
        incidents=tuple(f"{each.kind} at {each.element_id}: {each.message}" for each in incidents),
        waits_for=tuple(waits),
    )
