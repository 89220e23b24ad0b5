"""Finds out why a process does not go on: rejected or ignored events, elements without a webhook."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from apify_camunda.errors import InvalidInput
from apify_camunda.inbound.domain.effect import Effect
from apify_camunda.platform.ports import Clock
from apify_camunda.platform.settings import Settings
from apify_camunda.registration.domain.definitions import ElementStatus
from apify_camunda.registration.domain.model_warnings import model_warnings

from apify_camunda_cli.deployment.container import Container
from apify_camunda_cli.deployment.discovery import from_facts
from apify_camunda_cli.deployment.target import Target
from apify_camunda_cli.local.process_file import ProcessFile
from apify_camunda_cli.local.ready_file import stack_facts
from apify_camunda_cli.local.steps import Step
from apify_camunda_cli.local.world import LocalWorld

_REGISTERED = "registered"


def read_findings(world: LocalWorld, process: ProcessFile, *, clock: Clock) -> tuple[str, ...]:
    """Return what is odd in a process, and what our ledger and registry say about it, a sentence each."""
    return asyncio.run(_read(world, process, clock))


async def _read(world: LocalWorld, process: ProcessFile, clock: Clock) -> tuple[str, ...]:
    deployment = from_facts(stack_facts(world.aws), name="the local run", target=Target())
    async with Container(deployment, clock=clock, report_progress=print) as container:
        effects = [each.effect for each in await container.events.unresolved()]
        elements = await container.registry.elements(container.cluster_id)
        odd = warnings_of(process, container.settings)
    return (*odd, *findings(process.process_id, effects, elements))


def warnings_of(process: ProcessFile, settings: Settings) -> tuple[str, ...]:
    """Return a sentence for each element whose type is misspelt, or that holds a token in plain text."""
    try:
        found = model_warnings(
            process.content.decode(),
            process.process_id,
            inbound_type=settings.inbound_type,
            job_type=settings.outbound_job_type,
        )
    except (InvalidInput, UnicodeDecodeError):
        return ()
    return tuple(f"{each.element_id} {each.text}" for each in found)


def findings(
    process_id: str, effects: Sequence[Effect], elements: Sequence[ElementStatus]
) -> tuple[str, ...]:
    """Return a sentence for each effect that needs a person and each element that is not registered."""
    said = [_of_effect(effect) for effect in effects if effect.element.process_id == process_id]
    said += [
        _of_element(each)
        for each in elements
        if each.element.startswith(f"{process_id}/") and each.state != _REGISTERED
    ]
    return tuple(dict.fromkeys(said))


def ignored_events(steps: Sequence[Step]) -> tuple[str, ...]:
    """Return a sentence for each run whose event no element took, from the steps of the functions."""
    runs = dict.fromkeys(
        str(step.facts.get("run_id"))
        for step in steps
        if step.what == "event was processed" and step.facts.get("event_status") == "ignored"
    )
    return tuple(
        f"an event of run {run} was ignored: the activation condition of no element was true for it"
        for run in runs
    )


def _of_effect(effect: Effect) -> str:
    element = effect.element.element_id
    match effect.state.value:
        case "rejected":
            return f"{element}: the event was rejected: {effect.explanation or 'no reason is known'}"
        case "attempted":
            return (
                f"{element}: it is in doubt whether Camunda received the event, since "
                f"{effect.attempted_at.isoformat() if effect.attempted_at else 'an unknown time'}"
            )
        case _:
            return f"{element}: an event is being processed"


def _of_element(status: ElementStatus) -> str:
    element = status.element.rpartition("/")[2] or "the process"
    detail = status.detail or "no reason is known"
    return f"{element} is not registered ({status.state}): {detail}"
