"""Starts what is compared: our poller in the local Lambda service, the connector runtime, the least worker.

Each is started as its makers ship it; the peer gets its jobs pushed (`stream-enabled`), which is how Camunda
runs it and what it is fastest with.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Final

from apify_camunda_cli.local.world import project_root
from local_aws import LocalAws
from real_engines import CamundaDistribution, ConnectorRuntime, ConnectorSettings

from .process_usage import worker_of
from .quick_store import quick_store
from .workload import Task

PEER_VERSION: Final = ConnectorRuntime.version


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
    settings = ConnectorSettings(
        grpc_address=engine.grpc_address,
        rest_address=engine.rest_address,
        streams_jobs=True,
        is_measured=True,
    )
    runtime = ConnectorRuntime(settings)
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
    return Rival("peer", task, lambda: _connector_runtime(runtime))


def least(engine: CamundaDistribution, items_url: str) -> Rival:
    """Return a worker that does less than any connector: what it reaches is what engine and machine allow."""
    task = Task(process_id="least", job_type="least", inputs={}, expression="{}")
    return Rival("least", task, lambda: _least_worker(engine, items_url, task))


@contextmanager
def _least_worker(engine: CamundaDistribution, items_url: str, task: Task) -> Iterator[Running]:
    began = time.time()
    port = items_url.rpartition(":")[2]
    command = [
        sys.executable,
        "-m",
        "tests.benchmarks.least_worker",
        engine.grpc_address,
        port,
        task.job_type,
    ]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as process:
        assert process.stdin is not None
        yield Running(began, lambda: process.pid)
        process.stdin.close()


@contextmanager
def _our_poller(engine: CamundaDistribution, items_url: str) -> Iterator[Running]:
    parameters = {
        "CamundaTransport": "grpc",
        "CamundaGrpcAddress": f"http://{engine.grpc_address}",
        "CamundaRestUrl": engine.rest_address,
        "ApifyBaseUrl": items_url,
        "PollMode": "continuous",
    }
    template = project_root() / "template.yaml"
    # In AWS the store is no process of this machine; one that takes much of its CPU would be measured, too.
    with (
        quick_store() as store_url,
        LocalAws(template, parameters, dynamodb=store_url, runs_schedules=False) as aws,
    ):
        began = time.time()
        aws.send_event(aws.function_name("PollJobs"), b"{}")
        yield Running(began, lambda: worker_of("poll_jobs"))


@contextmanager
def _connector_runtime(runtime: ConnectorRuntime) -> Iterator[Running]:
    began = time.time()
    with runtime:
        yield Running(began, lambda: runtime.pid)
