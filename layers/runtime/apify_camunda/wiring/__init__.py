"""The composition root: settings and adapters become flows, on first use and for the life of the process.

It owns the one event loop: gRPC's and httpx's connections belong to the loop that opened them, so every
invocation runs on the same one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

from apify_camunda.inbound.flows.deliver_event import DeliverEvents
from apify_camunda.inbound.flows.receive_event import ReceiveEvent
from apify_camunda.inbound.flows.refused_signatures import RefusedSignatures
from apify_camunda.inbound.flows.report_doubts import ReportDoubts
from apify_camunda.json_types import JsonObject
from apify_camunda.outbound.flows.record_callback import RecordCallback
from apify_camunda.outbound.flows.resolve_secrets import SecretScope
from apify_camunda.outbound.flows.run_jobs import PollMode, RunJobs, RunJobsConfig
from apify_camunda.outbound.flows.take_slot import TakeSlot
from apify_camunda.platform.deadline import Deadline
from apify_camunda.platform.http_messages import HttpReply, HttpRequest
from apify_camunda.platform.settings import (
    DeliverEventSettings,
    PollJobsSettings,
    ReceiveWebhookSettings,
    ReconcileWebhooksSettings,
)
from apify_camunda.platform.system_clock import SystemClock
from apify_camunda.registration.flows.reconcile_webhooks import ReconcileConfig, ReconcileWebhooks
from apify_camunda.webhooks.routes import is_attempt, route_of_path
from apify_camunda.wiring.container import Container

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

T = TypeVar("T")
_TRIES_IN_A_SLOT = 2
"""Further tries of a job wait in Camunda, so that other jobs have its slot meanwhile."""


@cache
def _loop() -> asyncio.AbstractEventLoop:
    return asyncio.new_event_loop()


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run `work` on the process's one event loop and return what it returns."""
    return _loop().run_until_complete(work)


class _Later:
    """Stands for something that is put together when it is first used: a stranger's request needs no gRPC."""

    def __init__(self, make: Callable[[], Any]) -> None:
        self._make = make

    def __getattr__(self, name: str) -> Any:
        return getattr(self._make(), name)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._make()(*args, **kwargs)


@cache
def receive_webhook() -> Callable[[HttpRequest, Deadline], Coroutine[Any, Any, HttpReply]]:
    """Return what answers the HTTP API: ReceiveEvent for deliveries, RecordCallback for waiting runs."""
    container = Container(ReceiveWebhookSettings.from_environment())
    settings = container.settings
    deliveries = ReceiveEvent(
        process_event=_Later(lambda: container.process_event),
        refused=RefusedSignatures(
            listeners=container.registry, metrics=container.metrics, clock=container.clock
        ),
        pause=container.inbound_pause,
        parking=container.parking(settings.parking_queue_url),
        secrets=container.secrets,
        metrics=container.metrics,
        clock=container.clock,
    )
    callbacks = RecordCallback(
        attempts=container.attempts,
        jobs=_Later(lambda: container.cluster.jobs),
        waker=container.waker(settings.poller_function),
        secrets=container.secrets,
        clock=container.clock,
    )

    async def answer(request: HttpRequest, deadline: Deadline) -> HttpReply:
        if is_attempt(route_of_path(request.path)):
            return await callbacks(request)
        return await deliveries(request, deadline)

    return answer


@cache
def deliver_event() -> DeliverEvents:
    """Return what works on parked events."""
    container = Container(DeliverEventSettings.from_environment())
    return DeliverEvents(
        process_event=container.process_event,
        pause=container.inbound_pause,
        parking=container.parking(container.settings.parking_queue_url),
        metrics=container.metrics,
        clock=container.clock,
    )


@cache
def reconcile_webhooks() -> Callable[[Deadline], Coroutine[Any, Any, JsonObject]]:
    """Return what keeps the webhooks as they should be, and reports doubts once a tick."""
    container = Container(ReconcileWebhooksSettings.from_environment())
    settings = container.settings
    report_doubts = ReportDoubts(container.events, container.metrics)
    reconcile = ReconcileWebhooks(
        catalog=container.cluster.catalog,
        accounts=container.apify,
        registry=container.registry,
        parking=container.parking(settings.parking_queue_url),
        secrets=container.secrets,
        clock=container.clock,
        metrics=container.metrics,
        config=ReconcileConfig(
            deployment_id=settings.deployment_id,
            public_url=settings.public_url.rstrip("/"),
            inbound_type=settings.inbound_type,
        ),
    )

    async def tick(deadline: Deadline) -> JsonObject:
        await report_doubts()
        return await reconcile(deadline)

    return tick


@cache
def poll_jobs() -> Callable[[Deadline], Coroutine[Any, Any, JsonObject]]:
    """Return what works Camunda's jobs."""
    container = Container(PollJobsSettings.from_environment())
    settings = container.settings
    run_jobs = RunJobs(
        jobs=container.cluster.jobs,
        accounts=replace(container.apify, tries=_TRIES_IN_A_SLOT),
        attempts=container.attempts,
        trials=container.trials,
        cancellable=container.cancellable,
        elements=container.cluster.elements,
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


def now() -> datetime:
    """Return the present."""
    return SystemClock().now()


def deadline(context: LambdaContext) -> Deadline:
    """Return the moment at which Lambda ends this invocation."""
    return Deadline(now() + timedelta(milliseconds=context.get_remaining_time_in_millis()))
