"""What Camunda's gRPC and REST have in common on the wire; it sends nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from apify_camunda.identifiers import DEFAULT_TENANT, TenantId

WORKER_NAME: Final = "apify-camunda"
LONG_POLL_MARGIN_S: Final = 3.0
"""How long after the end of a long poll its answer may come; less than a poller keeps for handing back."""


def milliseconds(duration: timedelta) -> int:
    """Return a duration as Camunda counts it."""
    return round(duration.total_seconds() * 1000)


def poll_milliseconds(wait: timedelta) -> int:
    """Return how long an activation waits for jobs; no wait is -1, for 0 means the gateway's own default."""
    return milliseconds(wait) or -1


def tenant_of(text: str | None) -> TenantId:
    """Return the tenant that an answer names; one without multi-tenancy may name none."""
    return TenantId(text) if text else DEFAULT_TENANT
