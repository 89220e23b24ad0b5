"""The composition root: settings and adapters become flows, on first use and for the life of the process.

It owns the one event loop: gRPC's and httpx's connections belong to the loop that opened them, so every
invocation runs on the same one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from datetime import datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

from apify_camunda.adapters.clock import SystemClock
from apify_camunda.contracts.delivery import HttpReply, HttpRequest
from apify_camunda.contracts.json_types import JsonObject
from apify_camunda.domain.deadline import Deadline
from apify_camunda.flows.deliver_event import DeliverEvents
from apify_camunda.flows.receive_event import ReceiveEvent
from apify_camunda.flows.reconcile_webhooks import ReconcileConfig, ReconcileWebhooks
from apify_camunda.flows.record_callback import RecordCallback
from apify_camunda.flows.resolve_secrets import SecretScope
from apify_camunda.flows.run_jobs import PollMode, RunJobs, RunJobsConfig
from apify_camunda.flows.take_place import TakePlace
from apify_camunda.settings import (
    DeliverEventSettings,
    PollJobsSettings,
    ReceiveWebhookSettings,
    ReconcileWebhooksSettings,
)
from apify_camunda.wiring.parts import Parts

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

T = TypeVar("T")


@cache
def _loop() -> asyncio.AbstractEventLoop:
    return asyncio.new_event_loop()


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run `work` on the process's one event loop and return what it returns."""
    return _loop().run_until_complete(work)


@cache
def receive_webhook() -> Callable[[HttpRequest], Coroutine[Any, Any, HttpReply]]:
    """Return what answers the HTTP API: ReceiveEvent for deliveries, RecordCallback for waiting runs."""
    parts = Parts(ReceiveWebhookSettings.from_environment())
    settings = parts.settings
    deliveries = ReceiveEvent(
        work=parts.work_event,
        pause=parts.inbound_pause,
        parking=parts.parking(settings.parking_queue_url),
        secrets=parts.secrets,
        metrics=parts.metrics,
    )
    callbacks = RecordCallback(
        attempts=parts.attempts,
        jobs=parts.cluster.jobs,
        waker=parts.waker(settings.poller_function),
        secrets=parts.secrets,
    )

    async def answer(request: HttpRequest) -> HttpReply:
        return await (callbacks if request.path.startswith("/runs/") else deliveries)(request)

    return answer


@cache
def deliver_event() -> DeliverEvents:
    """Return what works on parked events."""
    parts = Parts(DeliverEventSettings.from_environment())
    return DeliverEvents(
        work=parts.work_event,
        pause=parts.inbound_pause,
        parking=parts.parking(parts.settings.parking_queue_url),
        clock=parts.clock,
    )


@cache
def reconcile_webhooks() -> ReconcileWebhooks:
    """Return what keeps the webhooks as they should be."""
    parts = Parts(ReconcileWebhooksSettings.from_environment())
    settings = parts.settings
    return ReconcileWebhooks(
        catalog=parts.cluster.catalog,
        accounts=parts.apify,
        registry=parts.registry,
        parking=parts.parking(settings.parking_queue_url),
        secrets=parts.secrets,
        clock=parts.clock,
        metrics=parts.metrics,
        config=ReconcileConfig(
            deployment_id=settings.deployment_id,
            public_url=settings.public_url.rstrip("/"),
            inbound_type=settings.inbound_type,
        ),
    )


@cache
def poll_jobs() -> Callable[[Deadline], Coroutine[Any, Any, JsonObject]]:
    """Return what works Camunda's jobs."""
    parts = Parts(PollJobsSettings.from_environment())
    settings = parts.settings
    run_jobs = RunJobs(
        jobs=parts.cluster.jobs,
        accounts=parts.apify,
        attempts=parts.attempts,
        catalog=parts.cluster.catalog,
        registry=parts.registry,
        secrets=parts.secrets,
        clock=parts.clock,
        metrics=parts.metrics,
        config=RunJobsConfig(
            job_type=settings.outbound_job_type,
            cluster=parts.cluster_id,
            public_url=settings.public_url.rstrip("/"),
            secret_scope=SecretScope(settings.secret_scope),
            poll_mode=PollMode(settings.poll_mode),
        ),
    )
    places = parts.places(settings.poller_places)
    return TakePlace(poll=run_jobs, places=places) if settings.poller_places else run_jobs


def now() -> datetime:
    """Return the present."""
    return SystemClock().now()


def deadline(context: LambdaContext) -> Deadline:
    """Return the moment at which Lambda ends this invocation."""
    return Deadline(now() + timedelta(milliseconds=context.get_remaining_time_in_millis()))
