"""How large the variables of a command may be: alike on the stand-in and on Camunda's engines.

The error of what does not fit is enough for a message to the modeller: what it is, and no repetition.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Final

import pytest
from apify_camunda.camunda.model import CompleteJob, MessagePublished, StartResult
from apify_camunda.errors import EngineRejected, EngineUnavailable
from apify_camunda.expressions.result_mapping import MAX_VARIABLES_BYTES, too_large_for_the_engine
from apify_camunda.identifiers import JobKey
from apify_camunda.json_types import JsonObject

from tests.contract.camunda_clusters import Cluster, opened_cluster
from tests.contract.camunda_kinds import EVERYWHERE
from tests.contract.camunda_targets import a_message, a_start
from tests.contract.camunda_worlds import World
from tests.contract.engine_targets import unique_name
from tests.unit.emulators.camunda_rest.processes import (
    job_process,
    message_start_process,
    waiting_process,
)

WHERE: Final = ("stand-in grpc", "stand-in rest 8.10", "8.6.0 grpc", "8.6.0 rest", "8.8.21 grpc")
MIB: Final = 1024 * 1024
NEARLY: Final = 0.99
"""Records take a little beside the variables."""
_RUNNING: Final = tuple(each for each in EVERYWHERE if str(each.values[0]) in WHERE)
_FEW: Final = (("starts", 1, True), ("catches", 3, False))
"""What engines of Camunda's are asked: they keep every record, and serve other tests too."""
_ALL: Final = tuple(
    (kind, takers, is_kept)
    for kind, takers in (("nobody", 0), ("starts", 1), ("starts", 3), ("catches", 1), ("catches", 3))
    for is_kept in (True, False)
)


def _messages() -> Iterator[Any]:
    for each in _RUNNING:
        [cluster] = each.values
        for kind, takers, is_kept in _FEW if cluster.is_real else _ALL:
            name = f"{cluster}-{takers} {kind}-{'kept' if is_kept else 'not kept'}"
            yield pytest.param(cluster, kind, takers, is_kept, marks=each.marks, id=name)


@pytest.fixture(scope="module", params=_RUNNING)
def cluster(request: pytest.FixtureRequest) -> Iterator[Cluster]:
    yield from opened_cluster(request)


@pytest.fixture
def world(cluster: Cluster, request: pytest.FixtureRequest) -> Iterator[World]:
    corner = cluster.world(unique_name(request))
    yield corner
    corner.let_search_catch_up()  # an engine that ended now would leave half a record behind


def of(size_bytes: float) -> JsonObject:
    return {"blob": "x" * int(size_bytes)}


def publish(world: World, variables: JsonObject, *, is_kept: bool) -> Any:
    ttl = timedelta(seconds=5 if is_kept else 0)
    message = a_message(name=world.name, message_id="", time_to_live=ttl, variables=variables)
    return world.ports.run(world.ports.commands.publish_message(message))


def complete(world: World, instance: int, variables: JsonObject) -> Any:
    job = world.job(instance)
    assert job is not None
    return world.ports.run(world.ports.jobs.report(JobKey(job.key), CompleteJob(variables)))


def does_not_fit(variables: JsonObject, deed: Any) -> None:
    """Do what the engine cannot take; its error is enough for a message to the modeller; no effect."""
    with pytest.raises((EngineRejected, EngineUnavailable)) as refused:
        deed()
    reason = too_large_for_the_engine(variables, refused.value.code)
    assert reason is not None
    size_bytes = len(json.dumps(variables, separators=(",", ":")))
    assert f"{size_bytes:,} bytes" in reason
    assert not getattr(refused.value, "outcome_unknown", False)


@pytest.mark.parametrize(("cluster", "kind", "takers", "is_kept"), list(_messages()), indirect=["cluster"])
def test_a_message_is_copied_for_each_receiver(
    world: World,
    kind: str,
    takers: int,
    is_kept: bool,  # noqa: FBT001 - a column
) -> None:
    """4 MB hold a message once, twice more for each process that takes it, once more if it is not kept."""
    for number in range(takers):
        process_id = f"{world.name}-{number}"
        if kind == "starts":
            world.deploy(message_start_process(process_id, world.name))
        else:
            world.deploy(waiting_process(process_id, world.name))
            world.start(process_id, orderId="7")
    world.let_search_catch_up()
    most = 4 * MIB / (1 + 2 * takers + (not is_kept))

    too_many = of(most / NEARLY)
    does_not_fit(too_many, lambda: publish(world, too_many, is_kept=is_kept))
    assert isinstance(publish(world, of(most * NEARLY), is_kept=is_kept), MessagePublished)


def test_a_start_is_written_twice(world: World) -> None:
    """A start takes 2 MB, so everything that we send at most."""
    definition = world.deploy(job_process(world.name, world.name))

    def start(variables: JsonObject) -> StartResult:
        command = a_start(definition, variables=variables)
        return world.ports.run(world.ports.commands.start_process(command))

    too_many = of(2 * MIB / NEARLY)
    does_not_fit(too_many, lambda: start(too_many))
    assert start(of(2 * MIB * NEARLY))
    assert 2 * MIB * NEARLY > MAX_VARIABLES_BYTES


def test_a_completion_is_written_twice(world: World) -> None:
    """So does a completion; one that did not fit leaves the job as it was."""
    world.deploy(job_process(world.name, world.name))
    instance = world.start(world.name)

    too_many = of(2 * MIB / NEARLY)
    does_not_fit(too_many, lambda: complete(world, instance, too_many))
    complete(world, instance, of(2 * MIB * NEARLY))
