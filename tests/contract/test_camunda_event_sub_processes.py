"""When event sub-processes begin to wait for messages, and what a buffered one does: alike everywhere."""

from collections.abc import Iterator

import pytest

from tests.builders_process import Bpmn, MessageRef
from tests.contract.engine_targets import OVER_GRPC, Target, running_target, unique_name

TTL_MS = 60_000


@pytest.fixture(scope="module", params=OVER_GRPC)
def target(request: pytest.FixtureRequest) -> Iterator[Target]:
    yield from running_target(request)


@pytest.fixture
def name(request: pytest.FixtureRequest) -> str:
    return unique_name(request)


def handled(model: Bpmn, name: str, *, interrupting: bool = True) -> Bpmn:
    """Add an event sub-process that waits with the key in b and then has a job."""
    start = Bpmn().start("hs", message=MessageRef(name, "=b"), interrupting=interrupting)
    return model.sub_process("h", start.task("ht", job_type=f"{name}-handler").end("he"), event=True)


def one_job(name: str, model: Bpmn) -> Bpmn:
    return handled(model.task("t", job_type=name).end(f"{model.process_id}-end"), name)


def test_the_key_is_what_the_starting_message_brought(target: Target, name: str) -> None:
    """An instance that a message started waits with a key from that message."""
    target.deploy(one_job(name, Bpmn(name).start(message=MessageRef(f"{name}-go"))))
    target.publish(f"{name}-go", b="B")
    assert target.waiting(name) == [{"b": "B"}]
    target.publish(name, "B")
    assert target.waiting(f"{name}-handler") == [{"b": "B"}]


def test_the_key_is_what_the_start_event_made(target: Target, name: str) -> None:
    """The key may come from an output of the start event."""
    target.deploy(one_job(name, Bpmn(name).start(outputs={"b": '="B"'})))
    target.start(name)
    assert len(target.waiting(name)) == 1
    target.publish(name, "B")
    assert len(target.waiting(f"{name}-handler")) == 1


def test_in_a_sub_process_its_own_start_event_counts(target: Target, name: str) -> None:
    """An event sub-process in a sub-process waits once the sub-process's start event is done."""
    inside = one_job(name, Bpmn("inside").start("s", outputs={"b": '="B"'}))
    target.deploy(Bpmn(name).start().sub_process("sub", inside).end())
    target.start(name)
    assert len(target.waiting(name)) == 1
    target.publish(name, "B")
    assert len(target.waiting(f"{name}-handler")) == 1


def test_without_a_key_the_start_event_is_stuck(target: Target, name: str) -> None:
    """A key that cannot be made is an incident of the start event, whose outputs are there already."""
    target.deploy(one_job(name, Bpmn(name).start(outputs={"c": "=1"})))
    instance = target.start(name)
    incident = target.incident(instance)
    assert (incident.element_id, incident.kind) == ("start", "EXTRACT_VALUE_ERROR")
    assert target.variables(instance) == {"c": 1}
    target.call("SetVariables", elementInstanceKey=instance, variables='{"b": "B"}')
    target.call("ResolveIncident", incidentKey=incident.key)
    assert target.waiting(name) == [{"b": "B", "c": 1}]
    target.publish(name, "B")
    assert len(target.waiting(f"{name}-handler")) == 1


def test_a_buffered_message_interrupts_what_began(target: Target, name: str) -> None:
    """A message that was there before takes the place of the process's own flow, not a place beside it."""
    target.deploy(one_job(name, Bpmn(name).start()))
    target.publish(name, "B", ttl_ms=TTL_MS)
    instance = target.start(name, b="B")
    assert target.waiting(name) == []
    target.complete(f"{name}-handler")
    assert target.state(instance) == "COMPLETED"


def test_in_a_sub_process_too(target: Target, name: str) -> None:
    """A buffered message interrupts a sub-process that has just begun."""
    target.deploy(Bpmn(name).start().sub_process("sub", one_job(name, Bpmn("inside").start("s"))).end())
    target.publish(name, "B", ttl_ms=TTL_MS)
    target.start(name, b="B")
    assert target.waiting(name) == []
    assert len(target.waiting(f"{name}-handler")) == 1


def test_a_process_that_ends_at_once_is_interrupted(target: Target, name: str) -> None:
    """Even between start and end event a buffered message finds its event sub-process."""
    target.deploy(handled(Bpmn(name).start().end(), name))
    target.publish(name, "B", ttl_ms=TTL_MS)
    instance = target.start(name, b="B")
    assert target.state(instance) == "ACTIVE"
    assert len(target.waiting(f"{name}-handler")) == 1


def test_beside_what_began(target: Target, name: str) -> None:
    """Where it does not interrupt, each buffered message begins it once, beside the process's own flow."""
    model = Bpmn(name).start().task("t", job_type=name).end()
    target.deploy(handled(model, name, interrupting=False))
    for _ in range(2):
        target.publish(name, "B", ttl_ms=TTL_MS)
    target.start(name, b="B")
    assert len(target.waiting(name)) == 1
    assert len(target.waiting(f"{name}-handler")) == 2
