"""Reads a world file into a World, or says in one line what is wrong with it and where; `docs/world-file.md` is the manual."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from emulators.apify.behaviour_reader import read_behaviours, read_record
from emulators.apify.default_world import DEFAULT_WORLD
from emulators.apify.identity import derived_id
from emulators.apify.rejections import Rejection
from emulators.apify.world import (
    AbortLastRun,
    Actor,
    Behaviour,
    Build,
    DeleteWebhooks,
    DisableWebhooks,
    Happening,
    Limits,
    NamedDataset,
    NamedStore,
    Pricing,
    ResurrectLastRun,
    RunDefaults,
    StartRun,
    Task,
    Timing,
    Token,
    User,
    World,
    WorldError,
    WorldEvent,
)
from emulators.apify.world_reader import ObjectReader, wrong

_MEMORY_SIZES = tuple(128 * 2**power for power in range(9))


def load_world(path: Path) -> World:
    """Return the world that a file describes.

    Raises:
        WorldError: The file cannot be read, is not JSON, or says something impossible.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise WorldError(f"{path}: cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise WorldError(f"{path}: not JSON: {error}") from error
    try:
        return parse_world(document)
    except WorldError as error:
        raise WorldError(f"{path}: {error}") from error


def default_world() -> World:
    """Return the world that is there when nobody brings another one."""
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
    actors = tuple(_actor(child, seed) for child in reader.children("actors"))
    _unique(reader, "actors", (f"{actor.owner}/{actor.name}" for actor in actors))
    tasks = tuple(_task(child, seed, actors, usernames) for child in reader.children("tasks"))
    _unique(reader, "tasks", (f"{task.owner}/{task.name}" for task in tasks))
    world = World(
        seed=seed,
        users=users,
        actors=actors,
        tasks=tasks,
        datasets=tuple(_dataset(child, seed, usernames) for child in reader.children("datasets")),
        stores=tuple(_store(child, seed, usernames) for child in reader.children("keyValueStores")),
        timing=_timing(reader.child("timing")),
        events=tuple(_event(child, actors, tasks, usernames) for child in reader.children("events")),
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


def _actor(reader: ObjectReader, seed: str) -> Actor:
    owner, name = reader.text("owner"), reader.text("name")
    builds = tuple(_build(child, seed, f"{owner}/{name}") for child in reader.children("builds"))
    default_build = Build(
        id=derived_id(seed, "build", owner, name, "0.0.1"), number="0.0.1", tags=("latest",)
    )
    actor = Actor(
        id=reader.text("id", derived_id(seed, "actor", owner, name)),
        owner=owner,
        name=name,
        title=reader.text("title", name),
        public=reader.flag("public", default=False),
        builds=builds or (default_build,),
        default_run=_run_options(reader.child("defaultRun"), RunDefaults()),
        pricing=_pricing(reader.child("pricing")) if reader.has("pricing") else None,
        refusal=_refusal(reader.child("refusesRuns")) if reader.has("refusesRuns") else None,
        runs=read_behaviours(reader, "runs") or (Behaviour(),),
    )
    reader.close()
    return actor


def _build(reader: ObjectReader, seed: str, actor: str) -> Build:
    number = reader.text("number")
    build = Build(
        id=reader.text("id", derived_id(seed, "build", *actor.split("/"), number)),
        number=number,
        tags=tuple(str(tag) for tag in reader.array("tags")),
        input_schema=reader.mapping("inputSchema") or None,
    )
    reader.close()
    return build


def _run_options(reader: ObjectReader, base: RunDefaults) -> RunDefaults:
    memory = reader.integer("memoryMbytes", base.memory_mbytes)
    if memory not in _MEMORY_SIZES:
        raise wrong(reader.at("memoryMbytes"), memory, "a power of 2 from 128 to 32768")
    options = RunDefaults(
        build=reader.text("build", base.build),
        timeout_secs=reader.integer("timeoutSecs", base.timeout_secs),
        memory_mbytes=memory,
        max_items=reader.optional_integer("maxItems") or base.max_items,
        max_total_charge_usd=reader.optional_number("maxTotalChargeUsd") or base.max_total_charge_usd,
    )
    reader.close()
    return options


def _pricing(reader: ObjectReader) -> Pricing:
    pricing = Pricing(
        model=reader.choice("model", ("PAY_PER_EVENT", "PRICE_PER_DATASET_ITEM")),
        usd_per_item=reader.number("usdPerItem", 0.001),
        minimal_max_total_charge_usd=reader.optional_number("minimalMaxTotalChargeUsd"),
    )
    reader.close()
    return pricing


def _refusal(reader: ObjectReader) -> Rejection:
    refusal = Rejection(
        reader.integer("status", 403),
        reader.text("type"),
        reader.text("message", "The run was refused."),
        reader.mapping("data") or None,
    )
    reader.close()
    return refusal


def _task(reader: ObjectReader, seed: str, actors: tuple[Actor, ...], usernames: frozenset[str]) -> Task:
    owner, name = _owner(reader, "owner", usernames), reader.text("name")
    actor = _named(reader, "actor", {f"{actor.owner}/{actor.name}": actor for actor in actors})
    task = Task(
        id=reader.text("id", derived_id(seed, "task", owner, name)),
        owner=owner,
        name=name,
        title=reader.text("title", name),
        actor_id=actor.id,
        input=reader.mapping("input"),
        options=_run_options(reader.child("options"), actor.default_run),
        runs=read_behaviours(reader, "runs"),
    )
    reader.close()
    return task


def _owner(reader: ObjectReader, key: str, usernames: frozenset[str]) -> str:
    name = reader.text(key)
    if name not in usernames:
        raise wrong(reader.at(key), name, "one of the users " + ", ".join(sorted(usernames)))
    return name


def _named(reader: ObjectReader, key: str, known: Mapping[str, Any]) -> Any:
    name = reader.text(key)
    if name not in known:
        raise wrong(reader.at(key), name, f"one of {', '.join(sorted(known)) or 'none there is'}")
    return known[name]


def _dataset(reader: ObjectReader, seed: str, usernames: frozenset[str]) -> NamedDataset:
    owner, name = _owner(reader, "owner", usernames), reader.text("name")
    dataset = NamedDataset(
        id=reader.text("id", derived_id(seed, "dataset", owner, name)),
        owner=owner,
        name=name,
        items=tuple(reader.array("items")),
    )
    reader.close()
    return dataset


def _store(reader: ObjectReader, seed: str, usernames: frozenset[str]) -> NamedStore:
    owner, name = _owner(reader, "owner", usernames), reader.text("name")
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


def _event(
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
        username = _owner(reader, "user", usernames)
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
        target = _named(reader, "task", {f"{task.owner}/{task.name}": task for task in tasks})
    else:
        target = _named(reader, "actor", {f"{actor.owner}/{actor.name}": actor for actor in actors})
    return target


def _start_run(reader: ObjectReader, target: Actor | Task, usernames: frozenset[str]) -> StartRun:
    username = _owner(reader, "user", usernames) if reader.has("user") else target.owner
    if username not in usernames:
        raise wrong(reader.at("user"), username, "one of the users " + ", ".join(sorted(usernames)))
    return StartRun(
        target=target,
        username=username,
        input=reader.mapping("input") if reader.has("input") else None,
        build=reader.optional_text("build"),
    )
