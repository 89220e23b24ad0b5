"""The worlds in which laws of the Camunda ports are tried: fakes, the stand-in, and engines of Camunda."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

import grpc
import httpx
from apify_camunda.adapters.camunda_auth import NoAuth
from apify_camunda.adapters.camunda_grpc import CamundaGrpc
from apify_camunda.adapters.camunda_rest import CamundaRest
from apify_camunda.adapters.camunda_rest_commands import RestCommands
from apify_camunda.adapters.camunda_rest_jobs import RestJobs
from apify_camunda.contracts.commands import ActivatedJob
from apify_camunda.contracts.json_types import DefinitionKey, JobKey
from apify_camunda.ports import EngineCommands, InstanceSearch, JobQueue, ProcessCatalog
from pyzeebe.proto import gateway_pb2 as pb
from pyzeebe.proto.gateway_pb2_grpc import GatewayStub
from real_engines import Catalog, RealEngine

from tests.contract.camunda_targets import DEFAULT_TENANT, Target, target
from tests.fakes.catalog import FakeCatalog
from tests.fakes.clock import FrozenClock
from tests.fakes.engine import FakeEngine
from tests.fakes.job_queue import FakeJobQueue
from tests.unit.emulators.camunda_rest.processes import job_process, straight_process, waiting_process

NUMBERS = itertools.count(1)
SEARCH_LAG = timedelta(seconds=5)


class Commanded(Protocol):
    """A cluster in which a law can be tried: the ports of commands, and what happens outside them."""

    @property
    def commands(self) -> EngineCommands: ...
    @property
    def jobs(self) -> JobQueue: ...
    @property
    def runner(self) -> asyncio.Runner: ...

    def advance(self, by: timedelta) -> None:
        """Let time pass for the engine."""
        ...

    @property
    def patience(self) -> timedelta:
        """How long what is due may take to happen."""
        ...

    @property
    def job_type(self) -> str:
        """The type of this world's jobs."""
        ...

    def new_job(self) -> None:
        """Let a process come to a job that has 2 retries."""
        ...

    def cancel(self, job: ActivatedJob) -> None:
        """Cancel the process instance of a job."""
        ...


class World(Commanded, Protocol):
    """A cluster that can be asked about, too."""

    @property
    def search(self) -> InstanceSearch: ...
    @property
    def catalog(self) -> ProcessCatalog: ...

    def now(self) -> datetime:
        """Return the engine's time."""
        ...

    def deploy(self, process_id: str) -> DefinitionKey:
        """Deploy a new version of a process that starts without a message."""
        ...

    def undeploy(self, process_id: str) -> None:
        """Delete every version of a process."""
        ...

    def wait_for_message(self) -> None:
        """Let an instance wait for what `a_message` publishes."""
        ...


@dataclass
class RealWorld:
    """The adapters over the stand-in."""

    target: Target
    job_type: str = "work"
    patience: timedelta = timedelta(0)
    versions: int = 0

    def __post_init__(self) -> None:
        self.commands, self.search = self.target.commands, self.target.search
        self.jobs, self.catalog, self.runner = self.target.jobs, self.target.catalog, self.target.runner
        self.target.deploy(job_process())

    def now(self) -> datetime:
        return self.target.engine.clock.now()

    def advance(self, by: timedelta) -> None:
        self.target.engine.advance_clock(by)

    def new_job(self) -> None:
        self.target.engine.create_instance(process_id="crawl")

    def cancel(self, job: ActivatedJob) -> None:
        self.target.engine.cancel_instance(job.process_instance_key)

    def deploy(self, process_id: str) -> DefinitionKey:
        self.versions += 1
        [definition] = self.target.deploy(straight_process(process_id, note=str(self.versions)))
        return DefinitionKey(definition.key)

    def undeploy(self, process_id: str) -> None:
        for each in self.target.engine.definitions():
            if each.process_id == process_id:
                self.target.engine.delete_resource(each.key)

    def wait_for_message(self) -> None:
        self.target.deploy(waiting_process())
        self.target.engine.create_instance(process_id="wait", variables={"orderId": "7"})


@dataclass
class FakeWorld:
    """The fakes."""

    runner: asyncio.Runner
    clock: FrozenClock = field(default_factory=FrozenClock)
    job_type: str = "work"
    patience: timedelta = timedelta(0)
    key: int = 0

    def __post_init__(self) -> None:
        self.commands = self.search = FakeEngine(self.clock, SEARCH_LAG)
        self.jobs = FakeJobQueue(self.clock)
        self.catalog = FakeCatalog()

    def now(self) -> datetime:
        return self.clock.now()

    def advance(self, by: timedelta) -> None:
        self.clock.advance(by)

    def new_job(self) -> None:
        self.key += 1
        job = ActivatedJob(
            key=JobKey(self.key),
            type="work",
            process_instance_key=1,
            process_id="crawl",
            process_version=1,
            definition_key=DefinitionKey(1),
            element_id="task",
            element_instance_key=1,
            retries=2,
            deadline_ms=0,
            tenant_id=DEFAULT_TENANT,
        )
        self.jobs.add(job)

    def cancel(self, job: ActivatedJob) -> None:
        self.jobs.cancel(job.key)

    def deploy(self, process_id: str) -> DefinitionKey:
        return self.catalog.deploy(process_id=process_id).key

    def undeploy(self, process_id: str) -> None:
        self.catalog.undeploy(process_id)

    def wait_for_message(self) -> None:
        """The fake takes every message for correlated."""


@dataclass
class CamundasOwnWorld:
    """The adapters over an engine of Camunda, which has no search here; each keeps to names of its own."""

    engine: RealEngine
    transport: str
    stub: GatewayStub
    runner: asyncio.Runner
    client: httpx.AsyncClient
    rest_address: str
    patience: timedelta = timedelta(seconds=4)

    def __post_init__(self) -> None:
        self.grpc = CamundaGrpc(address=f"http://{self.engine.grpc_address}", auth=NoAuth())
        self.commands: EngineCommands = self.grpc
        self.jobs: JobQueue = self.grpc
        if self.transport == "rest":
            rest = CamundaRest(base_url=self.rest_address, auth=NoAuth(), client=self.client)
            self.commands, self.jobs = RestCommands(rest), RestJobs(rest)
        self.job_type = f"law-{next(NUMBERS)}"
        content = job_process(self.job_type, self.job_type)
        self.stub.DeployResource(
            pb.DeployResourceRequest(resources=[pb.Resource(name=f"{self.job_type}.bpmn", content=content)])
        )

    def advance(self, by: timedelta) -> None:
        """Let time pass; an engine looks once a second what has become due, and nothing tells that it has."""
        self.engine.pass_time(by)
        time.sleep(1.5)

    def new_job(self) -> None:
        self.stub.CreateProcessInstance(
            pb.CreateProcessInstanceRequest(bpmnProcessId=self.job_type, version=-1)
        )
        self.engine.settle()

    def cancel(self, job: ActivatedJob) -> None:
        self.stub.CancelProcessInstance(
            pb.CancelProcessInstanceRequest(processInstanceKey=job.process_instance_key)
        )
        self.engine.settle()


@contextmanager
def own_world(engine: RealEngine, transport: str) -> Iterator[Commanded]:
    """Open the ports of one transport over an engine that runs."""
    with (
        asyncio.Runner() as runner,
        grpc.insecure_channel(engine.grpc_address) as channel,
        Catalog(engine) as catalog,  # passes commands on, and names jobs' keys as gateways do since 8.7
    ):
        client = httpx.AsyncClient()
        world = CamundasOwnWorld(engine, transport, GatewayStub(channel), runner, client, catalog.address)
        yield world
        runner.run(world.grpc.close())
        runner.run(client.aclose())


@contextmanager
def world_of(kind: str) -> Iterator[World]:
    if kind == "fake":
        with asyncio.Runner() as runner:
            yield FakeWorld(runner)
    else:
        with target(kind) as opened:
            yield RealWorld(opened)
