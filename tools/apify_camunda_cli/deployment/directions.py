"""The two directions that can be paused, and what a pause does."""

from __future__ import annotations

DIRECTIONS = ("inbound", "outbound")
PAUSED = {
    "inbound": (
        "Inbound is paused: within a minute no event reaches Camunda any more, each new one is parked, "
        "and webhooks stay as they are."
    ),
    "outbound": (
        "Outbound is paused: within a minute no further job is taken; runs at Apify go on, "
        "and their jobs wait."
    ),
}
RESUMED = {
    "inbound": (
        "Inbound goes on: within two minutes webhooks are reconciled, within 20 minutes each parked event is "
        "processed."
    ),
    "outbound": "Outbound goes on: within two minutes jobs are taken again.",
}
