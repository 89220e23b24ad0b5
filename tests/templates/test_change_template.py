"""Modeler's *Change template* moves a diagram from the official templates to ours without a loss."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from element_templates.upgrade import Target, move

from tests.templates.camunda_modeler import chromium, our_templates
from tests.templates.official import ZEEBE, templated, templates, value_of
from tests.templates.ours import SUCCESSORS, applies, ours

EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*.bpmn"))


def moves() -> list[dict[str, Any]]:
    """Return one view for each element of the examples that can have an official template."""
    official = templates()
    views = []
    for path in EXAMPLES:
        diagram = move(path.read_bytes(), Target.OFFICIAL).content.decode()
        for element in templated(ET.fromstring(diagram)):
            old = element.get(f"{ZEEBE}modelerTemplate") or ""
            if old in SUCCESSORS:
                view = {"name": f"{path.stem}/{element.get('id')}", "element": element.get("id")}
                new = ours(SUCCESSORS[old])
                views.append({**view, "template": new, "others": [official[old]], "diagram": diagram})
    return views


def bound(xml: str, element_id: str, template: Mapping[str, Any]) -> dict[str, str]:
    """Return what the fields of the official template have as values in a diagram."""
    root = ET.fromstring(xml)
    (element,) = (each for each in templated(root) if each.get("id") == element_id)
    values: dict[str, Any] = {}
    for prop in template["properties"]:
        if applies(prop, values):
            values[prop.get("id", "type")] = value_of(root, element, prop["binding"])
    return {name: value for name, value in values.items() if value is not None}


@pytest.mark.xdist_group("panel")
def test_every_value_stays() -> None:
    """
    Each value that a field of the official template has is the same after the change, in Modeler's own code;
    only an unchanged default of the backoff becomes ours.
    """
    views = moves()
    told = chromium("panel.mjs", given=json.dumps({"diagram": "", "folder": "", "views": views}))
    assert told["errors"] == []
    assert {view["template"]["id"] for view in views} == {ours(name)["id"] for name in SUCCESSORS.values()}
    assert len(our_templates()) > len(SUCCESSORS)
    for view in views:
        (official,) = view["others"]
        before = bound(view["diagram"], view["element"], official)
        after = bound(told["views"][view["name"]]["xml"], view["element"], official)
        if before.get("retryBackoff") == "PT0S":
            before["retryBackoff"] = "PT30S"
        assert {name: after.get(name) for name in before} == before, view["name"]
