"""Brings the steps of a local run onto the page: in which lane each is, and which sections it changes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Final

from live_page import Changes, StepRing

from apify_camunda_cli.deployment.page_lanes import lane_of
from apify_camunda_cli.local.journal import EVERYTHING_READY, EVERYTHING_STARTED
from apify_camunda_cli.local.steps import Step

_REQUEST: Final = "request.answered"
_NOT_SHOWN: Final = frozenset({"metrics.counted", "schedule.fired"})


class PageSteps:
    """Takes the steps of a run, from any thread."""

    def __init__(self, ring: StepRing, changes: Changes, now: Callable[[], datetime]) -> None:
        self._ring = ring
        self._changes = changes
        self._now = now

    def __call__(self, step: Step) -> None:
        """Put a step on the time line, and note what it changes."""
        self._changes.note(*sections_of(step))
        if step.what in _NOT_SHOWN:
            return
        self._ring.add(
            at=self._now(),
            who=step.who,
            what=step.what,
            lane=lane_of(step.who, step.what),
            facts=step.facts,
            is_detail=step.is_detail or step.what in (EVERYTHING_READY, EVERYTHING_STARTED),
        )


def sections_of(step: Step) -> tuple[str, ...]:
    """Return the sections of the page that a step may have changed."""
    if step.what in _NOT_SHOWN or (step.what == _REQUEST and step.who == "apify"):
        return ()
    match step.who:
        case "camunda":
            return ("processes", "instances") if not step.is_detail else ("instances",)
        case "apify":
            return ("apify", "events")
        case "reconcile_webhooks":
            return ("processes",) if step.what != "invocation.ended" else ()
        case "poll_jobs":
            return ("ledger",) if not step.is_detail else ()
        case _:
            return ("events", "ledger", "processes") if not step.is_detail else ()
