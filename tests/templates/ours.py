"""Our generated templates, read from their folder."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from element_templates.build import FOLDER, HYBRID, WITH_STEPS

OFFICIAL_OUTBOUND: Final = "io.camunda.connector.outbound.Apify.v1"
SUCCESSORS: Final = {
    OFFICIAL_OUTBOUND: "apify-outbound",
    "io.camunda.connector.inbound.Apify.v1:StartEvent": "apify-start-event",
    "io.camunda.connector.inbound.Apify.v1:MessageStartEvent": "apify-message-start-event",
    "io.camunda.connector.inbound.Apify.v1:IntermediateCatchEvent": "apify-intermediate-catch-event",
    "io.camunda.connector.inbound.Apify.v1:BoundaryEvent": "apify-boundary-event",
}
"""The file of ours that takes the place of an official template, by the official id."""
NAMES: Final = (*SUCCESSORS.values(), "apify-receive-task", "apify-event-sub-process-start-event")
EVERY_FILE: Final = (
    *(f"{name}.json" for name in NAMES),
    *(f"{HYBRID}/{name}-hybrid.json" for name in NAMES),
    *(f"{WITH_STEPS}/{name}.json" for name in NAMES),
)

Template = Mapping[str, Any]
Property = Mapping[str, Any]


def read(file: str) -> Template:
    """Return the template of a file below element-templates/."""
    template = json.loads((FOLDER / file).read_text(encoding="utf-8"))
    assert isinstance(template, dict)
    return template


def ours(name: str) -> Template:
    """Return one of the seven templates."""
    return read(f"{name}.json")


def binding(prop: Property) -> tuple[str, str]:
    """Return the type and the name of a binding."""
    found = prop["binding"]
    (name,) = (found[key] for key in ("name", "key", "property") if key in found)
    return found["type"], name


def active(template: Template, chosen: Mapping[str, str]) -> Sequence[Property]:
    """Return the properties that apply while these fields have these values, and others their defaults."""
    defaults = {each["id"]: each.get("value") for each in template["properties"] if "id" in each}
    return [each for each in template["properties"] if applies(each, {**defaults, **chosen})]


def applies(prop: Property, values: Mapping[str, Any]) -> bool:
    """Say whether the condition of a property holds."""
    condition = prop.get("condition")
    if condition is None:
        return True
    if condition.get("isEmpty"):
        return not values.get(condition["property"])
    wanted = condition.get("oneOf") or [condition["equals"]]
    return values.get(condition["property"]) in wanted
