"""Checks Camunda with the deployment's own credentials: REST, gRPC, and what the client may do."""

from __future__ import annotations

from collections.abc import AsyncIterator

from apify_camunda.camunda.rest import CamundaRest
from apify_camunda.errors import ConfigurationError, ConnectorError, EngineRejected, ErrorCode
from apify_camunda.json_types import JsonObject

from apify_camunda_cli.deployment.container import Container
from apify_camunda_cli.deployment.doctor.finding import Finding, clock_skew, failed, ok, skipped

_CREDENTIALS = "Check CamundaAuth, the secret of CamundaCredentialsId, and CamundaTokenUrl and its audience."
_ADDRESS = "Check CamundaRestUrl and CamundaGrpcAddress, and that this machine may reach the cluster."
_STORAGE = (
    "The cluster needs secondary storage (Elasticsearch, OpenSearch or a database): "
    "processes and their webhooks are found by search."
)
_SEARCHES = (
    ("process definitions", "/process-definitions/search", "READ_PROCESS_DEFINITION"),
    ("process instances", "/process-instances/search", "READ_PROCESS_INSTANCE"),
)
_NO_STORAGE = "NO_SECONDARY_STORAGE"


async def rest(container: Container) -> AsyncIterator[Finding]:
    """Ask for the topology, then for what the functions search."""
    try:
        transport = container.transports.rest
        answer = await transport.ask("GET", "/topology")
    except FileNotFoundError as error:
        yield skipped("Camunda REST", f"the certificate file {error.filename} exists in Lambda only")
        return
    except ConnectorError as error:
        yield _trouble("Camunda REST", error)
        return
    version = answer.json().get("gatewayVersion", "of an unknown version")
    yield ok("Camunda REST", f"Camunda {version} at {container.settings.camunda_rest_url}")
    yield clock_skew("clock (Camunda)", answer.headers.get("date"), container.clock.now())
    for what, path, permission in _SEARCHES:
        yield await _search(transport, what, path, permission)
    yield await _publish(transport)


async def _search(transport: CamundaRest, what: str, path: str, permission: str) -> Finding:
    check = f"Camunda search ({what})"
    try:
        answer = await transport.ask_json("POST", path, {"page": {"limit": 1}})
    except EngineRejected as error:
        return failed(check, error.message, _STORAGE if error.rejection == _NO_STORAGE else _ADDRESS)
    except ConnectorError as error:
        if error.code == ErrorCode.ENGINE_UNAUTHORIZED:
            return failed(check, error.message, f"Grant the client the permission {permission}.")
        return _trouble(check, error)
    count = (answer.get("page") or {}).get("totalItems", len(answer.get("items", ())))
    return ok(check, f"{count} {what} can be seen")


async def _publish(transport: CamundaRest) -> Finding:
    """Publish a message that nothing waits for and that lives no longer than the request."""
    check = "Camunda messages"
    message: JsonObject = {
        "name": "apify-camunda-doctor",
        "correlationKey": "",
        "timeToLive": 0,
        "variables": {},
    }
    try:
        await transport.ask_json("POST", "/messages/publication", message)
    except ConnectorError as error:
        if error.code == ErrorCode.ENGINE_UNAUTHORIZED:
            return failed(check, error.message, "Grant the client the permission to create messages.")
        return _trouble(check, error)
    return ok(check, "the client may publish messages")


async def grpc(container: Container) -> AsyncIterator[Finding]:
    """Ask for the topology over gRPC, where the deployment uses it."""
    try:
        transport = container.transports.grpc
    except FileNotFoundError as error:
        yield skipped("Camunda gRPC", f"the certificate file {error.filename} exists in Lambda only")
        return
    if transport is None:
        yield skipped("Camunda gRPC", "the deployment uses REST only")
        return
    try:
        version = await transport.topology()
    except ConnectorError as error:
        yield _trouble("Camunda gRPC", error)
        return
    yield ok("Camunda gRPC", f"Camunda {version} at {container.settings.camunda_grpc_address}")


def _trouble(check: str, error: ConnectorError) -> Finding:
    codes = (ErrorCode.ENGINE_UNAUTHORIZED, ErrorCode.ENGINE_CREDENTIALS_UNREADABLE)
    is_identity = error.code in codes or isinstance(error, ConfigurationError)
    return failed(check, error.message, _CREDENTIALS if is_identity else _ADDRESS)
