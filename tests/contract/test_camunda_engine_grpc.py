"""What every Zeebe gateway answers over gRPC: what was seen on real engines, asked of the stand-in as well.

A target is a running engine. Scenarios keep to names of their own, so that one engine serves them all.
"""

import asyncio
import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from pyzeebe import ZeebeClient, create_insecure_channel
from pyzeebe.errors import JobNotFoundError, MessageAlreadyExistsError
from pyzeebe.proto import gateway_pb2 as pb

from tests.builders_process import Bpmn, MessageRef
from tests.contract.engine_targets import CLUSTERS, OVER_GRPC, Target, running_target, unique_name
from tests.contract.engine_transports import CALL_S, Refused

UNKNOWN_KEY = (1 << 51) + (1 << 50)
"""A key of the first partition that nothing has."""


@pytest.fixture(scope="module", params=OVER_GRPC)
def target(request: pytest.FixtureRequest) -> Iterator[Target]:
    yield from running_target(request)


@pytest.fixture(scope="module", params=CLUSTERS)
def cluster(request: pytest.FixtureRequest) -> Iterator[Target]:
    yield from running_target(request)


@pytest.fixture
def name(request: pytest.FixtureRequest) -> str:
    return unique_name(request)


def one_task(name: str) -> Bpmn:
    """Return a process of one job whose type is its id."""
    return Bpmn(name).start().task(job_type=name).end()


def started_by_message(name: str) -> Bpmn:
    """Return a process that a message of its own name starts."""
    return Bpmn(name).start(message=MessageRef(name)).task(job_type=name).end()


def catching(process_id: str, message: str) -> Bpmn:
    """Return a process that waits for a message, then has a job whose type is its id."""
    return Bpmn(process_id).start().catch(message=MessageRef(message, "=k")).task(job_type=process_id).end()


def working(target: Target, name: str) -> Any:
    """Start a process of one job and return it, activated."""
    target.deploy(one_task(name))
    target.start(name)
    return target.job(name)


# Messages


def test_a_buffered_id_is_taken(target: Target, name: str) -> None:
    """A second message with one id is ALREADY_EXISTS while the first is buffered."""
    target.publish(name, "k", ttl_ms=60_000, message_id="i")
    refused = target.refused(
        "PublishMessage", name=name, correlationKey="k", timeToLive=60_000, messageId="i"
    )
    assert refused.code == "ALREADY_EXISTS"
    assert "a message with that id was already published" in refused.details


def test_without_time_to_live_an_id_is_free(target: Target, name: str) -> None:
    """Two messages with one id and no time to live both start an instance."""
    target.deploy(started_by_message(name))
    target.publish(name, message_id="i")
    target.publish(name, message_id="i")
    assert len(target.jobs(name)) == 2


def test_a_key_starts_one_instance_at_a_time(target: Target, name: str) -> None:
    """A second message with a correlation key waits until the first one's instance has ended."""
    target.deploy(started_by_message(name))
    for n in (1, 2):
        target.publish(name, "K", ttl_ms=60_000, n=n)
    first = target.job(name)
    assert first.variables == {"n": 1}
    assert target.jobs(name) == []
    target.call("CompleteJob", jobKey=first.key)
    assert target.job(name).variables == {"n": 2}


def test_an_empty_key_always_starts(target: Target, name: str) -> None:
    """Messages without a key start an instance each."""
    target.deploy(started_by_message(name))
    for _ in range(3):
        target.publish(name, ttl_ms=60_000)
    assert len(target.jobs(name)) == 3


def test_a_message_reaches_each_process_once(target: Target, name: str) -> None:
    """Of two waiting instances of a process one gets the message; that of another process gets it, too."""
    for process_id in (f"{name}-a", f"{name}-b"):
        target.deploy(catching(process_id, name))
    for process_id in (f"{name}-a", f"{name}-a", f"{name}-b"):
        target.start(process_id, k="K")
    target.publish(name, "K")
    assert len(target.jobs(f"{name}-a")) == 1
    assert len(target.jobs(f"{name}-b")) == 1


@pytest.mark.parametrize(
    "request_",
    [
        {"name": ""},
        {"name": "m", "correlationKey": "k" * 40_000},
        {"name": "m", "correlationKey": "k", "timeToLive": -5},
    ],
    ids=["empty name", "long key", "negative time to live"],
)
def test_odd_messages_are_accepted(target: Target, request_: dict[str, Any]) -> None:
    """gRPC takes an empty name, a very long key and a negative time to live."""
    assert target.call("PublishMessage", **request_).key > 0


@pytest.mark.parametrize(
    ("variables", "reason"),
    [
        ("[1]", "Expected document to be a root level object, but was 'ARRAY'"),
        ("nope", "Invalid JSON value: nope"),
        ('{"a": NaN}', 'Invalid JSON value: {"a": NaN}'),
    ],
)
def test_variables_are_an_object(cluster: Target, variables: str, reason: str) -> None:
    """Variables that are no object, no JSON or not finite are INVALID_ARGUMENT."""
    refused = cluster.refused("PublishMessage", name="m", variables=variables)
    assert refused.code == "INVALID_ARGUMENT"
    assert reason in refused.details


def test_a_message_has_at_most_four_megabytes(cluster: Target, name: str) -> None:
    """A request of 3.9 MB that is only kept is accepted; one of 4.5 MB is RESOURCE_EXHAUSTED at once."""
    cluster.publish(name, "k", ttl_ms=60_000, blob="x" * 3_900_000)
    refused = cluster.refused("PublishMessage", name=name, variables=json.dumps({"blob": "x" * 4_500_000}))
    assert refused.code == "RESOURCE_EXHAUSTED"
    assert "exceeds maximum size 4194304" in refused.details


# Jobs


def test_a_job_is_completed_once(target: Target, name: str) -> None:
    """Completing a job a second time is NOT_FOUND."""
    job = working(target, name)
    target.call("CompleteJob", jobKey=job.key)
    refused = target.refused("CompleteJob", jobKey=job.key)
    assert refused.code == "NOT_FOUND"
    assert f"Expected to complete job with key '{job.key}', but no such job was found" in refused.details


def test_a_late_completion_is_accepted(target: Target, name: str) -> None:
    """A job can be completed after its lock has run out, even if another worker holds it now."""
    target.deploy(one_task(name))
    target.start(name)
    first = target.job(name, lock_ms=10_000)
    target.pass_time(timedelta(seconds=15))
    second = target.job(name)
    assert second.key == first.key
    target.call("CompleteJob", jobKey=first.key)
    assert target.refused("CompleteJob", jobKey=second.key).code == "NOT_FOUND"


@pytest.mark.parametrize("rpc", ["CompleteJob", "FailJob", "ThrowError", "UpdateJobTimeout"])
def test_a_job_with_an_incident_takes_no_command(target: Target, name: str, rpc: str) -> None:
    """After a job failed for good, every command of a worker is FAILED_PRECONDITION."""
    job = working(target, name)
    target.call("FailJob", jobKey=job.key, retries=0, errorMessage="boom")
    extras: dict[str, dict[str, Any]] = {"ThrowError": {"errorCode": "E"}, "UpdateJobTimeout": {"timeout": 1}}
    extra = extras.get(rpc, {})
    refused = target.refused(rpc, jobKey=job.key, **extra)
    assert refused.code == "FAILED_PRECONDITION"
    assert ("it is in state 'FAILED'" in refused.details) or ("it is not active" in refused.details)


@pytest.mark.parametrize(
    ("rpc", "request_"),
    [
        ("CompleteJob", {}),
        ("FailJob", {"retries": 1}),
        ("ThrowError", {"errorCode": "E"}),
        ("UpdateJobTimeout", {"timeout": 1000}),
        ("UpdateJobRetries", {"retries": 1}),
    ],
)
def test_an_unknown_job_is_not_found(target: Target, rpc: str, request_: dict[str, Any]) -> None:
    """A command on a job that is not there is NOT_FOUND."""
    refused = target.refused(rpc, jobKey=UNKNOWN_KEY, **request_)
    assert refused.code == "NOT_FOUND"
    assert f"job with key '{UNKNOWN_KEY}', but no such job was found" in refused.details


def test_a_back_off_delays(target: Target, name: str) -> None:
    """A job that failed with a back-off is not handed out before it has passed."""
    job = working(target, name)
    target.call("FailJob", jobKey=job.key, retries=2, retryBackOff=10_000)
    assert target.jobs(name) == []
    target.pass_time(timedelta(seconds=11))
    again = target.job(name)
    assert (again.key, again.retries) == (job.key, 2)


def test_what_a_failure_says_is_seen_next(cluster: Target, name: str) -> None:
    """Variables of a failure are there at the job's next activation."""
    job = working(cluster, name)
    cluster.call("FailJob", jobKey=job.key, retries=2, variables='{"why": 1}')
    assert cluster.job(name).variables == {"why": 1}


@pytest.mark.parametrize("timeout_ms", [0, 1, -1000])
def test_shortening_a_lock_wakes_a_job(target: Target, name: str, timeout_ms: int) -> None:
    """A lock that is shortened to nothing hands the job out again, its key and retries untouched."""
    job = working(target, name)
    target.call(
        "SetVariables", elementInstanceKey=job.element_instance_key, variables='{"runId": "r"}', local=True
    )
    target.call("UpdateJobTimeout", jobKey=job.key, timeout=timeout_ms)
    again = target.job(name)
    assert (again.key, again.retries) == (job.key, job.retries)
    assert again.variables == {"runId": "r"}


def test_a_lock_of_days_holds(target: Target, name: str) -> None:
    """A lock may be extended to three days, and holds until then."""
    job = working(target, name)
    target.call("UpdateJobTimeout", jobKey=job.key, timeout=3 * 24 * 3600 * 1000)
    target.pass_time(timedelta(days=2))
    assert target.jobs(name) == []
    target.call("CompleteJob", jobKey=job.key)


def test_an_activation_without_type_is_refused(target: Target) -> None:
    """Jobs are activated by type and with a lock."""
    with pytest.raises(Refused) as blank:
        target.jobs("")
    assert blank.value.code == "INVALID_ARGUMENT"
    with pytest.raises(Refused) as unlocked:
        target.jobs("t", lock_ms=0)
    assert "timeout to be greater than zero, but it was '0'" in unlocked.value.details


def test_large_jobs_come_in_several_messages(cluster: Target, name: str) -> None:
    """One activation hands out as many jobs as it asks for, even if they have more than 4 MB together."""
    cluster.deploy(one_task(name))
    for _ in range(3):
        cluster.start(name, blob="x" * 1_900_000)
    assert len(cluster.jobs(name)) == 3


def test_a_long_poll_ends_with_the_first_job(cluster: Target, name: str) -> None:
    """An activation that waits is answered when a job comes."""
    cluster.deploy(one_task(name))
    found: list[Any] = []
    waiting = threading.Thread(target=lambda: found.extend(cluster.jobs(name, wait_ms=15_000)))
    waiting.start()
    cluster.start(name)
    waiting.join(CALL_S)
    assert [job.type for job in found] == [name]


# Instances


@pytest.mark.parametrize(
    ("request_", "reason"),
    [
        ({"bpmnProcessId": "nobody", "version": -1}, "process ID 'nobody', but none found"),
        ({"processDefinitionKey": 99}, "key '99', but none found"),
        ({}, "key '0', but none found"),
    ],
)
def test_an_unknown_process_is_not_found(target: Target, request_: dict[str, Any], reason: str) -> None:
    """Starting a process that was not deployed is NOT_FOUND."""
    refused = target.refused("CreateProcessInstance", **request_)
    assert refused.code == "NOT_FOUND"
    assert reason in refused.details


def test_a_message_start_cannot_be_started_plainly(target: Target, name: str) -> None:
    """A process that only a message starts is FAILED_PRECONDITION."""
    key = target.deploy(started_by_message(name))
    assert target.refused("CreateProcessInstance", processDefinitionKey=key).code == "FAILED_PRECONDITION"


def test_a_version_is_asked_for_as_it_is(target: Target, name: str) -> None:
    """Version 1 is the first, -1 the latest, and 0 none."""
    target.deploy(one_task(name))
    target.deploy(Bpmn(name).start().end("other"))
    create = {"bpmnProcessId": name}
    assert target.call("CreateProcessInstance", **create, version=1).version == 1
    assert target.call("CreateProcessInstance", **create, version=-1).version == 2
    assert target.refused("CreateProcessInstance", **create, version=0).code == "NOT_FOUND"


def test_a_cancelled_instances_job_is_gone(target: Target, name: str) -> None:
    """Completing a job of a cancelled instance is NOT_FOUND, and so is cancelling again."""
    target.deploy(one_task(name))
    key = target.start(name)
    job = target.job(name)
    target.call("CancelProcessInstance", processInstanceKey=key)
    assert target.refused("CompleteJob", jobKey=job.key).code == "NOT_FOUND"
    assert target.refused("CancelProcessInstance", processInstanceKey=key).code == "NOT_FOUND"


def test_a_result_can_be_waited_for(target: Target, name: str) -> None:
    """A start with result is answered with the variables asked for, when the instance has ended."""
    target.deploy(Bpmn(name).start().script("s", "=x + 1", "y").end())
    create = pb.CreateProcessInstanceRequest(bpmnProcessId=name, version=-1, variables='{"x": 1}')
    answer = target.call(
        "CreateProcessInstanceWithResult", request=create, requestTimeout=10_000, fetchVariables=["y"]
    )
    assert json.loads(answer.variables) == {"y": 2}


def test_what_can_resolve_nothing_is_refused(target: Target, name: str) -> None:
    """Retries below one are INVALID_ARGUMENT; an unknown incident is NOT_FOUND."""
    job = working(target, name)
    assert target.refused("UpdateJobRetries", jobKey=job.key, retries=0).code == "INVALID_ARGUMENT"
    assert target.refused("ResolveIncident", incidentKey=UNKNOWN_KEY).code == "NOT_FOUND"


def test_an_ended_elements_variables_cannot_be_set(target: Target, name: str) -> None:
    """Setting variables of an element that is gone is NOT_FOUND."""
    job = working(target, name)
    target.call("CompleteJob", jobKey=job.key)
    refused = target.refused("SetVariables", elementInstanceKey=job.element_instance_key, variables="{}")
    assert refused.code == "NOT_FOUND"


# Through pyzeebe


def test_pyzeebe_works_with_it(target: Target, name: str) -> None:
    """pyzeebe's client finds a healthy cluster, starts, works, publishes, and names refusals as it does."""

    async def talk() -> None:
        async with create_insecure_channel(target.address) as channel:
            client = ZeebeClient(channel)
            topology = await client.topology()
            assert topology.brokers[0].partitions[0].partition_id == 1
            started = await client.run_process(name, {"a": 1})
            jobs = client.zeebe_adapter.activate_jobs(name, "w", 60_000, 5, [], 5_000)
            (job,) = [job async for job in jobs]
            assert job.process_instance_key == started.process_instance_key
            assert job.variables == {"a": 1}
            await client.zeebe_adapter.complete_job(job.key, {"b": 2})
            with pytest.raises(JobNotFoundError):
                await client.zeebe_adapter.complete_job(job.key, {})
            await client.publish_message(name, "k", message_id="i", time_to_live_in_milliseconds=60_000)
            with pytest.raises(MessageAlreadyExistsError):
                await client.publish_message(name, "k", message_id="i", time_to_live_in_milliseconds=60_000)

    target.deploy(one_task(name))
    asyncio.run(talk())
