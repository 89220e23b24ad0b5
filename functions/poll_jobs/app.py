"""Schedule or wake-up -> Camunda's jobs -> Apify's operations -> outcomes."""

from __future__ import annotations

from typing import Any

from apify_camunda import wiring


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Work jobs until none come or the time is up; see flows/run_jobs.py."""
    return wiring.poll_jobs().handle(event, context)
