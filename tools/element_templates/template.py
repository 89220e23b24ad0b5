"""A whole element template, and the head that all of ours share."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from element_templates.icon import icon_uri
from element_templates.properties import Property

SCHEMA: Final = "https://unpkg.com/@camunda/zeebe-element-templates-json-schema/resources/schema.json"
VERSION: Final = 2
"""The version of all templates; `python -m element_templates release` archives one before it is raised."""
DOCUMENTATION_URL: Final = "https://apify-camunda.readthedocs.io/en/latest/"
"""Where the site of `make docs` is published; `templates export --docs-url` replaces it."""
ENGINES: Final = "^8.8"
ENGINES_WITH_STEPS: Final = "^8.10"
ID_PREFIX: Final = "apify-camunda"


@dataclass(frozen=True, slots=True)
class Group:
    """A section of the properties panel."""

    id: str
    label: str
    tooltip: str | None = None
    is_open: bool = False

    def to_json(self) -> dict[str, Any]:
        """Return the group as the schema writes it."""
        told: dict[str, Any] = {"id": self.id, "label": self.label}
        if self.tooltip is not None:
            told["tooltip"] = self.tooltip
        if self.is_open:
            told["openByDefault"] = True
        return told


@dataclass(frozen=True, slots=True)
class Preset:
    """One entry of the menu: the template with some fields filled.

    Attributes:
        path: The names of the menus that lead to the entry, outermost first; the last is its own name.
        values: By the id of the field.
    """

    id: str
    path: tuple[str, ...]
    description: str
    keywords: tuple[str, ...]
    values: dict[str, str | bool]


@dataclass(frozen=True, slots=True)
class Template:
    """An element template.

    Attributes:
        file: The name of the file, without `.json`.
        page: The page of the guide, below DOCUMENTATION_URL.
        applies_to: BPMN types that offer the template.
        element_type: What the element becomes.
        presets: Used by the build for Camunda 8.10 only.
    """

    file: str
    id: str
    name: str
    description: str
    page: str
    keywords: tuple[str, ...]
    applies_to: tuple[str, ...]
    element_type: str
    groups: tuple[Group, ...]
    properties: tuple[Property, ...]
    event_definition: str | None = None
    engines: str = ENGINES
    presets: tuple[Preset, ...] = field(default=())

    def to_json(self) -> dict[str, Any]:
        """Return the template as it is written to its file."""
        element_type = {"value": self.element_type}
        if self.event_definition is not None:
            element_type["eventDefinition"] = self.event_definition
        used = {each.group for each in self.properties}
        told: dict[str, Any] = {
            "$schema": SCHEMA,
            "name": self.name,
            "id": self.id,
            "version": VERSION,
            "description": self.description,
            "keywords": list(self.keywords),
            "documentationRef": f"{DOCUMENTATION_URL}{self.page}",
            "category": {"id": "connectors", "name": "Connectors"},
            "appliesTo": list(self.applies_to),
            "elementType": element_type,
            "engines": {"camunda": self.engines},
            "icon": {"contents": icon_uri()},
            "groups": [each.to_json() for each in self.groups if each.id in used],
            "properties": [each.to_json() for each in self.properties],
        }
        if self.presets:
            told["presets"] = [{"id": each.id, "properties": each.values} for each in self.presets]
            told["steps"] = _menu(self.presets, depth=0)
        return told


def _menu(presets: tuple[Preset, ...], depth: int) -> list[dict[str, Any]]:
    """Return the menu of these presets, which share the first `depth` names of their paths."""
    menu: list[dict[str, Any]] = []
    by_name: dict[str, list[Preset]] = {}
    for each in presets:
        by_name.setdefault(each.path[depth], []).append(each)
    for name, inside in by_name.items():
        first = inside[0]
        if len(first.path) == depth + 1:
            leaf = {"name": name, "description": first.description, "presetId": first.id}
            menu.append({**leaf, "keywords": list(first.keywords)} if first.keywords else leaf)
        else:
            menu.append({"name": name, "steps": _menu(tuple(inside), depth + 1)})
    return menu
