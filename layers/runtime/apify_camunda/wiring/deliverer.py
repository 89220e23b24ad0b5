"""Puts together what works on parked events."""

from __future__ import annotations

from apify_camunda.inbound.flows.deliver_event import DeliverEvents
from apify_camunda.platform.settings import DeliverEventSettings
from apify_camunda.wiring.container import Container


def deliverer() -> DeliverEvents:
    """Return what works on parked events."""
    container = Container(DeliverEventSettings.from_environment())
    return DeliverEvents(
        process_event=container.process_event,
        pause=container.inbound_pause,
        parking=container.parking(container.settings.parking_queue_url),
        metrics=container.metrics,
        clock=container.clock,
    )
