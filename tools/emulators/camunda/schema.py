"""The schema of BPMN 2.0 as data: which elements there are, what they may contain, and in which order.

`bpmn_schema.json` has it (`real_engines.bpmn_schema` makes that file). Names of BPMN's model have no prefix;
those of its diagrams have `bpmndi:`, `di:` or `dc:`, and built-in types `xsd:`. Content is written as in
`documentation* (from=tExpression to=tExpression)`: an element that only occurs there is followed by its
type; `<other,lax>` is any element of another namespace, which is checked where it is known.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final

from emulators.camunda.content_model import ContentModel

PREFIXES: Final[Mapping[str, str]] = {
    "http://www.omg.org/spec/BPMN/20100524/MODEL": "",
    "http://www.omg.org/spec/BPMN/20100524/DI": "bpmndi:",
    "http://www.omg.org/spec/DD/20100524/DC": "dc:",
    "http://www.omg.org/spec/DD/20100524/DI": "di:",
}
"""The prefix in the data by namespace."""
NAMESPACES: Final[Mapping[str, str]] = {prefix: namespace for namespace, prefix in PREFIXES.items()}


@dataclass(frozen=True, slots=True)
class Attribute:
    """What an attribute's value must be."""

    type_name: str
    is_required: bool


@dataclass(frozen=True, slots=True)
class ElementType:
    """What an element of a type may have.

    Attributes:
        ancestors: The type's own name and those of the types that it extends.
        takes_foreign_attributes: Whether attributes of other namespaces are allowed.
        is_mixed: Whether text is allowed between its children.
    """

    ancestors: tuple[str, ...]
    content: ContentModel
    attributes: Mapping[str, Attribute] = field(default_factory=dict)
    takes_foreign_attributes: bool = False
    is_mixed: bool = False
    is_abstract: bool = False


class Schema:
    """Elements, their types, and the values of enumerations."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self._elements: Mapping[str, Mapping[str, str]] = data["elements"]
        self._described: Mapping[str, Mapping[str, Any]] = data["types"]
        self._types: dict[str, ElementType] = {}
        self.enumerations: Mapping[str, list[str]] = data["enumerations"]

    def type_of_element(self, name: str) -> str | None:
        """Return the name of a global element's type; None where there is no such element."""
        element = self._elements.get(name)
        return None if element is None else element["type"]

    def heads_of(self, name: str) -> tuple[str, ...]:
        """Return an element's name, and those of the elements that it may substitute."""
        heads = [name]
        while (head := self._elements.get(heads[-1], {}).get("substitutes")) is not None:
            heads.append(head)
        return tuple(heads)

    def type_named(self, name: str) -> ElementType | None:
        """Return an element type; None where the name is that of a simple type, or of none."""
        if name not in self._described:
            return None
        if name not in self._types:
            self._types[name] = self._type(name)
        return self._types[name]

    def _type(self, name: str) -> ElementType:
        described = self._described[name]
        base = self.type_named(described.get("extends", ""))
        own = ContentModel.written_as(described.get("content", ""))
        attributes = {
            n: Attribute(t.removesuffix("!"), "!" in t) for n, t in described.get("attributes", {}).items()
        }
        return ElementType(
            ancestors=(name, *(base.ancestors if base else ())),
            content=base.content.followed_by(own) if base else own,
            attributes={**(base.attributes if base else {}), **attributes},
            takes_foreign_attributes=described.get(
                "foreignAttributes", base is not None and base.takes_foreign_attributes
            ),
            is_mixed=described.get("mixed", base is not None and base.is_mixed),
            is_abstract=described.get("abstract", False),
        )


ANYTHING: Final = ElementType(
    ancestors=("xsd:anyType",),
    content=ContentModel.written_as("<any,lax>*"),
    takes_foreign_attributes=True,
    is_mixed=True,
)
"""The type of an element that no schema knows, where that is allowed."""


@cache
def bpmn_schema() -> Schema:
    """Return the schema of BPMN 2.0."""
    path = Path(__file__).with_name("bpmn_schema.json")
    return Schema(json.loads(path.read_text(encoding="utf-8")))
