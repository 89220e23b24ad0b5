"""Moves a diagram from the official element templates to ours, from an older version of ours, and back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from element_templates.bpmn_text import BPMN, ZEEBE, BpmnText, Node
from element_templates.icon import icon_uri
from element_templates.inbound import INBOUND_ID
from element_templates.inbound_fields import CONDITIONS, EVENT_CHOICE, OWN_CONDITION
from element_templates.outbound import OUTBOUND_ID
from element_templates.template import VERSION

OFFICIAL_OUTBOUND: Final = "io.camunda.connector.outbound.Apify.v1"
OFFICIAL_INBOUND: Final = "io.camunda.connector.inbound.Apify.v1"
OFFICIAL_VERSION: Final = 1
OFFICIAL_OPERATIONS: Final = (
    "runActor",
    "runTask",
    "scrapeSingleUrl",
    "getDatasetItems",
    "getKeyValueStoreRecord",
)
_OFFICIAL_EVENTS: Final = ("StartEvent", "MessageStartEvent", "IntermediateCatchEvent", "BoundaryEvent")
_HEADERS: Final = {"elementTemplateId": OUTBOUND_ID, "elementTemplateVersion": str(VERSION)}
_CONSUME: Final = "consumeUnmatchedEvents"
_OURS_ALONE: Final = (EVENT_CHOICE, _CONSUME)


class Target(Enum):
    """Whose templates a diagram is moved to."""

    OURS = "ours"
    OFFICIAL = "official"


@dataclass(frozen=True, slots=True)
class Moved:
    """A diagram that was moved.

    Attributes:
        changes: What was changed, one line an element.
        remarks: What a person should look at, one line each.
    """

    content: bytes
    changes: tuple[str, ...]
    remarks: tuple[str, ...]


def move(content: bytes, target: Target) -> Moved:
    """Return the diagram with the templates of the target; every field keeps its value.

    Raises:
        NotBpmn: The content is no BPMN file.
    """
    mover = _Mover(BpmnText(content), target)
    for element in _templated(mover.text.root):
        mover.move(element)
    return Moved(mover.text.edited(), tuple(mover.changes), tuple(mover.remarks))


@dataclass(slots=True)
class _Mover:
    text: BpmnText
    target: Target
    changes: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    def move(self, element: Node) -> None:
        """Move one element, if its template is one of those that have a counterpart."""
        old = element.attributes[f"{ZEEBE} modelerTemplate"]
        name = element.attributes.get("id", "")
        if not old.startswith((OFFICIAL_OUTBOUND, OFFICIAL_INBOUND, OUTBOUND_ID, INBOUND_ID)):
            return
        if old.endswith("-hybrid"):
            self.remarks.append(f"{name}: is made with a hybrid template, and was left as it is.")
            return
        new = _ours(element) if self.target is Target.OURS else self._official(element, name)
        if new is None:
            return
        version = VERSION if self.target is Target.OURS else OFFICIAL_VERSION
        if (old, element.attributes.get(f"{ZEEBE} modelerTemplateVersion")) == (new, str(version)):
            return
        self._mark(element, new, version)
        if self.target is Target.OURS:
            self._add_fields(element)
        else:
            self._remove_fields(element)
            self._remark_on_fields(element, name)
        self.changes.append(f"{name}: {old} -> {new}, version {version}")

    def _official(self, element: Node, name: str) -> str | None:
        if _is_outbound(element):
            operation = _inputs(element).get("operation.type", "")
            if operation not in OFFICIAL_OPERATIONS:
                self.remarks.append(
                    f"{name}: the official template has no operation '{operation}'; the element was left as "
                    f"it is."
                )
                return None
            return OFFICIAL_OUTBOUND
        kind = _kind(element)
        if kind == "ReceiveTask":
            self.remarks.append(
                f"{name}: there is no official template for a receive task; the element was left as it is."
            )
            return None
        return f"{OFFICIAL_INBOUND}:{'MessageStartEvent' if kind == 'EventSubProcessStartEvent' else kind}"

    def _mark(self, element: Node, template: str, version: int) -> None:
        icon = icon_uri() if self.target is Target.OURS else None
        self.text.set_attributes(
            element,
            {
                "modelerTemplate": template,
                "modelerTemplateVersion": str(version),
                "modelerTemplateIcon": icon,
            },
        )
        message = _message_of(self.text.root, element)
        if message is not None:
            self.text.set_attributes(message, {"modelerTemplate": template})

    def _add_fields(self, element: Node) -> None:
        extensions = element.child(BPMN, "extensionElements")
        if extensions is None:
            return
        if _is_outbound(element):
            self._add_headers(extensions)
            return
        properties = extensions.child(ZEEBE, "properties")
        if properties is None:
            return
        values = _properties(element)
        wanted = {EVENT_CHOICE: _choice(values.get("activationCondition")), _CONSUME: "true"}
        if _kind(element) == "EventSubProcessStartEvent":
            wanted["correlationRequired"] = "required"
        for name, value in wanted.items():
            if value and name not in values:
                self.text.append(properties, "property", {"name": name, "value": value})

    def _add_headers(self, extensions: Node) -> None:
        headers = extensions.child(ZEEBE, "taskHeaders")
        if headers is None:
            self.text.append_headers(extensions, _HEADERS)
            return
        for old in headers.all(ZEEBE, "header"):
            if old.attributes.get("key") in _HEADERS:
                self.text.remove(old)
        for key, value in _HEADERS.items():
            self.text.append(headers, "header", {"key": key, "value": value})

    def _remove_fields(self, element: Node) -> None:
        for header in element.all(ZEEBE, "header"):
            if header.attributes.get("key") in _HEADERS:
                self.text.remove(header)
        for each in element.all(ZEEBE, "property"):
            if each.attributes.get("name") in _OURS_ALONE:
                self.text.remove(each)

    def _remark_on_fields(self, element: Node, name: str) -> None:
        if _is_outbound(element):
            return
        values = _properties(element)
        if not values.get("connectorWebhookUrl"):
            self.remarks.append(f"{name}: the official template needs the field 'Camunda webhook URL'.")
        if values.get("eventTypes"):
            self.remarks.append(
                f"{name}: Apify's Java connector ignores 'Event types' ({values['eventTypes']})."
            )


def _templated(root: Node) -> Iterator[Node]:
    for node in root.children:
        if f"{ZEEBE} modelerTemplate" in node.attributes and not node.is_a(BPMN, "message"):
            yield node
        yield from _templated(node)


def _ours(element: Node) -> str:
    return OUTBOUND_ID if _is_outbound(element) else f"{INBOUND_ID}:{_kind(element)}"


def _is_outbound(element: Node) -> bool:
    return element.attributes[f"{ZEEBE} modelerTemplate"].startswith((OFFICIAL_OUTBOUND, OUTBOUND_ID))


def _kind(element: Node) -> str:
    """Return the end of the id of the template that fits the element."""
    if element.is_a(BPMN, "receiveTask"):
        return "ReceiveTask"
    template = element.attributes[f"{ZEEBE} modelerTemplate"].rpartition(":")[2]
    if element.is_a(BPMN, "startEvent") and element.child(BPMN, "messageEventDefinition") is not None:
        parent = element.parent
        inside = parent is not None and parent.attributes.get("triggeredByEvent") in ("true", "1")
        return "EventSubProcessStartEvent" if inside else "MessageStartEvent"
    return template if template in _OFFICIAL_EVENTS else "StartEvent"


def _message_of(root: Node, element: Node) -> Node | None:
    definition = element.child(BPMN, "messageEventDefinition") or element
    reference = definition.attributes.get("messageRef")
    return next((each for each in root.all(BPMN, "message") if each.attributes.get("id") == reference), None)


def _properties(element: Node) -> Mapping[str, str]:
    return {
        each.attributes.get("name", ""): each.attributes.get("value", "")
        for each in element.all(ZEEBE, "property")
    }


def _inputs(element: Node) -> Mapping[str, str]:
    return {
        each.attributes.get("target", ""): each.attributes.get("source", "")
        for each in element.all(ZEEBE, "input")
    }


def _choice(condition: str | None) -> str:
    """Return the choice of *Event* that writes this very condition."""
    return next((name for name, written in CONDITIONS.items() if written == condition), OWN_CONDITION)
