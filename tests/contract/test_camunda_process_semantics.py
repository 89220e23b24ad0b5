"""How an engine carries out BPMN where one could think otherwise: alike on Camunda's and the stand-in."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from tests.builders_process import Bpmn, MessageRef
from tests.contract.engine_targets import OVER_GRPC, Target, running_target, unique_name


@pytest.fixture(scope="module", params=OVER_GRPC)
def target(request: pytest.FixtureRequest) -> Iterator[Target]:
    yield from running_target(request)


@pytest.fixture
def name(request: pytest.FixtureRequest) -> str:
    return unique_name(request)


# Variables


@pytest.mark.parametrize(
    ("inputs", "seen"),
    [
        ({"a": "=1", "b": "=a + 1"}, {"a": 1, "b": 2}),
        ({"n.x": "=1", "n.y": "=x + 1"}, {"n": {"x": 1, "y": 2}}),
        ({"n.x": "=1", "n.y": "=n.x + 1"}, {"n": {"x": 1, "y": None}}),
        ({"text": "plain", "digits": "5"}, {"text": "plain", "digits": "5"}),
        ({"gone": "=missing"}, {"gone": None}),
    ],
    ids=["one after another", "within a context", "not through its name", "plain text", "missing is null"],
)
def test_input_mappings(target: Target, name: str, inputs: dict[str, str], seen: dict[str, Any]) -> None:
    """Inputs are evaluated in turn, as entries of one FEEL context."""
    target.deploy(Bpmn(name).start().task(job_type=name, inputs=inputs).end())
    target.start(name)
    assert target.waiting(name) == [seen]


def test_output_mappings(target: Target, name: str) -> None:
    """With outputs only their targets get out; a dotted one changes one entry of what is there."""
    outputs = {"out.b": "=r", "list": "=local"}
    model = Bpmn(name).start().task(job_type=name, inputs={"local": "=[1]"}, outputs=outputs)
    target.deploy(model.task("after", job_type=f"{name}2").end())
    target.start(name, out={"z": 1})
    target.complete(name, r=5, secret=6)
    assert target.waiting(f"{name}2") == [{"out": {"z": 1, "b": 5}, "list": [1]}]


def test_an_input_shadows(target: Target, name: str) -> None:
    """Without outputs, what a job returns goes to the nearest scope that has the variable."""
    model = Bpmn(name).start().task(job_type=name, inputs={"x": "=1"}).task("after", job_type=f"{name}2")
    target.deploy(model.end())
    target.start(name, x=0, y=0)
    target.complete(name, x=9, y=9, z=9)
    assert target.waiting(f"{name}2") == [{"x": 0, "y": 9, "z": 9}]


def test_a_multi_instance_collects(target: Target, name: str) -> None:
    """Results come in the order of the items, and what they were made of stays inside."""
    loop = {"inputCollection": "=[1,2]", "inputElement": "x", "outputCollection": "rs", "outputElement": "=r"}
    target.deploy(Bpmn(name).start().task(job_type=name, loop=loop).task("u", job_type=f"{name}2").end())
    target.start(name)
    first, second = sorted(target.jobs(name), key=lambda job: job.variables["loopCounter"])
    assert first.variables == {"loopCounter": 1, "x": 1, "r": None, "rs": [None, None]}
    for job, result in ((second, "b"), (first, "a")):
        target.call("CompleteJob", jobKey=job.key, variables=json.dumps({"r": result}))
    assert target.waiting(f"{name}2") == [{"rs": ["a", "b"]}]


# Messages


def test_an_attached_key_is_read_outside(target: Target, name: str) -> None:
    """A boundary event's key does not see its host's inputs, nor do its mappings."""
    model = Bpmn(name).start().task("h", job_type=name, inputs={"k": '="inner"'}).end()
    model.boundary("b", "h", message=MessageRef(name, "=k"), outputs={"seen": "=k"})
    target.deploy(model.task("bt", job_type=f"{name}2").end("e2"))
    target.start(name, k="outer")
    target.publish(name, "inner")
    assert target.waiting(f"{name}2") == []
    target.publish(name, "outer")
    assert target.waiting(f"{name}2") == [{"k": "outer", "seen": "outer"}]


def test_a_number_is_a_key_without_its_fraction(target: Target, name: str) -> None:
    """A correlation key that is a number is its whole part as text."""
    target.deploy(Bpmn(name).start().receive(message=MessageRef(name, "=k")).task(job_type=name).end())
    target.start(name, k=1.5)
    target.publish(name, "1.5")
    assert target.waiting(name) == []
    target.publish(name, "1")
    assert target.waiting(name) == [{"k": 1.5}]


def test_deploying_does_not_consume_what_is_buffered(target: Target, name: str) -> None:
    """A message that was buffered before its process was deployed does not start it."""
    target.publish(name, ttl_ms=60_000)
    target.deploy(Bpmn(name).start(message=MessageRef(name)).task(job_type=name).end())
    assert target.waiting(name) == []


def test_waiting_instances_come_before_starts(target: Target, name: str) -> None:
    """A process that waits for a message is not started by it as well."""
    both = Bpmn(name).start().catch(message=MessageRef(name, "=k")).task(job_type=name).end()
    target.deploy(both.start("ms", message=MessageRef(name)).task("t2", job_type=f"{name}2").end("e2"))
    target.start(name, k="K")
    target.publish(name, "K")
    assert len(target.waiting(name)) == 1
    assert target.waiting(f"{name}2") == []


def test_a_key_is_held_across_versions(target: Target, name: str) -> None:
    """An instance of an older version holds its key against the newer version."""
    target.deploy(Bpmn(name).start(message=MessageRef(name)).task(job_type=name).end())
    target.publish(name, "K")
    target.deploy(Bpmn(name).start(message=MessageRef(name)).task(job_type=f"{name}2").end())
    target.publish(name, "K", ttl_ms=600_000)
    assert target.waiting(f"{name}2") == []
    target.complete(name)
    assert len(target.waiting(f"{name}2")) == 1


def test_every_buffered_message_reaches_an_element_that_does_not_interrupt(target: Target, name: str) -> None:
    """A boundary event that does not interrupt takes all buffered messages, then each that comes."""
    model = Bpmn(name).start().task("h", job_type=name).end()
    model.boundary("b", "h", message=MessageRef(name, "=k"), interrupting=False)
    target.deploy(model.task("bt", job_type=f"{name}2").end("e2"))
    for _ in range(2):
        target.publish(name, "K", ttl_ms=60_000)
    target.start(name, k="K")
    assert len(target.waiting(f"{name}2")) == 2
    target.publish(name, "K")
    assert len(target.waiting(f"{name}2")) == 1


# Errors


def test_what_an_error_carries_stays_with_its_boundary_event(target: Target, name: str) -> None:
    """Variables of an error get past a boundary event only through its outputs."""
    model = Bpmn(name).start().task("t", job_type=name).end()
    model.boundary("b", "t", error="E", outputs={"why": "=reason"})
    target.deploy(model.task("bt", job_type=f"{name}2").end("e2"))
    target.start(name)
    target.throw(name, "E", reason="r", secret=1)
    assert target.waiting(f"{name}2") == [{"why": "r"}]


def test_what_an_error_carries_gets_past_an_event_sub_process(target: Target, name: str) -> None:
    """Variables of an error that an event sub-process catches reach the process."""
    handler = Bpmn().start("es", error="E").task("et", job_type=f"{name}2").end("ee")
    inside = Bpmn().start("s").task("t", job_type=name).end("e").sub_process("h", handler, event=True)
    target.deploy(Bpmn(name).start().sub_process("sub", inside).task("after", job_type=f"{name}3").end())
    target.start(name)
    target.throw(name, "E", reason="r")
    target.complete(f"{name}2")
    assert target.waiting(f"{name}3") == [{"reason": "r"}]


@pytest.mark.parametrize(
    ("inner", "outer", "catcher"),
    [("E", "E", "inner"), ("E", "", "inner"), ("", "E", "outer"), ("", "", "inner")],
)
def test_in_and_at_a_sub_process_the_code_decides(
    target: Target, name: str, inner: str, outer: str, catcher: str
) -> None:
    """Event sub-processes within and events at a sub-process are one place: the code goes before no code."""
    handler = Bpmn().start("es", error=inner).task("et", job_type=f"{name}inner").end("ee")
    inside = Bpmn().start("s").task("t", job_type=name).end("e").sub_process("h", handler, event=True)
    model = Bpmn(name).start().sub_process("sub", inside).end().boundary("b", "sub", error=outer)
    target.deploy(model.task("bt", job_type=f"{name}outer").end("e2"))
    target.start(name)
    target.throw(name, "E")
    assert [c for c in ("inner", "outer") if target.jobs(f"{name}{c}")] == [catcher]


# Flow


def test_of_several_ways_the_last_drawn_is_looked_at_first(target: Target, name: str) -> None:
    """Of two conditions that hold, that of the later sequence flow in the file is taken."""
    model = Bpmn(name).start().exclusive("x").when("=true").task("a", job_type=name).end("ea")
    target.deploy(model.at("x").when("=true").task("b", job_type=name).end("eb"))
    target.start(name)
    assert target.job(name).element_id == "b"


def test_a_terminate_end_ends_its_scope_only(target: Target, name: str) -> None:
    """A terminate end event in a sub-process ends what runs in there, and the process goes on."""
    inside = (
        Bpmn().start("s").parallel("f").task("t", job_type=name).end("e").at("f").end("x", terminate=True)
    )
    target.deploy(Bpmn(name).start().sub_process("sub", inside).task("u", job_type=f"{name}2").end())
    target.start(name)
    assert target.jobs(name) == []
    assert len(target.jobs(f"{name}2")) == 1


def test_a_cycle_ends(target: Target, name: str) -> None:
    """A boundary timer with R2 fires twice."""
    model = Bpmn(name).start().task("h", job_type=name).end()
    model.boundary("b", "h", timer=("timeCycle", "R2/PT10S"), interrupting=False)
    target.deploy(model.task("bt", job_type=f"{name}2").end("e2"))
    target.start(name)
    for _ in range(2):
        target.pass_time(timedelta(seconds=11))
        target.complete(f"{name}2")
    target.pass_time(timedelta(seconds=60))
    assert target.jobs(f"{name}2") == []


# Versions


def test_one_change_makes_all_new(target: Target, name: str) -> None:
    """Files deployed together keep their versions only if none has changed."""

    def versions(*models: Bpmn) -> list[int]:
        resources = [{"name": n, "content": c} for n, c in (m.resource() for m in models)]
        answer = target.call("DeployResource", resources=resources)
        return [d.process.version for d in answer.deployments]

    a, b = Bpmn(f"{name}a").start().end(), Bpmn(f"{name}b").start().end()
    assert versions(a, b) == [1, 1]
    assert versions(a, b) == [1, 1]
    assert versions(a, Bpmn(f"{name}b").start().end("other")) == [2, 2]
    assert versions(a) == [2]


def test_a_definition_in_use_is_not_deleted(target: Target, name: str) -> None:
    """Deleting a definition whose instances run is FAILED_PRECONDITION on 8.8."""
    key = target.deploy(Bpmn(name).start().task(job_type=name).end())
    target.start(name)
    assert target.refused("DeleteResource", resourceKey=key).code == "FAILED_PRECONDITION"


def test_an_older_version_comes_back(target: Target, name: str) -> None:
    """When the latest version is deleted, messages start the one before it, and no version comes twice."""
    target.deploy(Bpmn(name).start(message=MessageRef(name)).task(job_type=name).end())
    newer = Bpmn(name).start(message=MessageRef(name)).task(job_type=f"{name}2").end()
    latest = target.deploy(newer)
    target.undeploy(latest)
    target.publish(name)
    assert len(target.waiting(name)) == 1
    assert target.deploy(newer) != latest
