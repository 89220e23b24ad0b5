"""Counts the steps of a run for its summary."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from apify_camunda_cli.local.steps import Step


def summarize(steps: Sequence[Step]) -> dict[str, Any]:
    """Return the calls to Apify by kind, the messages published, and the deliveries with their answers."""
    calls: Counter[str] = Counter()
    deliveries: Counter[str] = Counter()
    messages = 0
    for step in steps:
        if step.who == "apify" and step.what == "request.answered":
            calls[_kind(str(step.facts.get("method")), str(step.facts.get("path")))] += 1
        elif step.who == "apify" and step.what == "webhook.called":
            deliveries[str(step.facts.get("status"))] += 1
        elif step.who == "camunda" and step.what == "message.published":
            messages += 1
    return {
        "apify_calls": dict(sorted(calls.items())),
        "messages_published": messages,
        "deliveries": dict(sorted(deliveries.items())),
    }


def _kind(method: str, path: str) -> str:
    """Return a request without what names a single thing: `GET /v2/datasets/{id}/items`."""
    parts = path.strip("/").split("/")  # v2, collection, id, sub-collection, id
    named = [part if index % 2 else "{id}" for index, part in enumerate(parts[1:], 1)]
    return f"{method} /{'/'.join([parts[0], *named])}"
