"""Starts what is compared: our poller in the local Lambda service, and Camunda's connector runtime.

Each is started as its makers ship it; the peer gets its jobs pushed (`stream-enabled`), which is how Camunda
runs it and what it is fastest with.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from apify_camunda_cli.local_world import project_root
from local_aws import LocalAws
from real_engines import CamundaDistribution, Coordinates, fetch_jars, find_jdk
from real_engines.java_process import JavaProcess, compiled

from .process_usage import worker_of
from .workload import Task

PEER_VERSION: Final = "8.8.7"
_HERE: Final = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Running:
    """A rival at work.

    Attributes:
        began: When it was started, in seconds of the system's clock.
        pid: Tells its process, which may come only with its first work.
    """

    began: float
    pid: Callable[[], int]


@dataclass(frozen=True, slots=True)
class Rival:
    """One way to get the jobs done."""

    name: str
    task: Task
    start: Callable[[], AbstractContextManager[Running]]


def ours(engine: CamundaDistribution, items_url: str) -> Rival:
    """Return our poller: getDatasetItems with the official template's bindings."""
    task = Task(
        process_id="ours",
        job_type="io.camunda:apify-outbound:1",
        inputs={
            "authentication.token": "token-of-acme",
            "operation.type": "getDatasetItems",
            "apifyRequestInput.getDatasetItemsInput.datasetId": "measured",
        },
        expression="{ items: response.items }",
    )
    return Rival("ours", task, lambda: _our_poller(engine, items_url))


def peer(engine: CamundaDistribution, items_url: str) -> Rival:
    """Return Camunda's connector runtime with its HTTP connector.

    Raises:
        Unavailable: There is no JDK or no Maven, or its jars are not to be had.
    """
    jars = _peer_jars()
    task = Task(
        process_id="peer",
        job_type="io.camunda:http-json:1",
        inputs={
            "authentication.type": "noAuth",
            "method": "GET",
            "url": f"{items_url}/v2/datasets/measured/items",
            "connectionTimeoutInSeconds": "20",
            "readTimeoutInSeconds": "20",
        },
        expression="{ items: response.body }",
    )
    return Rival("peer", task, lambda: _connector_runtime(engine, jars))


@contextmanager
def _our_poller(engine: CamundaDistribution, items_url: str) -> Iterator[Running]:
    parameters = {
        "CamundaTransport": "grpc",
        "CamundaGrpcAddress": f"http://{engine.grpc_address}",
        "CamundaRestUrl": engine.rest_address,
        "ApifyBaseUrl": items_url,
        "PollMode": "continuous",
    }
    with LocalAws(project_root() / "template.yaml", parameters, runs_schedules=False) as aws:
        began = time.time()
        aws.send_event(aws.function_name("PollJobs"), b"{}")
        yield Running(began, lambda: worker_of("poll_jobs"))


@contextmanager
def _connector_runtime(engine: CamundaDistribution, jars: Path) -> Iterator[Running]:
    jdk = find_jdk()
    classes = compiled(jdk, _HERE / "java" / "ConnectorsPeer.java", f"{jars}/*")
    settings = {
        "CAMUNDA_CLIENT_MODE": "self-managed",
        "CAMUNDA_CLIENT_GRPCADDRESS": f"http://{engine.grpc_address}",
        "CAMUNDA_CLIENT_RESTADDRESS": engine.rest_address,
        "CAMUNDA_CLIENT_PREFERRESTOVERGRPC": "false",
        "CAMUNDA_CLIENT_AUTH_METHOD": "none",
        "CAMUNDA_CLIENT_WORKER_DEFAULTS_STREAMENABLED": "true",
        "CAMUNDA_CONNECTOR_POLLING_ENABLED": "false",
        "CAMUNDA_CONNECTOR_WEBHOOK_ENABLED": "false",
        "SERVER_PORT": "0",
        "SERVER_ADDRESS": "127.0.0.1",
    }
    with tempfile.TemporaryDirectory(prefix="connector-runtime-") as folder:
        command = [str(jdk.java), "-cp", f"{classes}:{jars}/*", "peer.ConnectorsPeer"]
        began = time.time()
        process = JavaProcess(command, environment=settings, folder=Path(folder))
        try:
            yield Running(began, lambda: process.pid)
        finally:
            process.stop(at_once=True)


def _peer_jars() -> Path:
    group = "io.camunda.connector"
    return fetch_jars(
        Coordinates(group, "spring-boot-starter-camunda-connectors", PEER_VERSION),
        Coordinates(group, "connector-core", PEER_VERSION),
        Coordinates(group, "connector-http-json", PEER_VERSION),
        pinned=(Coordinates("com.fasterxml.jackson", "jackson-bom", "2.21.0"),),
    )
