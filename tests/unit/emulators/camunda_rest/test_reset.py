"""A cluster that is reset, and the id by which a client may notice it."""

import threading
from datetime import timedelta

import pytest
from emulators.camunda.engine import Engine
from emulators.camunda.rejection import Rejection
from emulators.camunda.rest import GatewayVersion

from tests.unit.emulators.camunda_rest.processes import (
    RunningRest,
    job_process,
    message_start_process,
    running_rest,
    waiting_process,
)

V8_8, V8_9, V8_10 = GatewayVersion

_LONG = timedelta(seconds=30)


def test_a_reset_deletes_everything_under_the_same_url(cluster: RunningRest) -> None:
    """After a reset the searches are empty, and a command with an old key finds nothing."""
    cluster.deploy(job_process(), waiting_process())
    cluster.start("crawl")
    [job] = cluster.activate()
    cluster.engine.reset()
    for path in ("/process-definitions", "/process-instances", "/message-subscriptions", "/variables"):
        assert cluster.search(path) == []
    problem = cluster.post(f"/jobs/{job['jobKey']}/completion", {}, status=404)
    assert problem["title"] == "NOT_FOUND"


def test_keys_begin_again_from_the_first(cluster: RunningRest) -> None:
    """Other processes get the keys that the processes of the old cluster had."""
    [before] = cluster.deploy(job_process("old"))
    old_instance = cluster.start("old")
    cluster.engine.reset()
    [after] = cluster.deploy(job_process("new"))
    assert after["processDefinitionKey"] == before["processDefinitionKey"]
    assert after["processDefinitionVersion"] == 1
    assert cluster.start("new") == old_instance
    assert cluster.activate()[0]["processDefinitionId"] == "new"


def test_a_reset_ends_timers_locks_and_messages(cluster: RunningRest) -> None:
    """Nothing that was due in the old cluster happens in the new one."""
    cluster.deploy(job_process(), message_start_process())
    cluster.start("crawl")
    cluster.activate()
    assert cluster.engine.next_due() is not None
    cluster.engine.reset()
    assert cluster.engine.next_due() is None
    cluster.post("/messages/publication", {"name": "started", "correlationKey": "k"})
    assert cluster.search("/process-instances") == []


def test_the_management_api_purges(cluster: RunningRest) -> None:
    """`POST /actuator/cluster/purge` is the same reset; the path answers no other method."""
    cluster.deploy(job_process())
    assert cluster.client.post("/actuator/cluster/purge").status_code == 202
    assert cluster.search("/process-definitions") == []
    assert cluster.client.get("/actuator/cluster/purge").status_code == 405


def test_a_waiting_request_is_answered_at_a_reset() -> None:
    """A call that waits for an instance of the old cluster ends without a result."""
    engine = Engine()
    engine.deploy([("crawl.bpmn", job_process())])
    key = engine.create_instance(process_id="crawl").key
    results: list[object] = []
    waiting = threading.Thread(target=lambda: results.append(engine.wait_for_result(key, timeout=_LONG)))
    waiting.start()
    engine.reset()
    waiting.join(timeout=20)
    assert results == [None]
    with pytest.raises(Rejection, match="NOT_FOUND"):
        engine.cancel_instance(key)


def test_listeners_hear_of_a_reset() -> None:
    """Listeners of an engine get the reset, and then the events of the new cluster."""
    engine = Engine()
    heard: list[str] = []
    engine.listen(lambda event: heard.append(event.kind))
    engine.reset()
    engine.deploy([("crawl.bpmn", job_process())])
    assert heard == ["cluster.reset", "process.deployed"]


@pytest.mark.parametrize(
    ("version", "knows", "told"),
    [(V8_8, None, False), (V8_9, None, True), (V8_10, None, True), (V8_8, True, True), (V8_10, False, False)],
)
def test_whether_the_topology_tells_the_cluster_id(
    version: GatewayVersion, *, knows: bool | None, told: bool
) -> None:
    """The id is in the answer from 8.9 on, unless a test decides otherwise."""
    with running_rest(version, knows_cluster_id=knows) as cluster:
        assert ("clusterId" in cluster.client.get("/v2/topology").json()) is told


def test_the_cluster_id_changes_with_a_reset(cluster: RunningRest) -> None:
    """The id stays while the cluster does, and another cluster has another."""
    first = cluster.client.get("/v2/topology").json()["clusterId"]
    cluster.deploy(job_process())
    assert cluster.client.get("/v2/topology").json()["clusterId"] == first
    cluster.engine.reset()
    assert cluster.client.get("/v2/topology").json()["clusterId"] != first
