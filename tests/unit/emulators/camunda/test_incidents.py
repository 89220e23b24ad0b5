"""What stops an element, and how it goes on."""

from typing import Any

import pytest

from tests.builders_process import Bpmn, MessageRef
from tests.unit.emulators.camunda.cluster import Cluster

SPLIT = Bpmn("split").start().exclusive("x").when("=a").end("ea").at("x").when("=a").end("eb")

CASES: dict[str, tuple[Bpmn, dict[str, Any], str, str]] = {
    "condition is not a boolean": (
        SPLIT,
        {"a": True},
        "EXTRACT_VALUE_ERROR",
        "Expected result of the expression 'a' to be 'BOOLEAN', but was 'NULL'.",
    ),
    "correlation key is missing": (
        Bpmn().start().catch("c", message=MessageRef("m", "=a"), outputs={}).end(),
        {"a": "K"},
        "EXTRACT_VALUE_ERROR",
        "for 'a': The value must be either a string or a number, but was 'NULL'.",
    ),
    "attached correlation key is missing": (
        Bpmn().start().task("t").end().boundary("b", "t", message=MessageRef("m", "=a")).end("e2"),
        {"a": "K"},
        "EXTRACT_VALUE_ERROR",
        "Failed to extract the correlation key for 'a'",
    ),
    "job type is no text": (
        Bpmn().start().task("t", job_type="=a").end(),
        {"a": "work"},
        "EXTRACT_VALUE_ERROR",
        "Expected result of the expression 'a' to be 'STRING', but was 'NULL'.",
    ),
    "retries are no number": (
        Bpmn().start().task("t", retries="=a").end(),
        {"a": 1},
        "EXTRACT_VALUE_ERROR",
        "Expected result of the expression 'a' to be 'NUMBER', but was 'NULL'.",
    ),
    "input fails": (
        Bpmn().start().task("t", inputs={"x": "=assert(a, a != null)"}).end(),
        {"a": 1},
        "IO_MAPPING_ERROR",
        "Assertion failure on evaluate the expression 'assert(a, a != null)': The condition is not fulfilled",
    ),
    "duration is none": (
        Bpmn().start().catch("c", timer=("timeDuration", "=a")).end(),
        {"a": "PT1H"},
        "EXTRACT_VALUE_ERROR",
        "to be one of '[DURATION, PERIOD, STRING]', but was 'NULL'.",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_an_expression_that_fails_stops_its_element(cluster: Cluster, case: str) -> None:
    """An element whose expression fails waits for a person, and goes on once what it lacks is there."""
    process, corrected, kind, message = CASES[case]
    key = cluster.run(process)
    incident = cluster.incident(key)
    assert incident.kind == kind
    assert message in incident.message
    cluster.engine.set_variables(key, corrected)
    cluster.engine.resolve_incident(incident.key)
    assert not cluster.instance(key).has_incident


def test_what_is_missing_is_named(cluster: Cluster) -> None:
    """An incident quotes the warnings of the evaluation."""
    key = cluster.run(SPLIT)
    assert "[NO_VARIABLE_FOUND] No variable found with name 'a'" in cluster.incident(key).message


def test_no_way_out_is_an_incident(cluster: Cluster) -> None:
    """A gateway at which no condition holds, and which has no default, stops."""
    key = cluster.run(SPLIT, a=False)
    incident = cluster.incident(key)
    assert incident.kind == "CONDITION_ERROR"
    assert (
        incident.message == "Expected at least one condition to evaluate to true, or to have a default flow"
    )


def test_resolving_without_a_correction_is_a_new_incident(cluster: Cluster) -> None:
    """An element that fails again has an incident again, under a new key."""
    key = cluster.run(SPLIT)
    first = cluster.incident(key).key
    cluster.engine.resolve_incident(first)
    assert cluster.incident(key).key != first


def test_a_failing_output_does_not_undo_the_job(cluster: Cluster) -> None:
    """A job whose output mapping fails is completed; resolving evaluates the mapping again."""
    key = cluster.run(Bpmn().start().task("t", outputs={"x": "=assert(q, q != null)"}).end())
    job = cluster.job().job
    cluster.engine.complete_job(job.key)
    incident = cluster.incident(key)
    assert incident.kind == "IO_MAPPING_ERROR"
    cluster.engine.set_variables(job.element_instance_key, {"q": 3}, local=True)
    cluster.engine.resolve_incident(incident.key)
    assert cluster.ended(key)
    assert cluster.variables(key) == {"x": 3}


def test_an_incident_goes_with_its_element(cluster: Cluster) -> None:
    """Cancelling an instance closes its incidents."""
    key = cluster.run(SPLIT)
    cluster.engine.cancel_instance(key)
    assert [i.state for i in cluster.engine.incidents(key)] == ["RESOLVED"]
    assert not cluster.instance(key).has_incident
