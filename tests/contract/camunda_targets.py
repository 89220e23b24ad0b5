"""What suites of the REST adapters run on: our adapters over an API of the stand-in whose engine is at hand.

The stand-in's answers are themselves held to Camunda's OpenAPI documents and to the real engine.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Protocol, TypeVar

from apify_camunda.camunda.model import PublishMessage, StartProcess
from apify_camunda.camunda.ports import EngineCommands, InstanceSearch, ProcessCatalog
from apify_camunda.identifiers import DefinitionKey, TenantId
from apify_camunda.json_types import JsonObject
from emulators.camunda.engine import Engine
from emulators.camunda.rest import FaultPlan, Gateway, GatewayVersion, RestApi, RestServer
from emulators.camunda.state import ProcessDefinition

from tests.contract.camunda_ports import Ports, opened_ports

T = TypeVar("T")

DEFAULT_TENANT: Final = TenantId("<default>")
START: Final = datetime(2026, 1, 1, tzinfo=UTC)
NOBODY: Final = "http://127.0.0.1:1"
"""An address at which nothing listens."""
REST_VERSIONS: Final = {f"rest {version.minor_name}": version for version in GatewayVersion}


@dataclass(frozen=True, slots=True)
class Target:
    """The ports over one stand-in, and the stand-in itself for what a test prepares and looks at."""

    engine: Engine
    api: RestApi
    ports: Ports

    @property
    def commands(self) -> EngineCommands:
        return self.ports.commands

    @property
    def search(self) -> InstanceSearch:
        return self.ports.search

    @property
    def catalog(self) -> ProcessCatalog:
        return self.ports.catalog

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run to the end, on the one loop that the adapters live on."""
        return self.ports.run(coroutine)

    def deploy(self, *resources: bytes, tenant: str = "") -> list[ProcessDefinition]:
        """Deploy into the engine itself."""
        named = [(f"r{number}.bpmn", content) for number, content in enumerate(resources)]
        return list(self.engine.deploy(named, tenant).definitions)

    def calls(self, operation_id: str) -> list[bytes]:
        """Return the bodies of the REST calls of one operation."""
        return [call.body for call in self.api.calls if call.operation_id == operation_id]


@contextmanager
def rest_server(kind: str) -> Iterator[RestServer]:
    """Serve an API, "rest 8.8" to "rest 8.10", for many targets one after another."""
    with RestServer(RestApi(Engine(), Gateway(REST_VERSIONS[kind]))) as server:
        yield server


@contextmanager
def target_on(server: RestServer, *, unique_business_ids: bool = False) -> Iterator[Target]:
    """Open the ports over an API that runs; its engine is new, and its clock is stopped at START."""
    api = server.api
    api.engine = Engine(drains=api.gateway.filters_definition_state, unique_business_ids=unique_business_ids)
    api.engine.pin_clock(START)
    api.faults = FaultPlan()
    api.calls.clear()
    with opened_ports("rest", grpc_address=NOBODY, rest_address=server.address) as ports:
        yield Target(api.engine, api, ports)


@contextmanager
def target(kind: str, *, unique_business_ids: bool = False) -> Iterator[Target]:
    """Open the ports over an API of its own: "rest 8.8" to "rest 8.10"."""
    with (
        rest_server(kind) as server,
        target_on(server, unique_business_ids=unique_business_ids) as opened,
    ):
        yield opened


class Startable(Protocol):
    """A definition, as we or the stand-in describe it."""

    @property
    def key(self) -> int: ...
    @property
    def process_id(self) -> str: ...
    @property
    def version(self) -> int: ...
    @property
    def tenant_id(self) -> str: ...


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
    definition: Startable,
    *,
    tag: str = "event:1",
    variables: JsonObject | None = None,
    business_id: str | None = None,
) -> StartProcess:
    """Return the start of exactly this definition."""
    return StartProcess(
        definition_key=DefinitionKey(definition.key),
        process_id=definition.process_id,
        version=definition.version,
        tenant_id=TenantId(definition.tenant_id),
        variables=variables if variables is not None else {"got": [1, None]},
        tag=tag,
        business_id=business_id,
    )


async def collected(items: AsyncIterator[T]) -> list[T]:
    """Return all that an iterator yields."""
    return [item async for item in items]
