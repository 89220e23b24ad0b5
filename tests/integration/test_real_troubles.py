"""Repetitions, outages, lost callbacks and refusals on Camunda's own engines: no effect twice, none lost."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from typing import Any

import pytest
from emulators.apify import ApifyEmulator, World, load_world
from emulators.apify.state import Dispatch
from real_engines import RealEngine

from tests.e2e.command import EXAMPLES
from tests.e2e.world import post
from tests.engines.fixtures import ON_BOTH, engine_named
from tests.integration.door import Door
from tests.integration.real_world import TIMEOUT_S, RealWorld, real_world

SUCCEEDED = "ACTOR.RUN.SUCCEEDED"
PAST_A_LOOK = timedelta(minutes=2)
HEADERS = "<zeebe:taskHeaders>"
TASK_END = "</bpmn:serviceTask>"
CAUGHT = """</bpmn:serviceTask>
    <bpmn:boundaryEvent id="Missing" attachedToRef="Work">
      <bpmn:outgoing>Flow_Missing_NotThere</bpmn:outgoing>
      <bpmn:errorEventDefinition id="MissingDefinition" errorRef="Error_Missing" />
    </bpmn:boundaryEvent>
    <bpmn:endEvent id="NotThere"><bpmn:incoming>Flow_Missing_NotThere</bpmn:incoming></bpmn:endEvent>
    <bpmn:sequenceFlow id="Flow_Missing_NotThere" sourceRef="Missing" targetRef="NotThere" />"""
ERROR = '<bpmn:error id="Error_Missing" name="Missing" errorCode="MISSING" /><bpmndi:BPMNDiagram'


@pytest.fixture(params=ON_BOTH)
def engine(request: pytest.FixtureRequest) -> RealEngine:
    return engine_named(request.param, request)


def example(name: str) -> tuple[bytes, World]:
    """Return the process of an example and what there is at Apify."""
    return (EXAMPLES / f"{name}.bpmn").read_bytes(), load_world(EXAMPLES / f"{name}.world.json")


def changed(process: bytes, **texts: tuple[str, str]) -> bytes:
    """Return a process with each first text in place of the second."""
    content = process.decode()
    for wanted, given in texts.values():
        assert given in content
        content = content.replace(given, wanted)
    return content.encode()


def apify_of(world: RealWorld) -> ApifyEmulator:
    assert world.local.apify is not None
    return world.local.apify


def delivery_of(world: RealWorld) -> Dispatch:
    """Return what Apify sends of the success of a run to the webhook of an element."""
    with apify_of(world).use() as machine:
        user = machine.directory.user("acme")
        assert user is not None
        (found,) = [
            dispatch
            for dispatch in machine.dispatches.of(user)
            if dispatch.event_type == SUCCEEDED and "/apify/" in dispatch.request_url
        ]
        return found


@pytest.fixture(params=["async-actor", "start-event"])
def finished(request: pytest.FixtureRequest, engine: RealEngine) -> Iterator[RealWorld]:
    """A world in which an event has had its effect: a message, or a started instance."""
    process, apify = example(request.param)
    with real_world(engine, process, apify) as world:
        if request.param == "async-actor":
            world.start({"query": "tea"})
        world.let_events_come()
        world.ended()
        assert apify_of(world).settle()
        yield world


def test_same_delivery_again_is_a_duplicate(finished: RealWorld) -> None:
    """
    A delivery that comes again is answered `duplicate`, and the engine is asked for nothing.
    """
    (instance,) = finished.instances()
    messages = finished.messages_to(instance.key)
    sent = delivery_of(finished)

    answer = post(sent.request_url, sent.body, sent.headers)

    assert (answer.status_code, answer.json()["status"]) == (200, "duplicate")
    assert len(finished.instances()) == 1
    assert finished.messages_to(instance.key) == messages


def test_event_outlives_an_outage_of_the_engine(engine: RealEngine) -> None:
    """
    An event that comes while the engine cannot be reached is parked, answered 202, and delivered later.
    """
    process, apify = example("async-actor")
    with ExitStack() as stack:
        door = stack.enter_context(Door(engine.grpc_address))
        options = {"grpc_address": door.address, "transport": "grpc"}
        world = stack.enter_context(real_world(engine, process, apify, **options))
        apify_of(world).hold_deliveries()
        instance = world.start({"query": "tea"})
        run_id = world.waits_for_message()
        world.story.wait_for("apify", "run.succeeded", lambda facts: facts["id"] == run_id)

        door.shut()
        apify_of(world).release_deliveries()
        called = world.story.wait_for("apify", "webhook.called", lambda facts: facts["event"] == SUCCEEDED)
        assert called.facts["status"] == 202
        assert apify_of(world).settle()
        assert json.loads(delivery_of(world).calls[0].response_body or "")["status"] == "parked"
        assert world.messages_to(instance) == 0
        door.open()

        assert world.ended().state == "COMPLETED"
        assert world.messages_to(instance) == 1


def test_lost_callback_is_made_up_by_a_look(engine: RealEngine) -> None:
    """
    A job whose callback never comes is handed out again when its lock runs out in the engine's time.
    """
    process, apify = example("run-actor")
    with real_world(engine, process, apify) as world:
        apify_of(world).hold_deliveries()
        is_locked_for_its_run = threading.Event()

        def hear(record: dict[str, Any]) -> None:
            if (record["valueType"], record["intent"]) == ("JOB", "TIMEOUT_UPDATED"):
                is_locked_for_its_run.set()

        stop_listening = engine.history.listen(hear)
        world.start({"url": "https://example.com/"})
        world.story.wait_for("apify", "run.succeeded")
        assert is_locked_for_its_run.wait(TIMEOUT_S)
        stop_listening()

        engine.pass_time(PAST_A_LOOK)
        ended = world.ended()

        assert ended.variables["status"] == "SUCCEEDED"
        assert len({step.facts["id"] for step in world.story.all("apify", "run.ready")}) == 1
        apify_of(world).release_deliveries()


def test_what_cannot_succeed_is_an_incident(engine: RealEngine) -> None:
    """
    A store that is not there makes an incident at once, whose message tells the modeller what is missing.
    """
    process, apify = example("get-record")
    with real_world(engine, changed(process, store=("acme/nowhere", "acme/settings")), apify) as world:
        world.start({})
        incident = world.incident()

        assert (incident.kind, incident.element_id) == ("JOB_NO_RETRIES", "Work")
        assert "STORE_NOT_FOUND" in incident.message


def test_bpmn_error_is_caught_by_the_process(engine: RealEngine) -> None:
    """
    An error expression turns a refusal into a BPMN error, which a boundary event of the engine catches.
    """
    process, apify = example("get-record")
    expression = (
        "=if error.code = &#34;STORE_NOT_FOUND&#34; "
        "then bpmnError(&#34;MISSING&#34;, error.message) else null"
    )
    faulty = changed(
        process,
        store=("acme/nowhere", "acme/settings"),
        header=(f'{HEADERS}<zeebe:header key="errorExpression" value="{expression}" />', HEADERS),
        boundary=(CAUGHT, TASK_END),
        error=(ERROR, "<bpmndi:BPMNDiagram"),
    )
    with real_world(engine, faulty, apify) as world:
        world.start({})

        assert world.ended().passed == ["Start", "Missing", "NotThere"]
