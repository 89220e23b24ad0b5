"""SQS -> events that were parked -> the ones to try again."""

from __future__ import annotations

from typing import Any

from apify_camunda import wiring
from apify_camunda.adapters import sqs_parking


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Work on a batch of parked events; flows/deliver_event.py says how."""
    messages = sqs_parking.messages_from(event)
    return sqs_parking.batch_reply(wiring.run(wiring.deliver_event()(messages)))
