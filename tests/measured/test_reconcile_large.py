"""What a cluster of 10,000 processes costs: calls and seconds of the usual tick, and of the worst."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import httpx
import pytest
from apify_camunda.camunda.auth import NoAuth
from apify_camunda.camunda.model import ProcessDefinition
from apify_camunda.camunda.rest import CamundaRest
from apify_camunda.camunda.rest_catalog import PAGE_SIZE, RestCatalog
from apify_camunda.identifiers import DEFAULT_TENANT, DefinitionKey
from apify_camunda.registration.domain.definitions import ScannedDefinition
from apify_camunda.registration.flows.scan_definitions import ScanConfig

from tests.builders_bpmn import bpmn, start
from tests.event_loop import run_async
from tests.fakes.reconciler_world import World

MANY = 10_000
OURS = 300
PAGES = MANY // PAGE_SIZE
CONFIG = ScanConfig(inbound_type="in")
MOST_CALLS = 1 + 3 * (PAGES + 1) + 2 * CONFIG.probes + 2 * CONFIG.xml_reads + 2 * CONFIG.confirmations
LAMBDA_LIVES_FOR = timedelta(minutes=5)


class Cluster:
    """Camunda's REST API over many processes; each answer takes its time.

    Attributes:
        listed: Keys of the newest versions that are listed.
        waiting: Keys that are listed as waiting, by the state of their subscriptions.
        calls: How often each endpoint was asked.
    """

    def __init__(self, world: World, answer_takes: timedelta) -> None:
        self.listed: Sequence[int] = range(1, MANY + 1)
        self.waiting: dict[str, Sequence[int]] = {"CREATED": (), "CORRELATED": ()}
        self.calls: Counter[str] = Counter()
        self._world = world
        self._answer_takes = answer_takes
        client = httpx.AsyncClient(transport=httpx.MockTransport(self._answer))
        rest = CamundaRest(base_url="http://camunda.example", auth=NoAuth(), client=client)
        self.catalog = RestCatalog(rest, cluster_id="cluster1")

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self._world.clock.advance(self._answer_takes)
        path = re.sub(r"\d+", "KEY", request.url.path.removeprefix("/v2"))
        self.calls[path] += 1
        if path.endswith("/xml"):
            return httpx.Response(200, text=self._xml(int(request.url.path.split("/")[-2])))
        if path == "/topology":
            return httpx.Response(200, json={"clusterId": "id-1"})
        if request.method == "GET":
            return httpx.Response(200, json=row(int(request.url.path.rpartition("/")[2])))
        asked = json.loads(request.content)
        wanted = asked["filter"]
        if path == "/process-instances/search":
            return httpx.Response(200, json={"items": [{}], "page": {}})
        if "processDefinitionId" in wanted:
            return httpx.Response(200, json={"items": [], "page": {}})
        state = wanted.get("messageSubscriptionState")
        return httpx.Response(200, json=page(self.waiting[state] if state else self.listed, asked["page"]))

    def _xml(self, key: int) -> str:
        return bpmn(*([start()] if key <= OURS else []), process_id=f"process-{key}")


def page(keys: Sequence[int], asked: dict[str, Any]) -> dict[str, Any]:
    begin = int(asked.get("after", 0))
    end = begin + asked["limit"]
    items = [row(key) for key in keys[begin:end]]
    return {"items": items, "page": {"totalItems": len(keys), "endCursor": str(end) if items else None}}


def row(key: int) -> dict[str, Any]:
    return {
        "processDefinitionKey": str(key),
        "processDefinitionId": f"process-{key}",
        "version": 1,
        "tenantId": "<default>",
    }


def world_of(answer_takes: timedelta) -> tuple[World, Cluster]:
    world = World()
    cluster = Cluster(world, answer_takes)
    world.reconcile = world.fresh(catalog=cluster.catalog)
    return world, cluster


def remember_all(world: World) -> None:
    """Note all processes as read before."""

    async def remember() -> None:
        for key in range(1, MANY + 1):
            definition = ProcessDefinition(
                key=DefinitionKey(key), process_id=f"process-{key}", version=1, tenant_id=DEFAULT_TENANT
            )
            await world.registry.save_definition("cluster1", ScannedDefinition(definition, ()))

    run_async(remember())


def seconds_of_tick(world: World) -> float:
    """Run a tick and return how long it took by the clock that the cluster's answers move."""
    began = world.clock.now()
    assert world.tick(timedelta())["status"] == "ok"
    return (world.clock.now() - began).total_seconds()


def test_the_usual_tick_asks_for_pages_only() -> None:
    """Where all have been read a tick costs its pages: of newest versions, and one of each waiting kind."""
    world, cluster = world_of(timedelta(milliseconds=100))
    remember_all(world)

    assert seconds_of_tick(world) < 10

    # The last page of each list is followed by one that is empty.
    assert cluster.calls == {
        "/topology": 1,
        "/process-definitions/search": PAGES + 1,
        "/process-definitions/statistics/message-subscriptions": 2,
    }


def test_new_processes_are_read_in_ticks_of_a_bounded_size() -> None:
    """10,000 new processes are read 200 a tick, the newest first; those of ours are registered then."""
    world, cluster = world_of(timedelta(milliseconds=10))

    reads = []
    for _ in range(3):
        before = cluster.calls["/process-definitions/KEY/xml"]
        assert seconds_of_tick(world) < 60
        reads.append(cluster.calls["/process-definitions/KEY/xml"] - before)

    assert reads == [CONFIG.xml_reads] * 3


@pytest.mark.parametrize("answer_ms", [50, 200, 500, 1000])
def test_the_worst_tick_ends_in_time(answer_ms: int) -> None:
    """All at once: all known definitions are hidden, unknown ones wait, and nothing new has been read."""
    world, cluster = world_of(timedelta(milliseconds=answer_ms))
    remember_all(world)
    cluster.listed = range(MANY + 1, 2 * MANY + 1)
    cluster.waiting["CREATED"] = range(2 * MANY + 1, 3 * MANY + 1)
    cluster.waiting["CORRELATED"] = range(3 * MANY + 1, 4 * MANY + 1)

    for _ in range(3):
        cluster.calls.clear()
        took = seconds_of_tick(world)
        assert sum(cluster.calls.values()) <= MOST_CALLS
        assert took < LAMBDA_LIVES_FOR.total_seconds()


def test_slow_answers_keep_no_webhook_waiting() -> None:
    """However slowly documents come, what has been read is registered in that very tick."""
    world, cluster = world_of(timedelta(seconds=4))
    cluster.listed = range(1, 201)

    assert seconds_of_tick(world) < LAMBDA_LIVES_FOR.total_seconds()

    assert len(world.hooks) == 1
    assert 20 < cluster.calls["/process-definitions/KEY/xml"] < 40
