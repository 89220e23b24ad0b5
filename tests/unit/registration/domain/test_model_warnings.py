"""What is odd about a model: misspelt types, and tokens in plain text."""

from __future__ import annotations

import pytest
from apify_camunda.registration.domain.model_warnings import model_warnings

from tests.builders_bpmn import bpmn

INBOUND, OUTBOUND = "io.camunda:apify-inbound:1", "io.camunda:apify-outbound:1"
TOKEN = "apify_api_" + "x" * 20
INPUT = '<zeebe:input source="runActor" target="apifyRequestInput.runActorInput.actorId" />'


def task(job_type: str, inputs: str = "") -> str:
    return (
        f'<bpmn:serviceTask id="Work"><bpmn:extensionElements><zeebe:taskDefinition type="{job_type}" />'
        f"<zeebe:ioMapping>{inputs}</zeebe:ioMapping></bpmn:extensionElements></bpmn:serviceTask>"
    )


def event(**properties: str) -> str:
    written = "".join(
        f'<zeebe:property name="{name.replace("__", ".")}" value="{value}" />'
        for name, value in properties.items()
    )
    return (
        f'<bpmn:startEvent id="Begin"><bpmn:extensionElements><zeebe:properties>{written}'
        "</zeebe:properties></bpmn:extensionElements></bpmn:startEvent>"
    )


def texts(element: str) -> list[str]:
    found = model_warnings(bpmn(element), "orders", inbound_type=INBOUND, job_type=OUTBOUND)
    assert {each.element_id for each in found} <= {"Work", "Begin"}
    return [each.text for each in found]


@pytest.mark.parametrize(
    ("element", "words"),
    [
        (task("io.camunda:apify-outbond:1"), "'io.camunda:apify-outbond:1'; this deployment works"),
        (task("io.camunda:apify-outbound:2"), "'io.camunda:apify-outbound:2'"),
        (task("http:1", INPUT), "has the job type 'http:1'"),
        (
            event(inbound__type="io.camunda:apify-inbund:1"),
            "'io.camunda:apify-inbund:1'; this deployment serves",
        ),
        (event(resourceType="actor", resourceId="acme/crawler"), "no inbound.type"),
        (task(OUTBOUND, f'<zeebe:input source="{TOKEN}" target="authentication.token" />'), "in plain text"),
        (event(inbound__type=INBOUND, authentication__token=TOKEN), "in plain text"),
    ],
)
def test_what_is_hardly_meant_is_named(element: str, words: str) -> None:
    """A type near to ours, our inputs under another type, a token: one warning each, without the token."""
    [text] = texts(element)
    assert words in text
    assert TOKEN not in text


@pytest.mark.parametrize(
    "element",
    [
        task(OUTBOUND, INPUT),
        task("io.camunda:http-json:1"),
        task("=jobType", INPUT),
        event(inbound__type=INBOUND, resourceType="actor", resourceId="acme/crawler"),
        event(inbound__type="io.camunda:webhook:1"),
        event(resourceType="actor"),
        task(OUTBOUND, '<zeebe:input source="{{secrets.APIFY_TOKEN}}" target="authentication.token" />'),
        task(OUTBOUND, '<zeebe:input source="apify_api_" target="apifyRequestInput.x" />'),
    ],
)
def test_what_may_be_meant_is_not(element: str) -> None:
    """Elements as the templates make them, and those of other connectors, are no matter of ours."""
    assert texts(element) == []


def test_other_processes_of_the_file_are_left_alone() -> None:
    """Each process has its own scan."""
    xml = bpmn(task("io.camunda:apify-outbond:1"))
    assert model_warnings(xml, "another", inbound_type=INBOUND, job_type=OUTBOUND) == ()
