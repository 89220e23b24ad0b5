"""Decides in which lane of the page's time line a step is shown."""

from __future__ import annotations


def lane_of(who: str, what: str) -> str:
    """Return in which lane of the time line a step is shown."""
    if who in ("http_api", "receive_webhook", "deliver_event") or (who, what) == ("apify", "webhook.called"):
        return "delivery"
    if who in ("apify", "camunda", "local"):
        return who
    return "job" if who == "poll_jobs" else "local"
