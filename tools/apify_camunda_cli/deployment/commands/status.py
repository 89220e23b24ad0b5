"""`apify-camunda status`: the state of a deployment on one screen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from apify_camunda_cli.deployment.declaration import on_deployment
from apify_camunda_cli.deployment.directions import DIRECTIONS
from apify_camunda_cli.deployment.result import Result

if TYPE_CHECKING:
    from apify_camunda_cli.deployment.container import Container


@on_deployment(
    "status",
    about="Show the state of a deployment: pauses, webhooks, elements, events that wait or need a person",
    examples=("status", "status --ready ready.json", "status --json"),
)
async def status(container: Container) -> Result:
    """Return what there is; what only a stack knows is missing where tables were given."""
    deployment = container.deployment
    registrations = await container.registry.registrations()
    unresolved = await container.events.unresolved()
    found: dict[str, Any] = {
        "deployment": deployment.name,
        "paused": [each for each in DIRECTIONS if await container.registry.is_paused(each)],
        "webhooks": len(registrations),
        "webhooksWithProblems": sum(each.problem is not None for each in registrations),
        "effects": dict(Counter(each.effect.state.value for each in unresolved)),
    }
    if deployment.reconciler is not None:
        elements = await container.registry.elements(container.cluster_id)
        found |= {
            "publicUrl": deployment.setting("PUBLIC_URL"),
            "cluster": container.cluster_id,
            "jobsWithRuns": sum(
                each.attempt.state.value != "closed" for each in await container.attempts.history()
            ),
            "elements": dict(Counter(each.state for each in elements)),
            "parkedEvents": await container.parked.count(),
            "undeliveredEvents": await container.undelivered.count() if container.undelivered else 0,
        }
    return Result(found, tuple(_lines(found, deployment.command)))


def _lines(found: Mapping[str, Any], command: Callable[[str], str]) -> Iterator[str]:
    def advice(count: int, words: str) -> str:
        return f"  ->  {command(words)}" if count else ""

    yield f"Deployment     {found['deployment']}"
    if "cluster" in found:
        yield f"Camunda        {found['cluster']}"
        yield f"Public URL     {found['publicUrl']}"
    yield f"Paused         {', '.join(found['paused']) or 'nothing'}"
    yield f"Webhooks       {found['webhooks']} at Apify, {found['webhooksWithProblems']} with a problem"
    if "elements" in found:
        faulty = found["elements"].get("faulty", 0)
        yield f"Elements       {_counts(found['elements']) or 'none'}{advice(faulty, 'webhooks list')}"
        runs = found["jobsWithRuns"]
        yield f"Runs           {runs} jobs wait for a run at Apify{advice(runs, 'runs list')}"
        yield f"Parked events  {found['parkedEvents']} wait until Camunda takes them"
        undelivered = found["undeliveredEvents"]
        yield f"Undelivered    {undelivered}{advice(undelivered, 'events replay --undelivered')}"
    effects = found["effects"]
    open_questions = {"rejected": effects.get("rejected", 0), "in doubt": effects.get("attempted", 0)}
    yield f"For a person   {_counts(open_questions)}{advice(sum(open_questions.values()), 'events list')}"


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in sorted(counts.items()))
