"""Which elements of a BPMN the page shows, and which of their properties it hides."""

from __future__ import annotations

import pytest
from apify_camunda_cli.deployment.page_elements import read_elements, shown_properties

from tests import builders
from tests.builders_bpmn import bpmn, catch, node, start
from tests.e2e.command import EXAMPLES

TYPES = {"inbound_type": "io.camunda:apify-inbound:1", "outbound_type": "io.camunda:apify-outbound:1"}


def test_templated_elements_are_found() -> None:
    """
    Elements of both kinds are found wherever they are, with the type that bpmn-js gives them, and no others.
    """
    inner = node("subProcess", "Sub", inner=catch("Inner"))
    other = node("startEvent", "Other", properties={"a": "b"})
    xml = bpmn(start("Start_1"), inner, node("task", "Plain"), other)

    found = read_elements(xml, "orders", **TYPES)

    assert [(each.id, each.kind, each.bpmn_type) for each in found] == [
        ("Start_1", "inbound", "bpmn:StartEvent"),
        ("Inner", "inbound", "bpmn:IntermediateCatchEvent"),
    ]
    assert found[1].message_name == "run-finished"
    assert read_elements(xml, "another", **TYPES) == ()


def test_example_is_read() -> None:
    """
    The template, inputs and headers of a service task are read from what Modeler writes.
    """
    xml = (EXAMPLES / "async-actor.bpmn").read_text()
    found = {each.id: each for each in read_elements(xml, "async-actor", **TYPES)}
    assert found.keys() == {"RunActor", "ActorFinished", "GetItems"}
    assert found["RunActor"].template == "apify-camunda.outbound.v1"
    assert dict(found["GetItems"].properties)["operation.type"] == "getDatasetItems"
    assert dict(found["GetItems"].properties)["resultVariable"] == "dataset"


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("authentication.token", "apify_api_0123", "***"),
        ("authentication.token", "{{secrets.APIFY_TOKEN}}", "{{secrets.APIFY_TOKEN}}"),
        ("authentication.token", '="{{secrets.APIFY_TOKEN}}"', '="{{secrets.APIFY_TOKEN}}"'),
        ("authentication.token", "=secrets.APIFY_TOKEN", "=secrets.APIFY_TOKEN"),
        ("authentication.token", "Bearer {{secrets.APIFY_TOKEN}}x", "***"),
        ("myPassword", "hunter2", "***"),
        ("api-key", "0123", "***"),
        ("authentication.token", "", ""),
        ("resourceId", "acme/crawler", "acme/crawler"),
    ],
)
def test_secret_properties_are_hidden(name: str, value: str, shown: str) -> None:
    """
    A property whose name says that it is secret shows a reference, never a value; others show theirs.
    """
    given = {**builders.properties(), name: value}
    [element] = read_elements(bpmn(node("startEvent", "S", properties=given)), "orders", **TYPES)
    [found] = [each for each in shown_properties(element) if each["name"] == name]
    assert found["value"] == shown
    assert found["isSecret"] == (name != "resourceId")
