"""The composition root: settings and adapters become flows, on first use and for the life of the process.

It owns the one event loop: gRPC's and httpx's connections belong to the loop that opened them, so every
invocation runs on the same one. Each function imports only its flow, because imports lengthen a cold start.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from datetime import datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

from apify_camunda.json_types import JsonObject
from apify_camunda.platform.deadline import Deadline
from apify_camunda.platform.http_messages import HttpReply, HttpRequest
from apify_camunda.platform.system_clock import SystemClock

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

    from apify_camunda.inbound.flows.deliver_event import DeliverEvents

T = TypeVar("T")


@cache
def _loop() -> asyncio.AbstractEventLoop:
    return asyncio.new_event_loop()


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run `work` on the process's one event loop and return what it returns."""
    return _loop().run_until_complete(work)


@cache
def receive_webhook() -> Callable[[HttpRequest, Deadline], Coroutine[Any, Any, HttpReply]]:
    """Return what answers the HTTP API: ReceiveEvent for deliveries, RecordCallback for waiting runs."""
    from apify_camunda.wiring.receiver import receiver

    return receiver()


@cache
def deliver_event() -> DeliverEvents:
    """Return what works on parked events."""
    from apify_camunda.wiring.deliverer import deliverer

    return deliverer()


@cache
def reconcile_webhooks() -> Callable[[Deadline], Coroutine[Any, Any, JsonObject]]:
    """Return what keeps the webhooks as they should be, and reports doubts once a tick."""
    from apify_camunda.wiring.reconciler import reconciler

    return reconciler()


@cache
def poll_jobs() -> Callable[[Deadline], Coroutine[Any, Any, JsonObject]]:
    """Return what works Camunda's jobs."""
    from apify_camunda.wiring.poller import poller

    return poller()


def now() -> datetime:
    """Return the present."""
    return SystemClock().now()


def deadline(context: LambdaContext) -> Deadline:
    """Return the moment at which Lambda ends this invocation."""
    return Deadline(now() + timedelta(milliseconds=context.get_remaining_time_in_millis()))
