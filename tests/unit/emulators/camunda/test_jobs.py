"""The life of a job."""

from datetime import timedelta
from typing import Any

import pytest
from emulators.camunda.engine import Engine
from emulators.camunda.jobs import MAX_MESSAGE_BYTES
from emulators.camunda.protobuf import job_responses
from emulators.camunda.rejection import Rejection, RejectionKind

from tests.builders_process import Bpmn
from tests.unit.emulators.camunda.cluster import NOW, Cluster


def one_task(**task: Any) -> Bpmn:
    """Return a process of one service task."""
    return Bpmn().start().task(**task).end()


def rejection(call: Any) -> Rejection:
    """Return how a call is refused."""
    with pytest.raises(Rejection) as refused:
        call()
    return refused.value


def test_a_job_carries_what_its_worker_needs(cluster: Cluster) -> None:
    """An activated job has its process, element, headers, retries, lock and variables."""
    key = cluster.run(one_task(headers={"operation": "runActor", "empty": ""}), a=1)
    activated = cluster.job(lock_s=30)
    job = activated.job
    assert (job.process_id, job.definition_version, job.process_instance_key) == ("process", 1, key)
    assert (job.element_id, job.retries, job.worker) == ("task", 3, "worker")
    assert job.deadline == NOW + timedelta(seconds=30)
    assert job.headers == {"operation": "runActor"}
    assert activated.variables == {"a": 1}


def test_type_and_retries_are_feel(cluster: Cluster) -> None:
    """A job's type and retries may be expressions."""
    cluster.run(one_task(job_type='="t-" + suffix', retries="=n + 1"), suffix="x", n=4)
    assert cluster.job("t-x").job.retries == 5


def test_a_locked_job_is_not_handed_out(cluster: Cluster) -> None:
    """A job is handed out once while its lock lasts, and again when it has run out."""
    cluster.run(one_task())
    first = cluster.job(lock_s=10).job
    assert cluster.jobs() == ()
    cluster.pass_time(11)
    again = cluster.job().job
    assert (again.key, again.retries) == (first.key, first.retries)


def test_oldest_first_and_no_more_than_wanted(cluster: Cluster) -> None:
    """Jobs are handed out in the order of their keys, up to the number asked for."""
    cluster.deploy(one_task())
    for _ in range(5):
        cluster.start()
    handed = cluster.engine.activate_jobs(job_type="work", worker="w", timeout=timedelta(1), max_jobs=3)
    assert [a.job.key for a in handed] == sorted(j.key for j in cluster.engine.jobs())[:3]


def test_a_late_completion_counts(cluster: Cluster) -> None:
    """A job whose lock has run out can still be completed, once."""
    key = cluster.run(one_task())
    job = cluster.job(lock_s=10).job
    cluster.pass_time(60)
    cluster.engine.complete_job(job.key)
    assert cluster.ended(key)
    refused = rejection(lambda: cluster.engine.complete_job(job.key))
    assert refused.kind is RejectionKind.NOT_FOUND
    assert f"Expected to complete job with key '{job.key}', but no such job was found" in refused.message


@pytest.mark.parametrize("command", ["complete", "fail", "throw", "timeout", "retries"])
def test_an_unknown_job_is_not_found(cluster: Cluster, command: str) -> None:
    """Every command on a job that is not there is refused with NOT_FOUND."""
    engine = cluster.engine
    calls = {
        "complete": lambda: engine.complete_job(1),
        "fail": lambda: engine.fail_job(1, retries=1),
        "throw": lambda: engine.throw_error(1, code="x"),
        "timeout": lambda: engine.update_job_timeout(1, timedelta(1)),
        "retries": lambda: engine.update_job_retries(1, 1),
    }
    assert rejection(calls[command]).kind is RejectionKind.NOT_FOUND


def test_a_failed_job_comes_again(cluster: Cluster) -> None:
    """A job that failed with retries is handed out again at once, with them and the failure's variables."""
    cluster.run(one_task())
    cluster.engine.fail_job(cluster.job().job.key, retries=2, message="m", variables={"why": 1})
    again = cluster.job()
    assert again.job.retries == 2
    assert again.variables == {"why": 1}


def test_a_back_off_is_waited_for(cluster: Cluster) -> None:
    """A job that failed with a back-off is handed out when it has passed, and cannot be completed before."""
    cluster.run(one_task())
    job = cluster.job().job
    cluster.engine.fail_job(job.key, retries=2, backoff=timedelta(seconds=5))
    assert cluster.jobs() == ()
    assert rejection(lambda: cluster.engine.complete_job(job.key)).kind is RejectionKind.INVALID_STATE
    cluster.pass_time(5)
    assert cluster.job().job.retries == 2


def test_no_retries_is_an_incident(cluster: Cluster) -> None:
    """A job that failed for good becomes an incident, and refuses every command but new retries."""
    key = cluster.run(one_task())
    job = cluster.job().job
    cluster.engine.fail_job(job.key, retries=0, message="boom")
    incident = cluster.incident(key)
    assert (incident.kind, incident.message, incident.job_key) == ("JOB_NO_RETRIES", "boom", job.key)
    assert cluster.instance(key).has_incident
    refused = rejection(lambda: cluster.engine.complete_job(job.key))
    assert refused.kind is RejectionKind.INVALID_STATE
    assert "but it is in state 'FAILED'" in refused.message
    refused = rejection(lambda: cluster.engine.update_job_timeout(job.key, timedelta(1)))
    assert "but it is not active" in refused.message


def test_an_incident_needs_retries_to_be_resolved(cluster: Cluster) -> None:
    """A job's incident is resolved only once the job has retries again; then it is handed out."""
    key = cluster.run(one_task())
    job = cluster.job().job
    cluster.engine.fail_job(job.key, retries=0)
    incident = cluster.incident(key).key
    refused = rejection(lambda: cluster.engine.resolve_incident(incident))
    assert refused.kind is RejectionKind.INVALID_STATE
    assert "has no retries left" in refused.message
    cluster.engine.update_job_retries(job.key, 2)
    cluster.engine.resolve_incident(incident)
    assert cluster.job().job.retries == 2
    assert not cluster.instance(key).has_incident
    assert rejection(lambda: cluster.engine.resolve_incident(incident)).kind is RejectionKind.NOT_FOUND


def test_retries_are_positive(cluster: Cluster) -> None:
    """A job's retries cannot be set to none."""
    cluster.run(one_task())
    refused = rejection(lambda: cluster.engine.update_job_retries(cluster.job().job.key, 0))
    assert refused.kind is RejectionKind.INVALID_ARGUMENT


@pytest.mark.parametrize("milliseconds", [1, 0, -1000])
def test_a_lock_can_be_given_up(cluster: Cluster, milliseconds: int) -> None:
    """A lock that is shortened to nothing hands the job out again, its retries untouched."""
    cluster.run(one_task())
    job = cluster.job().job
    cluster.engine.update_job_timeout(job.key, timedelta(milliseconds=milliseconds))
    cluster.pass_time(0.001)
    again = cluster.job().job
    assert (again.key, again.retries) == (job.key, 3)


def test_a_lock_can_last_for_days(cluster: Cluster) -> None:
    """A lock may be made longer, again and again."""
    cluster.run(one_task())
    job = cluster.job(lock_s=10).job
    cluster.engine.update_job_timeout(job.key, timedelta(days=3))
    cluster.pass_time(timedelta(days=3).total_seconds() - 1)
    assert cluster.jobs() == ()
    cluster.pass_time(1)
    assert cluster.job().job.key == job.key


def test_only_an_activated_job_has_a_lock(cluster: Cluster) -> None:
    """The lock of a job without a holder cannot be moved."""
    cluster.run(one_task())
    (job,) = cluster.engine.jobs()
    refused = rejection(lambda: cluster.engine.update_job_timeout(job.key, timedelta(1)))
    assert refused.kind is RejectionKind.INVALID_STATE


def test_a_cancelled_instances_job_is_gone(cluster: Cluster) -> None:
    """A job whose process instance was cancelled is not found."""
    key = cluster.run(one_task())
    job = cluster.job().job
    cluster.engine.cancel_instance(key)
    assert rejection(lambda: cluster.engine.complete_job(job.key)).kind is RejectionKind.NOT_FOUND


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"job_type": ""}, "type to be present, but it was blank"),
        ({"timeout": timedelta(0)}, "timeout to be greater than zero, but it was '0'"),
        ({"max_jobs": 0}, "max jobs to activate to be greater than zero, but it was '0'"),
    ],
)
def test_an_activation_names_its_jobs(cluster: Cluster, changed: dict[str, Any], reason: str) -> None:
    """An activation without type, lock or number is an invalid argument."""
    asked: dict[str, Any] = {"job_type": "t", "worker": "w", "timeout": timedelta(1), "max_jobs": 1} | changed
    refused = rejection(lambda: cluster.engine.activate_jobs(**asked))
    assert refused.kind is RejectionKind.INVALID_ARGUMENT
    assert reason in refused.message


def test_an_activation_may_fill_several_messages(cluster: Cluster) -> None:
    """As many jobs are handed out as are wanted; over gRPC in as few messages as they fit into."""
    cluster.deploy(one_task())
    for _ in range(3):
        cluster.start(blob="x" * (MAX_MESSAGE_BYTES // 2 - 5000))
    answers = list(job_responses(cluster.jobs()))
    assert [len(answer.jobs) for answer in answers] == [2, 1]
    assert max(answer.ByteSize() for answer in answers) <= MAX_MESSAGE_BYTES


def test_a_job_too_large_for_any_message_is_an_incident(cluster: Cluster) -> None:
    """A job whose variables fit into no message becomes an incident and is not handed out."""
    part = "x" * (MAX_MESSAGE_BYTES // 3)  # more does not fit into one command
    key = cluster.run(one_task(), first=part)
    for name in ("second", "third"):
        cluster.engine.set_variables(key, {name: part})
    assert cluster.jobs() == ()
    assert cluster.incident(key).kind == "MESSAGE_SIZE_EXCEEDED"


def test_workers_get_the_jobs_of_their_tenants() -> None:
    """An activation hands out only jobs of the tenants that it names."""
    engine = Engine(multi_tenancy=True)
    for tenant in ("red", "blue", "green"):
        engine.deploy([one_task().resource()], tenant)
        engine.create_instance(process_id="process", tenant_id=tenant)
    handed = engine.activate_jobs(
        job_type="work", worker="w", timeout=timedelta(1), max_jobs=9, tenant_ids=["red", "blue"]
    )
    assert {a.job.tenant_id for a in handed} == {"red", "blue"}


def test_waiting_for_jobs_ends_with_its_request(cluster: Cluster) -> None:
    """A wait for jobs returns at once where there is one, and where it is not wanted any more."""
    assert not cluster.engine.wait_for_jobs("work", timedelta(minutes=5), still_wanted=lambda: False)
    assert not cluster.engine.wait_for_jobs("work", timedelta(0))
    cluster.run(one_task())
    assert cluster.engine.wait_for_jobs("work", timedelta(minutes=5))
