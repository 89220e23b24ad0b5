"""SQS -> events that were parked -> the ones to try again."""

from __future__ import annotations

from typing import Any

from apify_camunda import wiring


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Take a batch of parked events; flows/deliver_event.py says what happens to them."""
    return wiring.deliver_event().handle(event, context)
