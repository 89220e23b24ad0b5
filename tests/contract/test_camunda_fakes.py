"""The fakes of the Camunda ports obey the same laws as the adapters, over the stand-in and over real engines.

The suites of the ports go deeper; here stands what the flows' own tests rely on when they use a fake.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

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
from apify_camunda.contracts.json_types import DefinitionKey

from tests.contract.camunda_targets import DEFAULT_TENANT, a_message, collected
from tests.contract.camunda_worlds import SEARCH_LAG, Commanded, World, own_world, world_of
from tests.engines.fixtures import engine_named, of_engine

LOCK = timedelta(minutes=5)
OWN_ENGINES: Mapping[str, tuple[str, str]] = {
    "8.8.21 grpc": ("8.8.21", "grpc"),
    "8.6.0 grpc": ("8.6.0", "grpc"),
    "8.6.0 rest": ("8.6.0", "rest"),
}


@pytest.fixture(params=["fake", "rest 8.10"])
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    with world_of(request.param) as opened:
        yield opened


@pytest.fixture(
    params=[
        "fake",
        "grpc",
        "rest 8.10",
        *(pytest.param(name, marks=of_engine(own[0])) for name, own in OWN_ENGINES.items()),
    ]
)
def commanded(request: pytest.FixtureRequest) -> Iterator[Commanded]:
    """A world without search and catalogue: Camunda's own engines are some."""
    if request.param in OWN_ENGINES:
        version, transport = OWN_ENGINES[request.param]
        with own_world(engine_named(version, request), transport) as own:
            yield own
    else:
        with world_of(request.param) as opened:
            yield opened


class TestCommands:
    def publish(self, commanded: Commanded, **said: Any) -> object:
        unique = {name: f"{commanded.job_type} {value}" for name, value in said.items() if value == "other"}
        message = a_message(**{"correlation_key": commanded.job_type} | said | unique)
        return commanded.runner.run(commanded.commands.publish_message(message))

    def test_a_repetition_within_the_ttl_is_told(self, commanded: Commanded) -> None:
        """The window is the time to live; after it the same id is a new message."""
        assert isinstance(self.publish(commanded), MessagePublished)
        assert self.publish(commanded) == MessageAlreadyPublished()
        commanded.advance(timedelta(hours=2))
        assert isinstance(self.publish(commanded), MessagePublished)

    @pytest.mark.parametrize(
        "said", [{"message_id": "other"}, {"correlation_key": "other"}, {"name": "other"}], ids=str
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
        return self.poll(commanded, max_jobs, commanded.patience)

    def poll(self, commanded: Commanded, max_jobs: int, wait: timedelta) -> Sequence[ActivatedJob]:
        job_type = commanded.job_type
        found = commanded.jobs.activate(job_type=job_type, max_jobs=max_jobs, lock=LOCK, wait=wait)
        return commanded.runner.run(found)

    def none_comes(self, commanded: Commanded) -> bool:
        return list(self.poll(commanded, 10, timedelta(0))) == []

    def test_a_job_is_handed_out_once_while_it_is_locked(self, commanded: Commanded) -> None:
        """After its lock it comes again, with the same retries."""
        commanded.new_job()
        [job] = self.activate(commanded)
        assert self.none_comes(commanded)
        commanded.advance(LOCK + timedelta(seconds=1))
        assert [(each.key, each.retries) for each in self.activate(commanded)] == [(job.key, 2)]

    def test_no_more_than_max_jobs_come(self, commanded: Commanded) -> None:
        """The others stay."""
        for _ in range(3):
            commanded.new_job()
        assert [len(self.activate(commanded, 2)) for _ in range(2)] == [2, 1]
        assert self.none_comes(commanded)

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
        commanded.advance(timedelta(seconds=20))
        assert self.none_comes(commanded)
        commanded.advance(timedelta(seconds=15))
        assert [(each.key, each.retries) for each in self.activate(commanded)] == [(job.key, 1)]

    def test_a_job_without_retries_takes_no_command(self, commanded: Commanded) -> None:
        """It is an incident: known, not handed out, and refusing."""
        commanded.new_job()
        [job] = self.activate(commanded)
        commanded.runner.run(commanded.jobs.report(job.key, FailJob(0, "no more", timedelta(0), {})))
        commanded.advance(LOCK * 2)
        assert self.none_comes(commanded)
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
