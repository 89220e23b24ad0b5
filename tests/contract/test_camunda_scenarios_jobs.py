"""What happens to jobs: alike on the stand-in and on Camunda's engines, over gRPC and over REST."""

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest

from tests.builders_process import Bpmn
from tests.contract.engine_targets import EVERYWHERE, Target, running_target, unique_name

UNKNOWN_KEY = (1 << 51) + (1 << 50)
"""A key of the first partition that nothing has."""


@pytest.fixture(scope="module", params=EVERYWHERE)
def target(request: pytest.FixtureRequest) -> Iterator[Target]:
    yield from running_target(request)


@pytest.fixture
def name(request: pytest.FixtureRequest) -> str:
    return unique_name(request)


def one_task(name: str) -> Bpmn:
    """Return a process of one job whose type is its id."""
    return Bpmn(name).start().task(job_type=name).end()


# What a worker gets


def test_a_worker_gets_all_that_it_needs(target: Target, name: str) -> None:
    """A job carries where it comes from, its retries, what its scope sees, and headers that are not empty."""
    model = Bpmn(name).start().task("t", job_type=name, headers={"a": "1", "empty": ""}, retries="7")
    target.deploy(model.end())
    instance = target.start(name, x=1, y={"z": [None, True, 1.5, "ä"]})
    job = target.job(name)
    assert (job.process_instance_key, job.process_id, job.process_version) == (instance, name, 1)
    assert (job.element_id, job.type, job.retries, job.worker) == ("t", name, 7, "w")
    assert job.headers == {"a": "1"}
    assert job.variables == {"x": 1, "y": {"z": [None, True, 1.5, "ä"]}}


def test_type_and_retries_may_be_expressions(target: Target, name: str) -> None:
    """A job's type and retries are evaluated where it is made."""
    target.deploy(Bpmn(name).start().task(job_type='=prefix + "-job"', retries="=n + 1").end())
    target.start(name, prefix=name, n=4)
    assert target.job(f"{name}-job").retries == 5


def test_only_what_is_asked_for_is_fetched(target: Target, name: str) -> None:
    """Variables may be chosen by name; a name that nothing has is left out."""
    target.deploy(one_task(name))
    target.start(name, a=1, b=2)
    assert target.job(name, fetch=("b", "c")).variables == {"b": 2}


def test_jobs_of_another_type_stay(target: Target, name: str) -> None:
    """A job of a type that was not requested is not handed out."""
    target.deploy(one_task(name))
    target.start(name)
    assert target.jobs(f"{name}-other") == []
    assert len(target.jobs(name)) == 1


def test_a_job_is_handed_out_once(target: Target, name: str) -> None:
    """A job is not handed out while its lock holds."""
    target.deploy(one_task(name))
    for _ in range(3):
        target.start(name)
    assert len({job.key for job in target.jobs(name)}) == 3
    assert target.jobs(name) == []


def grown(target: Target, name: str) -> int:
    """Start a process of one job that sees 4.5 MB, more than one command can give it."""
    target.deploy(Bpmn(name).start().task("t", job_type=name).end())
    instance = target.start(name)
    for number in range(3):
        document = json.dumps({f"v{number}": "x" * (3 << 19)})
        target.call("SetVariables", elementInstanceKey=instance, variables=document)
    return instance


def test_what_is_not_fetched_does_not_count(target: Target, name: str) -> None:
    """A job that sees more than 4 MB is handed out where no more is fetched."""
    grown(target, name)
    assert list(target.job(name, fetch=("v0",)).variables) == ["v0"]


def test_a_job_that_sees_too_much_is_stuck(target: Target, name: str) -> None:
    """Instead of being handed out it is an incident, which can be resolved once there is less to see."""
    instance = grown(target, name)
    assert target.jobs(name) == []
    incident = target.incident(instance)
    assert (incident.element_id, incident.kind) == ("t", "MESSAGE_SIZE_EXCEEDED")
    assert "because with 4.5 MB it is larger than the configured message size" in incident.message
    target.call("SetVariables", elementInstanceKey=instance, variables='{"v0": null, "v1": null}')
    target.call("ResolveIncident", incidentKey=incident.key)
    job = target.job(name)
    assert (job.retries, len(job.variables["v2"])) == (3, 3 << 19)


# Completion


def test_what_a_job_returns_becomes_variables(target: Target, name: str) -> None:
    """Without mappings the results of a job are the instance's, and the instance ends."""
    target.deploy(one_task(name))
    instance = target.start(name, a=1)
    target.complete(name, a=2, b=None)
    assert target.state(instance) == "COMPLETED"
    assert target.variables(instance) == {"a": 2, "b": None}


def test_a_job_is_completed_once(target: Target, name: str) -> None:
    """A second completion is NOT_FOUND, as are all other commands on the job."""
    target.deploy(one_task(name))
    target.start(name)
    job = target.complete(name)
    for rpc, request in (
        ("CompleteJob", {}),
        ("FailJob", {"retries": 1}),
        ("ThrowError", {"errorCode": "E"}),
        ("UpdateJobTimeout", {"timeout": 1000}),
        ("UpdateJobRetries", {"retries": 1}),
    ):
        refused = target.refused(rpc, jobKey=job.key, **request)
        assert refused.code == "NOT_FOUND"
        assert f"job with key '{job.key}', but no such job was found" in refused.details


@pytest.mark.parametrize("rpc", ["CompleteJob", "FailJob", "ThrowError"])
def test_an_unknown_job_is_not_found(target: Target, rpc: str) -> None:
    """A command on a job that never was is NOT_FOUND."""
    request = {"ThrowError": {"errorCode": "E"}}.get(rpc, {})
    assert target.refused(rpc, jobKey=UNKNOWN_KEY, **request).code == "NOT_FOUND"


def test_a_job_without_a_holder_can_be_completed(target: Target, name: str) -> None:
    """After its lock ran out, the last holder can complete a job that has no holder now."""
    target.deploy(one_task(name))
    instance = target.start(name)
    job = target.job(name, lock_ms=5_000)
    target.pass_time(timedelta(seconds=10))
    target.call("CompleteJob", jobKey=job.key)
    assert target.state(instance) == "COMPLETED"


# Locks


def test_a_lock_that_runs_out_costs_no_retry(target: Target, name: str) -> None:
    """A job whose lock ran out is handed out again with its retries untouched."""
    target.deploy(one_task(name))
    target.start(name)
    first = target.job(name, lock_ms=5_000)
    target.pass_time(timedelta(seconds=10))
    again = target.job(name)
    assert (again.key, again.retries) == (first.key, 3)


def test_a_lock_is_extended(target: Target, name: str) -> None:
    """An extended lock holds beyond its first end, counted from the extension, and then runs out."""
    target.deploy(one_task(name))
    target.start(name)
    job = target.job(name, lock_ms=10_000)
    target.pass_time(timedelta(seconds=5))
    target.call("UpdateJobTimeout", jobKey=job.key, timeout=60_000)
    target.pass_time(timedelta(seconds=45))
    assert target.jobs(name) == []
    target.pass_time(timedelta(seconds=30))
    assert target.job(name).key == job.key


def test_a_lock_is_shortened(target: Target, name: str) -> None:
    """A lock shortened to a millisecond hands the job out again, with its retries untouched."""
    target.deploy(one_task(name))
    target.start(name)
    job = target.job(name, lock_ms=600_000)
    target.call("UpdateJobTimeout", jobKey=job.key, timeout=1)
    again = target.job(name)
    assert (again.key, again.retries) == (job.key, job.retries)


def test_only_a_held_job_has_a_lock(target: Target, name: str) -> None:
    """The lock of a job that was handed back cannot be changed."""
    target.deploy(one_task(name))
    target.start(name)
    job = target.job(name)
    target.call("FailJob", jobKey=job.key, retries=1)
    refused = target.refused("UpdateJobTimeout", jobKey=job.key, timeout=1_000)
    assert "it is not active" in refused.details


# Failure


def test_a_failure_hands_the_job_back(target: Target, name: str) -> None:
    """A job failed with retries left is handed out at once, with the retries that were said."""
    target.deploy(one_task(name))
    instance = target.start(name)
    job = target.job(name)
    target.call("FailJob", jobKey=job.key, retries=9, errorMessage="once")
    again = target.job(name)
    assert (again.key, again.retries) == (job.key, 9)
    assert target.incidents(instance) == []


def test_a_back_off_is_waited_for(target: Target, name: str) -> None:
    """A job failed with a back-off is handed out after it, not before."""
    target.deploy(one_task(name))
    target.start(name)
    job = target.job(name)
    target.call("FailJob", jobKey=job.key, retries=2, retryBackOff=60_000)
    target.pass_time(timedelta(seconds=40))
    assert target.jobs(name) == []
    target.pass_time(timedelta(seconds=30))
    assert target.job(name).retries == 2


def test_a_job_that_waits_for_its_back_off_takes_no_command(target: Target, name: str) -> None:
    """A worker that is late with its result cannot complete a job that has failed meanwhile."""
    target.deploy(one_task(name))
    target.start(name)
    job = target.job(name)
    target.call("FailJob", jobKey=job.key, retries=2, retryBackOff=60_000)
    refused = target.refused("CompleteJob", jobKey=job.key)
    assert refused.code == "FAILED_PRECONDITION"
    assert "it is in state 'FAILED'" in refused.details


def test_a_job_that_was_handed_back_can_be_completed(target: Target, name: str) -> None:
    """Without a back-off a worker that is late with its result completes the job that it has failed."""
    target.deploy(one_task(name))
    instance = target.start(name)
    job = target.job(name)
    target.call("FailJob", jobKey=job.key, retries=2)
    target.call("CompleteJob", jobKey=job.key)
    assert target.state(instance) == "COMPLETED"


# Incidents of jobs


def test_without_retries_a_failure_is_an_incident(target: Target, name: str) -> None:
    """A job failed with no retries left is an incident with the worker's message, and is not handed out."""
    target.deploy(Bpmn(name).start().task("t", job_type=name).end())
    instance = target.start(name)
    job = target.job(name)
    target.call("FailJob", jobKey=job.key, retries=0, errorMessage="it is broken")
    incident = target.incident(instance)
    assert (incident.element_id, incident.kind, incident.message) == ("t", "JOB_NO_RETRIES", "it is broken")
    assert target.jobs(name) == []
    assert target.state(instance) == "ACTIVE"


def test_a_failure_without_a_message_says_so(target: Target, name: str) -> None:
    """The incident of a failure without a message has the engine's own words."""
    target.deploy(one_task(name))
    instance = target.start(name)
    target.call("FailJob", jobKey=target.job(name).key, retries=0)
    assert target.incident(instance).message == "No more retries left."


def test_a_resolved_incident_hands_the_job_out(target: Target, name: str) -> None:
    """With new retries and its incident resolved, a job is handed out and can be completed."""
    target.deploy(one_task(name))
    instance = target.start(name)
    job = target.job(name)
    target.call("FailJob", jobKey=job.key, retries=0)
    incident = target.incident(instance)
    target.call("UpdateJobRetries", jobKey=job.key, retries=2)
    assert target.jobs(name) == []
    target.call("ResolveIncident", incidentKey=incident.key)
    again = target.job(name)
    assert (again.key, again.retries) == (job.key, 2)
    target.call("CompleteJob", jobKey=job.key)
    assert target.state(instance) == "COMPLETED"


def test_an_incident_is_resolved_once(target: Target, name: str) -> None:
    """An incident that is resolved, or never was, is NOT_FOUND."""
    target.deploy(one_task(name))
    instance = target.start(name)
    job = target.job(name)
    target.call("FailJob", jobKey=job.key, retries=0)
    incident = target.incident(instance)
    target.call("UpdateJobRetries", jobKey=job.key, retries=1)
    target.call("ResolveIncident", incidentKey=incident.key)
    for key in (incident.key, UNKNOWN_KEY):
        assert target.refused("ResolveIncident", incidentKey=key).code == "NOT_FOUND"


def test_retries_can_be_given_to_a_held_job(target: Target, name: str) -> None:
    """New retries of an activated job are seen at its next activation."""
    target.deploy(one_task(name))
    target.start(name)
    job = target.job(name, lock_ms=5_000)
    target.call("UpdateJobRetries", jobKey=job.key, retries=8)
    target.pass_time(timedelta(seconds=10))
    assert target.job(name).retries == 8


@pytest.mark.parametrize("retries", [0, -1])
def test_retries_are_positive(target: Target, name: str, retries: int) -> None:
    """New retries below one are INVALID_ARGUMENT."""
    target.deploy(one_task(name))
    target.start(name)
    refused = target.refused("UpdateJobRetries", jobKey=target.job(name).key, retries=retries)
    assert refused.code == "INVALID_ARGUMENT"


# Cancellation, and variables from outside


def test_a_cancelled_instance_is_gone(target: Target, name: str) -> None:
    """An instance that is cancelled is terminated, its job gone, and it cannot be cancelled again."""
    target.deploy(one_task(name))
    instance = target.start(name)
    job = target.job(name)
    target.call("CancelProcessInstance", processInstanceKey=instance)
    assert target.state(instance) == "TERMINATED"
    assert target.refused("CompleteJob", jobKey=job.key).code == "NOT_FOUND"
    refused = target.refused("CancelProcessInstance", processInstanceKey=instance)
    assert refused.code == "NOT_FOUND"
    assert f"a process instance with key '{instance}', but no such process was found" in refused.details


def test_a_cancelled_instance_has_no_incident(target: Target, name: str) -> None:
    """The incidents of a cancelled instance are gone."""
    target.deploy(one_task(name))
    instance = target.start(name)
    target.call("FailJob", jobKey=target.job(name).key, retries=0)
    incident = target.incident(instance)
    target.call("CancelProcessInstance", processInstanceKey=instance)
    assert target.incidents(instance) == []
    assert target.refused("ResolveIncident", incidentKey=incident.key).code == "NOT_FOUND"


@pytest.mark.parametrize("local", [True, False])
def test_variables_are_set_from_outside(target: Target, name: str, local: bool) -> None:  # noqa: FBT001 - a table
    """Variables set on a job's element stay in it if they are local, and else are the instance's."""
    target.deploy(one_task(name))
    instance = target.start(name, a=1)
    job = target.job(name, lock_ms=5_000)
    document = json.dumps({"a": 2, "b": 3})
    target.call("SetVariables", elementInstanceKey=job.element_instance_key, variables=document, local=local)
    target.pass_time(timedelta(seconds=10))
    assert target.job(name).variables == {"a": 2, "b": 3}
    assert target.variables(instance) == ({"a": 1} if local else {"a": 2, "b": 3})
