"""Several of one element, and elements within others: alike on the stand-in and on Camunda's engines."""

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest

from tests.builders_process import Bpmn, MessageRef
from tests.contract.engine_targets import OVER_GRPC, Target, running_target, unique_name

EACH = {"inputCollection": "=items", "inputElement": "item"}


@pytest.fixture(scope="module", params=OVER_GRPC)
def target(request: pytest.FixtureRequest) -> Iterator[Target]:
    yield from running_target(request)


@pytest.fixture
def name(request: pytest.FixtureRequest) -> str:
    return unique_name(request)


# Several


def test_each_item_is_waited_for_by_its_own_key(target: Target, name: str) -> None:
    """A receive task for each item waits with that item as its key; all that came is collected in order."""
    loop = {**EACH, "outputCollection": "got", "outputElement": "=status"}
    model = Bpmn(name).start().receive(message=MessageRef(name, "=item"), loop=loop)
    target.deploy(model.task(job_type=name).end())
    target.start(name, items=["A", "B"])
    for key in ("B", "nobody", "B"):
        target.publish(name, key, status=f"of {key}")
    assert target.waiting(name) == []
    target.publish(name, "A", status="of A")
    assert target.waiting(name) == [{"items": ["A", "B"], "got": ["of A", "of B"]}]


def test_one_key_of_several_gets_one_message(target: Target, name: str) -> None:
    """Of two instances of a receive task with one key, each message reaches one."""
    model = Bpmn(name).start().receive(message=MessageRef(name, "=item"), loop=EACH)
    target.deploy(model.task(job_type=name).end())
    target.start(name, items=["A", "A"])
    target.publish(name, "A")
    assert target.waiting(name) == []
    target.publish(name, "A")
    assert len(target.waiting(name)) == 1


def test_each_sub_process_has_its_own_variables(target: Target, name: str) -> None:
    """What a job returns in one of several sub-processes stays in it where its item is shadowed."""
    inside = Bpmn().start("s").task("t", job_type=name).task("u", job_type=f"{name}2").end("e")
    loop = {**EACH, "outputCollection": "all", "outputElement": "=found"}
    target.deploy(Bpmn(name).start().sub_process("sub", inside, loop=loop).task(job_type=f"{name}3").end())
    target.start(name, items=[1, 2])
    for job in target.jobs(name):
        found = json.dumps({"found": job.variables["item"] * 10})
        target.call("CompleteJob", jobKey=job.key, variables=found)
    for job in target.jobs(f"{name}2"):
        assert job.variables["found"] == job.variables["item"] * 10
        target.call("CompleteJob", jobKey=job.key)
    assert target.waiting(f"{name}3") == [{"items": [1, 2], "all": [10, 20]}]


def test_each_item_calls_a_process(target: Target, name: str) -> None:
    """A call activity for each item starts an instance for each, with its item."""
    called = f"{name}-called"
    model = Bpmn(name).start().call("c", called, loop=EACH).task(job_type=f"{name}2").end()
    target.deploy(Bpmn(called).start().task(job_type=name).end(), model)
    instance = target.start(name, items=["a", "b"])
    jobs = target.jobs(name)
    assert sorted(job.variables["item"] for job in jobs) == ["a", "b"]
    assert len({job.process_instance_key for job in jobs} | {instance}) == 3
    for job in jobs:
        target.call("CompleteJob", jobKey=job.key)
    assert len(target.waiting(f"{name}2")) == 1


def test_an_event_ends_all_of_several(target: Target, name: str) -> None:
    """A message at a task of several takes away those that are left, and the flow of the event goes on."""
    model = Bpmn(name).start().task("t", job_type=name, loop=EACH).end()
    model.boundary("b", "t", message=MessageRef(name, "=k")).task("after", job_type=f"{name}2").end("e2")
    target.deploy(model)
    target.start(name, items=[1, 2, 3], k="K")
    first, *others = target.jobs(name)
    target.call("CompleteJob", jobKey=first.key)
    target.publish(name, "K")
    assert {target.refused("CompleteJob", jobKey=job.key).code for job in others} == {"NOT_FOUND"}
    assert len(target.waiting(f"{name}2")) == 1


def test_an_error_of_one_ends_all_of_several(target: Target, name: str) -> None:
    """An error from one of several jobs is caught at their task, and the others are gone."""
    model = Bpmn(name).start().task("t", job_type=name, loop=EACH).end()
    target.deploy(model.boundary("b", "t", error="E").task("after", job_type=f"{name}2").end("e2"))
    target.start(name, items=[1, 2])
    first, second = target.jobs(name)
    target.call("ThrowError", jobKey=first.key, errorCode="E")
    assert target.refused("CompleteJob", jobKey=second.key).code == "NOT_FOUND"
    assert len(target.waiting(f"{name}2")) == 1


# Within


@pytest.mark.parametrize("interrupting", [True, False])
def test_an_event_sub_process_in_a_sub_process(target: Target, name: str, interrupting: bool) -> None:  # noqa: FBT001 - a table
    """It takes its sub-process's place or runs beside it; the process goes on once nothing is left in it."""
    handler = Bpmn().start("es", message=MessageRef(name, "=k"), interrupting=interrupting)
    handler.task("et", job_type=f"{name}2").end("ee")
    inside = Bpmn().start("s").task("t", job_type=name).end("e").sub_process("h", handler, event=True)
    target.deploy(Bpmn(name).start().sub_process("sub", inside).task("after", job_type=f"{name}3").end())
    target.start(name, k="K")
    job = target.job(name)
    target.publish(name, "K")
    target.complete(f"{name}2")
    if interrupting:
        assert target.refused("CompleteJob", jobKey=job.key).code == "NOT_FOUND"
    else:
        assert target.jobs(f"{name}3") == []
        target.call("CompleteJob", jobKey=job.key)
    assert len(target.waiting(f"{name}3")) == 1


def test_a_wait_ends_with_its_time(target: Target, name: str) -> None:
    """A timer at a receive task ends the wait, and a later message reaches no instance."""
    model = Bpmn(name).start().receive("r", message=MessageRef(name, "=k")).task(job_type=name).end()
    target.deploy(
        model.boundary("b", "r", timer=("timeDuration", "PT1H")).task("late", job_type=f"{name}2").end("e2")
    )
    target.start(name, k="K")
    target.pass_time(timedelta(minutes=61))
    assert len(target.waiting(f"{name}2")) == 1
    target.publish(name, "K")
    assert target.waiting(name) == []


def test_a_message_in_time_ends_the_timer(target: Target, name: str) -> None:
    """Once the message came, the timer at its receive task never fires."""
    model = Bpmn(name).start().receive("r", message=MessageRef(name, "=k")).task(job_type=name).end()
    target.deploy(
        model.boundary("b", "r", timer=("timeDuration", "PT1H")).task("late", job_type=f"{name}2").end("e2")
    )
    target.start(name, k="K")
    target.publish(name, "K")
    assert len(target.jobs(name, lock_ms=86_400_000)) == 1
    target.pass_time(timedelta(minutes=61))
    assert target.waiting(f"{name}2") == []


def test_a_cancelled_scope_leaves_nothing(target: Target, name: str) -> None:
    """With its instance go its jobs in sub-processes, its timers, and what waited for messages."""
    inside = Bpmn().start("s").parallel("f").task("t", job_type=name).end("e1").at("f")
    inside.catch("c", message=MessageRef(name, "=k")).end("e2")
    model = Bpmn(name).start().sub_process("sub", inside).end()
    target.deploy(
        model.boundary("b", "sub", timer=("timeDuration", "PT1H")).task("u", job_type=f"{name}2").end("e3")
    )
    instance = target.start(name, k="K")
    job = target.job(name)
    target.call("CancelProcessInstance", processInstanceKey=instance)
    target.publish(name, "K")
    target.pass_time(timedelta(minutes=61))
    assert target.refused("CompleteJob", jobKey=job.key).code == "NOT_FOUND"
    assert target.waiting(f"{name}2") == []
    assert target.state(instance) == "TERMINATED"


def test_variables_of_an_element_are_set_in_their_scope(target: Target, name: str) -> None:
    """What is set at a job's element changes in the nearest scope that has it; the rest is the process's."""
    inside = Bpmn().start("s").task("t", job_type=name, inputs={"own": "=1"}).end("e")
    target.deploy(Bpmn(name).start().sub_process("sub", inside).task("after", job_type=f"{name}2").end())
    target.start(name, outer=1)
    job = target.job(name)
    document = json.dumps({"own": 2, "outer": 2, "fresh": 2})
    target.call("SetVariables", elementInstanceKey=job.element_instance_key, variables=document)
    target.call("CompleteJob", jobKey=job.key)
    assert target.waiting(f"{name}2") == [{"outer": 2, "fresh": 2}]


# Stuck


def test_an_error_end_event_without_a_catch_is_stuck(target: Target, name: str) -> None:
    """An error of an end event without a catch is an incident, and again after it was resolved."""
    target.deploy(Bpmn(name).start().end("e", error="E"))
    instance = target.start(name)
    incident = target.incident(instance)
    assert incident.kind == "UNHANDLED_ERROR_EVENT"
    target.call("ResolveIncident", incidentKey=incident.key)
    again = target.incident(instance)
    assert (again.kind, again.message) == (incident.kind, incident.message)
    assert again.key != incident.key


def test_a_process_without_a_plain_start_cannot_be_called(target: Target, name: str) -> None:
    """A call of a process that only a message starts is an incident."""
    called = f"{name}-called"
    target.deploy(
        Bpmn(called).start(message=MessageRef(called)).end(), Bpmn(name).start().call("c", called).end()
    )
    incident = target.incident(target.start(name))
    assert (incident.element_id, incident.kind) == ("c", "CALLED_ELEMENT_ERROR")
    assert f"Expected process with BPMN process id '{called}' to have a none start event" in incident.message


@pytest.mark.parametrize(
    ("job_type", "retries", "message"),
    [
        ("=missing", "3", "Expected result of the expression 'missing' to be 'STRING', but was 'NULL'"),
        ("t", '="many"', """Expected result of the expression '"many"' to be 'NUMBER', but was 'STRING'"""),
    ],
)
def test_a_job_that_cannot_be_made_is_stuck(
    target: Target, name: str, job_type: str, retries: str, message: str
) -> None:
    """A type that is no text, or retries that are no number, are an incident instead of a job."""
    target.deploy(Bpmn(name).start().task("t", job_type=job_type, retries=retries).end())
    incident = target.incident(target.start(name))
    assert (incident.element_id, incident.kind) == ("t", "EXTRACT_VALUE_ERROR")
    assert message in incident.message
