"""HTTP API -> one delivery or callback -> an answer."""

from __future__ import annotations

from typing import Any

from apify_camunda import wiring


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Take one request; flows/receive_event.py and flows/record_callback.py say what happens to it."""
    return wiring.receive_webhook().handle(event, context)
