"""What every InstanceSearch does: the fake, and REST over the stand-in and beside Camunda's own engines."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from apify_camunda.camunda.model import InstanceCreated

from tests.contract.camunda_clusters import Cluster, opened_cluster
from tests.contract.camunda_kinds import SEARCHED, TAGGING
from tests.contract.camunda_targets import DEFAULT_TENANT, a_message, a_start
from tests.contract.camunda_worlds import World
from tests.contract.engine_targets import unique_name
from tests.unit.emulators.camunda_rest.processes import (
    job_process,
    message_start_process,
    straight_process,
    waiting_process,
)


@pytest.fixture(scope="module", params=SEARCHED)
def cluster(request: pytest.FixtureRequest) -> Iterator[Cluster]:
    yield from opened_cluster(request)


@pytest.fixture
def world(cluster: Cluster, request: pytest.FixtureRequest) -> World:
    return cluster.world(unique_name(request))


def found(world: World, tag: str) -> list[int]:
    return sorted(world.ports.run(world.ports.search.instances_with_tag(tag)))


class TestInstancesWithTag:
    @pytest.mark.parametrize("cluster", TAGGING, indirect=True)
    def test_the_instances_of_one_event_are_found(self, world: World) -> None:
        """Active and ended instances are found by their tag, those of other events are not."""
        running = world.deploy(job_process(f"{world.name}-running", world.name))
        ended = world.deploy(straight_process(world.name))
        tag = f"event:{world.name[-8:]}"
        created = [
            world.ports.run(world.ports.commands.start_process(a_start(definition, tag=tag)))
            for definition in (running, ended)
        ]
        world.ports.run(world.ports.commands.start_process(a_start(running, tag=f"{tag}0")))
        world.let_search_catch_up()
        assert found(world, tag) == sorted(
            each.process_instance_key for each in created if isinstance(each, InstanceCreated)
        )

    def test_an_event_that_started_nothing_has_none(self, world: World) -> None:
        """No instance is an answer."""
        world.deploy(straight_process(world.name))
        world.start(world.name)
        world.let_search_catch_up()
        assert found(world, f"event:{world.name[-8:]}") == []


class TestMessageWasCorrelated:
    @pytest.fixture
    def since(self, world: World) -> datetime:
        """Return the time at which the test began."""
        return world.now()

    def start_waiting(self, world: World) -> None:
        world.deploy(waiting_process(world.name, world.name))
        world.start(world.name, orderId="7")

    def publish(self, world: World) -> None:
        world.ports.run(world.ports.commands.publish_message(a_message(name=world.name)))

    def correlated(self, world: World, since: datetime, **said: Any) -> bool:
        message = a_message(**{"name": world.name} | said)
        world.let_search_catch_up()
        return world.ports.run(world.ports.search.message_was_correlated(message, since=since))

    def test_a_message_that_landed_is_found(self, world: World, since: datetime) -> None:
        """A catch event that got the message proves that it was correlated."""
        self.start_waiting(world)
        assert not self.correlated(world, since)
        self.publish(world)
        assert self.correlated(world, since)
        assert not self.correlated(world, since, correlation_key="8")
        assert not self.correlated(world, since, name=f"{world.name} other")

    def test_a_start_event_counts_too(self, world: World, since: datetime) -> None:
        """A message that started an instance was correlated."""
        world.deploy(message_start_process(world.name, world.name))
        self.publish(world)
        assert self.correlated(world, since)

    def test_an_earlier_message_of_the_same_name_and_key_does_not_count(
        self, world: World, since: datetime
    ) -> None:
        """Only what was correlated at or after `since` counts."""
        self.start_waiting(world)
        self.publish(world)
        world.advance(timedelta(minutes=1))
        assert self.correlated(world, since)
        assert not self.correlated(world, since + timedelta(seconds=59))

    def test_a_later_message_hides_no_earlier_one(self, world: World, since: datetime) -> None:
        """An earlier correlation is found although the search does not show the later one yet."""
        for wait in (timedelta(hours=2), timedelta(0)):
            self.start_waiting(world)
            self.publish(world)
            world.advance(wait)
        message = a_message(name=world.name)
        assert world.ports.run(world.ports.search.message_was_correlated(message, since=since))
        assert self.correlated(world, since + timedelta(hours=1))

    def test_a_message_counts_from_its_own_millisecond(self, world: World) -> None:
        """A message correlated within the millisecond of `since` counts, although times are cut off."""
        world.advance(timedelta(microseconds=300))
        self.start_waiting(world)
        since = world.now()
        self.publish(world)
        assert self.correlated(world, since)

    def test_a_buffered_message_was_not_correlated(self, world: World, since: datetime) -> None:
        """A message is found only after an instance has received it."""
        self.publish(world)
        assert not self.correlated(world, since)
        self.start_waiting(world)
        assert self.correlated(world, since)


class TestShowsAllBefore:
    def shows(self, world: World, moment: datetime) -> bool:
        world.let_search_catch_up()
        return world.ports.run(
            world.ports.search.shows_all_before(moment, process_id=world.name, tenant_id=DEFAULT_TENANT)
        )

    def start(self, world: World, process_id: str) -> None:
        world.deploy(straight_process(process_id))
        world.start(process_id)

    def test_something_later_proves_what_came_before(self, world: World) -> None:
        """Once anything is shown that began then or later, the past is shown."""
        self.start(world, world.name)
        moment = world.now() + timedelta(minutes=1)
        assert not self.shows(world, moment)
        world.advance(timedelta(minutes=2))
        assert not self.shows(world, moment)
        self.start(world, f"{world.name}-other")
        assert self.shows(world, moment)

    def test_a_process_of_which_nothing_is_shown_may_be_hidden_from_us(self, world: World) -> None:
        """Without an instance of the process nothing is sure, however much is shown of others."""
        moment = world.now()
        self.start(world, f"{world.name}-other")
        assert not self.shows(world, moment)
        self.start(world, world.name)
        assert self.shows(world, moment)
