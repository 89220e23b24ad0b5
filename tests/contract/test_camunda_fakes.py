"""The fakes of the Camunda ports obey the same laws as the adapters over the stand-in.

The suites of the ports go deeper; here stands what the flows' own tests rely on when they use a fake.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

import pytest
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

from tests.contract.camunda_targets import DEFAULT_TENANT, Target, a_message, collected, target
from tests.fakes.catalog import FakeCatalog
from tests.fakes.clock import FrozenClock
from tests.fakes.engine import FakeEngine
from tests.fakes.job_queue import FakeJobQueue
from tests.unit.emulators.camunda_rest.processes import job_process, straight_process, waiting_process

LOCK = timedelta(minutes=5)
SEARCH_LAG = timedelta(seconds=5)


class World(Protocol):
    """A cluster in which a law can be tried: the ports, and what happens outside them."""

    @property
    def commands(self) -> EngineCommands: ...
    @property
    def search(self) -> InstanceSearch: ...
    @property
    def jobs(self) -> JobQueue: ...
    @property
    def catalog(self) -> ProcessCatalog: ...
    @property
    def runner(self) -> asyncio.Runner: ...

    def now(self) -> datetime:
        """Return the engine's time."""
        ...

    def advance(self, by: timedelta) -> None:
        """Let time pass for the engine."""
        ...

    def new_job(self) -> JobKey:
        """Let a process come to a job of type "work" that has 2 retries."""
        ...

    def cancel(self, job: JobKey) -> None:
        """Cancel the process instance of a job."""
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
    versions: int = 0

    def __post_init__(self) -> None:
        self.commands, self.search = self.target.commands, self.target.search
        self.jobs, self.catalog, self.runner = self.target.jobs, self.target.catalog, self.target.runner
        self.target.deploy(job_process())

    def now(self) -> datetime:
        return self.target.engine.clock.now()

    def advance(self, by: timedelta) -> None:
        self.target.engine.advance_clock(by)

    def new_job(self) -> JobKey:
        self.target.engine.create_instance(process_id="crawl")
        return JobKey(self.target.engine.jobs()[-1].key)

    def cancel(self, job: JobKey) -> None:
        found = self.target.engine.job(job)
        assert found is not None
        self.target.engine.cancel_instance(found.process_instance_key)

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
    key: int = 0

    def __post_init__(self) -> None:
        self.commands = self.search = FakeEngine(self.clock, SEARCH_LAG)
        self.jobs = FakeJobQueue(self.clock)
        self.catalog = FakeCatalog()

    def now(self) -> datetime:
        return self.clock.now()

    def advance(self, by: timedelta) -> None:
        self.clock.advance(by)

    def new_job(self) -> JobKey:
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
        return JobKey(self.key)

    def cancel(self, job: JobKey) -> None:
        self.jobs.cancel(job)

    def deploy(self, process_id: str) -> DefinitionKey:
        return self.catalog.deploy(process_id=process_id).key

    def undeploy(self, process_id: str) -> None:
        self.catalog.undeploy(process_id)

    def wait_for_message(self) -> None:
        """The fake takes every message for correlated."""


@contextmanager
def world_of(kind: str) -> Iterator[World]:
    if kind == "fake":
        with asyncio.Runner() as runner:
            yield FakeWorld(runner)
    else:
        with target(kind) as opened:
            yield RealWorld(opened)


@pytest.fixture(params=["fake", "grpc", "rest 8.10"])
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    with world_of(request.param) as opened:
        yield opened


class TestCommands:
    def publish(self, world: World, **said: Any) -> object:
        return world.runner.run(world.commands.publish_message(a_message(**said)))

    def test_a_repetition_within_the_ttl_is_told(self, world: World) -> None:
        """The window is the time to live; after it the same id is a new message."""
        assert isinstance(self.publish(world), MessagePublished)
        assert self.publish(world) == MessageAlreadyPublished()
        world.advance(timedelta(hours=2))
        assert isinstance(self.publish(world), MessagePublished)

    @pytest.mark.parametrize(
        "said", [{"message_id": "other"}, {"correlation_key": "8"}, {"name": "other"}], ids=str
    )
    def test_another_message_is_no_repetition(self, world: World, said: dict[str, str]) -> None:
        """Name, key and id together make the identity."""
        self.publish(world)
        assert isinstance(self.publish(world, **said), MessagePublished)

    def test_a_message_without_a_ttl_is_never_a_repetition(self, world: World) -> None:
        """Nothing is buffered, so nothing is recognised."""
        for _ in range(2):
            assert isinstance(self.publish(world, time_to_live=timedelta(0)), MessagePublished)

    def test_a_message_without_an_id_is_never_a_repetition(self, world: World) -> None:
        """An empty id is none."""
        for _ in range(2):
            assert isinstance(self.publish(world, message_id=""), MessagePublished)

    def test_what_was_correlated_is_found_since_then(self, world: World) -> None:
        """After the search has caught up the message is found, but not as a later one."""
        world.wait_for_message()
        assert isinstance(self.publish(world), MessagePublished)
        world.advance(SEARCH_LAG)

        def found(since_then: timedelta) -> bool:
            since = world.now() - since_then
            return world.runner.run(world.search.message_was_correlated(a_message(), since=since))

        assert found(SEARCH_LAG)
        assert not found(SEARCH_LAG - timedelta(seconds=1))


class TestJobs:
    def activate(self, world: World, max_jobs: int = 10) -> Sequence[ActivatedJob]:
        return world.runner.run(
            world.jobs.activate(job_type="work", max_jobs=max_jobs, lock=LOCK, wait=timedelta(0))
        )

    def test_a_job_is_handed_out_once_while_it_is_locked(self, world: World) -> None:
        """After its lock it comes again, with the same retries."""
        key = world.new_job()
        assert [each.key for each in self.activate(world)] == [key]
        assert list(self.activate(world)) == []
        world.advance(LOCK + timedelta(seconds=1))
        assert [(each.key, each.retries) for each in self.activate(world)] == [(key, 2)]

    def test_no_more_than_max_jobs_come(self, world: World) -> None:
        """The others stay."""
        for _ in range(3):
            world.new_job()
        assert [len(self.activate(world, 2)) for _ in range(3)] == [2, 1, 0]

    def test_a_reported_job_is_gone(self, world: World) -> None:
        """Whoever reports it again is told that it is unknown."""
        key = world.new_job()
        self.activate(world)
        assert world.runner.run(world.jobs.report(key, CompleteJob({}))) == JobTaken()
        again = world.runner.run(world.jobs.report(key, CompleteJob({})))
        assert isinstance(again, JobGone)
        assert again.is_unknown

    def test_a_cancelled_job_is_unknown(self, world: World) -> None:
        """Neither a report nor a lock finds it."""
        key = world.new_job()
        self.activate(world)
        world.cancel(key)
        for command in (world.jobs.report(key, CompleteJob({})), world.jobs.set_lock(key, LOCK)):
            reply = world.runner.run(command)
            assert isinstance(reply, JobGone)
            assert reply.is_unknown

    def test_a_failed_job_comes_after_its_back_off(self, world: World) -> None:
        """It comes with the retries that were reported, not before."""
        key = world.new_job()
        self.activate(world)
        failure = FailJob(1, "later", timedelta(seconds=30), {})
        assert world.runner.run(world.jobs.report(key, failure)) == JobTaken()
        world.advance(timedelta(seconds=29))
        assert list(self.activate(world)) == []
        world.advance(timedelta(seconds=2))
        assert [(each.key, each.retries) for each in self.activate(world)] == [(key, 1)]

    def test_a_job_without_retries_takes_no_command(self, world: World) -> None:
        """It is an incident: known, not handed out, and refusing."""
        key = world.new_job()
        self.activate(world)
        world.runner.run(world.jobs.report(key, FailJob(0, "no more", timedelta(0), {})))
        world.advance(LOCK * 2)
        assert list(self.activate(world)) == []
        for command in (world.jobs.report(key, CompleteJob({})), world.jobs.set_lock(key, LOCK)):
            reply = world.runner.run(command)
            assert isinstance(reply, JobGone)
            assert not reply.is_unknown

    def test_a_shortened_lock_hands_the_job_out_again(self, world: World) -> None:
        """One millisecond is the wake-up."""
        key = world.new_job()
        self.activate(world)
        assert world.runner.run(world.jobs.set_lock(key, timedelta(milliseconds=1))) == JobTaken()
        world.advance(timedelta(seconds=2))
        assert [(each.key, each.retries) for each in self.activate(world)] == [(key, 2)]

    def test_a_lock_that_ran_out_cannot_be_extended(self, world: World) -> None:
        """A job that waits to be handed out is known and takes no lock, but still a completion."""
        key = world.new_job()
        self.activate(world)
        world.advance(LOCK + timedelta(seconds=1))
        reply = world.runner.run(world.jobs.set_lock(key, LOCK))
        assert isinstance(reply, JobGone)
        assert not reply.is_unknown
        assert world.runner.run(world.jobs.report(key, CompleteJob({}))) == JobTaken()


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
