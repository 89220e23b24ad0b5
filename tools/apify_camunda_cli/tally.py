"""Counts, from the steps of a run, what the summary shows; decides nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from apify_camunda_cli.steps import Step


def tally(steps: Sequence[Step]) -> dict[str, Any]:
    """Return the calls to Apify by kind, the messages published, and the deliveries with their answers."""
    calls: Counter[str] = Counter()
    deliveries: Counter[str] = Counter()
    messages = 0
    for step in steps:
        if step.who == "apify" and step.what == "request":
            calls[str(step.facts.get("operation") or step.facts.get("route"))] += 1
        elif step.who == "apify" and step.what == "delivery":
            deliveries[str(step.facts.get("status"))] += 1
        elif step.who == "camunda" and step.what == "message.published":
            messages += 1
    return {
        "apify_calls": dict(sorted(calls.items())),
        "messages_published": messages,
        "deliveries": dict(sorted(deliveries.items())),
    }
