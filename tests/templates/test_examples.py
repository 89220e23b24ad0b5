"""The examples carry our templates as Camunda Modeler applies them."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from element_templates.models import operations

from tests.templates.camunda_modeler import lint, our_templates
from tests.templates.official import BPMN, ZEEBE, templated, value_of
from tests.templates.ours import NAMES, Property, applies, ours

DI = "{http://www.omg.org/spec/BPMN/20100524/DI}"
EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*.bpmn"))
BY_ID = {template["id"]: template for template in map(ours, NAMES)}
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def may_have(root: ET.Element, element: ET.Element, prop: Property) -> bool:
    """Say whether Modeler lets an element have a property: a start event of a process has no subscription."""
    of_process = any(element in list(process) for process in root.iter(f"{BPMN}process"))
    is_start = element.tag == f"{BPMN}startEvent" and of_process
    return not (is_start and prop["binding"]["type"] == "bpmn:Message#zeebe:subscription#property")


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_each_binding_is_as_the_template_says(path: Path) -> None:
    """
    What the template demands is there, what its conditions exclude is not, hidden values are its own.
    """
    root = ET.parse(path).getroot()

    for element in templated(root):
        template = BY_ID[element.get(f"{ZEEBE}modelerTemplate") or ""]
        assert element.get(f"{ZEEBE}modelerTemplateVersion") == str(template["version"])
        assert element.get(f"{ZEEBE}modelerTemplateIcon") == template["icon"]["contents"]
        assert (
            element.tag
            == BPMN
            + template["elementType"]["value"].removeprefix("bpmn:")[:1].lower()
            + (template["elementType"]["value"].removeprefix("bpmn:")[1:])
        )
        chosen: dict[str, str | None] = {}
        for prop in template["properties"]:
            value = value_of(root, element, prop["binding"])
            if not may_have(root, element, prop):
                continue
            if not applies(prop, chosen):
                same_binding = [p for p in template["properties"] if p["binding"] == prop["binding"]]
                assert value is None or len(same_binding) > 1, (path.name, prop["id"])
                continue
            if "id" in prop:
                chosen[prop["id"]] = value
            if prop["type"] == "Hidden" and "value" in prop:
                assert value == prop["value"]
            if prop.get("generatedValue"):
                assert value is not None
                assert UUID.fullmatch(value), (path.name, prop["id"])
            if (prop.get("constraints") or {}).get("notEmpty"):
                assert value, (path.name, prop.get("id"))
            if prop.get("feel") == "required" and value is not None:
                assert value.startswith("="), (path.name, prop["id"])


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_everything_is_drawn(path: Path) -> None:
    """
    Modeler opens a diagram only if each element has its shape and each flow its edge.
    """
    root = ET.parse(path).getroot()
    process = next(root.iter(f"{BPMN}process"))
    flow_nodes = {e.get("id") for e in process.iter() if e.tag.removeprefix(BPMN).endswith(_NODES)}
    flows = {e.get("id") for e in process.iter(f"{BPMN}sequenceFlow")}

    assert {shape.get("bpmnElement") for shape in root.iter(f"{DI}BPMNShape")} == flow_nodes
    assert {edge.get("bpmnElement") for edge in root.iter(f"{DI}BPMNEdge")} == flows


_NODES = ("Event", "Task", "Gateway", "subProcess", "adHocSubProcess")


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_ids_and_references_hold(path: Path) -> None:
    """
    Ids are unique, and each flow joins two elements that name it.
    """
    root = ET.parse(path).getroot()
    ids = [element.get("id") for element in root.iter() if element.get("id")]
    by_id = {element.get("id"): element for element in root.iter()}

    assert len(ids) == len(set(ids))
    for flow in root.iter(f"{BPMN}sequenceFlow"):
        source, target = by_id[flow.get("sourceRef")], by_id[flow.get("targetRef")]
        assert flow.get("id") in [e.text for e in source.findall(f"{BPMN}outgoing")]
        assert flow.get("id") in [e.text for e in target.findall(f"{BPMN}incoming")]


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_messages_are_marked(path: Path) -> None:
    """
    The message of an element carries the mark of the element's template, as Modeler sets it.
    """
    root = ET.parse(path).getroot()
    messages = {each.get("id"): each for each in root.iter(f"{BPMN}message")}
    for element in templated(root):
        definition = element.find(f"{BPMN}messageEventDefinition")
        reference = (element if definition is None else definition).get("messageRef")
        if reference is not None:
            mark = messages[reference].get(f"{ZEEBE}modelerTemplate")
            assert mark == element.get(f"{ZEEBE}modelerTemplate")


def test_modelers_linter_has_nothing_to_say(tmp_path: Path) -> None:
    """
    Camunda's rules, and those of the templates, find no fault in any example.
    """
    assert lint(EXAMPLES, our_templates(), tmp_path) == {path.name: [] for path in EXAMPLES}


def test_each_template_and_operation_has_its_example() -> None:
    """
    There is an example for each template and for each operation.
    """
    roots = [ET.parse(path).getroot() for path in EXAMPLES]
    used = {element.get(f"{ZEEBE}modelerTemplate") for root in roots for element in templated(root)}
    used_operations = {
        source.get("source")
        for root in roots
        for source in root.iter(f"{ZEEBE}input")
        if source.get("target") == "operation.type"
    }

    assert used == set(BY_ID)
    assert {each.type for each in operations()} <= used_operations
