"""Opens our adapters to a cluster as the deployment does, and closes them."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import httpx
from apify_camunda.camunda.auth import NoAuth
from apify_camunda.camunda.auto import AutoCommands, AutoJobs
from apify_camunda.camunda.grpc import CamundaGrpc
from apify_camunda.camunda.ports import (
    DocumentStore,
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

T = TypeVar("T")

CLUSTER_ID: Final = "cluster1"
"""What the deployment calls the cluster."""


@dataclass(frozen=True, slots=True)
class Ports:
    """Our ports, open to one cluster."""

    commands: EngineCommands
    jobs: JobQueue
    search: InstanceSearch
    catalog: ProcessCatalog
    documents: DocumentStore
    runner: asyncio.Runner

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run to the end, on the one loop that the adapters live on."""
        return self.runner.run(coroutine)


@contextmanager
def opened_ports(
    transport: str,
    *,
    grpc_address: str,
    rest_address: str,
    tenant_ids: Sequence[str] = (),
    fetched_variables: Sequence[str] = (),
) -> Iterator[Ports]:
    """Open the ports over "grpc", "rest" or "auto"; search and catalogue exist over REST alone.

    Args:
        grpc_address: Where gRPC is spoken without TLS, `http://host:port`.
        rest_address: Base URL of the REST API.
        tenant_ids: Whose jobs are wanted; none named: those of the default tenant.
        fetched_variables: What a job brings of its variables; none named: all.
    """
    wanted: dict[str, Any] = {"tenant_ids": tenant_ids, "fetched_variables": fetched_variables}
    with asyncio.Runner() as runner:
        client = httpx.AsyncClient()
        grpc = CamundaGrpc(address=grpc_address, auth=NoAuth(), **wanted)
        rest = CamundaRest(base_url=rest_address, auth=NoAuth(), client=client)
        commands, jobs = RestCommands(rest), RestJobs(rest, **wanted)
        chosen: dict[str, tuple[EngineCommands, JobQueue]] = {
            "grpc": (grpc, grpc),
            "rest": (commands, jobs),
            "auto": (AutoCommands(grpc, commands, grpc.topology), AutoJobs(grpc, jobs, grpc.topology)),
        }
        try:
            catalog = RestCatalog(rest, cluster_id=CLUSTER_ID)
            yield Ports(*chosen[transport], commands, catalog, RestDocuments(rest), runner)
        finally:
            runner.run(grpc.close())
            runner.run(client.aclose())
