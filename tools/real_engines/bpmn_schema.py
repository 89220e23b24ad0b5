"""Reads the BPMN schema that Camunda validates with from its jar, as the data of the stand-in's own check.

    python -m real_engines.bpmn_schema tools/emulators/camunda/bpmn_schema.json

The schema files are the OMG's and stay in the user's cache; the project holds which elements, attributes and
children there are, in the notation of `emulators.camunda.schema`.
"""

from __future__ import annotations

import json
import sys
import zipfile
from pathlib import Path
from typing import Any, Final
from xml.etree import ElementTree as ET

from .camunda_in_memory import ENGINE
from .maven import fetch_jars

_XSD: Final = "{http://www.w3.org/2001/XMLSchema}"
_FILES: Final = {
    "BPMN20.xsd": "",
    "Semantic.xsd": "",
    "BPMNDI.xsd": "bpmndi:",
    "DC.xsd": "dc:",
    "DI.xsd": "di:",
}
"""Each file, and the prefix that the data gives to what the file declares."""


def bpmn_schema() -> dict[str, Any]:
    """Return the schema as JSON data.

    Raises:
        Unavailable: Maven is not installed, or does not get the engine.
    """
    [jar] = fetch_jars(ENGINE).glob("zeebe-bpmn-model-*.jar")
    schema: dict[str, Any] = {"elements": {}, "types": {}, "enumerations": {}}
    with zipfile.ZipFile(jar) as packed:
        for name, prefix in _FILES.items():
            _File(prefix, schema).read(ET.fromstring(packed.read(name)))
    return schema


class _File:
    """Reads one schema file into the data."""

    def __init__(self, prefix: str, schema: dict[str, Any]) -> None:
        self._prefix = prefix
        self._schema = schema

    def read(self, root: ET.Element) -> None:
        for node in root:
            match node.tag.removeprefix(_XSD):
                case "element":
                    self._schema["elements"][self._prefix + node.attrib["name"]] = self._element(node)
                case "complexType":
                    self._type(self._prefix + node.attrib["name"], node)
                case "simpleType":
                    values = [v.attrib["value"] for v in node.iter(f"{_XSD}enumeration")]
                    is_open = node.find(f"{_XSD}union") is not None  # any URI, beside the values
                    if not is_open:
                        self._schema["enumerations"][self._prefix + node.attrib["name"]] = values
                case _:
                    continue

    def _element(self, node: ET.Element) -> dict[str, str]:
        element = {"type": self._name(node.attrib["type"])}
        if "substitutionGroup" in node.attrib:
            element["substitutes"] = self._name(node.attrib["substitutionGroup"])
        return element

    def _type(self, name: str, node: ET.Element) -> None:
        extension = node.find(f"{_XSD}complexContent/{_XSD}extension")
        body = node if extension is None else extension
        described: dict[str, Any] = {}
        if extension is not None:
            described["extends"] = self._name(extension.attrib["base"])
        for flag in ("abstract", "mixed"):
            if node.get(flag) == "true":
                described[flag] = True
        groups = [child for child in body if child.tag in {f"{_XSD}sequence", f"{_XSD}choice"}]
        if content := " ".join(self._particle(group, name) for group in groups):
            described["content"] = content
        attributes = {a.attrib["name"]: self._attribute(a) for a in body.findall(f"{_XSD}attribute")}
        if attributes:
            described["attributes"] = attributes
        if body.find(f"{_XSD}anyAttribute") is not None:
            described["foreignAttributes"] = True
        self._schema["types"][name] = described

    def _attribute(self, node: ET.Element) -> str:
        """Return the attribute's type, with "!" where it is required."""
        kind = self._name(node.attrib["type"])
        if kind.endswith("tImplementation"):
            kind = "xsd:anyURI"
        return kind + ("!" if node.get("use") == "required" else "")

    def _particle(self, node: ET.Element, owner: str) -> str:
        least, most = node.get("minOccurs", "1"), node.get("maxOccurs", "1")
        often = {("0", "1"): "?", ("1", "1"): "", ("0", "unbounded"): "*", ("1", "unbounded"): "+"}
        suffix = often.get((least, most))
        one = self._one(node, owner)
        if suffix is None:  # the only other is "two or more"
            return f"{one} {one}+"
        return one + suffix

    def _one(self, node: ET.Element, owner: str) -> str:
        match node.tag.removeprefix(_XSD):
            case "sequence":
                parts = [self._particle(child, owner) for child in node]
                return parts[0] if len(parts) == 1 else f"({' '.join(parts)})"
            case "choice":
                return f"({' | '.join(self._particle(child, owner) for child in node)})"
            case "any":
                return (
                    f"<{node.attrib['namespace'].removeprefix('##')},{node.get('processContents', 'strict')}>"
                )
            case _ if "ref" in node.attrib:
                return self._name(node.attrib["ref"])
            case _:
                return f"{self._prefix}{node.attrib['name']}={self._local_type(node, owner)}"

    def _local_type(self, node: ET.Element, owner: str) -> str:
        inner = node.find(f"{_XSD}complexType")
        if inner is None:
            return self._name(node.attrib["type"])
        name = f"{owner}.{node.attrib['name']}"
        self._type(name, inner)
        return name

    def _name(self, qualified: str) -> str:
        """Return a name of the file as the data has it: built-in types begin with `xsd:`."""
        prefix, _, local = qualified.rpartition(":")
        if prefix == "xsd":
            return f"xsd:{local}"
        return f"{prefix}:{local}" if prefix else self._prefix + local


def main() -> None:
    """Write the data to the file that is named."""
    text = json.dumps(bpmn_schema(), indent=1, sort_keys=True) + "\n"
    Path(sys.argv[1]).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
