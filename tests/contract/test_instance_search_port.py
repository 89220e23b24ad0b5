"""The port InstanceSearch: what its docstrings promise, as each gateway version lets it."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from apify_camunda.errors import EngineRejected, EngineUnavailable
from emulators.camunda.rest import Problem

from tests.contract.camunda_targets import REST_VERSIONS, START, Target, a_message, a_start, target
from tests.unit.emulators.camunda_rest.processes import (
    job_process,
    message_start_process,
    straight_process,
    waiting_process,
)


@pytest.fixture(params=REST_VERSIONS)
def cluster(request: pytest.FixtureRequest) -> Iterator[Target]:
    """The port over REST, the only transport that has it."""
    with target(request.param) as opened:
        yield opened


class TestInstancesWithTag:
    def test_the_instances_of_one_event_are_found(self, cluster: Target) -> None:
        """Active and ended instances are found by their tag, those of other events are not."""
        [running, ended] = cluster.deploy(job_process(), straight_process())
        created = [
            cluster.run(cluster.commands.start_process(a_start(definition, tag="event:1")))
            for definition in (running, ended)
        ]
        cluster.run(cluster.commands.start_process(a_start(running, tag="event:10")))
        found = cluster.run(cluster.search.instances_with_tag("event:1"))
        assert sorted(found) == sorted(each.process_instance_key for each in created)

    def test_an_event_that_started_nothing_has_none(self, cluster: Target) -> None:
        """No instance is an answer."""
        assert list(cluster.run(cluster.search.instances_with_tag("event:1"))) == []


class TestMessageWasCorrelated:
    def correlated(self, cluster: Target, *, ago: timedelta = timedelta(0), **said: str) -> bool:
        since = cluster.engine.clock.now() - ago
        return cluster.run(cluster.search.message_was_correlated(a_message(**said), since=since))

    def test_a_message_that_landed_is_found(self, cluster: Target) -> None:
        """A catch event that got the message proves that it was correlated."""
        cluster.deploy(waiting_process())
        cluster.engine.create_instance(process_id="wait", variables={"orderId": "7"})
        assert not self.correlated(cluster)
        cluster.run(cluster.commands.publish_message(a_message()))
        assert self.correlated(cluster)
        assert not self.correlated(cluster, correlation_key="8")
        assert not self.correlated(cluster, name="other")

    def test_a_start_event_counts_too(self, cluster: Target) -> None:
        """A message that started an instance was correlated."""
        cluster.deploy(message_start_process())
        cluster.run(cluster.commands.publish_message(a_message(name="started")))
        assert self.correlated(cluster, name="started")

    def test_an_earlier_message_of_the_same_name_and_key_does_not_count(self, cluster: Target) -> None:
        """Only what was correlated at or after `since` counts."""
        cluster.deploy(waiting_process())
        cluster.engine.create_instance(process_id="wait", variables={"orderId": "7"})
        cluster.run(cluster.commands.publish_message(a_message()))
        cluster.engine.advance_clock(timedelta(minutes=1))
        assert not self.correlated(cluster)
        assert self.correlated(cluster, ago=timedelta(minutes=1))

    def test_clusters_count_in_milliseconds(self, cluster: Target) -> None:
        """A message correlated within the millisecond of `since` counts, whatever was cut off."""
        cluster.engine.pin_clock(START + timedelta(microseconds=300))
        cluster.deploy(waiting_process())
        cluster.engine.create_instance(process_id="wait", variables={"orderId": "7"})
        cluster.run(cluster.commands.publish_message(a_message()))
        assert self.correlated(cluster)

    def test_a_buffered_message_was_not_correlated(self, cluster: Target) -> None:
        """A message that nobody has taken yet is not found."""
        cluster.run(cluster.commands.publish_message(a_message()))
        assert not self.correlated(cluster)


def test_a_cluster_without_search_rejects() -> None:
    """Without secondary storage there is nothing to ask, and no use in asking again."""
    refusal = Problem(403, "Forbidden", "This endpoint requires a secondary storage, but none is set.")
    with target("rest 8.8") as cluster:
        for operation, question in (
            ("searchProcessInstances", cluster.search.instances_with_tag("event:1")),
            (
                "searchCorrelatedMessageSubscriptions",
                cluster.search.message_was_correlated(a_message(), since=START),
            ),
        ):
            cluster.face.faults.add(operation, refusal)
            with pytest.raises(EngineRejected) as raised:
                cluster.run(question)
            assert raised.value.rejection == "NO_SECONDARY_STORAGE"


def test_a_missing_permission_is_not_a_missing_search() -> None:
    """A 403 for lack of a permission may be mended, so it is tried again."""
    with target("rest 8.8") as cluster:
        refusal = Problem(403, "FORBIDDEN", "Unauthorized to perform operation 'READ' on 'PROCESS_INSTANCE'")
        cluster.face.faults.add("searchProcessInstances", refusal)
        with pytest.raises(EngineUnavailable) as raised:
            cluster.run(cluster.search.instances_with_tag("event:1"))
        assert raised.value.code == "ENGINE_UNAUTHORIZED"
