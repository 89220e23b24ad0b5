"""Looks at the stand-in and the emulator, and says in words where a process stands; decides nothing."""

from __future__ import annotations

from collections.abc import Sequence

from emulators.apify import ApifyEmulator
from emulators.camunda.engine import Engine
from emulators.camunda.state import ElementState, IncidentState, JobState, SubscriptionState

from apify_camunda_cli.verdict import InstanceView


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
    alive = (JobState.ACTIVATABLE, JobState.ACTIVATED, JobState.FAILED)
    jobs = (job for job in engine.jobs() if job.type in job_types and job.retries > 0)
    return bool(engine.timers()) or any(job.state in alive for job in jobs)


def apify_has_due(apify: ApifyEmulator | None) -> bool:
    """Say whether a run, a delivery or an event is still to come; of a real Apify nobody knows."""
    if apify is None:
        return True
    with apify.use() as machine:
        return not machine.is_settled or machine.next_due() is not None


def _incidents(engine: Engine, instance_key: int) -> list[str]:
    return [
        f"{incident.kind.name} at {incident.element_id}: {incident.message}"
        for incident in engine.incidents()
        if incident.process_instance_key == instance_key and incident.state is IncidentState.ACTIVE
    ]


def _waits(engine: Engine, instance_key: int) -> list[str]:
    """Say of each active element what it waits for."""
    subscriptions = {
        subscription.element_instance_key: subscription
        for subscription in engine.message_subscriptions()
        if subscription.process_instance_key == instance_key
        and subscription.state is SubscriptionState.CREATED
    }
    jobs = {
        job.element_instance_key: job for job in engine.jobs() if job.process_instance_key == instance_key
    }
    said = []
    for element in engine.element_instances(instance_key):
        if element.state is not ElementState.ACTIVE:
            continue
        subscription, job = subscriptions.get(element.key), jobs.get(element.key)
        if subscription is not None:
            key = subscription.correlation_key
            said.append(
                f"{element.element_id} waits for message {subscription.message_name!r} with key {key!r}"
            )
        elif job is not None and job.state in (JobState.ACTIVATABLE, JobState.ACTIVATED, JobState.FAILED):
            said.append(
                f"{element.element_id} waits for a worker of job type {job.type!r} ({job.state.name})"
            )
    return said
