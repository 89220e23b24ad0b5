"""Schedule -> deployed processes -> the right webhooks at Apify."""

from __future__ import annotations

from typing import Any

from apify_camunda import wiring


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Move the webhooks one step towards what is wanted; see flows/reconcile_webhooks.py."""
    return wiring.reconcile_webhooks().handle(event, context)
