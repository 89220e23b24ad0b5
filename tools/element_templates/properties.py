"""The parts of an element template, as Camunda Modeler's schema names them.

Source: https://docs.camunda.io/docs/components/modeler/element-templates/template-properties/
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias

PropertyType: TypeAlias = Literal["String", "Text", "Boolean", "Dropdown", "Hidden"]
Feel: TypeAlias = Literal["optional", "required"]

_NAME_OF_BINDING: Final[Mapping[str, str]] = {
    "zeebe:property": "name",
    "zeebe:input": "name",
    "zeebe:taskHeader": "key",
    "zeebe:taskDefinition": "property",
    "bpmn:Message#property": "name",
    "bpmn:Message#zeebe:subscription#property": "name",
}


@dataclass(frozen=True, slots=True)
class Binding:
    """Where a field is stored in the BPMN."""

    type: str
    name: str

    def to_json(self) -> dict[str, str]:
        """Return the binding as the schema writes it."""
        return {"type": self.type, _NAME_OF_BINDING[self.type]: self.name}


@dataclass(frozen=True, slots=True)
class Condition:
    """Shows a field only while another field has one of these values, or is empty if no values are given."""

    property: str
    values: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the condition as the schema writes it."""
        if not self.values:
            return {"property": self.property, "isEmpty": True, "type": "simple"}
        if len(self.values) == 1:
            return {"property": self.property, "equals": self.values[0], "type": "simple"}
        return {"property": self.property, "oneOf": list(self.values), "type": "simple"}


@dataclass(frozen=True, slots=True)
class Choice:
    """One entry of a dropdown."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Pattern:
    """What a value must look like, and what Modeler says otherwise."""

    value: str
    message: str


EXPRESSION: Final = Pattern(r"^(=[\s\S]*|)$", "must be a FEEL expression: begin it with =")


@dataclass(frozen=True, slots=True)
class Property:
    """One field of a template.

    Attributes:
        value: The default, or the fixed value of a hidden field. The validator warns of a default
            of a field with `feel="required"`, so a prefilled expression has `feel="optional"` and the
            pattern EXPRESSION.
        optional: An empty field leaves no trace in the BPMN.
        generates_uuid: Modeler fills the field with a random UUID when the template is applied.
    """

    id: str | None
    type: PropertyType
    binding: Binding
    group: str | None = None
    label: str | None = None
    description: str | None = None
    tooltip: str | None = None
    placeholder: str | None = None
    value: str | bool | None = None
    feel: Feel | None = None
    choices: tuple[Choice, ...] = ()
    not_empty: bool = False
    pattern: Pattern | None = None
    optional: bool = False
    condition: Condition | None = None
    generates_uuid: bool = False

    def to_json(self) -> dict[str, Any]:
        """Return the property as the schema writes it, without what does not apply."""
        told: dict[str, Any] = {
            "id": self.id,
            "label": self.label,
            "description": self.description,
            "tooltip": self.tooltip,
            "type": self.type,
            "optional": self.optional or None,
            "feel": self.feel,
            "value": self.value,
            "generatedValue": {"type": "uuid"} if self.generates_uuid else None,
            "placeholder": self._placeholder(),
            "choices": [{"name": each.label, "value": each.value} for each in self.choices] or None,
            "constraints": self._constraints() or None,
            "group": self.group,
            "binding": self.binding.to_json(),
            "condition": self.condition.to_json() if self.condition else None,
        }
        return {name: value for name, value in told.items() if value is not None}

    def _placeholder(self) -> str | None:
        """Return the placeholder; where Modeler shows a = before the field itself, without one."""
        if self.placeholder is not None and (self.feel == "required" or self.pattern is EXPRESSION):
            return self.placeholder.removeprefix("=").lstrip()
        return self.placeholder

    def _constraints(self) -> dict[str, Any]:
        constraints: dict[str, Any] = {}
        if self.not_empty:
            constraints["notEmpty"] = True
        if self.pattern is not None:
            constraints.setdefault("notEmpty", False)
            constraints["pattern"] = {"value": self.pattern.value, "message": self.pattern.message}
        return constraints
