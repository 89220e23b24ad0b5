"""Changes one property of an element in a deployed BPMN; refuses text in which a secret is masked."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final
from xml.etree import ElementTree as ET

from apify_camunda.camunda.bpmn_xml import read_xml
from apify_camunda.errors import InvalidInput
from apify_camunda.expressions.masking import MASK
from element_templates.bpmn_text import BPMN, ZEEBE, BpmnText, Node, NotBpmn
from live_page import PageError

from apify_camunda_cli.deployment.page_elements import is_hidden

_NOT_XML: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_WRITTEN: Final = (
    (("properties", "property"), "name", "value", ""),
    (("ioMapping", "input"), "target", "source", ""),
    (("taskHeaders", "header"), "key", "value", ""),
    (("ioMapping", "output"), "target", "source", "output "),
)
"""Where a property is written: the path, the attribute with its name, that with its value, and a prefix."""
_TASK: Final = "taskDefinition."
_KEYS: Final = ("name", "target", "key")
Place = tuple[str, str, str, str]
"""Id of the element, tag and name of the node inside it, and its attribute."""


def corrected(xml: str, element_id: str, name: str, value: str, *, mask: Callable[[str], str]) -> str:
    """Return a BPMN with another value of one property; everything else keeps its text.

    Args:
        xml: As it is deployed, with its true values.
        element_id: The element.
        name: Of the property, as `page_elements` names it.
        value: The new one.
        mask: Returns a text as the page shows it.

    Raises:
        PageError: The property is not there, or the value cannot be written.
    """
    _check(name, value)
    try:
        text = BpmnText(xml.encode())
    except (NotBpmn, UnicodeEncodeError) as error:
        raise PageError(409, f"The deployed diagram cannot be changed here: {error}") from error
    found = next(_places(text.root, element_id, name), None)
    if found is None:
        raise PageError(
            409,
            f"The property {name[:80]!r} is not written at {element_id[:80]!r} in the diagram; change it in "
            "Camunda Modeler, and deploy the file.",
        )
    node, attribute = found
    before = node.attributes.get(attribute, "")
    if MASK in value and (mask(before) != before or is_hidden(name, before)):
        raise PageError(
            409,
            f"The value of {name[:80]!r} holds a secret that this page shows as {MASK}, and nothing was "
            "deployed; write the whole value, best with {{secrets.NAME}} in place of the secret.",
        )
    text.set_plain(node, attribute, value)
    return text.edited().decode()


def check_unmasked(content: str, deployed: str, *, mask: Callable[[str], str]) -> None:
    """Check that a BPMN has no mask where the deployed one has a secret value.

    Raises:
        PageError: It has one; the element is named.
    """
    if MASK not in content:
        return
    given, before = dict(_texts(content)), dict(_texts(deployed))
    for place, text in given.items():
        true = before.get(place, "")
        if MASK in text and (mask(true) != true or is_hidden(place[2], true)):
            raise PageError(
                409,
                f"The file has {MASK} at {(place[2] or place[3])[:80]!r} of {place[0][:80]!r}, where the "
                "deployed version has a secret value that this page masks, and nothing was deployed; take "
                "your own file, or write {{secrets.NAME}} there.",
            )


def process_ids(content: str) -> frozenset[str]:
    """Return the ids of the processes in a BPMN; none where it cannot be read."""
    try:
        return frozenset(each.attributes.get("id", "") for each in read_xml(content).named(BPMN, "process"))
    except InvalidInput:
        return frozenset()


def _check(name: str, value: str) -> None:
    wrong = _NOT_XML.search(value)
    if wrong is not None:
        raise PageError(
            400,
            f"The value of {name[:80]!r} has the character U+{ord(wrong[0]):04X}, which XML cannot hold; "
            "remove it.",
        )


def _places(root: Node, element_id: str, name: str) -> Iterator[tuple[Node, str]]:
    """Yield where a property is written: the node and its attribute."""
    element = next((each for each in _all(root) if each.attributes.get("id") == element_id), None)
    if element is None:
        return
    own = element.child(BPMN, "extensionElements")
    if own is not None:
        yield from _in_extensions(own, name)
    if name == "correlationKey":
        yield from ((each, name) for each in _subscriptions(root, element))


def _in_extensions(own: Node, name: str) -> Iterator[tuple[Node, str]]:
    for (outer, inner), key, attribute, prefix in _WRITTEN:
        for node in own.all(ZEEBE, outer):
            for each in node.all(ZEEBE, inner):
                if f"{prefix}{each.attributes.get(key, '')}" == name:
                    yield each, attribute
    if name in (f"{_TASK}type", f"{_TASK}retries"):
        yield from ((each, name.removeprefix(_TASK)) for each in own.all(ZEEBE, "taskDefinition"))


def _subscriptions(root: Node, element: Node) -> Iterator[Node]:
    event = element.child(BPMN, "messageEventDefinition") or element
    for message in root.all(BPMN, "message"):
        if message.attributes.get("id") == event.attributes.get("messageRef", ""):
            yield from message.all(ZEEBE, "subscription")


def _all(node: Node) -> Iterator[Node]:
    for child in node.children:
        yield child
        yield from _all(child)


def _texts(xml: str) -> Iterator[tuple[Place, str]]:
    """Yield every attribute and text of a BPMN with its place; none where it cannot be read."""
    try:
        read_xml(xml)  # refuses what declares a document type
        root = ET.fromstring(xml.encode(errors="replace"))
    except (InvalidInput, ET.ParseError):
        return
    yield from _texts_of(root, "")


def _texts_of(node: ET.Element, owner: str) -> Iterator[tuple[Place, str]]:
    attributes: Mapping[str, str] = node.attrib
    owner = attributes.get("id", owner)
    key = next((attributes[each] for each in _KEYS if each in attributes and "id" not in attributes), "")
    for name, text in attributes.items():
        yield (owner, node.tag, key, name), text
    yield (owner, node.tag, key, "text"), node.text or ""
    for child in node:
        yield from _texts_of(child, owner)
