"""`apify-camunda events`: what was rejected or is in doubt, and what an operator does about it."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from apify_camunda_cli.operators.arguments import add_action, add_group
from apify_camunda_cli.showing import printable
from apify_camunda_cli.usage import UsageError

if TYPE_CHECKING:
    from apify_camunda.identifiers import EventId
    from apify_camunda.inbound.domain.effect import Effect

    from apify_camunda_cli.operators.desk import Desk

_NAMES = {"attempted": "in doubt", "claimed": "being worked on"}


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command and its actions."""
    actions = add_group(commands, "events", "list, replay and resolve events that need a person")
    _add_list(actions)
    _add_replay(actions)
    _add_resolve(actions)


def _add_list(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = add_action(
        actions,
        "list",
        _list,
        about="show the effects of events that were rejected or are in doubt",
        details=(
            "An effect is what one event does to one element: a message published, or an instance started.\n"
            "rejected  = it did not happen and will not by itself. Mend the model, then replay.\n"
            "in doubt  = Camunda's answer was lost. Look in Operate whether it happened, then resolve."
        ),
        examples=("events list", "events list --json"),
    )
    parser.add_argument("--json", action="store_true", help="one JSON array")


def _add_replay(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = add_action(
        actions,
        "replay",
        _replay,
        about="try again what was rejected, or what could not be delivered for days",
        details=(
            "The event is worked out anew by the elements as they listen now; effects that were done or\n"
            "are in doubt are left alone, so replaying is harmless."
        ),
        examples=("events replay 0a1b...", "events replay --undelivered"),
    )
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("event", nargs="?", metavar="EVENT_ID", help="as `events list` shows it")
    what.add_argument(
        "--undelivered", action="store_true", help="every event in the dead-letter queue: back to the queue"
    )


def _add_resolve(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = add_action(
        actions,
        "resolve",
        _resolve,
        about="say how an effect in doubt ended, as you saw it in Operate",
        details="--happened settles it as done. --did-not-happen lets it be tried once more.",
        examples=("events resolve 0a1b... 2c3d... --happened",),
    )
    parser.add_argument("event", metavar="EVENT_ID", help="as `events list` shows it")
    parser.add_argument("effect", metavar="EFFECT", help="as `events list` shows it")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--happened", action="store_true", help="Camunda did it")
    what.add_argument("--did-not-happen", action="store_true", help="Camunda did not; try again")


async def _list(desk: Desk, arguments: argparse.Namespace) -> int:
    unresolved = await desk.ledger.unresolved()
    if arguments.json:
        print(json.dumps([_as_json(event, effect) for event, effect in unresolved], ensure_ascii=False))
        return 0
    for event, effect in unresolved:
        print("\n".join(map(printable, _lines(event, effect))), end="\n\n")
    print(f"Effects: {len(unresolved)}." if unresolved else "No effect needs a person.")
    return 0


async def _replay(desk: Desk, arguments: argparse.Namespace) -> int:
    if arguments.undelivered:
        if desk.undelivered is None:
            raise UsageError("The dead-letter queue is not known; give --stack or --ready instead of tables.")
        moved = await desk.undelivered.move_to(desk.parked)
        print(f"Undelivered events that are tried again now: {moved}.")
        return 0
    tried = await desk.replay(arguments.event)
    if tried is None:
        return _not_done(
            f"No event {arguments.event} was kept; `events list` shows those that were, for 14 days."
        )
    print(
        f"Effects that are tried again now: {tried}. `apify-camunda events list` shows what is rejected anew."
    )
    return 0


async def _resolve(desk: Desk, arguments: argparse.Namespace) -> int:
    was_in_doubt = await desk.replay.resolve(arguments.event, arguments.effect, happened=arguments.happened)
    if not was_in_doubt:
        return _not_done(
            f"The effect {arguments.effect} of event {arguments.event} is not in doubt (any more)."
        )
    print("Noted as done." if arguments.happened else "Noted; it is tried again now.")
    return 0


def _not_done(reason: str) -> int:
    print(f"apify-camunda: {reason}", file=sys.stderr)
    return 1


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


def _lines(event: EventId, effect: Effect) -> Iterator[str]:
    state = effect.state.value
    yield f"{_NAMES.get(state, state)}: {_what(effect)} for {effect.element.ref} ({effect.element.tenant_id})"
    yield f"  event   {event}"
    yield f"  effect  {effect.key}"
    if effect.attempted_at:
        yield f"  since   {effect.attempted_at}"
    if effect.reason:
        yield f"  reason  {effect.reason}"
    match state:
        case "rejected":
            yield f"  next    apify-camunda events replay {event}"
        case "attempted":
            yield f"  look    in Operate: {_mark(effect)}"
            yield f"  next    apify-camunda events resolve {event} {effect.key} --happened|--did-not-happen"


def _what(effect: Effect) -> str:
    if effect.kind.value == "start":
        return "start of an instance"
    return f"message {effect.message_name!r} with key {effect.correlation_key!r}"


def _mark(effect: Effect) -> str:
    """Return by what a person recognises that it happened."""
    # It costs a moment, which other commands need not.
    from apify_camunda.inbound.domain.event_identity import instance_tag  # noqa: PLC0415

    if effect.kind.value == "start":
        return f"an instance of {effect.element.process_id} with the tag {instance_tag(effect.key)}"
    return f"was message {effect.message_name!r} correlated?"
