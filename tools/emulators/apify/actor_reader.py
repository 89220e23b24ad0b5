"""Reads the parts of a world file that say which Actors and tasks there are."""

from __future__ import annotations

from emulators.apify.behaviour_reader import read_behaviours
from emulators.apify.identity import derived_id
from emulators.apify.rejections import Rejection
from emulators.apify.world import (
    A_MEMORY_SIZE,
    MEMORY_SIZES_MBYTES,
    Actor,
    Behaviour,
    Build,
    Pricing,
    RunDefaults,
    Task,
)
from emulators.apify.world_names import named_at, owner_at
from emulators.apify.world_reader import ObjectReader, wrong


def read_actor(reader: ObjectReader, seed: str) -> Actor:
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
    if memory not in MEMORY_SIZES_MBYTES:
        raise wrong(reader.at("memoryMbytes"), memory, A_MEMORY_SIZE)
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


def read_task(reader: ObjectReader, seed: str, actors: tuple[Actor, ...], usernames: frozenset[str]) -> Task:
    owner, name = owner_at(reader, "owner", usernames), reader.text("name")
    actor = named_at(reader, "actor", {f"{actor.owner}/{actor.name}": actor for actor in actors})
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
