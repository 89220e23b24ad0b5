"""Edits a BPMN file as text: what is not edited keeps its bytes, its prefixes and its line breaks."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final
from xml.parsers import expat
from xml.sax.saxutils import quoteattr

BPMN: Final = "http://www.omg.org/spec/BPMN/20100524/MODEL"
ZEEBE: Final = "http://camunda.org/schema/zeebe/1.0"

_ATTRIBUTE: Final = re.compile(r"\s+([\w:.-]+)\s*=\s*(?:\"[^\"]*\"|'[^']*')")


class NotBpmn(Exception):
    """The file is no BPMN that can be edited; the message says why."""


@dataclass(slots=True)
class Node:
    """An element of the file.

    Attributes:
        name: `namespace name`, as expat joins them.
        start: Offset of its `<` in bytes.
        inner: Offset behind its start tag.
        end: Offset behind its end tag.
    """

    name: str
    attributes: Mapping[str, str]
    start: int
    parent: Node | None
    inner: int = 0
    end: int = 0
    children: list[Node] = field(default_factory=list)

    def is_a(self, namespace: str, *names: str) -> bool:
        """Say whether this is an element with one of these names."""
        return any(self.name == f"{namespace} {name}" for name in names)

    def all(self, namespace: str, *names: str) -> Iterator[Node]:
        """Yield the elements with one of these names in here, however deep."""
        for child in self.children:
            if child.is_a(namespace, *names):
                yield child
            yield from child.all(namespace, *names)

    def child(self, namespace: str, name: str) -> Node | None:
        """Return the first direct child with this name."""
        return next((each for each in self.children if each.is_a(namespace, name)), None)


class BpmnText:
    """A BPMN file that is read once and edited at any number of places."""

    def __init__(self, content: bytes) -> None:
        """Read the file.

        Raises:
            NotBpmn: It is no XML, is not in UTF-8, or declares a document type.
        """
        self._content = content
        self._edits: list[tuple[int, int, str]] = []
        self.root = _read(content)
        self.zeebe = _prefix_of(content, ZEEBE)

    def edited(self) -> bytes:
        """Return the file with all edits."""
        content = self._content
        # From the end to the start, so that offsets stay true; what is put at one place keeps its order.
        numbered = ((start, end, n, text) for n, (start, end, text) in enumerate(self._edits))
        for start, end, _, text in sorted(numbered, reverse=True):
            content = content[:start] + text.encode() + content[end:]
        return content

    def set_attributes(self, node: Node, attributes: Mapping[str, str | None]) -> None:
        """Set attributes of the zeebe namespace in a start tag, in their order; None removes one."""
        tag = self._content[node.start : node.inner].decode()
        for name, value in attributes.items():
            found = re.compile(rf"\s+{self.zeebe}:{name}\s*=\s*(\"[^\"]*\"|'[^']*')")
            text = "" if value is None else f" {self.zeebe}:{name}={quoteattr(value)}"
            match = found.search(tag) or re.search(r"(?=\s*/?>$)", tag)
            if match is not None:
                tag = f"{tag[: match.start()]}{text}{tag[match.end() :]}"
        self._edits.append((node.start, node.inner, tag))

    def set_plain(self, node: Node, name: str, value: str) -> None:
        """Set an attribute without a prefix in a start tag; it is added where it is absent."""
        tag = self._content[node.start : node.inner].decode()
        written = (each for each in _ATTRIBUTE.finditer(tag) if each[1] == name)
        match = next(written, None) or re.search(r"(?=\s*/?>$)", tag)
        if match is not None:
            tag = f"{tag[: match.start()]} {name}={quoteattr(value)}{tag[match.end() :]}"
        self._edits.append((node.start, node.inner, tag))

    def append(self, parent: Node, name: str, attributes: Mapping[str, str]) -> None:
        """Put a new zeebe element at the end of another that is not empty, on a line of its own."""
        written = "".join(f" {key}={quoteattr(value)}" for key, value in attributes.items())
        place = parent.children[-1].end
        self._edits.append(
            (place, place, f"{self._indent(parent.children[-1])}<{self.zeebe}:{name}{written} />")
        )

    def append_headers(self, extensions: Node, headers: Mapping[str, str]) -> None:
        """Put task headers at the end of the extensions of an element that has none yet."""
        place, indent = extensions.children[-1].end, self._indent(extensions.children[-1])
        lines = [f"{indent}<{self.zeebe}:taskHeaders>"]
        lines += [
            f"{indent}  <{self.zeebe}:header key={quoteattr(key)} value={quoteattr(value)} />"
            for key, value in headers.items()
        ]
        self._edits.append((place, place, "".join([*lines, f"{indent}</{self.zeebe}:taskHeaders>"])))

    def remove(self, node: Node) -> None:
        """Remove an element together with the blanks before it."""
        self._edits.append((node.start - len(self._indent(node).encode()), node.end, ""))

    def _indent(self, node: Node) -> str:
        """Return the blanks before an element."""
        before = self._content[: node.start]
        return before[len(before.rstrip()) :].decode()


def _read(content: bytes) -> Node:
    parser = expat.ParserCreate(namespace_separator=" ")
    root = Node("", {}, 0, None)
    current = root

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal current
        node = Node(name, attributes, parser.CurrentByteIndex, current)
        node.inner = _end_of_tag(content, node.start)
        current.children.append(node)
        current = node

    def end(_name: str) -> None:
        nonlocal current
        is_empty = content[current.inner - 2 : current.inner] == b"/>"
        current.end = current.inner if is_empty else content.index(b">", parser.CurrentByteIndex) + 1
        current = current.parent or root

    def refuse(*_: object) -> None:
        raise NotBpmn("It declares a document type, which no BPMN file needs.")

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.StartDoctypeDeclHandler = refuse
    try:
        content.decode("utf-8")
        parser.Parse(content, True)
    except UnicodeDecodeError as error:
        raise NotBpmn(f"It is not text in UTF-8: {error.reason} at byte {error.start}.") from error
    except expat.ExpatError as error:
        raise NotBpmn(f"It is not XML: {error}.") from error
    if not any(child.is_a(BPMN, "definitions") for child in root.children):
        raise NotBpmn("It is XML, but holds no BPMN definitions.")
    return root


def _end_of_tag(content: bytes, start: int) -> int:
    """Return the offset behind a start tag; a > inside a quoted value is no end."""
    found = re.compile(rb"""<(?:[^>"']|"[^"]*"|'[^']*')*>""").match(content, start)
    if found is None:
        raise NotBpmn(f"The tag at byte {start} does not end.")
    return found.end()


def _prefix_of(content: bytes, namespace: str) -> str:
    """Return the prefix that the file gives a namespace."""
    found = re.search(rf"xmlns:([\w.-]+)\s*=\s*[\"']{re.escape(namespace)}[\"']".encode(), content)
    return found.group(1).decode() if found else "zeebe"
