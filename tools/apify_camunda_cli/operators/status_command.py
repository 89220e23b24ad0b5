"""`apify-camunda status`: how a deployment fares, on one screen."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from apify_camunda_cli.operators.arguments import add_look
from apify_camunda_cli.operators.pause_command import DIRECTIONS

if TYPE_CHECKING:
    from apify_camunda_cli.operators.desk import Desk


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command."""
    add_look(
        commands,
        "status",
        _look,
        _lines,
        about="show how a deployment fares: pauses, webhooks, elements, events that wait or need a person",
        examples=("status", "status --ready ready.json", "status --json"),
    )


async def _look(desk: Desk) -> dict[str, Any]:
    """Return what there is; what only a stack knows is missing where tables were given."""
    registrations = await desk.registry.registrations()
    unresolved = await desk.ledger.unresolved()
    found: dict[str, Any] = {
        "deployment": desk.deployment.name,
        "paused": [each for each in DIRECTIONS if await desk.registry.is_paused(each)],
        "webhooks": len(registrations),
        "webhooksWithProblems": sum(each.problem is not None for each in registrations),
        "effects": dict(Counter(effect.state.value for _, effect in unresolved)),
    }
    if desk.deployment.reconciler is None:
        return found
    elements = await desk.registry.elements(desk.cluster)
    return found | {
        "publicUrl": desk.deployment.setting("PUBLIC_URL"),
        "cluster": desk.cluster,
        "elements": dict(Counter(each.state for each in elements)),
        "parkedEvents": await desk.parked.count(),
        "undeliveredEvents": await desk.undelivered.count() if desk.undelivered else 0,
    }


def _lines(found: Mapping[str, Any]) -> Iterator[str]:
    yield f"Deployment     {found['deployment']}"
    if "cluster" in found:
        yield f"Camunda        {found['cluster']}"
        yield f"Public URL     {found['publicUrl']}"
    yield f"Paused         {', '.join(found['paused']) or 'nothing'}"
    yield f"Webhooks       {found['webhooks']} at Apify, {found['webhooksWithProblems']} with a problem"
    if "elements" in found:
        yield f"Elements       {_counted(found['elements']) or 'none'}"
        yield f"Parked events  {found['parkedEvents']} wait until Camunda takes them"
        undelivered = found["undeliveredEvents"]
        yield f"Undelivered    {undelivered}{_advice(undelivered, 'events replay --undelivered')}"
    effects = found["effects"]
    needing = {"rejected": effects.get("rejected", 0), "in doubt": effects.get("attempted", 0)}
    yield f"For a person   {_counted(needing)}{_advice(sum(needing.values()), 'events list')}"


def _counted(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in sorted(counts.items()))


def _advice(count: int, command: str) -> str:
    return f"  ->  apify-camunda {command}" if count else ""
