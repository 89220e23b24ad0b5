"""Who gets a message, and when: alike on the stand-in and on Camunda's engines, over gRPC and over REST."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from tests.builders_process import Bpmn, MessageRef
from tests.contract.engine_targets import EVERYWHERE, Target, running_target, unique_name


@pytest.fixture(scope="module", params=EVERYWHERE)
def target(request: pytest.FixtureRequest) -> Iterator[Target]:
    yield from running_target(request)


@pytest.fixture
def name(request: pytest.FixtureRequest) -> str:
    return unique_name(request)


def catching(name: str, key: str = "=k") -> Bpmn:
    """Return a process that catches a message of its own name, then has a job whose type is its id."""
    return Bpmn(name).start().catch(message=MessageRef(name, key)).task(job_type=name).end()


def started(name: str) -> Bpmn:
    """Return a process that a message of its own name starts."""
    return Bpmn(name).start(message=MessageRef(name)).task(job_type=name).end()


# The elements that wait


def test_an_intermediate_event_catches(target: Target, name: str) -> None:
    """An instance goes on with the variables of the message whose key is its own."""
    target.deploy(catching(name))
    target.start(name, k="K", a=1)
    target.publish(name, "other", b=1)
    assert target.waiting(name) == []
    target.publish(name, "K", b=2)
    assert target.waiting(name) == [{"k": "K", "a": 1, "b": 2}]


def test_outputs_choose_what_a_message_brings(target: Target, name: str) -> None:
    """With outputs, of a message's variables only what they name reaches the instance."""
    event = Bpmn(name).start().catch(message=MessageRef(name, "=k"), outputs={"got.status": "=data.status"})
    target.deploy(event.task(job_type=name).end())
    target.start(name, k="K")
    target.publish(name, "K", data={"status": "SUCCEEDED", "id": 1})
    assert target.waiting(name) == [{"k": "K", "got": {"status": "SUCCEEDED"}}]


def test_a_receive_task_catches(target: Target, name: str) -> None:
    """A receive task waits as an intermediate event does."""
    target.deploy(Bpmn(name).start().receive(message=MessageRef(name, "=k")).task(job_type=name).end())
    target.start(name, k="K")
    target.publish(name, "K", b=2)
    assert target.waiting(name) == [{"k": "K", "b": 2}]


def test_an_interrupting_boundary_event_ends_its_host(target: Target, name: str) -> None:
    """A message at an interrupting boundary event takes the job away, and the flow of the event goes on."""
    model = Bpmn(name).start().task("h", job_type=name).end()
    model.boundary("b", "h", message=MessageRef(name, "=k")).task("t", job_type=f"{name}2").end("e2")
    target.deploy(model)
    instance = target.start(name, k="K")
    job = target.job(name)
    target.publish(name, "K")
    assert target.refused("CompleteJob", jobKey=job.key).code == "NOT_FOUND"
    target.complete(f"{name}2")
    assert target.state(instance) == "COMPLETED"


def test_another_boundary_event_leaves_its_host(target: Target, name: str) -> None:
    """Each message at a boundary event that does not interrupt starts a flow beside the job, which stays."""
    model = Bpmn(name).start().task("h", job_type=name).end()
    model.boundary("b", "h", message=MessageRef(name, "=k"), interrupting=False)
    target.deploy(model.task("t", job_type=f"{name}2").end("e2"))
    instance = target.start(name, k="K")
    for n in (1, 2):
        target.publish(name, "K", n=n)
        target.complete(f"{name}2")
    assert target.state(instance) == "ACTIVE"
    target.complete(name)
    assert target.state(instance) == "COMPLETED"


def test_after_its_host_nothing_waits(target: Target, name: str) -> None:
    """After the job is done, a message at its boundary event reaches no instance."""
    model = Bpmn(name).start().task("h", job_type=name).task("after", job_type=f"{name}3").end()
    model.boundary("b", "h", message=MessageRef(name, "=k")).task("t", job_type=f"{name}2").end("e2")
    target.deploy(model)
    target.start(name, k="K")
    target.complete(name)
    target.publish(name, "K")
    assert target.waiting(f"{name}2") == []
    assert len(target.waiting(f"{name}3")) == 1


@pytest.mark.parametrize("interrupting", [True, False])
def test_an_event_sub_process_catches(target: Target, name: str, interrupting: bool) -> None:  # noqa: FBT001
    """An event sub-process takes its process's place, or runs beside it."""
    handler = Bpmn().start("es", message=MessageRef(name, "=k"), interrupting=interrupting)
    handler.task("et", job_type=f"{name}2").end("ee")
    target.deploy(Bpmn(name).start().task(job_type=name).end().sub_process("h", handler, event=True))
    instance = target.start(name, k="K")
    job = target.job(name)
    target.publish(name, "K", n=1)
    assert [variables["n"] for variables in target.waiting(f"{name}2")] == [1]
    if interrupting:
        assert target.refused("CompleteJob", jobKey=job.key).code == "NOT_FOUND"
    else:
        target.call("CompleteJob", jobKey=job.key)
        assert target.state(instance) == "ACTIVE"


def test_nested_sub_processes_wait(target: Target, name: str) -> None:
    """An event two sub-processes deep catches, and reads its key from the scopes around it."""
    innermost = Bpmn().start("s2").catch("c", message=MessageRef(name, "=k")).end("e2")
    inside = Bpmn().start("s1").sub_process("deeper", innermost).end("e1")
    target.deploy(Bpmn(name).start().sub_process("sub", inside).task(job_type=name).end())
    target.start(name, k="K")
    target.publish(name, "K", b=2)
    assert target.waiting(name) == [{"k": "K", "b": 2}]


def test_a_boundary_event_at_a_sub_process_ends_all_in_it(target: Target, name: str) -> None:
    """A message at a sub-process takes away the jobs in it, however deep."""
    innermost = Bpmn().start("s2").task("t", job_type=name).end("e2")
    inside = Bpmn().start("s1").sub_process("deeper", innermost).end("e1")
    model = Bpmn(name).start().sub_process("sub", inside).end()
    model.boundary("b", "sub", message=MessageRef(name, "=k")).task("after", job_type=f"{name}2").end("e3")
    target.deploy(model)
    target.start(name, k="K")
    job = target.job(name)
    target.publish(name, "K")
    assert target.refused("CompleteJob", jobKey=job.key).code == "NOT_FOUND"
    assert len(target.waiting(f"{name}2")) == 1


def test_at_an_event_based_gateway_the_first_wins(target: Target, name: str) -> None:
    """The first message decides the way, and the other event waits no more."""
    model = Bpmn(name).start().event_based("g").catch("a", message=MessageRef(f"{name}a", "=k"))
    model.task("ta", job_type=f"{name}A").end("ea").at("g").catch("b", message=MessageRef(f"{name}b", "=k"))
    target.deploy(model.task("tb", job_type=f"{name}B").end("eb"))
    target.start(name, k="K")
    target.publish(f"{name}b", "K")
    target.publish(f"{name}a", "K")
    assert len(target.waiting(f"{name}B")) == 1
    assert target.waiting(f"{name}A") == []


# Keys


@pytest.mark.parametrize(("value", "key"), [("K", "K"), (7, "7"), (" ", " "), ("ä/ö", "ä/ö")])
def test_a_key_is_text(target: Target, name: str, value: Any, key: str) -> None:
    """A correlation key is a text or a number."""
    target.deploy(catching(name))
    target.start(name, k=value)
    target.publish(name, key)
    assert len(target.waiting(name)) == 1


@pytest.mark.parametrize("value", [None, True, [1], {"a": 1}])
def test_no_other_value_is_a_key(target: Target, name: str, value: Any) -> None:
    """An element whose key is neither text nor number is an incident, which a better value resolves."""
    target.deploy(catching(name))
    instance = target.start(name, k=value)
    incident = target.incident(instance)
    assert (incident.element_id, incident.kind) == ("catch", "EXTRACT_VALUE_ERROR")
    assert "Failed to extract the correlation key for 'k'" in incident.message
    target.call("SetVariables", elementInstanceKey=instance, variables='{"k": "K"}')
    target.call("ResolveIncident", incidentKey=incident.key)
    assert target.incidents(instance) == []
    target.publish(name, "K")
    assert len(target.waiting(name)) == 1


def test_a_key_is_read_when_the_waiting_begins(target: Target, name: str) -> None:
    """A variable that changes later changes nothing in what is waited for."""
    target.deploy(catching(name))
    instance = target.start(name, k="old")
    target.call("SetVariables", elementInstanceKey=instance, variables='{"k": "new"}')
    target.publish(name, "new")
    assert target.waiting(name) == []
    target.publish(name, "old")
    assert len(target.waiting(name)) == 1


def test_one_of_two_waiting_instances_gets_it(target: Target, name: str) -> None:
    """Of two instances that wait with one key, the older gets the first message, the younger the next."""
    target.deploy(catching(name))
    first, second = target.start(name, k="K"), target.start(name, k="K")
    target.publish(name, "K")
    assert [job.process_instance_key for job in target.jobs(name)] == [first]
    target.publish(name, "K")
    assert [job.process_instance_key for job in target.jobs(name)] == [second]


def test_two_elements_of_one_instance_get_it_once(target: Target, name: str) -> None:
    """Of two elements of one instance that wait for the same, one gets the message."""
    model = Bpmn(name).start().parallel("f").catch("a", message=MessageRef(name, "=k"))
    model.task("ta", job_type=name).end("ea").at("f").catch("b", message=MessageRef(name, "=k"))
    target.deploy(model.task("tb", job_type=name).end("eb"))
    target.start(name, k="K")
    target.publish(name, "K")
    assert len(target.waiting(name)) == 1


# Buffering


def test_a_message_waits_for_a_later_instance(target: Target, name: str) -> None:
    """A message with a time to live reaches who begins to wait within it, once."""
    target.deploy(catching(name))
    target.publish(name, "K", ttl_ms=600_000, b=2)
    target.start(name, k="K")
    assert target.waiting(name) == [{"k": "K", "b": 2}]
    target.start(name, k="K")
    assert target.waiting(name) == []


def test_without_time_to_live_a_message_is_lost(target: Target, name: str) -> None:
    """A message without a time to live does not reach a later instance."""
    target.deploy(catching(name))
    target.publish(name, "K")
    target.start(name, k="K")
    assert target.waiting(name) == []


def test_after_its_time_a_message_is_lost(target: Target, name: str) -> None:
    """A message does not reach an instance that comes after its time to live."""
    target.deploy(catching(name))
    target.publish(name, "K", ttl_ms=60_000)
    target.pass_time(timedelta(minutes=3))
    target.start(name, k="K")
    assert target.waiting(name) == []


def test_buffered_messages_come_in_order(target: Target, name: str) -> None:
    """Who waits twice gets the oldest message first."""
    target.deploy(catching(name))
    for n in (1, 2):
        target.publish(name, "K", ttl_ms=600_000, n=n)
    for n in (1, 2):
        target.start(name, k="K")
        assert [variables["n"] for variables in target.waiting(name)] == [n]


def test_a_message_that_was_taken_is_not_kept_for_the_same_process(target: Target, name: str) -> None:
    """A message that reached an instance stays buffered for other processes, not for its own."""
    other = f"{name}-other"
    target.deploy(catching(name))
    target.deploy(Bpmn(other).start().catch(message=MessageRef(name, "=k")).task(job_type=other).end())
    target.publish(name, "K", ttl_ms=600_000)
    target.start(name, k="K")
    target.start(name, k="K")
    target.start(other, k="K")
    assert len(target.waiting(name)) == 1
    assert len(target.waiting(other)) == 1


# Ids


def test_an_id_is_taken_while_its_message_is_kept(target: Target, name: str) -> None:
    """Within the time to live a second message of name, key and id is ALREADY_EXISTS; after it, it is new."""
    request = {"name": name, "correlationKey": "K", "messageId": "i", "timeToLive": 60_000}
    target.call("PublishMessage", **request)
    refused = target.refused("PublishMessage", **request)
    assert refused.code == "ALREADY_EXISTS"
    assert "Expected to publish a new message with id 'i'" in refused.details
    for other in ({"name": f"{name}2"}, {"correlationKey": "L"}, {"messageId": "j"}):
        target.call("PublishMessage", **{**request, **other})
    target.pass_time(timedelta(minutes=3))
    target.call("PublishMessage", **request)


def test_an_id_is_taken_though_its_message_was_correlated(target: Target, name: str) -> None:
    """A message that has reached an instance holds its id until its time to live is over."""
    target.deploy(catching(name))
    target.start(name, k="K")
    request = {"name": name, "correlationKey": "K", "messageId": "i", "timeToLive": 60_000}
    target.call("PublishMessage", **request)
    assert len(target.waiting(name)) == 1
    assert target.refused("PublishMessage", **request).code == "ALREADY_EXISTS"


# Starts


def test_a_message_starts(target: Target, name: str) -> None:
    """A message starts an instance with its variables."""
    target.deploy(started(name))
    target.publish(name, "any", a=1)
    assert target.waiting(name) == [{"a": 1}]


def test_a_key_starts_one_instance_at_a_time(target: Target, name: str) -> None:
    """With a key the next message waits until the instance has ended; without one each starts."""
    target.deploy(started(name))
    for n in (1, 2):
        target.publish(name, "K", ttl_ms=600_000, n=n)
    assert target.complete(name).variables == {"n": 1}
    assert target.complete(name).variables == {"n": 2}
    for n in (3, 4):
        target.publish(name, ttl_ms=600_000, n=n)
    assert len(target.waiting(name)) == 2


def test_a_cancelled_instance_frees_its_key(target: Target, name: str) -> None:
    """The message that waits for a key starts when the instance is cancelled, too."""
    target.deploy(started(name))
    for n in (1, 2):
        target.publish(name, "K", ttl_ms=600_000, n=n)
    first = target.job(name)
    target.call("CancelProcessInstance", processInstanceKey=first.process_instance_key)
    assert target.job(name).variables == {"n": 2}


def test_only_the_newest_version_is_started(target: Target, name: str) -> None:
    """A message starts the newest version alone."""
    target.deploy(started(name))
    target.deploy(Bpmn(name).start(message=MessageRef(name)).task(job_type=f"{name}2").end())
    target.publish(name)
    assert target.waiting(name) == []
    (job,) = target.jobs(f"{name}2")
    assert job.process_version == 2


def test_a_version_without_the_start_is_not_started(target: Target, name: str) -> None:
    """Once the newest version has no such start, the message starts nothing."""
    target.deploy(started(name))
    target.deploy(Bpmn(name).start().task(job_type=name).end())
    target.publish(name)
    assert target.waiting(name) == []


def test_an_older_version_still_waits(target: Target, name: str) -> None:
    """An instance of an older version gets its message though a newer version is there."""
    target.deploy(catching(name))
    target.start(name, k="K")
    target.deploy(Bpmn(name).start().task(job_type=f"{name}2").end())
    target.publish(name, "K")
    (job,) = target.jobs(name)
    assert job.process_version == 1


def test_several_starts_of_one_process(target: Target, name: str) -> None:
    """A process may have a plain start and message starts, each used on its own."""
    model = Bpmn(name).start().task("t", job_type=name).end()
    for letter in "ab":
        start = model.start(f"s{letter}", message=MessageRef(f"{name}{letter}"))
        start.task(f"t{letter}", job_type=f"{name}{letter}").end(f"e{letter}")
    target.deploy(model)
    target.start(name)
    target.publish(f"{name}b")
    assert [len(target.waiting(each)) for each in (name, f"{name}a", f"{name}b")] == [1, 0, 1]


def test_a_message_start_cannot_be_started_plainly(target: Target, name: str) -> None:
    """A process without a plain start is not started by a command."""
    target.deploy(started(name))
    refused = target.refused("CreateProcessInstance", bpmnProcessId=name, version=-1)
    assert refused.code == "FAILED_PRECONDITION"
    assert "with none start event, but there is no such event" in refused.details


def test_a_cancelled_instance_waits_no_more(target: Target, name: str) -> None:
    """A message after the cancellation reaches no instance."""
    target.deploy(catching(name))
    instance = target.start(name, k="K")
    target.call("CancelProcessInstance", processInstanceKey=instance)
    target.publish(name, "K")
    assert target.waiting(name) == []
