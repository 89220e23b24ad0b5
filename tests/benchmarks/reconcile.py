"""A tick of the reconciler over 10,000 definitions, 500 of them with elements, in which nothing changed.

The cluster, the store (DynamoDB Local) and Apify are processes of their own, so that the CPU time that is
measured is ours. It needs a JDK and Maven.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import multiprocessing
import statistics
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing.connection import Connection
from typing import Any, Final
from urllib.parse import urlsplit

import boto3
import httpx
from apify_camunda.apify.accounts import ApifyAccountsOverHttp
from apify_camunda.camunda.auth import NoAuth
from apify_camunda.camunda.model import ProcessDefinition
from apify_camunda.camunda.rest import CamundaRest
from apify_camunda.camunda.rest_catalog import RestCatalog
from apify_camunda.identifiers import DEFAULT_TENANT, DefinitionKey
from apify_camunda.platform.deadline import Deadline
from apify_camunda.platform.http_client import new_client
from apify_camunda.registration.domain.definitions import ScannedDefinition
from apify_camunda.registration.dynamodb_registry import DynamoDBRegistry
from emulators.apify import ApifyEmulator
from real_engines import DynamoDBLocal

from tests import builders
from tests.contract.aws import CREDENTIALS, REGION, make_table
from tests.fakes.clock import FrozenClock
from tests.fakes.reconciler_world import World

from .figures import Figure, at_most

DEFINITIONS: Final = 10_000
WITH_ELEMENTS: Final = 500
ACTORS: Final = 50
TICKS: Final = 5
AIM_CPU_S: Final = 2.0
TABLE: Final = "registry"
_FIRST_KEY: Final = 2251799813685249


def definition(number: int) -> ProcessDefinition:
    return ProcessDefinition(
        key=DefinitionKey(_FIRST_KEY + number),
        process_id=f"process-{number:05}",
        name=f"Process {number}",
        version=1,
        tenant_id=DEFAULT_TENANT,
    )


def scanned(number: int) -> ScannedDefinition:
    """Return what the scan of a definition found: one element in 20."""
    found = definition(number)
    if number % (DEFINITIONS // WITH_ELEMENTS):
        return ScannedDefinition(found, ())
    properties = builders.properties(
        resourceId=f"shop/crawler-{number // (DEFINITIONS // WITH_ELEMENTS) % ACTORS}",
        inbound_context=f"context-{number}",
        correlationKeyExpression="=connectorData.runId",
        resultExpression="={runId: connectorData.runId, status: connectorData.status}",
    )
    element = builders.catch(
        process_id=found.process_id,
        process_name=found.name,
        definition_key=found.key,
        properties=properties,
    )
    return ScannedDefinition(found, (element,))


class _Cluster(BaseHTTPRequestHandler):
    """Camunda's REST API, as far as a tick of which nothing comes asks."""

    protocol_version = "HTTP/1.1"
    items: Final = [
        {
            "processDefinitionKey": str(each.key),
            "processDefinitionId": each.process_id,
            "name": each.name,
            "version": each.version,
            "tenantId": each.tenant_id,
        }
        for each in map(definition, range(DEFINITIONS))
    ]

    def do_GET(self) -> None:
        self._reply({"clusterId": "benchmark", "gatewayVersion": "8.10.0"})

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        items = [] if "statistics" in self.path else self.items
        begin = int(asked["page"].get("after", 0))
        page = items[begin : begin + asked["page"]["limit"]]
        end = str(begin + len(page)) if page else None
        self._reply({"items": page, "page": {"totalItems": len(items), "endCursor": end}})

    def log_message(self, *_: Any) -> None:
        pass

    def _reply(self, body: Any) -> None:
        content = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


def _serve(told: Connection) -> None:
    """Run the servers until the other end hangs up."""
    cluster = ThreadingHTTPServer(("127.0.0.1", 0), _Cluster)
    cluster.daemon_threads = True
    thread = threading.Thread(target=cluster.serve_forever)
    thread.start()
    try:
        with ApifyEmulator() as apify, contextlib.suppress(EOFError):
            told.send((f"http://127.0.0.1:{cluster.server_port}", apify.url))
            told.recv()
    finally:
        cluster.shutdown()
        cluster.server_close()
        thread.join()


@contextmanager
def _servers() -> Iterator[tuple[str, str]]:
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_serve, args=(theirs,))
    process.start()
    theirs.close()
    try:
        yield ours.recv()
    finally:
        ours.close()
        process.join(20)


class _Calls:
    """Counts requests by the server that they go to."""

    def __init__(self, names: dict[str, str]) -> None:
        self._names = {urlsplit(url).netloc: name for url, name in names.items()}
        self.counted: Counter[str] = Counter()

    async def sent(self, request: httpx.Request) -> None:
        self.counted[self._names[request.url.netloc.decode()]] += 1

    def stored(self, **_: Any) -> None:
        self.counted["DynamoDB"] += 1


def _fill(client: Any, clock: FrozenClock) -> None:
    """Write the rows of all definitions, as the registry writes them."""

    class Collector:
        def __init__(self) -> None:
            self.items: list[Any] = []

        def put_item(self, *, Item: Any, **_: Any) -> None:  # noqa: N803 - boto3's name
            self.items.append(Item)

    collector: Any = Collector()
    registry = DynamoDBRegistry(client=collector, table=TABLE, clock=clock)

    async def collect() -> None:
        for number in range(DEFINITIONS):
            await registry.save_definition("cluster1", scanned(number))

    asyncio.run(collect())
    for begin in range(0, DEFINITIONS, 25):
        requests = [{"PutRequest": {"Item": item}} for item in collector.items[begin : begin + 25]]
        client.batch_write_item(RequestItems={TABLE: requests})


@dataclass(frozen=True)
class _Took:
    cpu_s: float
    wall_s: float


class _Ticks:
    """A reconciler over real adapters, whose ticks are measured."""

    def __init__(self, runner: asyncio.Runner, *, cluster_url: str, apify_url: str, store: Any) -> None:
        self._runner = runner
        self._world = World()
        self.calls = _Calls({cluster_url: "Camunda", apify_url: "Apify"})
        store.meta.events.register("before-call.dynamodb", self.calls.stored)
        self._client = new_client()
        self._client.event_hooks = {"request": [self.calls.sent]}
        clock = self._world.clock
        rest = CamundaRest(base_url=cluster_url, auth=NoAuth(), client=self._client)
        self._reconcile = self._world.fresh(
            catalog=RestCatalog(rest, cluster_id="cluster1"),
            accounts=ApifyAccountsOverHttp(client=self._client, base_url=apify_url, clock=clock),
            registry=DynamoDBRegistry(client=store, table=TABLE, clock=clock),
        )

    def tick(self) -> _Took:
        self._world.clock.advance(timedelta(minutes=1))
        cpu, wall = time.process_time(), time.perf_counter()
        said = self._runner.run(self._reconcile(Deadline(self._world.clock.now() + timedelta(hours=1))))
        took = _Took(time.process_time() - cpu, time.perf_counter() - wall)
        if said["status"] != "ok":
            raise RuntimeError(f"A tick did not succeed: {said}")
        return took

    def close(self) -> None:
        self._runner.run(self._client.aclose())


def figures() -> Iterator[Figure]:
    """Measure ticks over a full registry."""
    store_server = DynamoDBLocal()
    with store_server, _servers() as (cluster_url, apify_url), asyncio.Runner() as runner:
        make: Any = boto3.client  # typed for each service by its literal name
        store = make("dynamodb", endpoint_url=store_server.url, region_name=REGION, **CREDENTIALS)
        make_table(store, TABLE)
        _fill(store, FrozenClock())
        ticks = _Ticks(runner, cluster_url=cluster_url, apify_url=apify_url, store=store)
        first = ticks.tick()
        ticks.tick()
        ticks.calls.counted.clear()
        took = [ticks.tick() for _ in range(TICKS)]
        counted = {name: count / TICKS for name, count in sorted(ticks.calls.counted.items())}
        ticks.close()
    print(f"first tick, {ACTORS} webhooks for {WITH_ELEMENTS} elements: {first.cpu_s:.2f} s of CPU time")
    cpu_s = statistics.median(each.cpu_s for each in took)
    yield Figure("tick, nothing changed: CPU", "s", cpu_s, aim=at_most(AIM_CPU_S))
    yield Figure("tick: time", "s", statistics.median(each.wall_s for each in took))
    for name, count in counted.items():
        yield Figure(f"tick: calls to {name}", "", count)
