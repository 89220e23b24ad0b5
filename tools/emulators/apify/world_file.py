"""Reads a world file into a World, or says in one line what is wrong with it and where."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

from apify_camunda.feel.json_faults import json_fault

from emulators.apify.actor_reader import read_actor, read_task
from emulators.apify.behaviour_reader import read_record
from emulators.apify.default_world import DEFAULT_WORLD
from emulators.apify.event_reader import read_event
from emulators.apify.identity import derived_id
from emulators.apify.world import (
    Limits,
    NamedDataset,
    NamedStore,
    Timing,
    Token,
    User,
    World,
    WorldError,
)
from emulators.apify.world_names import owner_at
from emulators.apify.world_reader import ObjectReader, wrong


def load_world(path: Path) -> World:
    """Return the world that a file describes.

    Raises:
        WorldError: The file cannot be read, is not JSON, or says something impossible.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise WorldError(f"{path}: cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise WorldError(f"{path}: not JSON: {json_fault(error)}") from error
    try:
        return parse_world(document)
    except WorldError as error:
        raise WorldError(f"{path}: {error}") from error


def default_world() -> World:
    """Return the default world."""
    return parse_world(DEFAULT_WORLD)


def parse_world(document: object) -> World:
    """Return the world that a world file's content describes.

    Raises:
        WorldError: It says something impossible.
    """
    reader = ObjectReader(document, "")
    seed = reader.text("seed", "apify")
    users = tuple(_user(child, seed) for child in reader.children("users"))
    if not users:
        raise WorldError("users: wanted at least one user, got none")
    _unique(reader, "users", (user.username for user in users))
    _unique(reader, "users[].tokens", (token.token for user in users for token in user.tokens))
    usernames = frozenset(user.username for user in users)
    actors = tuple(read_actor(child, seed) for child in reader.children("actors"))
    _unique(reader, "actors", (f"{actor.owner}/{actor.name}" for actor in actors))
    tasks = tuple(read_task(child, seed, actors, usernames) for child in reader.children("tasks"))
    _unique(reader, "tasks", (f"{task.owner}/{task.name}" for task in tasks))
    world = World(
        seed=seed,
        users=users,
        actors=actors,
        tasks=tasks,
        datasets=tuple(_dataset(child, seed, usernames) for child in reader.children("datasets")),
        stores=tuple(_store(child, seed, usernames) for child in reader.children("keyValueStores")),
        timing=_timing(reader.child("timing")),
        events=tuple(read_event(child, actors, tasks, usernames) for child in reader.children("events")),
        invents_actors=reader.flag("inventsActors", default=True),
        redirect_from_bytes=reader.integer("redirectFromBytes", World.redirect_from_bytes),
    )
    reader.close()
    return world


def _unique(reader: ObjectReader, key: str, names: Iterable[str]) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise WorldError(f"{reader.at(key)}: {name} occurs twice")
        seen.add(name)


def _user(reader: ObjectReader, seed: str) -> User:
    username = reader.text("username")
    user = User(
        id=reader.text("id", derived_id(seed, "user", username)),
        username=username,
        tokens=tuple(
            _token(value, f"{reader.at('tokens')}[{i}]") for i, value in enumerate(reader.array("tokens"))
        ),
        limits=_limits(reader.child("limits")),
    )
    reader.close()
    return user


def _token(value: object, place: str) -> Token:
    if isinstance(value, str) and value:
        return Token(token=value)
    if not isinstance(value, dict):
        raise wrong(place, value, 'a non-empty text, or an object with "token"')
    reader = ObjectReader(value, place)
    token = Token(token=reader.text("token"), access=reader.choice("access", ("full", "read"), "full"))
    reader.close()
    return token


def _limits(reader: ObjectReader) -> Limits:
    limits = Limits(
        webhooks=reader.integer("webhooks", Limits.webhooks),
        concurrent_runs=reader.optional_integer("concurrentRuns"),
        memory_mbytes=reader.optional_integer("memoryMbytes"),
        requests_per_second=reader.optional_integer("requestsPerSecond"),
    )
    reader.close()
    return limits


def _dataset(reader: ObjectReader, seed: str, usernames: frozenset[str]) -> NamedDataset:
    owner, name = owner_at(reader, "owner", usernames), reader.text("name")
    dataset = NamedDataset(
        id=reader.text("id", derived_id(seed, "dataset", owner, name)),
        owner=owner,
        name=name,
        items=tuple(reader.array("items")),
    )
    reader.close()
    return dataset


def _store(reader: ObjectReader, seed: str, usernames: frozenset[str]) -> NamedStore:
    owner, name = owner_at(reader, "owner", usernames), reader.text("name")
    records = reader.child("records")
    store = NamedStore(
        id=reader.text("id", derived_id(seed, "keyValueStore", owner, name)),
        owner=owner,
        name=name,
        records={key: read_record(records, key) for key in reader.mapping("records")},
    )
    reader.close()
    return store


def _timing(reader: ObjectReader) -> Timing:
    timing = Timing(
        startup=timedelta(seconds=reader.number("startupSeconds", Timing.startup.total_seconds())),
        wind_down=timedelta(seconds=reader.number("windDownSeconds", 0)),
        graceful_abort=timedelta(seconds=reader.number("gracefulAbortSeconds", 30)),
        fresh_run_hidden=timedelta(seconds=reader.number("freshRunHiddenSeconds", 0)),
    )
    reader.close()
    return timing
