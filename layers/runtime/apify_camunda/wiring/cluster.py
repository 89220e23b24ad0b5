"""Joins the adapters that speak to the Camunda cluster: over which transport, trusting whom, as whom."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, assert_never

from apify_camunda.camunda.auth import BasicAuth, CamundaAuth, ClientCredentials, Credentials, NoAuth
from apify_camunda.camunda.auto import AutoCommands, AutoJobs, GrpcWithTaggedStarts
from apify_camunda.camunda.cluster_identity import cluster_id
from apify_camunda.camunda.ports import (
    DocumentStore,
    ElementSearch,
    EngineCommands,
    InstanceSearch,
    JobQueue,
    ProcessCatalog,
)
from apify_camunda.camunda.rest import CamundaRest
from apify_camunda.camunda.rest_catalog import RestCatalog
from apify_camunda.camunda.rest_commands import RestCommands
from apify_camunda.camunda.rest_documents import RestDocuments
from apify_camunda.camunda.rest_jobs import RestJobs
from apify_camunda.outbound.operations.model import FETCHED_VARIABLES
from apify_camunda.platform.http_client import new_client
from apify_camunda.platform.ports import Clock
from apify_camunda.platform.settings import Settings
from apify_camunda.wiring.later import Later

if TYPE_CHECKING:
    import httpx

    from apify_camunda.camunda.grpc import CamundaGrpc


@dataclass(frozen=True, slots=True)
class Cluster:
    """The ports that the cluster serves."""

    commands: EngineCommands
    jobs: JobQueue
    search: InstanceSearch
    catalog: ProcessCatalog
    elements: ElementSearch
    documents: DocumentStore


@dataclass(frozen=True, slots=True)
class Transports:
    """How the cluster is reached.

    Attributes:
        grpc: None where the deployment uses REST only.
    """

    rest: CamundaRest
    grpc: CamundaGrpc | None


def open_transports(
    settings: Settings, *, credentials: Credentials, client: httpx.AsyncClient, clock: Clock
) -> Transports:
    """Return the transports that the settings name; nothing is sent yet.

    Args:
        settings: Where the cluster is, and what it asks for.
        credentials: Reads the secret with our credentials, where the cluster asks for any.
        client: The HTTP client for REST and the token endpoint, unless the cluster has its own certificate
            authorities.
        clock: Says when a token ends.
    """
    rest, auth = _rest(settings, credentials, client, clock)
    return Transports(rest, _grpc(settings, auth) if _uses_grpc(settings) else None)


def join_cluster(
    settings: Settings, *, credentials: Credentials, client: httpx.AsyncClient, clock: Clock
) -> Cluster:
    """Return the cluster's ports, over the transports that the settings name; see `open_transports`.

    Where REST could serve too, gRPC is imported when the first command goes over it.
    """
    rest, auth = _rest(settings, credentials, client, clock)
    commands = RestCommands(rest)
    catalog = RestCatalog(rest, cluster_id=cluster_id(settings.camunda_rest_url))
    jobs = RestJobs(rest, tenant_ids=settings.camunda_tenant_ids, fetched_variables=FETCHED_VARIABLES)
    documents = RestDocuments(rest)
    if not _uses_grpc(settings):
        return Cluster(commands, jobs, commands, catalog, commands, documents)
    if settings.camunda_transport == "grpc":
        only = _grpc(settings, auth)
        return Cluster(GrpcWithTaggedStarts(only, commands), only, commands, catalog, commands, documents)
    grpc: Any = Later(lambda: _grpc(settings, auth))

    async def probe() -> object:
        return await grpc.topology()

    return Cluster(
        AutoCommands(grpc, commands, probe),
        AutoJobs(grpc, jobs, probe),
        commands,
        catalog,
        commands,
        documents,
    )


def _rest(
    settings: Settings, credentials: Credentials, client: httpx.AsyncClient, clock: Clock
) -> tuple[CamundaRest, CamundaAuth]:
    tls = _tls(settings)
    client = new_client(verify=tls) if tls else client
    auth = _auth(settings, credentials, client, clock)
    return CamundaRest(base_url=settings.camunda_rest_url, auth=auth, client=client), auth


def _uses_grpc(settings: Settings) -> bool:
    return settings.camunda_transport != "rest" and bool(settings.camunda_grpc_address)


def _grpc(settings: Settings, auth: CamundaAuth) -> CamundaGrpc:
    # It costs 200 ms of a cold start, so it is imported only where it is spoken.
    from apify_camunda.camunda.grpc import CamundaGrpc

    return CamundaGrpc(
        address=settings.camunda_grpc_address,
        auth=auth,
        tenant_ids=settings.camunda_tenant_ids,
        fetched_variables=FETCHED_VARIABLES,
        roots=_content(settings.camunda_ca_file),
        client_certificate=_certificate_and_key(settings),
    )


def _auth(
    settings: Settings, credentials: Credentials, client: httpx.AsyncClient, clock: Clock
) -> CamundaAuth:
    match settings.camunda_auth:
        case "none":
            return NoAuth()
        case "basic":
            return BasicAuth(credentials)
        case "oidc":
            return ClientCredentials(
                token_url=settings.camunda_token_url,
                audience=settings.camunda_token_audience,
                scope=settings.camunda_token_scope,
                credentials=credentials,
                client=client,
                clock=clock,
            )
        case _:
            assert_never(settings.camunda_auth)


def _tls(settings: Settings) -> ssl.SSLContext | None:
    """Return a context with the cluster's own CA and our certificate, or None where the system's will do."""
    if not settings.camunda_ca_file and not settings.camunda_client_certificate_file:
        return None
    context = ssl.create_default_context(cafile=settings.camunda_ca_file or None)
    if settings.camunda_client_certificate_file:
        context.load_cert_chain(
            settings.camunda_client_certificate_file, settings.camunda_client_key_file or None
        )
    return context


def _certificate_and_key(settings: Settings) -> tuple[bytes, bytes] | None:
    """Return our certificate and its key in PEM, or None."""
    certificate = _content(settings.camunda_client_certificate_file)
    key = _content(settings.camunda_client_key_file)
    return (certificate, key) if certificate and key else None


def _content(path: str) -> bytes | None:
    return Path(path).read_bytes() if path else None
