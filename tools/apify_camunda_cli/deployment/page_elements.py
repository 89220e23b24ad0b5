"""Reads from a BPMN which elements carry one of our element templates, and what their properties say."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from apify_camunda.camunda.bpmn_xml import BPMN, ZEEBE, Node, read_xml

_SUB_PROCESSES: Final = ("subProcess", "transaction", "adHocSubProcess")
_INBOUND: Final = "inbound.type"
_SECRET_NAMES: Final = re.compile(r"token|secret|password|authori[sz]ation|api.?key", re.IGNORECASE)
_REFERENCE: Final = re.compile(r"\s*=?\s*\"?\{\{\s*secrets\.[^}]+\}\}\"?\s*|\s*=?\s*secrets\.\S+\s*")
_MASK: Final = "***"
_NAMESPACES: Final = {BPMN: "bpmn"}


@dataclass(frozen=True, slots=True)
class PageElement:
    """A templated element.

    Attributes:
        kind: `inbound` or `outbound`.
        bpmn_type: As bpmn-js names it, `bpmn:StartEvent`.
        template: The id of its template, or None.
        properties: Every property, input, header and output in the order of the file.
        message_name: Of its message, or None.
        correlation_key: The process's own expression for a subscription, or None.
    """

    id: str
    name: str
    kind: str
    bpmn_type: str
    template: str | None
    properties: tuple[tuple[str, str], ...]
    message_name: str | None = None
    correlation_key: str | None = None


def read_elements(
    xml: str, process_id: str, *, inbound_type: str, outbound_type: str
) -> tuple[PageElement, ...]:
    """Return the elements of one process that carry our types, or a template of ours.

    Raises:
        InvalidInput: The document cannot be read.
    """
    document = read_xml(xml)
    messages = {node.attributes.get("id", ""): node for node in document.named(BPMN, "message")}
    found = []
    for process in document.named(BPMN, "process"):
        if process.attributes.get("id") != process_id:
            continue
        for node in _nodes_of(process):
            kind = _kind(node, inbound_type, outbound_type)
            if kind is not None:
                found.append(_element(node, kind, messages))
    return tuple(found)


def shown_properties(element: PageElement) -> list[dict[str, Any]]:
    """Return the properties of an element with the values of secret ones masked; references are shown."""
    return [
        {
            "name": name,
            "value": _MASK if is_hidden(name, value) else value,
            "isSecret": _is_secret_name(name),
        }
        for name, value in element.properties
    ]


def is_reference(value: str) -> bool:
    """Say whether a value names a secret and holds none."""
    return _REFERENCE.fullmatch(value) is not None


def is_hidden(name: str, value: str) -> bool:
    """Say whether the value of a property is masked for its name."""
    return _is_secret_name(name) and bool(value.strip()) and not is_reference(value)


def _is_secret_name(name: str) -> bool:
    return _SECRET_NAMES.search(name) is not None


def _nodes_of(scope: Node) -> Iterator[Node]:
    yield from scope.children
    for inner in scope.named(BPMN, *_SUB_PROCESSES):
        yield from _nodes_of(inner)


def _kind(node: Node, inbound_type: str, outbound_type: str) -> str | None:
    if any(
        each.attributes.get("name") == _INBOUND and each.attributes.get("value") == inbound_type
        for each in _extensions(node, "properties", "property")
    ):
        return "inbound"
    if any(each.attributes.get("type") == outbound_type for each in _extensions(node, "taskDefinition")):
        return "outbound"
    return None


def _extensions(node: Node, *path: str) -> Iterator[Node]:
    for extensions in node.named(BPMN, "extensionElements"):
        yield from extensions.within(ZEEBE, *path)


def _element(node: Node, kind: str, messages: Mapping[str, Node]) -> PageElement:
    event = node.first(BPMN, "messageEventDefinition") or node
    message = messages.get(event.attributes.get("messageRef", ""))
    template = node.attributes.get(f"{ZEEBE} modelerTemplate")
    properties = tuple(_properties(node))
    return PageElement(
        id=node.attributes.get("id", ""),
        name=node.attributes.get("name") or node.attributes.get("id", ""),
        kind=kind,
        bpmn_type=_bpmn_type(node),
        template=template,
        properties=properties,
        message_name=message.attributes.get("name") if message else None,
        correlation_key=_subscription_key(message),
    )


def _properties(node: Node) -> Iterator[tuple[str, str]]:
    for each in _extensions(node, "properties", "property"):
        yield each.attributes.get("name", ""), each.attributes.get("value", "")
    for each in _extensions(node, "taskDefinition"):
        yield "taskDefinition.type", each.attributes.get("type", "")
        yield "taskDefinition.retries", each.attributes.get("retries", "")
    for each in _extensions(node, "ioMapping", "input"):
        yield each.attributes.get("target", ""), each.attributes.get("source", "")
    for each in _extensions(node, "taskHeaders", "header"):
        yield each.attributes.get("key", ""), each.attributes.get("value", "")
    for each in _extensions(node, "ioMapping", "output"):
        yield f"output {each.attributes.get('target', '')}", each.attributes.get("source", "")


def _subscription_key(message: Node | None) -> str | None:
    if message is None:
        return None
    found = next(_extensions(message, "subscription"), None)
    return found.attributes.get("correlationKey") if found else None


def _bpmn_type(node: Node) -> str:
    namespace, _, name = node.name.rpartition(" ")
    return f"{_NAMESPACES.get(namespace, 'other')}:{name[:1].upper()}{name[1:]}"
