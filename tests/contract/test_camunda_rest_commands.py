"""What the commands over REST send, and what it means when a cluster does not answer a search."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from apify_camunda.errors import EngineRejected, EngineUnavailable
from emulators.camunda.rest import Problem, RestServer

from tests.contract.camunda_targets import START, Target, a_message, rest_server, target_on


@pytest.fixture(scope="module")
def server() -> Iterator[RestServer]:
    with rest_server("rest 8.8") as running:
        yield running


@pytest.fixture
def cluster(server: RestServer) -> Iterator[Target]:
    with target_on(server) as opened:
        yield opened


def test_a_missing_message_id_is_not_sent(cluster: Target) -> None:
    """An empty message id is left out."""
    cluster.run(cluster.commands.publish_message(a_message(message_id="")))
    [body] = cluster.calls("publishMessage")
    assert "messageId" not in json.loads(body)


def test_a_cluster_without_search_rejects(cluster: Target) -> None:
    """Without secondary storage there is nothing to ask, and no use in asking again."""
    refusal = Problem(403, "Forbidden", "This endpoint requires a secondary storage, but none is set.")
    for operation, question in (
        ("searchProcessInstances", cluster.search.instances_with_tag("event:1")),
        (
            "searchCorrelatedMessageSubscriptions",
            cluster.search.message_was_correlated(a_message(), since=START),
        ),
    ):
        cluster.api.faults.add(operation, refusal)
        with pytest.raises(EngineRejected) as raised:
            cluster.run(question)
        assert raised.value.rejection == "NO_SECONDARY_STORAGE"


def test_a_missing_permission_is_not_a_missing_search(cluster: Target) -> None:
    """A missing permission may be granted later, so a 403 is tried again."""
    refusal = Problem(403, "FORBIDDEN", "Unauthorized to perform operation 'READ' on 'PROCESS_INSTANCE'")
    cluster.api.faults.add("searchProcessInstances", refusal)
    with pytest.raises(EngineUnavailable) as raised:
        cluster.run(cluster.search.instances_with_tag("event:1"))
    assert raised.value.code == "ENGINE_UNAUTHORIZED"
