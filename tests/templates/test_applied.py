"""Our templates, applied by Camunda's own library to bare diagrams with each field filled, and run."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from tests.e2e.command import EXAMPLES, run
from tests.e2e.test_examples import TABLE, Example, at_path
from tests.templates.camunda_modeler import apply, lint, our_templates
from tests.templates.official import BPMN, ZEEBE, templated, value_of
from tests.templates.ours import Template, applies

FILLED = {
    "timeout": "300",
    "memory": "1024",
    "buildTag": "latest",
    "maxItems": "100",
    "maxTotalChargeUsd": "5",
    "offset": "0",
    "limit": "100",
    "omit": "nothing",
    "errorExpression": '=if error.code = "ACTOR_NOT_FOUND" then bpmnError("ACTOR_NOT_FOUND") else null',
    "jobTimeout": "PT10M",
    "activationCondition": "=connectorData.runId != null",
    "messageIdExpression": "=connectorData.runId + connectorData.eventType",
    "messageTtl": "P1D",
    "connectorWebhookUrl": "https://connectors.example.com",
    "eventTypes": "SUCCEEDED, FAILED, TIMED_OUT, ABORTED",
}
"""What fields get that an example leaves empty; nothing of it changes how the example goes."""
OF_THE_MODELLER = ("name", "cancelActivity", "isInterrupting")
"""What a modeller sets after a template was applied: applying it makes an event interrupting."""
BARE_TAGS = {
    "serviceTask": "task",
    "receiveTask": "task",
    "intermediateCatchEvent": "intermediateThrowEvent",
}
for prefix, uri in {
    "bpmn": BPMN,
    "zeebe": ZEEBE,
    "bpmndi": "{http://www.omg.org/spec/BPMN/20100524/DI}",
    "dc": "{http://www.omg.org/spec/DD/20100524/DC}",
    "di": "{http://www.omg.org/spec/DD/20100524/DI}",
    "modeler": "{http://camunda.org/schema/modeler/1.0}",
}.items():
    ET.register_namespace(prefix, uri.strip("{}"))


def filled(template: Template, root: ET.Element, element: ET.Element) -> Template:
    """Return the template with the values of an element as its defaults, and its other fields filled."""
    copy = deepcopy(dict(template))
    chosen: dict[str, Any] = {}
    for prop in copy["properties"]:
        if prop["type"] == "Hidden" and "value" in prop:
            continue
        if not applies(prop, chosen):
            continue
        if prop.get("condition", {}).get("isEmpty"):
            del prop["condition"]  # the library inside element-templates-cli 0.5.0 does not know it
        value: Any = value_of(root, element, prop["binding"])
        if value is None:
            value = FILLED.get(prop.get("id", "").rpartition(".")[2])
        if "id" in prop:
            chosen[prop["id"]] = value
        prop.pop("generatedValue", None)
        prop.pop("value", None)
        if value is not None:
            prop["value"] = value.removeprefix("=") == "true" if prop["type"] == "Boolean" else value
    return copy


def steps(root: ET.Element) -> Iterator[tuple[str, Template]]:
    """Yield each element of a diagram with its template, filled."""
    by_id = {template["id"]: template for template in our_templates()}
    for element in templated(root):
        template = by_id[element.get(f"{ZEEBE}modelerTemplate") or ""]
        yield element.get("id") or "", filled(template, root, element)


def bare(root: ET.Element) -> str:
    """Return the diagram as it was before any template was applied."""
    for element in list(templated(root)):
        for name in [name for name in element.attrib if name.startswith(f"{ZEEBE}modelerTemplate")]:
            del element.attrib[name]
        element.attrib.pop("messageRef", None)
        element.attrib.pop("name", None)  # the library cannot measure the label of an event without a browser
        for child in list(element):
            if child.tag in (f"{BPMN}extensionElements", f"{BPMN}messageEventDefinition"):
                element.remove(child)
        name = element.tag.removeprefix(BPMN)
        element.tag = BPMN + BARE_TAGS.get(name, name)
    for message in list(root.iter(f"{BPMN}message")):
        if message.get(f"{ZEEBE}modelerTemplate"):
            root.remove(message)
    return ET.tostring(root, encoding="unicode")


def applied(example: Example) -> str:
    """Return an example that was made again from its bare diagram."""
    root = ET.parse(EXAMPLES / f"{example.name}.bpmn").getroot()
    own = {
        element.get("id"): {name: element.get(name) for name in OF_THE_MODELLER if element.get(name)}
        for element in templated(root)
    }
    wanted = list(steps(root))
    made = ET.fromstring(apply(bare(root), wanted))
    for element in templated(made):
        for name, value in own[element.get("id")].items():
            element.set(name, value or "")
    return ET.tostring(made, encoding="unicode")


@pytest.mark.parametrize("example", TABLE, ids=lambda example: example.name)
def test_each_example_can_be_made_in_modeler_and_runs(tmp_path: Path, example: Example) -> None:
    """
    A person who applies our templates to the bare diagram, and fills each field, gets a process that Modeler
    finds no fault with and that goes as the example goes.
    """
    diagram = tmp_path / f"{example.name}.bpmn"
    diagram.write_text(applied(example))
    assert lint([diagram], our_templates(), tmp_path) == {diagram.name: []}

    world = EXAMPLES / f"{example.name}.world.json"
    said = run(
        tmp_path, "--process", diagram, "--world", world, "--variables", json.dumps(example.given), "--json"
    )

    assert said.exit_code == 0, said.summary
    out: Mapping[str, Any] = said.summary["variables"]
    assert {path: at_path(out, path) for path in example.variables} == example.variables
    assert said.path == example.path
