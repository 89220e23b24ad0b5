"""Puts together what answers the HTTP API."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from apify_camunda.inbound.flows.receive_event import ReceiveEvent
from apify_camunda.inbound.flows.refused_signatures import RefusedSignatures
from apify_camunda.platform.deadline import Deadline
from apify_camunda.platform.http_messages import HttpReply, HttpRequest
from apify_camunda.platform.settings import ReceiveWebhookSettings
from apify_camunda.webhooks.routes import is_attempt, route_of_path
from apify_camunda.wiring.container import Container
from apify_camunda.wiring.later import Later

if TYPE_CHECKING:
    from apify_camunda.outbound.flows.record_callback import RecordCallback


def receiver() -> Callable[[HttpRequest, Deadline], Coroutine[Any, Any, HttpReply]]:
    """Return what answers the HTTP API: ReceiveEvent for deliveries, RecordCallback for waiting runs."""
    container = Container(ReceiveWebhookSettings.from_environment())
    settings = container.settings
    deliveries = ReceiveEvent(
        process_event=Later(lambda: container.process_event),
        refused=RefusedSignatures(
            listeners=container.registry, metrics=container.metrics, clock=container.clock
        ),
        pause=container.inbound_pause,
        parking=container.parking(settings.parking_queue_url),
        secrets=container.secrets,
        metrics=container.metrics,
        clock=container.clock,
    )
    callbacks: Any = Later(lambda: _callbacks(container))

    async def answer(request: HttpRequest, deadline: Deadline) -> HttpReply:
        if is_attempt(route_of_path(request.path)):
            reply: HttpReply = await callbacks(request)
            return reply
        return await deliveries(request, deadline)

    return answer


def _callbacks(container: Container[ReceiveWebhookSettings]) -> RecordCallback:
    from apify_camunda.outbound.flows.record_callback import RecordCallback

    return RecordCallback(
        attempts=container.attempts,
        jobs=Later(lambda: container.cluster.jobs),
        waker=container.waker(container.settings.poller_function),
        secrets=container.secrets,
        clock=container.clock,
    )
