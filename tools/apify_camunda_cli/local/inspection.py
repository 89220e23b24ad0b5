"""Describes the state of a process on the stand-in, and whether the emulated Apify still has work."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from emulators.apify import ApifyEmulator
from emulators.camunda.engine import Engine
from emulators.camunda.state import ElementState, IncidentState, JobState, MessageSubscription

from apify_camunda_cli.local.verdict import InstanceView

_OPEN_JOBS = frozenset({JobState.ACTIVATABLE, JobState.ACTIVATED, JobState.FAILED})


def instances_of(engine: Engine, process_id: str) -> tuple[InstanceView, ...]:
    """Return every instance of a process, oldest first."""
    return tuple(
        InstanceView(
            key=instance.key,
            state=instance.state.name,
            variables=engine.visible_variables(instance.key),
            incidents=tuple(_incidents(engine, instance.key)),
            waits_for=tuple(_waits(engine, instance.key)),
        )
        for instance in engine.process_instances()
        if instance.process_id == process_id
    )


def engine_has_due(engine: Engine, job_types: Sequence[str]) -> bool:
    """Say whether a timer, or a job of ours, is still to come.

    A job of ours that is locked comes again when its lock runs out, if nothing else moves it before.
    """
    jobs = (job for job in engine.jobs() if job.type in job_types and job.retries > 0)
    return bool(engine.timers()) or any(job.state in _OPEN_JOBS for job in jobs)


def apify_has_due(apify: ApifyEmulator | None) -> bool:
    """Say whether a run, a delivery or an event is still to come; it is not known of a real Apify."""
    if apify is None:
        return True
    with apify.use() as machine:
        return not machine.is_settled or machine.next_due() is not None


def _family(engine: Engine, instance_key: int) -> Iterator[int]:
    """Yield an instance and all that it has called, from the outside in."""
    yield instance_key
    for instance in engine.process_instances():
        if instance.parent_process_instance_key == instance_key:
            yield from _family(engine, instance.key)


def _incidents(engine: Engine, instance_key: int) -> Iterator[str]:
    for key in _family(engine, instance_key):
        for incident in engine.incidents(key):
            if incident.state is IncidentState.ACTIVE:
                yield f"{incident.kind.name} at {incident.element_id}: {incident.message}"


def _waits(engine: Engine, instance_key: int) -> Iterator[str]:
    """Say of each active element what it waits for: a worker, messages, times."""
    family = tuple(_family(engine, instance_key))
    waits: defaultdict[int | None, list[str]] = defaultdict(list)
    for job in (each for key in family for each in engine.jobs(key)):
        if job.state in _OPEN_JOBS:
            worker = f"a worker of job type {job.type!r} ({job.state.name})"
            waits[job.element_instance_key].append(f"{job.element_id} waits for {worker}")
    for found in engine.message_subscriptions():
        if found.is_open:
            message = f"message {found.message_name!r} with key {found.correlation_key!r}"
            waits[found.element_instance_key].append(
                f"{found.element_id} waits for {message}{_other_keys(engine, found)}"
            )
    for timer in engine.timers():
        due = timer.due_at.isoformat(timespec="seconds")
        waits[timer.element_instance_key].append(f"{timer.element_id} waits until {due}")
    for element in (each for key in family for each in engine.element_instances(key)):
        if element.state is ElementState.ACTIVE:
            yield from waits[element.key]


def _other_keys(engine: Engine, waiting: MessageSubscription) -> str:
    """Return with which other keys messages of this name came and reached no instance; empty for none.

    They came since the instance began, not since it waits: a short run may end sooner. A key with which an
    instance waits or waited belongs to that instance.
    """
    began = waiting.process_instance_key or waiting.key
    same_name = (each for each in engine.message_subscriptions() if each.message_name == waiting.message_name)
    waited_for = {each.correlation_key for each in same_name}
    keys = {
        message.correlation_key
        for message in engine.messages()
        if message.name == waiting.message_name and message.key > began and not message.correlated_process_ids
    }
    came = ", ".join(sorted(repr(key) for key in keys - waited_for))
    return f" (a message of this name came with key {came}: the two correlation keys differ)" if came else ""
