"""Puts together what keeps the webhooks as they should be."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from apify_camunda.inbound.flows.report_doubts import ReportDoubts
from apify_camunda.json_types import JsonObject
from apify_camunda.platform.deadline import Deadline
from apify_camunda.platform.settings import ReconcileWebhooksSettings
from apify_camunda.registration.flows.reconcile_webhooks import ReconcileConfig, ReconcileWebhooks
from apify_camunda.wiring.container import Container


def reconciler() -> Callable[[Deadline], Coroutine[Any, Any, JsonObject]]:
    """Return what keeps the webhooks as they should be, and reports doubts once a tick."""
    container = Container(ReconcileWebhooksSettings.from_environment())
    settings = container.settings
    report_doubts = ReportDoubts(container.events, container.metrics)
    reconcile = ReconcileWebhooks(
        catalog=container.cluster.catalog,
        accounts=container.traced("Apify", container.apify),
        registry=container.registry,
        parking=container.parking(settings.parking_queue_url),
        secrets=container.secrets,
        clock=container.clock,
        metrics=container.metrics,
        config=ReconcileConfig(
            deployment_id=settings.deployment_id,
            public_url=settings.public_url.rstrip("/"),
            inbound_type=settings.inbound_type,
            job_type=settings.outbound_job_type,
        ),
    )

    async def tick(deadline: Deadline) -> JsonObject:
        await report_doubts()
        return await reconcile(deadline)

    return tick
