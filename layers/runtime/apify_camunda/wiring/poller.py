"""Puts together what works Camunda's jobs."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any

from apify_camunda.json_types import JsonObject
from apify_camunda.outbound.flows.resolve_secrets import SecretScope
from apify_camunda.outbound.flows.run_jobs import PollMode, RunJobs, RunJobsConfig
from apify_camunda.outbound.flows.take_slot import TakeSlot
from apify_camunda.platform.deadline import Deadline
from apify_camunda.platform.settings import PollJobsSettings
from apify_camunda.wiring.container import Container

_TRIES_IN_A_SLOT = 2
"""Further tries of a job wait in Camunda, so that other jobs have its slot meanwhile."""


def poller() -> Callable[[Deadline], Coroutine[Any, Any, JsonObject]]:
    """Return what works Camunda's jobs."""
    container = Container(PollJobsSettings.from_environment())
    settings = container.settings
    run_jobs = RunJobs(
        jobs=container.cluster.jobs,
        accounts=container.traced("Apify", replace(container.apify, tries=_TRIES_IN_A_SLOT)),
        attempts=container.attempts,
        trials=container.trials,
        cancellable=container.cancellable,
        elements=container.cluster.elements,
        documents=container.cluster.documents,
        catalog=container.cluster.catalog,
        pause_store=container.registry,
        secrets=container.secrets,
        clock=container.clock,
        metrics=container.metrics,
        config=RunJobsConfig(
            job_type=settings.outbound_job_type,
            cluster=container.cluster_id,
            public_url=settings.public_url.rstrip("/"),
            secret_scope=SecretScope(settings.secret_scope),
            poll_mode=PollMode(settings.poll_mode),
        ),
    )
    slots = container.slots(settings.poller_slots)
    return TakeSlot(poll=run_jobs, slots=slots) if settings.poller_slots else run_jobs
