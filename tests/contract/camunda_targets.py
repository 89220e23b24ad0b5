"""What the suites of the Camunda ports run on: our adapters, each over a face of the stand-in.

The stand-in's answers are themselves held to Camunda's OpenAPI documents and to the real engine.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeVar

import httpx
from apify_camunda.adapters.camunda_auth import NoAuth
from apify_camunda.adapters.camunda_auto import AutoCommands, AutoJobs
from apify_camunda.adapters.camunda_grpc import CamundaGrpc
from apify_camunda.adapters.camunda_rest import CamundaRest
from apify_camunda.adapters.camunda_rest_catalog import RestCatalog
from apify_camunda.adapters.camunda_rest_commands import RestCommands
from apify_camunda.adapters.camunda_rest_jobs import RestJobs
from apify_camunda.contracts.commands import PublishMessage, StartProcess
from apify_camunda.contracts.json_types import DefinitionKey, JsonObject, TenantId
from apify_camunda.ports import EngineCommands, JobQueue
from emulators.camunda.engine import Engine
from emulators.camunda.rest import Gateway, GatewayVersion, RestFace, RestServer
from emulators.camunda.server import CamundaStandIn
from emulators.camunda.state import ProcessDefinition

T = TypeVar("T")

DEFAULT_TENANT: Final = TenantId("<default>")
START: Final = datetime(2026, 1, 1, tzinfo=UTC)
NOBODY: Final = "http://127.0.0.1:1"
"""An address at which nothing listens."""
REST_VERSIONS: Final = {f"rest {version.minor_name}": version for version in GatewayVersion}


class WallClock:
    """The Clock port on real time."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    async def sleep(self, duration: timedelta) -> None:
        await asyncio.sleep(duration.total_seconds())


@dataclass(frozen=True, slots=True)
class Target:
    """The ports over one stand-in, and the stand-in itself for what a test prepares and looks at."""

    engine: Engine
    face: RestFace
    commands: EngineCommands
    jobs: JobQueue
    catalog: RestCatalog
    search: RestCommands
    runner: asyncio.Runner

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run to the end, on the one loop that the adapters live on."""
        return self.runner.run(coroutine)

    def deploy(self, *resources: bytes, tenant: str = "") -> list[ProcessDefinition]:
        """Deploy into the engine itself."""
        named = [(f"r{number}.bpmn", content) for number, content in enumerate(resources)]
        return list(self.engine.deploy(named, tenant).definitions)

    def calls(self, operation_id: str) -> list[bytes]:
        """Return the bodies of the REST calls of one operation."""
        return [call.body for call in self.face.calls if call.operation_id == operation_id]


@contextmanager
def target(
    kind: str, *, version: GatewayVersion = GatewayVersion.V8_10, engine: Engine | None = None
) -> Iterator[Target]:
    """Open the ports of one kind: "grpc", "auto", or "rest 8.8" to "rest 8.10".

    The engine's clock stands still at START until a test moves it.
    """
    gateway = Gateway(REST_VERSIONS.get(kind, version))
    engine = engine or Engine(drains=gateway.filters_definition_state)
    engine.pin_clock(START)
    face = RestFace(engine, gateway)
    rest = RestServer(face)
    with ExitStack() as stack:
        if kind in REST_VERSIONS:
            stack.enter_context(rest)
            grpc_address = NOBODY
        else:
            grpc_address = f"http://{stack.enter_context(CamundaStandIn(engine, rest=rest)).grpc_address}"
        runner = stack.enter_context(asyncio.Runner())
        yield stack.enter_context(_opened(kind, engine, face, rest.address, grpc_address, runner))


@contextmanager
def _opened(  # noqa: PLR0917 - where each thing listens
    kind: str, engine: Engine, face: RestFace, rest_address: str, grpc_address: str, runner: asyncio.Runner
) -> Iterator[Target]:
    client = httpx.AsyncClient()
    rest = CamundaRest(base_url=rest_address, auth=NoAuth(), client=client)
    grpc = CamundaGrpc(address=grpc_address, auth=NoAuth())
    commands, jobs = RestCommands(rest), RestJobs(rest)
    chosen: tuple[EngineCommands, JobQueue] = (commands, jobs)
    if kind == "grpc":
        chosen = (grpc, grpc)
    elif kind == "auto":
        chosen = (AutoCommands(grpc, commands, grpc.topology), AutoJobs(grpc, jobs, grpc.topology))
    try:
        yield Target(
            engine=engine,
            face=face,
            commands=chosen[0],
            jobs=chosen[1],
            catalog=RestCatalog(rest, cluster_id="cluster"),
            search=commands,
            runner=runner,
        )
    finally:
        runner.run(grpc.close())
        runner.run(client.aclose())


ALL_KINDS: Final = ("grpc", "auto", *REST_VERSIONS)


def a_message(**said: Any) -> PublishMessage:
    """Return a message that the waiting process waits for when its `orderId` is "7"."""
    valid: dict[str, Any] = {
        "name": "finished",
        "correlation_key": "7",
        "message_id": "event-1",
        "time_to_live": timedelta(hours=1),
        "tenant_id": DEFAULT_TENANT,
        "variables": {"status": "SUCCEEDED"},
    }
    return PublishMessage(**valid | said)


def a_start(
    definition: ProcessDefinition, *, tag: str = "event:1", variables: JsonObject | None = None
) -> StartProcess:
    """Return the start of exactly this definition."""
    return StartProcess(
        definition_key=DefinitionKey(definition.key),
        process_id=definition.process_id,
        version=definition.version,
        tenant_id=TenantId(definition.tenant_id),
        variables=variables if variables is not None else {"got": [1, None]},
        tag=tag,
    )


async def collected(items: AsyncIterator[T]) -> list[T]:
    """Return all that an iterator yields."""
    return [item async for item in items]
