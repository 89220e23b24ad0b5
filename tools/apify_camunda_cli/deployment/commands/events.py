"""`apify-camunda events`: what was rejected or is in doubt, and what an operator does about it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import click

from apify_camunda_cli.command_line import Group, argument, option
from apify_camunda_cli.deployment.declaration import on_deployment
from apify_camunda_cli.deployment.result import Result
from apify_camunda_cli.errors import NotDone, UsageError

if TYPE_CHECKING:
    from apify_camunda.identifiers import EffectKey, EventId
    from apify_camunda.inbound.domain.effect import Effect

    from apify_camunda_cli.deployment.container import Container

_STATES = {"attempted": "in doubt", "claimed": "being processed"}


@click.group("events", cls=Group, help="List, replay and resolve events that need a person.")
def events() -> None:
    """Hold the commands."""


@on_deployment(
    "list",
    about="Show the effects of events that were rejected or are in doubt",
    details=(
        "An effect is what one event does to one element: a message published, or an instance started.\n\n"
        "\b\n"
        "rejected  it did not happen and will not by itself. Correct the model, then replay.\n"
        "in doubt  Camunda's answer was lost. See in Operate whether it happened, then resolve."
    ),
    examples=("events list", "events list --json"),
)
async def list_events(container: Container) -> Result:
    """Return every effect that needs a person."""
    unresolved = await container.ledger.unresolved()
    lines = [
        line
        for event, effect in unresolved
        for line in (*_lines(event, effect, container.deployment.command), "")
    ]
    total = f"Effects: {len(unresolved)}." if unresolved else "No effect needs a person."
    return Result([_as_json(event, effect) for event, effect in unresolved], (*lines, total))


@on_deployment(
    "replay",
    about="Try again what was rejected, or what could not be delivered for days",
    details=(
        "The event is processed anew by the elements as they listen now; effects that were done or are in "
        "doubt are left alone, so replaying is harmless."
    ),
    examples=("events replay 0a1b...", "events replay --undelivered"),
    exactly_one=("event", "undelivered"),
)
@argument("event", required=False, metavar="[EVENT_ID]", about="as `events list` shows it")
@option("--undelivered", is_flag=True, help="every event of the dead-letter queue: back to the queue")
async def replay(container: Container, event: EventId | None, **_: bool) -> Result:
    """Put events back into the queue."""
    if event is None:
        return await _replay_undelivered(container)
    tried = await container.replay(event)
    if tried is None:
        raise NotDone(f"No event {event} was kept; `events list` shows those that were, for 14 days.")
    shows = container.deployment.command("events list")
    return Result(
        {"event": event, "effectsTriedAgain": tried},
        (f"Effects that are tried again now: {tried}. `{shows}` shows what is rejected anew.",),
    )


async def _replay_undelivered(container: Container) -> Result:
    if container.undelivered is None:
        raise UsageError("The dead-letter queue is not known; give --stack or --ready instead of tables.")
    moved = await container.undelivered.move_to(container.parked)
    return Result({"eventsTriedAgain": moved}, (f"Undelivered events that are tried again now: {moved}.",))


@on_deployment(
    "resolve",
    about="Say how an effect in doubt ended, as you saw it in Operate",
    details="--happened settles it as done. --did-not-happen lets it be tried once more.",
    examples=("events resolve 0a1b... 2c3d... --happened",),
    exactly_one=("happened", "did_not_happen"),
)
@argument("event", metavar="EVENT_ID", about="as `events list` shows it")
@argument("effect", metavar="EFFECT", about="as `events list` shows it")
@option("--happened", is_flag=True, help="Camunda did it")
@option("--did-not-happen", is_flag=True, help="Camunda did not do it; try again")
async def resolve(
    container: Container, event: EventId, effect: EffectKey, *, happened: bool, **_: bool
) -> Result:
    """Settle an effect in doubt."""
    was_in_doubt = await container.replay.resolve(event, effect, happened=happened)
    if not was_in_doubt:
        raise NotDone(f"The effect {effect} of event {event} is not in doubt (any more).")
    settled = "Noted as done." if happened else "Noted; it is tried again now."
    return Result({"event": event, "effect": effect, "happened": happened}, (settled,))


def _as_json(event: EventId, effect: Effect) -> dict[str, Any]:
    return {
        "event": event,
        "effect": effect.key,
        "state": effect.state.value,
        "kind": effect.kind.value,
        "element": effect.element.ref,
        "tenant": effect.element.tenant_id,
        "messageName": effect.message_name,
        "correlationKey": effect.correlation_key,
        "attemptedAt": effect.attempted_at,
        "reason": effect.reason,
    }


def _lines(event: EventId, effect: Effect, command: Callable[[str], str]) -> Iterator[str]:
    state = effect.state.value
    element = f"{effect.element.ref} ({effect.element.tenant_id})"
    yield f"{_STATES.get(state, state)}: {_what(effect)} for {element}"
    yield f"  event   {event}"
    yield f"  effect  {effect.key}"
    if effect.attempted_at:
        yield f"  since   {effect.attempted_at}"
    if effect.reason:
        yield f"  reason  {effect.reason}"
    match state:
        case "rejected":
            yield f"  next    {command(f'events replay {event}')}"
        case "attempted":
            yield f"  look    in Operate: {_mark(effect)}"
            for answer in ("--happened", "--did-not-happen"):
                yield f"  next    {command(f'events resolve {event} {effect.key} {answer}')}"


def _what(effect: Effect) -> str:
    if effect.kind.value == "start":
        return "start of an instance"
    named = f"message {effect.message_name!r}" if effect.message_name else "a message whose name is not known"
    return f"{named} with key {effect.correlation_key!r}" if effect.correlation_key else named


def _mark(effect: Effect) -> str:
    """Return by what a person recognises that it happened."""
    # Imported here, because other commands do not need it.
    from apify_camunda.inbound.domain.event_identity import instance_tag  # noqa: PLC0415

    if effect.kind.value == "start":
        return f"an instance of {effect.element.process_id} with the tag {instance_tag(effect.key)}"
    return f"was message {effect.message_name!r} correlated?"


for command in (list_events, replay, resolve):
    events.add_command(command)
