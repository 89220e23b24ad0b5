"""The official element templates, and what Camunda Modeler makes of a diagram that carries templates."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any
from xml.etree import ElementTree as ET

from tests.shared_data import shared_data
from tests.templates.ours import NAMES, applies, ours

BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
ZEEBE = "{http://camunda.org/schema/zeebe/1.0}"


def templates() -> Mapping[str, Any]:
    """Return the official templates by their ids."""
    found = [json.loads(path.read_text()) for path in shared_data("templates").glob("*.json")]
    return {template["id"]: template for template in found}


def templated(root: ET.Element) -> Iterator[ET.Element]:
    """Iterate over the elements that carry a template; a message carries only the mark of its element's."""
    marked = (element for element in root.iter() if element.get(f"{ZEEBE}modelerTemplate"))
    return (element for element in marked if element.tag != f"{BPMN}message")


def value_of(root: ET.Element, element: ET.Element, binding: Mapping[str, str]) -> str | None:
    """Return what a binding of the template points to in the diagram."""
    match binding["type"]:
        case "zeebe:property":
            found = [
                p.get("value") for p in element.iter(f"{ZEEBE}property") if p.get("name") == binding["name"]
            ]
        case "zeebe:input":
            found = [
                p.get("source") for p in element.iter(f"{ZEEBE}input") if p.get("target") == binding["name"]
            ]
        case "zeebe:taskHeader":
            found = [p.get("value") for p in element.iter(f"{ZEEBE}header") if p.get("key") == binding["key"]]
        case "zeebe:taskDefinition":
            found = [p.get(binding["property"]) for p in element.iter(f"{ZEEBE}taskDefinition")]
        case "bpmn:Message#property":
            found = [_message_of(root, element).get(binding["name"])]
        case "bpmn:Message#zeebe:subscription#property":
            found = [s.get(binding["name"]) for s in _message_of(root, element).iter(f"{ZEEBE}subscription")]
        case other:
            raise AssertionError(other)
    assert len(found) < 2, f"{element.get('id')} has {binding} more than once"
    return found[0] if found else None


def _message_of(root: ET.Element, element: ET.Element) -> ET.Element:
    definition = element.find(f"{BPMN}messageEventDefinition")
    reference = element.get("messageRef") if definition is None else definition.get("messageRef")
    return next(message for message in root.iter(f"{BPMN}message") if message.get("id") == reference)


def as_applied_by_modeler(diagram: bytes) -> bytes:
    """Return a diagram in which each field that was left empty is an input without a source.

    Modeler writes so when a person applies a template to an element; only a field that the template calls
    optional leaves no trace.
    """
    root = ET.fromstring(diagram)
    by_id = {template["id"]: template for template in map(ours, NAMES)}
    for element in templated(root):
        mapping = element.find(f".//{ZEEBE}ioMapping")
        if mapping is None:
            continue
        template = by_id[element.get(f"{ZEEBE}modelerTemplate") or ""]
        chosen: dict[str, str | None] = {}
        for prop in template["properties"]:
            if not applies(prop, chosen):
                continue
            value = value_of(root, element, prop["binding"])
            if "id" in prop:
                chosen[prop["id"]] = value
            if prop["binding"]["type"] == "zeebe:input" and value is None and not prop.get("optional"):
                ET.SubElement(mapping, f"{ZEEBE}input", {"target": prop["binding"]["name"]})
    written: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return written
