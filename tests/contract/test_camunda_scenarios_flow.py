"""How instances move on, err, wait for time and get stuck: alike on the stand-in and on Camunda's engines."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from tests.builders_process import Bpmn
from tests.contract.engine_targets import OVER_GRPC, Target, running_target, unique_name


@pytest.fixture(scope="module", params=OVER_GRPC)
def target(request: pytest.FixtureRequest) -> Iterator[Target]:
    yield from running_target(request)


@pytest.fixture
def name(request: pytest.FixtureRequest) -> str:
    return unique_name(request)


# Time


def test_an_intermediate_timer_waits(target: Target, name: str) -> None:
    """An instance goes on after the time, not before."""
    target.deploy(Bpmn(name).start().catch(timer=("timeDuration", "=d")).task(job_type=name).end())
    target.start(name, d="PT1M")
    target.pass_time(timedelta(seconds=30))
    assert target.waiting(name) == []
    target.pass_time(timedelta(seconds=31))
    assert len(target.waiting(name)) == 1


def test_a_date_that_has_passed_is_due(target: Target, name: str) -> None:
    """An intermediate timer at a date of the past does not wait."""
    model = Bpmn(name).start().catch(timer=("timeDate", "2020-01-01T00:00:00Z")).task(job_type=name).end()
    target.deploy(model)
    target.start(name)
    target.pass_time(timedelta(seconds=1))
    assert len(target.waiting(name)) == 1


@pytest.mark.parametrize("interrupting", [True, False])
def test_a_timer_at_a_job(target: Target, name: str, interrupting: bool) -> None:  # noqa: FBT001 - a table
    """A boundary timer takes the job away when it is due, or starts a flow beside it."""
    model = Bpmn(name).start().task("h", job_type=name).end()
    model.boundary("b", "h", timer=("timeDuration", "PT1M"), interrupting=interrupting)
    target.deploy(model.task("t", job_type=f"{name}2").end("e2"))
    target.start(name)
    job = target.job(name, lock_ms=600_000)
    target.pass_time(timedelta(seconds=61))
    assert len(target.waiting(f"{name}2")) == 1
    if interrupting:
        assert target.refused("CompleteJob", jobKey=job.key).code == "NOT_FOUND"
    else:
        target.call("CompleteJob", jobKey=job.key)


def test_a_timer_that_is_not_reached_never_fires(target: Target, name: str) -> None:
    """Once the job is done its boundary timer is gone."""
    model = Bpmn(name).start().task("h", job_type=name).task("after", job_type=f"{name}3").end()
    target.deploy(
        model.boundary("b", "h", timer=("timeDuration", "PT1M")).task("t", job_type=f"{name}2").end("e2")
    )
    target.start(name)
    target.complete(name)
    target.pass_time(timedelta(minutes=2))
    assert target.waiting(f"{name}2") == []
    assert len(target.waiting(f"{name}3")) == 1


def test_a_timer_starts_an_event_sub_process(target: Target, name: str) -> None:
    """An interrupting event sub-process takes the place of its process when its timer is due."""
    handler = Bpmn().start("es", timer=("timeDuration", "PT1M")).task("et", job_type=f"{name}2").end("ee")
    target.deploy(Bpmn(name).start().task(job_type=name).end().sub_process("h", handler, event=True))
    instance = target.start(name)
    target.pass_time(timedelta(seconds=61))
    target.complete(f"{name}2")
    assert target.state(instance) == "COMPLETED"


def test_a_timer_starts_instances(target: Target, name: str) -> None:
    """A start event with R2 starts two instances, one an interval."""
    target.deploy(Bpmn(name).start(timer=("timeCycle", "R2/PT1M")).task(job_type=name).end())
    for _ in range(2):
        target.pass_time(timedelta(seconds=61))
        assert len(target.jobs(name, lock_ms=3_600_000)) == 1
    target.pass_time(timedelta(minutes=5))
    assert target.waiting(name) == []


def test_a_newer_version_takes_over_the_timer(target: Target, name: str) -> None:
    """A start timer of an older version starts nothing once a newer version is there."""
    target.deploy(Bpmn(name).start(timer=("timeCycle", "R/PT1M")).task(job_type=name).end())
    target.deploy(Bpmn(name).start().task(job_type=name).end())
    target.pass_time(timedelta(minutes=2))
    assert target.waiting(name) == []


def test_at_an_event_based_gateway_time_may_win(target: Target, name: str) -> None:
    """The timer that is due first decides the way."""
    model = Bpmn(name).start().event_based("g").catch("a", timer=("timeDuration", "PT1M"))
    model.task("ta", job_type=f"{name}A").end("ea").at("g").catch("b", timer=("timeDuration", "PT2M"))
    target.deploy(model.task("tb", job_type=f"{name}B").end("eb"))
    target.start(name)
    target.pass_time(timedelta(minutes=3))
    assert len(target.waiting(f"{name}A")) == 1
    assert target.waiting(f"{name}B") == []


def test_a_timer_that_is_not_a_time_is_an_incident(target: Target, name: str) -> None:
    """A wrong duration is an incident, which a better value resolves."""
    target.deploy(Bpmn(name).start().catch("c", timer=("timeDuration", "=d")).task(job_type=name).end())
    instance = target.start(name, d="soon")
    incident = target.incident(instance)
    assert (incident.element_id, incident.kind) == ("c", "EXTRACT_VALUE_ERROR")
    assert "Invalid duration format 'soon' for expression 'd'" in incident.message
    target.call("SetVariables", elementInstanceKey=instance, variables='{"d": "PT1S"}')
    target.call("ResolveIncident", incidentKey=incident.key)
    target.pass_time(timedelta(seconds=5))
    assert len(target.waiting(name)) == 1


# Errors


def guarded(name: str, *codes: str) -> Bpmn:
    """Return a process of one job with a boundary event for each code, each followed by a job."""
    model = Bpmn(name).start().task("t", job_type=name).end()
    for number, error in enumerate(codes):
        model.boundary(f"b{number}", "t", error=error).task(f"after{number}", job_type=f"{name}-{error}")
        model.end(f"end{number}")
    return model


def test_an_error_is_caught_by_its_code(target: Target, name: str) -> None:
    """Of two boundary events the one with the error's code catches it."""
    target.deploy(guarded(name, "A", "B"))
    target.start(name)
    target.throw(name, "B")
    assert target.waiting(f"{name}-A") == []
    assert len(target.waiting(f"{name}-B")) == 1


def test_no_code_catches_all(target: Target, name: str) -> None:
    """A boundary event without a code catches what no other catches."""
    target.deploy(guarded(name, "A", ""))
    target.start(name)
    target.throw(name, "B")
    assert len(target.waiting(f"{name}-")) == 1


def test_an_error_is_caught_further_out(target: Target, name: str) -> None:
    """An error that a sub-process does not catch goes to the event at it, and all in it ends."""
    inside = Bpmn().start("s").parallel("f").task("t", job_type=name).end("e1")
    inside.at("f").task("u", job_type=f"{name}2").end("e2")
    model = Bpmn(name).start().sub_process("sub", inside).end()
    target.deploy(model.boundary("b", "sub", error="E").task("after", job_type=f"{name}3").end("e3"))
    target.start(name)
    other = target.job(f"{name}2")
    target.throw(name, "E")
    assert target.refused("CompleteJob", jobKey=other.key).code == "NOT_FOUND"
    assert len(target.waiting(f"{name}3")) == 1


def test_an_error_without_a_catch_is_an_incident(target: Target, name: str) -> None:
    """A thrown error without a catcher is an incident that names its code and what is caught."""
    target.deploy(guarded(name, "A"))
    instance = target.start(name)
    job = target.job(name)
    target.call("ThrowError", jobKey=job.key, errorCode="Z", errorMessage="no such page")
    incident = target.incident(instance)
    assert incident.kind == "UNHANDLED_ERROR_EVENT"
    assert incident.message == (
        "Expected to throw an error event with the code 'Z' with message 'no such page', but it was not"
        " caught. Available error events are [A]"
    )
    assert target.refused("CompleteJob", jobKey=job.key).code == "FAILED_PRECONDITION"


def test_a_resolved_error_hands_the_job_out(target: Target, name: str) -> None:
    """When the incident of an uncaught error is resolved, the job is handed out again."""
    target.deploy(guarded(name))
    instance = target.start(name)
    job = target.throw(name, "Z")
    target.call("ResolveIncident", incidentKey=target.incident(instance).key)
    again = target.job(name)
    assert (again.key, again.retries) == (job.key, job.retries)


def test_an_error_end_event_throws(target: Target, name: str) -> None:
    """An error end event in a sub-process is caught at it."""
    inside = Bpmn().start("s").end("e", error="E")
    model = Bpmn(name).start().sub_process("sub", inside).end()
    target.deploy(model.boundary("b", "sub", error="E").task("after", job_type=name).end("e2"))
    target.start(name)
    assert len(target.waiting(name)) == 1


def test_an_error_leaves_a_called_process(target: Target, name: str) -> None:
    """An error that a called process does not catch ends it, and is caught at the call activity."""
    called = f"{name}-called"
    model = Bpmn(name).start().call("c", called).end()
    model.boundary("b", "c", error="E").task("after", job_type=f"{name}2").end("e2")
    target.deploy(Bpmn(called).start().task(job_type=name).end(), model)
    target.start(name)
    inner = target.throw(name, "E")
    assert target.state(inner.process_instance_key) == "TERMINATED"
    assert len(target.waiting(f"{name}2")) == 1


# Choices


@pytest.mark.parametrize(("n", "taken"), [(1, "small"), (5, "medium"), (50, "large")])
def test_conditions_choose(target: Target, name: str, n: int, taken: str) -> None:
    """An exclusive gateway takes the way whose FEEL holds, or the default."""
    model = Bpmn(name).start().exclusive("x", default="x-large")
    model.when("=n in [0..2]").task("small", job_type=name).end("e1").at("x")
    model.when('=n > 2 and n < 10 and kind = "k"').task("medium", job_type=name).end("e2")
    target.deploy(model.at("x").task("large", job_type=name).end("e3"))
    target.start(name, n=n, kind="k")
    assert target.job(name).element_id == taken


def test_without_a_way_a_gateway_is_stuck(target: Target, name: str) -> None:
    """Where no condition holds and there is no default, an incident waits for a better value."""
    model = Bpmn(name).start().exclusive("x").when("=n = 1").task("a", job_type=name).end("ea")
    target.deploy(model.at("x").when("=n = 2").task("b", job_type=name).end("eb"))
    instance = target.start(name, n=3)
    incident = target.incident(instance)
    assert (incident.element_id, incident.kind) == ("x", "CONDITION_ERROR")
    assert incident.message == (
        "Expected at least one condition to evaluate to true, or to have a default flow"
    )
    target.call("SetVariables", elementInstanceKey=instance, variables='{"n": 2}')
    target.call("ResolveIncident", incidentKey=incident.key)
    assert target.job(name).element_id == "b"


def test_a_condition_that_is_not_boolean_is_stuck(target: Target, name: str) -> None:
    """A condition that is neither true nor false is an incident."""
    model = Bpmn(name).start().exclusive("x", default="x-b").when("=n").task("a", job_type=name).end("ea")
    target.deploy(model.at("x").task("b", job_type=name).end("eb"))
    instance = target.start(name, n="yes")
    incident = target.incident(instance)
    assert (incident.element_id, incident.kind) == ("x", "EXTRACT_VALUE_ERROR")
    assert "Expected result of the expression 'n' to be 'BOOLEAN', but was 'STRING'" in incident.message


def test_an_inclusive_gateway_takes_all_that_hold(target: Target, name: str) -> None:
    """Every way whose condition holds is taken."""
    model = Bpmn(name).start().inclusive("x", default="x-c")
    model.when("=true").task("a", job_type=name).end("ea").at("x")
    model.when("=n > 1").task("b", job_type=name).end("eb").at("x")
    target.deploy(model.task("c", job_type=name).end("ec"))
    target.start(name, n=2)
    assert sorted(job.element_id for job in target.jobs(name)) == ["a", "b"]


def test_a_join_waits_for_all(target: Target, name: str) -> None:
    """A parallel gateway goes on once each way has come."""
    model = Bpmn(name).start().parallel("f").task("a", job_type=f"{name}a").parallel("j")
    model.task("after", job_type=name).end().at("f").task("b", job_type=f"{name}b").to("j")
    target.deploy(model)
    target.start(name)
    target.complete(f"{name}b", b=2)
    assert target.waiting(name) == []
    target.complete(f"{name}a", a=1)
    assert target.waiting(name) == [{"a": 1, "b": 2}]


def test_an_instance_ends_with_its_last_flow(target: Target, name: str) -> None:
    """An instance is active while one of its flows is."""
    model = Bpmn(name).start().parallel("f").task("a", job_type=f"{name}a").end("ea")
    target.deploy(model.at("f").task("b", job_type=f"{name}b").end("eb"))
    instance = target.start(name)
    target.complete(f"{name}a")
    assert target.state(instance) == "ACTIVE"
    target.complete(f"{name}b")
    assert target.state(instance) == "COMPLETED"


# Variables


def test_inputs_stay_inside(target: Target, name: str) -> None:
    """What an input makes is the job's alone; what was there before stays as it was."""
    target.deploy(Bpmn(name).start().task(job_type=name, inputs={"a": "=b + 1"}).end())
    instance = target.start(name, a=1, b=1)
    assert target.complete(name).variables == {"a": 2, "b": 1}
    assert target.variables(instance) == {"a": 1, "b": 1}


@pytest.mark.parametrize(("result", "outside"), [(2, 0), (1, 1), (1.5, 0), (True, 0)])
def test_a_result_stays_where_it_changes_something(
    target: Target, name: str, result: float, outside: int
) -> None:
    """A result is the nearest scope's that has the variable with another value; the same goes further out."""
    target.deploy(Bpmn(name).start().task(job_type=name, inputs={"a": "=1"}).end())
    instance = target.start(name, a=0)
    target.complete(name, a=result)
    assert target.variables(instance) == {"a": outside}


def test_scopes_are_nested(target: Target, name: str) -> None:
    """A job in a sub-process sees the scopes around it, and its results go to the outermost."""
    inside = Bpmn().start("s").task("t", job_type=name, inputs={"local": "=a"}).end("e")
    target.deploy(Bpmn(name).start().sub_process("sub", inside).task("u", job_type=f"{name}2").end())
    target.start(name, a=1)
    assert target.complete(name, result=3).variables == {"a": 1, "local": 1}
    assert target.waiting(f"{name}2") == [{"a": 1, "result": 3}]


@pytest.mark.parametrize(
    ("before", "after"), [(None, {"b": 1}), ({"a": 2}, {"a": 2, "b": 1}), ("text", None), ([], None)]
)
def test_an_output_into_a_context(target: Target, name: str, before: Any, after: Any) -> None:
    """An output to a.b joins what a holds; what holds no entries is null then."""
    target.deploy(Bpmn(name).start().task(job_type=name, outputs={"a.b": "=r"}).end())
    instance = target.start(name, a=before)
    target.complete(name, r=1)
    assert target.variables(instance) == {"a": after}


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ('=if n > 1 then "many" else "few"', "many"),
        ("=for x in items return x * 2", [2, 4]),
        ("=items[item > 1]", [2]),
        ("=some x in items satisfies x = 2", True),
        ("={a: n, b: {c: items[1]}}", {"a": 2, "b": {"c": 1}}),
        ("=missing.path", None),
        ("=1 / 0", None),
        ('=string length("äö")', 2),
        ("=0.1 + 0.2", 0.3),
    ],
)
def test_feel_in_a_mapping(target: Target, name: str, expression: str, value: Any) -> None:
    """Inputs are FEEL; what fails is null."""
    target.deploy(Bpmn(name).start().task(job_type=name, inputs={"got": expression}).end())
    target.start(name, n=2, items=[1, 2])
    assert target.job(name).variables["got"] == value


def test_an_input_that_cannot_be_made_is_an_incident(target: Target, name: str) -> None:
    """A function that must have an answer and has none makes an incident, which a better value resolves."""
    inputs = {"got": '=assert(x, x != null, "x is needed")'}
    target.deploy(Bpmn(name).start().task("t", job_type=name, inputs=inputs).end())
    instance = target.start(name)
    incident = target.incident(instance)
    assert (incident.element_id, incident.kind) == ("t", "IO_MAPPING_ERROR")
    assert target.jobs(name) == []
    target.call("SetVariables", elementInstanceKey=instance, variables='{"x": 1}')
    target.call("ResolveIncident", incidentKey=incident.key)
    assert target.waiting(name) == [{"x": 1, "got": 1}]


def test_a_called_process_gets_and_gives(target: Target, name: str) -> None:
    """A called process starts with its caller's variables, and gives back what it ends with."""
    called = f"{name}-called"
    model = Bpmn(name).start().call("c", called).task("after", job_type=f"{name}2").end()
    target.deploy(Bpmn(called).start().task(job_type=name).end(), model)
    target.start(name, a=1)
    assert target.complete(name, b=2).variables == {"a": 1}
    assert target.waiting(f"{name}2") == [{"a": 1, "b": 2}]


def test_a_process_that_is_not_there_cannot_be_called(target: Target, name: str) -> None:
    """A call of an unknown process is an incident, and once it is deployed the incident can be resolved."""
    called = f"{name}-called"
    target.deploy(Bpmn(name).start().call("c", called).end())
    instance = target.start(name)
    incident = target.incident(instance)
    assert (incident.element_id, incident.kind) == ("c", "CALLED_ELEMENT_ERROR")
    assert (
        f"Expected process with BPMN process id '{called}' to be deployed, but not found." in incident.message
    )
    target.deploy(Bpmn(called).start().task(job_type=name).end())
    target.call("ResolveIncident", incidentKey=incident.key)
    target.complete(name)
    assert target.state(instance) == "COMPLETED"


def test_cancelling_reaches_called_processes(target: Target, name: str) -> None:
    """With its caller a called process is terminated; it cannot be cancelled alone."""
    called = f"{name}-called"
    model = Bpmn(name).start().call("c", called).end()
    target.deploy(Bpmn(called).start().task(job_type=name).end(), model)
    instance = target.start(name)
    inner = target.job(name).process_instance_key
    assert target.refused("CancelProcessInstance", processInstanceKey=inner).code == "FAILED_PRECONDITION"
    target.call("CancelProcessInstance", processInstanceKey=instance)
    assert [target.state(each) for each in (instance, inner)] == ["TERMINATED", "TERMINATED"]


# Several of one


def test_one_after_another(target: Target, name: str) -> None:
    """A sequential multi-instance makes its jobs in the order of the items, one at a time."""
    loop = {"inputCollection": "=items", "inputElement": "x", "isSequential": "true"}
    target.deploy(Bpmn(name).start().task(job_type=name, loop=loop).end())
    instance = target.start(name, items=["a", "b"])
    assert target.complete(name).variables["x"] == "a"
    assert target.complete(name).variables["x"] == "b"
    assert target.state(instance) == "COMPLETED"


def test_none_of_none(target: Target, name: str) -> None:
    """A multi-instance of an empty list is done at once."""
    loop = {"inputCollection": "=[]", "inputElement": "x", "outputCollection": "rs", "outputElement": "=r"}
    target.deploy(Bpmn(name).start().task(job_type=name, loop=loop).end())
    instance = target.start(name)
    assert target.state(instance) == "COMPLETED"
    assert target.variables(instance) == {"rs": []}


def test_a_collection_must_be_a_list(target: Target, name: str) -> None:
    """A multi-instance over what is no list is an incident."""
    loop = {"inputCollection": "=items", "inputElement": "x"}
    target.deploy(Bpmn(name).start().task("t", job_type=name, loop=loop).end())
    instance = target.start(name, items="none")
    incident = target.incident(instance)
    assert (incident.element_id, incident.kind) == ("t", "EXTRACT_VALUE_ERROR")
    assert "Expected result of the expression 'items' to be 'ARRAY', but was 'STRING'" in incident.message


@pytest.mark.parametrize("sequential", ["true", "false"])
def test_results_are_collected_after_their_outputs(target: Target, name: str, sequential: str) -> None:
    """What an output mapping makes of a result is collected, and is not seen outside."""
    loop = {"inputCollection": "=[1,2]", "outputCollection": "rs", "outputElement": "=r"}
    model = Bpmn(name).start()
    model.task(job_type=name, outputs={"r": "=x + 1"}, loop=loop | {"isSequential": sequential})
    target.deploy(model.end())
    instance = target.start(name, r=9)
    jobs = target.jobs(name)
    while jobs:
        target.call("CompleteJob", jobKey=jobs.pop().key, variables='{"x": 1}')
        jobs += target.jobs(name)
    assert target.variables(instance) == {"r": 9, "rs": [2, 2]}


def test_enough_is_enough(target: Target, name: str) -> None:
    """When the completion condition holds, the other jobs are taken away."""
    loop = {"inputCollection": "=[1,2,3]", "inputElement": "x", "completionCondition": "=r = true"}
    target.deploy(Bpmn(name).start().task(job_type=name, loop=loop).end())
    instance = target.start(name)
    jobs = target.jobs(name)
    assert len(jobs) == 3
    target.call("CompleteJob", jobKey=jobs[1].key, variables=json.dumps({"r": True}))
    assert target.state(instance) == "COMPLETED"
    assert target.refused("CompleteJob", jobKey=jobs[0].key).code == "NOT_FOUND"
