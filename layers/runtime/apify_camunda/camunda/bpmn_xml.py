"""Reads BPMN XML into a plain tree; it refuses document types, so no entity is ever declared or expanded."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final
from xml.parsers import expat

from apify_camunda.errors import InvalidInput

BPMN: Final = "http://www.omg.org/spec/BPMN/20100524/MODEL"
ZEEBE: Final = "http://camunda.org/schema/zeebe/1.0"
MAX_XML_BYTES: Final = 8 * 1024 * 1024
"""Twice what Camunda takes as one deployment."""
_MAX_DEPTH = 200
_SEPARATOR = " "


@dataclass(slots=True)
class Node:
    """An element of the document: its name as `namespace name`, its attributes and its children."""

    name: str
    attributes: dict[str, str]
    children: list[Node] = field(default_factory=list)

    def named(self, namespace: str, *names: str) -> Iterator[Node]:
        """Yield the children with one of these names."""
        wanted = {f"{namespace}{_SEPARATOR}{name}" for name in names}
        return (child for child in self.children if child.name in wanted)

    def first(self, namespace: str, name: str) -> Node | None:
        """Return the first child with this name, or None."""
        return next(self.named(namespace, name), None)

    def within(self, namespace: str, *path: str) -> Iterator[Node]:
        """Yield the descendants at the end of a path of names."""
        nodes: list[Node] = [self]
        for name in path:
            nodes = [child for node in nodes for child in node.named(namespace, name)]
        return iter(nodes)


def read_xml(text: str) -> Node:
    """Return the document's root.

    Raises:
        InvalidInput: It is no XML, too large, nested too deeply, or declares a document type.
    """
    content = text.encode(errors="surrogatepass")
    if len(content) > MAX_XML_BYTES:
        raise InvalidInput(f"The BPMN has {len(content):,} bytes; at most {MAX_XML_BYTES:,} are read.")
    top = Node("", {})
    open_nodes = [top]

    def start(name: str, attributes: dict[str, str]) -> None:
        if len(open_nodes) > _MAX_DEPTH:
            raise InvalidInput(f"The BPMN is nested more than {_MAX_DEPTH} levels deep.")
        node = Node(name, attributes)
        open_nodes[-1].children.append(node)
        open_nodes.append(node)

    def end(_name: str) -> None:
        open_nodes.pop()

    parser = expat.ParserCreate(encoding="utf-8", namespace_separator=_SEPARATOR)
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.StartDoctypeDeclHandler = _refuse_doctype
    try:
        parser.Parse(content, True)
    except expat.ExpatError as error:
        raise InvalidInput(f"The BPMN is not XML: {error}.") from error
    return top.children[0]


def _refuse_doctype(*_declaration: object) -> None:
    raise InvalidInput("The BPMN declares a document type, which BPMN never needs.")
