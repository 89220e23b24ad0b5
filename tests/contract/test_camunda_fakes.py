"""The fakes of the Camunda ports obey the same laws as the adapters, over the stand-in and the real engine.

The suites of the ports go deeper; here stands what the flows' own tests rely on when they use a fake.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

import grpc
import pytest
from apify_camunda.adapters.camunda_auth import NoAuth
from apify_camunda.adapters.camunda_grpc import CamundaGrpc
from apify_camunda.contracts.commands import (
    ActivatedJob,
    CompleteJob,
    FailJob,
    InstanceCreated,
    JobGone,
    JobTaken,
    MessageAlreadyPublished,
    MessagePublished,
    StartProcess,
)
from apify_camunda.contracts.json_types import DefinitionKey, JobKey
from apify_camunda.ports import EngineCommands, InstanceSearch, JobQueue, ProcessCatalog
from pyzeebe.proto import gateway_pb2 as pb
from pyzeebe.proto.gateway_pb2_grpc import GatewayStub

from tests.contract.camunda_targets import DEFAULT_TENANT, Target, a_message, collected, target
from tests.contract.real_engines import NotHere, RealEngine, running_engine
from tests.fakes.catalog import FakeCatalog
from tests.fakes.clock import FrozenClock
from tests.fakes.engine import FakeEngine
from tests.fakes.job_queue import FakeJobQueue
from tests.unit.emulators.camunda_rest.processes import job_process, straight_process, waiting_process

LOCK = timedelta(minutes=5)
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
    """The gRPC adapter over Camunda's own engine, which has no search; each world keeps to its own names."""

    engine: RealEngine
    stub: GatewayStub
    runner: asyncio.Runner
    number: int

    def __post_init__(self) -> None:
        self.commands = self.jobs = CamundaGrpc(address=f"http://{self.engine.address}", auth=NoAuth())
        self.job_type = f"law-{self.number}"
        content = job_process(self.job_type, self.job_type)
        self.stub.DeployResource(
            pb.DeployResourceRequest(resources=[pb.Resource(name=f"{self.job_type}.bpmn", content=content)])
        )

    def advance(self, by: timedelta) -> None:
        self.engine.pass_time(by)

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

    def close(self) -> None:
        self.runner.run(self.commands.close())


@contextmanager
def world_of(kind: str) -> Iterator[World]:
    if kind == "fake":
        with asyncio.Runner() as runner:
            yield FakeWorld(runner)
    else:
        with target(kind) as opened:
            yield RealWorld(opened)


@pytest.fixture(params=["fake", "rest 8.10"])
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    with world_of(request.param) as opened:
        yield opened


@pytest.fixture(scope="module")
def real_engine() -> Iterator[RealEngine]:
    try:
        with running_engine() as engine:
            yield engine
    except NotHere as missing:
        pytest.skip(str(missing))


@pytest.fixture(params=["fake", "grpc", "rest 8.10", pytest.param("engine 8.8.21", marks=pytest.mark.engine)])
def commanded(request: pytest.FixtureRequest) -> Iterator[Commanded]:
    """A world without search and catalogue: Camunda's own engine is one."""
    if request.param != "engine 8.8.21":
        with world_of(request.param) as opened:
            yield opened
        return
    if "engine" not in request.config.option.markexpr:
        pytest.skip("Camunda's own engine is started only by pytest -m engine")
    engine: RealEngine = request.getfixturevalue("real_engine")
    with asyncio.Runner() as runner, grpc.insecure_channel(engine.address) as channel:
        own = CamundasOwnWorld(engine, GatewayStub(channel), runner, next(NUMBERS))
        yield own
        own.close()


class TestCommands:
    def publish(self, commanded: Commanded, **said: Any) -> object:
        message = a_message(**{"correlation_key": commanded.job_type} | said)
        return commanded.runner.run(commanded.commands.publish_message(message))

    def test_a_repetition_within_the_ttl_is_told(self, commanded: Commanded) -> None:
        """The window is the time to live; after it the same id is a new message."""
        assert isinstance(self.publish(commanded), MessagePublished)
        assert self.publish(commanded) == MessageAlreadyPublished()
        commanded.advance(timedelta(hours=2))
        assert isinstance(self.publish(commanded), MessagePublished)

    @pytest.mark.parametrize(
        "said", [{"message_id": "other"}, {"correlation_key": "8"}, {"name": "other"}], ids=str
    )
    def test_another_message_is_no_repetition(self, commanded: Commanded, said: dict[str, str]) -> None:
        """Name, key and id together make the identity."""
        self.publish(commanded)
        assert isinstance(self.publish(commanded, **said), MessagePublished)

    def test_a_message_without_a_ttl_is_never_a_repetition(self, commanded: Commanded) -> None:
        """Nothing is buffered, so nothing is recognised."""
        for _ in range(2):
            assert isinstance(self.publish(commanded, time_to_live=timedelta(0)), MessagePublished)

    def test_a_message_without_an_id_is_never_a_repetition(self, commanded: Commanded) -> None:
        """An empty id is none."""
        for _ in range(2):
            assert isinstance(self.publish(commanded, message_id=""), MessagePublished)


class TestJobs:
    def activate(self, commanded: Commanded, max_jobs: int = 10) -> Sequence[ActivatedJob]:
        job_type, no_wait = commanded.job_type, timedelta(0)
        found = commanded.jobs.activate(job_type=job_type, max_jobs=max_jobs, lock=LOCK, wait=no_wait)
        return commanded.runner.run(found)

    def test_a_job_is_handed_out_once_while_it_is_locked(self, commanded: Commanded) -> None:
        """After its lock it comes again, with the same retries."""
        commanded.new_job()
        [job] = self.activate(commanded)
        assert list(self.activate(commanded)) == []
        commanded.advance(LOCK + timedelta(seconds=1))
        assert [(each.key, each.retries) for each in self.activate(commanded)] == [(job.key, 2)]

    def test_no_more_than_max_jobs_come(self, commanded: Commanded) -> None:
        """The others stay."""
        for _ in range(3):
            commanded.new_job()
        assert [len(self.activate(commanded, 2)) for _ in range(3)] == [2, 1, 0]

    def test_a_reported_job_is_gone(self, commanded: Commanded) -> None:
        """Whoever reports it again is told that it is unknown."""
        commanded.new_job()
        [job] = self.activate(commanded)
        assert commanded.runner.run(commanded.jobs.report(job.key, CompleteJob({}))) == JobTaken()
        again = commanded.runner.run(commanded.jobs.report(job.key, CompleteJob({})))
        assert isinstance(again, JobGone)
        assert again.is_unknown

    def test_a_cancelled_job_is_unknown(self, commanded: Commanded) -> None:
        """Neither a report nor a lock finds it."""
        commanded.new_job()
        [job] = self.activate(commanded)
        commanded.cancel(job)
        jobs = commanded.jobs
        for command in (jobs.report(job.key, CompleteJob({})), jobs.set_lock(job.key, LOCK)):
            reply = commanded.runner.run(command)
            assert isinstance(reply, JobGone)
            assert reply.is_unknown

    def test_a_failed_job_comes_after_its_back_off(self, commanded: Commanded) -> None:
        """It comes with the retries that were reported, not before."""
        commanded.new_job()
        [job] = self.activate(commanded)
        failure = FailJob(1, "later", timedelta(seconds=30), {})
        assert commanded.runner.run(commanded.jobs.report(job.key, failure)) == JobTaken()
        commanded.advance(timedelta(seconds=29))
        assert list(self.activate(commanded)) == []
        commanded.advance(timedelta(seconds=2))
        assert [(each.key, each.retries) for each in self.activate(commanded)] == [(job.key, 1)]

    def test_a_job_without_retries_takes_no_command(self, commanded: Commanded) -> None:
        """It is an incident: known, not handed out, and refusing."""
        commanded.new_job()
        [job] = self.activate(commanded)
        commanded.runner.run(commanded.jobs.report(job.key, FailJob(0, "no more", timedelta(0), {})))
        commanded.advance(LOCK * 2)
        assert list(self.activate(commanded)) == []
        jobs = commanded.jobs
        for command in (jobs.report(job.key, CompleteJob({})), jobs.set_lock(job.key, LOCK)):
            reply = commanded.runner.run(command)
            assert isinstance(reply, JobGone)
            assert not reply.is_unknown

    def test_a_shortened_lock_hands_the_job_out_again(self, commanded: Commanded) -> None:
        """One millisecond is the wake-up."""
        commanded.new_job()
        [job] = self.activate(commanded)
        assert commanded.runner.run(commanded.jobs.set_lock(job.key, timedelta(milliseconds=1))) == JobTaken()
        commanded.advance(timedelta(seconds=2))
        assert [(each.key, each.retries) for each in self.activate(commanded)] == [(job.key, 2)]

    def test_a_lock_that_ran_out_cannot_be_extended(self, commanded: Commanded) -> None:
        """A job that waits to be handed out is known and takes no lock, but still a completion."""
        commanded.new_job()
        [job] = self.activate(commanded)
        commanded.advance(LOCK + timedelta(seconds=1))
        reply = commanded.runner.run(commanded.jobs.set_lock(job.key, LOCK))
        assert isinstance(reply, JobGone)
        assert not reply.is_unknown
        assert commanded.runner.run(commanded.jobs.report(job.key, CompleteJob({}))) == JobTaken()


class TestSearch:
    def test_what_was_correlated_is_found_since_then(self, world: World) -> None:
        """After the search has caught up the message is found, but not as a later one."""
        world.wait_for_message()
        assert isinstance(world.runner.run(world.commands.publish_message(a_message())), MessagePublished)
        world.advance(SEARCH_LAG)

        def found(since_then: timedelta) -> bool:
            since = world.now() - since_then
            return world.runner.run(world.search.message_was_correlated(a_message(), since=since))

        assert found(SEARCH_LAG)
        assert not found(SEARCH_LAG - timedelta(seconds=1))


class TestCatalog:
    def latest(self, world: World) -> dict[str, int]:
        found = world.runner.run(collected(world.catalog.latest_definitions()))
        return {each.process_id: each.version for each in found if each.process_id != "crawl"}

    def test_the_newest_versions_are_listed(self, world: World) -> None:
        """A new version takes the place of the one before it."""
        for process_id in ("orders", "orders", "bills"):
            world.deploy(process_id)
        assert self.latest(world) == {"orders": 2, "bills": 1}

    def test_an_undeployed_process_is_gone(self, world: World) -> None:
        """It is neither listed nor found alone."""
        world.deploy("orders")
        world.undeploy("orders")
        assert self.latest(world) == {}
        assert world.runner.run(world.catalog.newest_active("orders", DEFAULT_TENANT)) is None

    def test_one_process_is_found_alone(self, world: World) -> None:
        """Its newest version is told."""
        world.deploy("orders")
        newest = world.deploy("orders")
        found = world.runner.run(world.catalog.newest_active("orders", DEFAULT_TENANT))
        assert found is not None
        assert (found.key, found.version) == (newest, 2)

    def test_a_definition_is_read_by_its_key(self, world: World) -> None:
        """XML and definition are there, and nothing for a key that nobody has."""
        key = world.deploy("orders")
        definition = world.runner.run(world.catalog.definition(key))
        assert definition is not None
        assert (definition.key, definition.process_id) == (key, "orders")
        xml = world.runner.run(world.catalog.xml(key))
        assert xml is not None
        assert 'id="orders"' in xml
        assert world.runner.run(world.catalog.definition(DefinitionKey(5))) is None
        assert world.runner.run(world.catalog.xml(DefinitionKey(5))) is None


def test_starts_are_found_by_their_tag() -> None:
    """An instance that an event started is found by the event, once the search has caught up."""
    for kind in ("fake", "rest 8.10"):
        with world_of(kind) as world:
            key = world.deploy("orders")
            [definition] = world.runner.run(collected(world.catalog.latest_definitions()))[-1:]
            assert definition.key == key
            start = StartProcess(key, "orders", 1, DEFAULT_TENANT, {}, "event:1")
            created = world.runner.run(world.commands.start_process(start))
            assert isinstance(created, InstanceCreated)
            world.advance(SEARCH_LAG)
            assert list(world.runner.run(world.search.instances_with_tag("event:1"))) == [
                created.process_instance_key
            ]
            assert list(world.runner.run(world.search.instances_with_tag("event:2"))) == []
