"""What is seen of a process that runs on the stand-in."""

from __future__ import annotations

from datetime import timedelta

import pytest
from apify_camunda_cli.local.inspection import apify_has_due, engine_has_due, instances_of
from emulators.apify import ApifyEmulator
from emulators.camunda.engine import Engine

from tests.builders_process import Bpmn, MessageRef

OURS = "io.camunda:apify-outbound:1"
PROCESS = f"""<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"
    xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" id="d" targetNamespace="t">
  <bpmn:process id="order" isExecutable="true">
    <bpmn:startEvent id="Start"><bpmn:outgoing>a</bpmn:outgoing></bpmn:startEvent>
    <bpmn:serviceTask id="Work">
      <bpmn:extensionElements><zeebe:taskDefinition type="{OURS}" retries="1" /></bpmn:extensionElements>
      <bpmn:incoming>a</bpmn:incoming>
    </bpmn:serviceTask>
    <bpmn:sequenceFlow id="a" sourceRef="Start" targetRef="Work" />
  </bpmn:process>
</bpmn:definitions>"""


@pytest.fixture
def engine() -> Engine:
    """Return an engine with an instance that waits for a job of ours."""
    it = Engine()
    it.deploy([("order.bpmn", PROCESS.encode())])
    it.create_instance(process_id="order", variables={"n": 1})
    return it


def activated(engine: Engine) -> int:
    """Take the job and return its key."""
    jobs = engine.activate_jobs(job_type=OURS, worker="w", timeout=timedelta(minutes=1), max_jobs=1)
    return jobs[0].job.key


def is_due(engine: Engine) -> bool:
    with ApifyEmulator() as apify:
        return engine_has_due(engine, (OURS,)) or apify_has_due(apify)


def test_job_of_ours_is_due_until_it_has_ended(engine: Engine) -> None:
    """
    A job of ours is due while it can be taken, and while it is locked; a completed one is not.
    """
    assert is_due(engine)
    key = activated(engine)
    assert is_due(engine)
    engine.complete_job(key)
    assert not is_due(engine)


def test_job_of_another_worker_is_not_due(engine: Engine) -> None:
    """
    A job that no worker of ours takes moves nothing.
    """
    assert not engine_has_due(engine, ("another:1",))


def test_instance_says_what_it_waits_for(engine: Engine) -> None:
    """
    A look shows the state, the variables, and what each element waits for.
    """
    (seen,) = instances_of(engine, "order")

    assert (seen.state, seen.variables) == ("ACTIVE", {"n": 1})
    assert seen.waits_for == (f"Work waits for a worker of job type '{OURS}' (ACTIVATABLE)",)


def test_all_that_an_element_waits_for_is_shown() -> None:
    """
    A job with events attached waits for its worker, a message and a time.
    """
    model = Bpmn("guarded").start().task("Work", job_type="mail").end()
    model.boundary("Late", "Work", timer=("timeDate", "2999-01-01T00:00:00Z")).end("LateEnd")
    model.boundary("Called", "Work", message=MessageRef("call", '="K"')).end("CalledEnd")
    engine = Engine()
    engine.deploy([model.resource()])
    engine.create_instance(process_id="guarded")

    (seen,) = instances_of(engine, "guarded")

    assert seen.waits_for == (
        "Work waits for a worker of job type 'mail' (ACTIVATABLE)",
        "Called waits for message 'call' with key 'K'",
        "Late waits until 2999-01-01T00:00:00+00:00",
    )


def test_message_with_another_key_is_shown_beside_the_waiting_element() -> None:
    """
    A message of the same name that came with another key is named beside the key that is waited for.
    """
    model = Bpmn("waiting").start().catch("Caught", message=MessageRef("call", '="K"')).end()
    engine = Engine()
    engine.deploy([model.resource()])
    engine.create_instance(process_id="waiting")
    for name, key in (("call", "other"), ("elsewhere", "K")):
        engine.publish_message(
            name=name, correlation_key=key, time_to_live=timedelta(hours=1), variables={}, message_id=""
        )

    (seen,) = instances_of(engine, "waiting")

    assert seen.waits_for == (
        (
            "Caught waits for message 'call' with key 'K' "
            "(a message of this name came with key 'other': the two correlation keys differ)"
        ),
    )


def test_message_that_came_before_its_instance_waited_is_shown() -> None:
    """
    The event of a short run may come before the instance has got to the element that waits for it.
    """
    model = Bpmn("waiting").start().task("Work", job_type=OURS)
    model.catch("Caught", message=MessageRef("call", '="K"')).end()
    engine = Engine()
    engine.deploy([model.resource()])
    engine.create_instance(process_id="waiting")
    engine.publish_message(
        name="call", correlation_key="other", time_to_live=timedelta(hours=1), variables={}, message_id=""
    )
    engine.complete_job(activated(engine))

    (seen,) = instances_of(engine, "waiting")

    assert "came with key 'other': the two correlation keys differ" in seen.waits_for[0]


def test_message_of_another_instance_is_not_shown() -> None:
    """
    A message that came before, that reached an instance, or for which another one waits, is not named.
    """
    model = Bpmn("waiting").start().catch("Caught", message=MessageRef("call", "=id")).end()
    engine = Engine()
    engine.deploy([model.resource()])

    def publish(key: str) -> None:
        engine.publish_message(
            name="call", correlation_key=key, time_to_live=timedelta(hours=1), variables={}, message_id=""
        )

    engine.create_instance(process_id="waiting", variables={"id": "reached"})
    publish("before")
    engine.create_instance(process_id="waiting", variables={"id": "mine"})
    publish("reached")

    *_, seen = instances_of(engine, "waiting")

    assert seen.waits_for == ("Caught waits for message 'call' with key 'mine'",)


def test_a_called_process_tells_for_its_caller() -> None:
    """
    What a called process waits for, and its incidents, are those of who called it.
    """
    inner = Bpmn("inner").start().parallel().task("Mail", job_type="mail").end()
    inner.at("fork").script("Sum", '=assert(n, n != null, "no n")', "sum").end("SumEnd")
    engine = Engine()
    engine.deploy([inner.resource(), Bpmn("outer").start().call("Call", "inner").end().resource()])
    engine.create_instance(process_id="outer")

    (seen,) = instances_of(engine, "outer")

    assert seen.waits_for == ("Mail waits for a worker of job type 'mail' (ACTIVATABLE)",)
    (incident,) = seen.incidents
    assert incident.startswith("EXTRACT_VALUE_ERROR at Sum: ")


def test_incident_is_seen_with_its_element(engine: Engine) -> None:
    """
    An incident is shown with its kind, its element and its message.
    """
    engine.fail_job(activated(engine), retries=0, message="no such Actor")

    (seen,) = instances_of(engine, "order")

    assert seen.incidents == ("JOB_NO_RETRIES at Work: no such Actor",)
    assert not is_due(engine)
