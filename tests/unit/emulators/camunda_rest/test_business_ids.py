"""Business ids: a client's own id of a process instance, since 8.9."""

from typing import Any

import pytest
from emulators.camunda.engine import Engine
from emulators.camunda.rest import GatewayVersion

from tests.unit.emulators.camunda_rest.processes import (
    RunningRest,
    job_process,
    message_start_process,
    running_rest,
)

V8_8, V8_9, V8_10 = GatewayVersion


def start(cluster: RunningRest, business_id: str, status: int = 200, process_id: str = "crawl") -> Any:
    """Start an instance with a business id and return the answer."""
    body = {"processDefinitionId": process_id, "businessId": business_id}
    return cluster.post("/process-instances", body, status)


@pytest.mark.parametrize("version", [V8_9, V8_10])
def test_an_instance_is_found_by_its_business_id(version: GatewayVersion) -> None:
    """The id is answered, shown and searched for."""
    with running_rest(version) as cluster:
        cluster.deploy(job_process())
        assert start(cluster, "event-1")["businessId"] == "event-1"
        start(cluster, "event-2")
        [found] = cluster.search("/process-instances", filter={"businessId": "event-1"})
        assert found["businessId"] == "event-1"


def test_8_8_does_not_know_business_ids() -> None:
    """The property is refused as any unknown one."""
    with running_rest(V8_8) as cluster:
        cluster.deploy(job_process())
        start(cluster, "event-1", 400)


def test_two_instances_may_share_a_business_id(cluster: RunningRest) -> None:
    """As Camunda is set by default, a business id need not be unique."""
    cluster.deploy(job_process())
    start(cluster, "event-1")
    start(cluster, "event-1")
    assert len(cluster.search("/process-instances", filter={"businessId": "event-1"})) == 2


def test_where_business_ids_are_unique_the_second_start_is_refused() -> None:
    """While an instance is active, another with its business id is 409; another process may have it."""
    with running_rest(engine=Engine(unique_business_ids=True)) as cluster:
        cluster.deploy(job_process(), job_process("other", job_type="else"))
        start(cluster, "event-1")
        assert start(cluster, "event-1", 409)["title"] == "ALREADY_EXISTS"
        start(cluster, "event-1", process_id="other")
        [job] = cluster.activate()
        cluster.post(f"/jobs/{job['jobKey']}/completion", {}, 204)
        start(cluster, "event-1")


def test_jobs_and_correlations_show_the_business_id(cluster: RunningRest) -> None:
    """Since 8.10 a job has its instance's id, and a message gives its own to the instance that it starts."""
    cluster.deploy(job_process(), message_start_process())
    start(cluster, "event-1")
    assert [job["businessId"] for job in cluster.activate()] == ["event-1"]
    assert [job["businessId"] for job in cluster.search("/jobs")] == ["event-1"]
    cluster.post("/messages/publication", {"name": "started", "correlationKey": "k", "businessId": "event-2"})
    assert [c["businessId"] for c in cluster.search("/correlated-message-subscriptions")] == ["event-2"]
    assert len(cluster.search("/process-instances", filter={"businessId": "event-2"})) == 1
