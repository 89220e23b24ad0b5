"""`apify-camunda events`: what was rejected or is in doubt, and what an operator does about it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import click

from apify_camunda_cli.command_line import Group, argument, option
from apify_camunda_cli.deployment.commands.events_send import send
from apify_camunda_cli.deployment.declaration import on_deployment
from apify_camunda_cli.deployment.result import Result
from apify_camunda_cli.errors import NotDone, UsageError
from apify_camunda_cli.formatting import cut, in_columns, labelled

if TYPE_CHECKING:
    from apify_camunda.identifiers import EffectKey, EventId
    from apify_camunda.inbound.domain.effect import Effect
    from apify_camunda.inbound.ports import EventHistory, SetAsideEvent
    from apify_camunda.webhooks.events import ReceivedEvent

    from apify_camunda_cli.deployment.container import Container

_STATES = {"attempted": "in doubt", "claimed": "being processed"}
_LONGEST_REASON = 200
"""A reason may quote values of an event; lists show its beginning only."""


@click.group("events", cls=Group, help="List, show, replay and resolve events; send one of a local world.")
def events() -> None:
    """Hold the commands."""


@on_deployment(
    "list",
    about="Show the effects of events that were rejected or are in doubt, or all recent events",
    details=(
        "An effect is what one event does to one element: a message published, or an instance started.\n\n"
        "\b\n"
        "rejected  it did not happen and will not by itself. Correct the model, then replay.\n"
        "in doubt  Camunda's answer was lost. See in Operate whether it happened, then resolve.\n\n"
        "--all reads the whole ledger, which remembers events for 14 days."
    ),
    examples=("events list", "events list --all --limit 20", "events list --json"),
)
@option("--all", "everything", is_flag=True, help="every event that is remembered, latest first")
@option("--limit", type=click.IntRange(1), default=100, help="with --all: at most so many (default: 100)")
async def list_events(container: Container, *, everything: bool, limit: int) -> Result:
    """Return every effect that needs a person, or every event."""
    if everything:
        return await _all_events(container, limit)
    unresolved = await container.events.unresolved()
    aside = await container.events.aside()
    lines = [
        line
        for each in unresolved
        for line in (*_effect_lines(each.event, each.effect, each.routes, container.deployment.command), "")
    ]
    lines += [line for each in aside for line in (*_aside_lines(each, container.deployment.command), "")]
    total = f"Effects: {len(unresolved)}." if unresolved or aside else "No effect needs a person."
    found = [_as_json(each.event, each.effect, each.routes) for each in unresolved]
    found += [_aside_json(each) for each in aside]
    return Result(found, (*lines, f"{total} Events set aside: {len(aside)}." if aside else total))


async def _all_events(container: Container, limit: int) -> Result:
    histories = await container.events.history()
    shown = histories[:limit]
    rows = [
        (each.event, each.changed_at.isoformat()[:19], _counts(each), ", ".join(_shown(each.routes)))
        for each in shown
    ]
    lines = [*in_columns(("EVENT", "LAST CHANGE (UTC)", "EFFECTS", "ROUTES"), rows)] if rows else []
    left = f", {len(histories) - limit} more with a higher --limit" if len(histories) > limit else ""
    command = container.deployment.command("events show EVENT")
    total = f"Events: {len(histories)}{left}. `{command}` shows one." if rows else "No event is remembered."
    return Result([_history_json(each) for each in shown], (*lines, total))


@on_deployment(
    "show",
    about="Show one event: its payload in short, and each of its effects",
    details="The payload is kept only where an effect was rejected or is in doubt.",
    examples=("events show 0a1b...", "events show 0a1b... --json"),
)
@argument("event", metavar="EVENT_ID", about="as `events list --all` shows it")
async def show(container: Container, event: EventId) -> Result:
    """Return what is remembered of an event."""
    history = await container.events.history_of(event)
    if history is None:
        listed = container.deployment.command("events list --all")
        raise NotDone(f"No event {event} is remembered; `{listed}` shows those of the last 14 days.")
    received = await container.events.kept(event)
    payload = _payload(received[0]) if received else None
    lines = [
        f"Event {event}",
        *labelled("routes", ", ".join(_shown(history.routes)) or "none"),
        *labelled("changed", history.changed_at.isoformat()),
        *_payload_lines(payload),
        f"Effects: {len(history.effects)}",
        *(
            line
            for effect in history.effects
            for line in _effect_lines(event, effect, history.routes, container.deployment.command)
        ),
    ]
    return Result({**_history_json(history), "payload": payload}, tuple(lines))


@on_deployment(
    "replay",
    about="Try again what was rejected, or what could not be delivered for days",
    details=(
        "The event is processed again by the elements as they listen now; effects that were done or are in "
        "doubt are left alone, so replaying is harmless. --undelivered leaves an event that is older than "
        "the rows that would know its effects, and names it."
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
        (f"Effects that are tried again now: {tried}. `{shows}` shows what is rejected again.",),
    )


async def _replay_undelivered(container: Container) -> Result:
    if container.undelivered is None:
        raise UsageError("The dead-letter queue is not known; give --stack or --ready instead of tables.")
    # Imported here, because other commands do not need it.
    from apify_camunda.inbound.domain.poison import TOO_OLD, is_older_than_rows  # noqa: PLC0415

    now = container.clock.now()
    found = await container.undelivered.move_to(
        container.parked, but=lambda received: is_older_than_rows(received.received_at, now)
    )
    value = {"eventsTriedAgain": found.moved, "eventsLeft": list(found.left)}
    lines = (f"Undelivered events that are tried again now: {found.moved}.",)
    refused = f"Events left in the dead-letter queue: {', '.join(found.left)}. {TOO_OLD}"
    return Result(value, lines, failure=refused if found.left else None)


@on_deployment(
    "resolve",
    about="Say how an effect in doubt ended, as you saw it in Operate",
    details=(
        "--happened settles it as done. --did-not-happen lets it be tried once more. Give an event and its "
        "effect, or --element for all doubts of one element."
    ),
    examples=(
        "events resolve 0a1b... 2c3d... --happened",
        "events resolve --element orders/3/Started --did-not-happen",
    ),
    exactly_one=("happened", "did_not_happen"),
)
@argument("event", required=False, metavar="[EVENT_ID]", about="as `events list` shows it")
@argument("effect", required=False, metavar="[EFFECT]", about="as `events list` shows it")
@option("--element", help="process/version/element, process/element, or a process id: all its doubts")
@option("--happened", is_flag=True, help="Camunda did it")
@option("--did-not-happen", is_flag=True, help="Camunda did not do it; try again")
async def resolve(
    container: Container,
    event: EventId | None,
    effect: EffectKey | None,
    *,
    element: str | None,
    happened: bool,
    **_: bool,
) -> Result:
    """Settle an effect in doubt, or all of one element."""
    if element is not None and event is None:
        count = await container.replay.resolve_all(element, happened=happened)
        settled = "noted as done" if happened else "tried again now"
        return Result(
            {"element": element, "effects": count, "happened": happened}, (f"Effects {settled}: {count}.",)
        )
    if event is None or effect is None or element is not None:
        raise UsageError("Give either an EVENT_ID and an EFFECT, or --element.")
    was_in_doubt = await container.replay.resolve(event, effect, happened=happened)
    if not was_in_doubt:
        raise NotDone(f"The effect {effect} of event {event} is not in doubt (any more).")
    settled = "Noted as done." if happened else "Noted; it is tried again now."
    return Result({"event": event, "effect": effect, "happened": happened}, (settled,))


def _shown(routes: tuple[str, ...]) -> list[str]:
    """Return routes in the encoding of their paths."""
    from apify_camunda.webhooks.routes import shown_route  # noqa: PLC0415 - other commands do not need it

    return [shown_route(route) for route in routes]


def _as_json(event: EventId, effect: Effect, routes: tuple[str, ...]) -> dict[str, Any]:
    return {
        "event": event,
        "effect": effect.key,
        "state": effect.state.value,
        "kind": effect.kind,
        "element": effect.element.ref,
        "tenant": effect.element.tenant_id,
        "messageName": getattr(effect, "name", None),
        "correlationKey": getattr(effect, "correlation_key", None),
        "attemptedAt": effect.attempted_at.isoformat() if effect.attempted_at else None,
        "code": effect.code,
        "reason": cut(effect.reason, _LONGEST_REASON) if effect.reason else None,
        "reference": effect.reference,
        "routes": _shown(routes),
    }


def _history_json(history: EventHistory) -> dict[str, Any]:
    return {
        "event": history.event,
        "routes": _shown(history.routes),
        "changedAt": history.changed_at.isoformat(),
        "effects": [_as_json(history.event, effect, history.routes) for effect in history.effects],
    }


def _counts(history: EventHistory) -> str:
    counts = Counter(_STATES.get(effect.state.value, effect.state.value) for effect in history.effects)
    return ", ".join(f"{count} {state}" for state, count in sorted(counts.items())) or "no element wanted it"


def _payload(received: ReceivedEvent) -> dict[str, Any]:
    """Return what identifies the event, not the data that it carries."""
    run = received.event.run()
    data = received.event.event_data or {}
    return {
        "eventType": received.event.event_type,
        "receivedAt": received.received_at.isoformat(),
        "dispatch": received.dispatch_id,
        "actor": data.get("actorId"),
        "task": data.get("actorTaskId"),
        "run": run.id,
        "runStatus": run.status,
        "finishedAt": run.finished_at,
    }


def _payload_lines(payload: Mapping[str, Any] | None) -> Iterator[str]:
    if payload is None:
        yield "  The payload is not kept, because no effect of the event needed a person."
        return
    for name, value in payload.items():
        if value is not None:
            yield from labelled(name, str(value), width=12)


def _effect_lines(
    event: EventId, effect: Effect, routes: tuple[str, ...], command: Callable[[str], str]
) -> Iterator[str]:
    state = effect.state.value
    element = f"{effect.element.ref} ({effect.element.tenant_id})"
    yield f"{_STATES.get(state, state)}: {_what(effect)} for {element}"
    yield from labelled("event", event)
    yield from labelled("effect", effect.key)
    if routes:
        yield from labelled("route", ", ".join(_shown(routes)))
    if effect.attempted_at:
        yield from labelled("since", effect.attempted_at.isoformat())
    if effect.reference is not None:
        yield from labelled("key", str(effect.reference))
    if effect.reason:
        yield from labelled("reason", cut(effect.reason, _LONGEST_REASON))
    if effect.code:
        yield from labelled("code", effect.code)
    match state:
        case "done" if (note := _not_told(effect)) is not None:
            yield from labelled("note", note)
        case "rejected":
            yield from labelled("next", command(f"events replay {event}"))
        case "attempted":
            yield from labelled("look", f"in Operate: {_mark(effect)}")
            for answer in ("--happened", "--did-not-happen"):
                yield from labelled("next", command(f"events resolve {event} {effect.key} {answer}"))


def _not_told(effect: Effect) -> str | None:
    """Return what is not known of a published message: Camunda takes it, and tells nothing of who got it."""
    from apify_camunda.inbound.domain.effect import MessageEffect  # noqa: PLC0415 - as below

    if not isinstance(effect, MessageEffect):
        return None
    if effect.engine_drops_repeats:
        waits = f"If none waited, the message waited for one for {effect.time_to_live}, and was then dropped."
    else:
        waits = "If none waited, the message was dropped at once (time to live 0)."
    return f"Camunda took the message; it does not tell whether an element waited for it. {waits}"


def _what(effect: Effect) -> str:
    # Imported here, because other commands do not need it.
    from apify_camunda.inbound.domain.effect import FaultyEffect, MessageEffect, StartEffect  # noqa: PLC0415

    match effect:
        case StartEffect():
            return "start of an instance"
        case MessageEffect(name=name, correlation_key=""):
            return f"message {name!r}"
        case MessageEffect(name=name, correlation_key=key):
            return f"message {name!r} with key {key!r}"
        case FaultyEffect():
            return "no message or start could be determined"


def _mark(effect: Effect) -> str:
    """Return by what a person recognises that it happened."""
    # Imported here, because other commands do not need it.
    from apify_camunda.inbound.domain.event_identity import instance_tag  # noqa: PLC0415

    if effect.kind == "start":
        return f"an instance of {effect.element.process_id} with the tag {instance_tag(effect.key)}"
    return f"was {_what(effect)} correlated?"


def _aside_lines(aside: SetAsideEvent, command: Callable[[str], str]) -> Iterator[str]:
    yield f"set aside: {aside.reason}"
    yield from labelled("event", aside.event)
    yield from labelled("route", aside.route)
    yield from labelled("since", aside.at.isoformat())
    yield from labelled("next", command(f"events replay {aside.event}"))


def _aside_json(aside: SetAsideEvent) -> dict[str, Any]:
    return {
        "event": aside.event,
        "state": "set aside",
        "reason": aside.reason,
        "setAsideAt": aside.at.isoformat(),
        "routes": _shown((aside.route,)),
    }


for command in (list_events, show, replay, resolve, send):
    events.add_command(command)
