"""Reads the part of a world file that says what happens by itself."""

from __future__ import annotations

from datetime import timedelta

from emulators.apify.world import (
    AbortLastRun,
    Actor,
    DeleteWebhooks,
    DisableWebhooks,
    Happening,
    ResurrectLastRun,
    StartRun,
    Task,
    WorldError,
    WorldEvent,
)
from emulators.apify.world_names import named_at, owner_at
from emulators.apify.world_reader import ObjectReader, wrong


def read_event(
    reader: ObjectReader, actors: tuple[Actor, ...], tasks: tuple[Task, ...], usernames: frozenset[str]
) -> WorldEvent:
    after = timedelta(seconds=reader.number("afterSeconds", 0))
    found = [
        _happening(kind, reader.child(kind), actors, tasks, usernames)
        for kind in ("startRun", "abortLastRun", "resurrectLastRun", "deleteWebhooks", "disableWebhooks")
        if reader.has(kind)
    ]
    reader.close()
    if len(found) != 1:
        raise WorldError(f"{reader.place}: wanted exactly one thing that happens, got {len(found)}")
    return WorldEvent(after=after, happening=found[0])


def _happening(
    kind: str,
    reader: ObjectReader,
    actors: tuple[Actor, ...],
    tasks: tuple[Task, ...],
    usernames: frozenset[str],
) -> Happening:
    happening: Happening
    if kind in ("deleteWebhooks", "disableWebhooks"):
        username = owner_at(reader, "user", usernames)
        happening = (
            DeleteWebhooks(username=username)
            if kind == "deleteWebhooks"
            else DisableWebhooks(username=username)
        )
    else:
        target = _target(reader, actors, tasks)
        if kind == "startRun":
            happening = _start_run(reader, target, usernames)
        elif kind == "abortLastRun":
            happening = AbortLastRun(target=target)
        else:
            happening = ResurrectLastRun(target=target)
    reader.close()
    return happening


def _target(reader: ObjectReader, actors: tuple[Actor, ...], tasks: tuple[Task, ...]) -> Actor | Task:
    target: Actor | Task
    if reader.has("task"):
        target = named_at(reader, "task", {f"{task.owner}/{task.name}": task for task in tasks})
    else:
        target = named_at(reader, "actor", {f"{actor.owner}/{actor.name}": actor for actor in actors})
    return target


def _start_run(reader: ObjectReader, target: Actor | Task, usernames: frozenset[str]) -> StartRun:
    username = owner_at(reader, "user", usernames) if reader.has("user") else target.owner
    if username not in usernames:
        raise wrong(reader.at("user"), username, "one of the users " + ", ".join(sorted(usernames)))
    return StartRun(
        target=target,
        username=username,
        input=reader.mapping("input") if reader.has("input") else None,
        build=reader.optional_text("build"),
    )
