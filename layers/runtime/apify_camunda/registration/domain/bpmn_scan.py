"""Finds our inbound elements in the BPMN of one process.

A faulty element is reported and left out alone. Its expressions are checked, not evaluated.

Source: https://docs.camunda.io/docs/components/modeler/bpmn/bpmn-coverage/
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from apify_camunda.camunda.bpmn_xml import BPMN, ZEEBE, Node, read_xml
from apify_camunda.camunda.elements import ElementKind, InboundElement
from apify_camunda.camunda.model import ProcessDefinition
from apify_camunda.errors import InvalidInput
from apify_camunda.registration.domain.expression_check import check_element

INBOUND_TYPE: Final = "inbound.type"
_SUB_PROCESSES = ("subProcess", "transaction", "adHocSubProcess")
MOST_BYTES_OF_ELEMENTS: Final = 256 * 1024
"""All elements of a process are kept in one item of DynamoDB, which takes 400 KB."""
_MOST_BYTES_OF_AN_ID = 255
_MOST_PROBLEMS = 100
_MOST_OF_A_REASON = 500
_NEEDS_CORRELATION_KEY = (ElementKind.INTERMEDIATE_CATCH, ElementKind.BOUNDARY, ElementKind.RECEIVE_TASK)


@dataclass(frozen=True, slots=True)
class BpmnScan:
    """What the BPMN of a process says about us.

    Attributes:
        problems: (element id, reason) of elements that cannot work as they are modelled.
        notes: (element id, note) of elements that work.
    """

    elements: tuple[InboundElement, ...]
    problems: tuple[tuple[str, str], ...] = ()
    notes: tuple[tuple[str, str], ...] = ()


def scan_bpmn(xml: str, definition: ProcessDefinition, *, inbound_type: str) -> BpmnScan:
    """Return the elements of one process that carry our inbound type.

    Raises:
        InvalidInput: The document cannot be read at all.
    """
    document = read_xml(xml)
    messages = {
        node.attributes.get("id", ""): node.attributes.get("name") for node in document.named(BPMN, "message")
    }
    found = _Found()
    for process in document.named(BPMN, "process"):
        if process.attributes.get("id") != definition.process_id:
            continue
        reader = _ElementReader(definition, messages, process.attributes.get("name"))
        for node, is_event_sub_process in _nodes_of(process, is_event_sub_process=False):
            properties = _properties(node)
            if properties.get(INBOUND_TYPE) != inbound_type:
                continue
            try:
                element = reader.read(node, properties, is_event_sub_process=is_event_sub_process)
                found.check(element)
            except InvalidInput as error:
                found.report(node.attributes.get("id", ""), error.message)
    return BpmnScan(tuple(found.elements), tuple(found.problems), tuple(found.notes))


@dataclass(slots=True)
class _Found:
    """What has been found so far, as much as can be kept of one process."""

    elements: list[InboundElement] = field(default_factory=list)
    problems: list[tuple[str, str]] = field(default_factory=list)
    notes: list[tuple[str, str]] = field(default_factory=list)
    size_bytes: int = 0

    def check(self, element: InboundElement) -> None:
        """Add an element with what its check has found; a faulty one is reported only.

        Raises:
            InvalidInput: It is more than there is room for.
        """
        checked = check_element(element)
        if checked.faults:
            self.report(element.element_id, "\n".join(checked.faults))
            return
        self.keep(element)
        room = _MOST_PROBLEMS - len(self.notes)
        self.notes += [(element.element_id, note[:_MOST_OF_A_REASON]) for note in checked.notes[:room]]

    def keep(self, element: InboundElement) -> None:
        """Add an element.

        Raises:
            InvalidInput: It is more than there is room for.
        """
        if _size_bytes(element.element_id) > _MOST_BYTES_OF_AN_ID:
            raise InvalidInput(f"The element's id has more than {_MOST_BYTES_OF_AN_ID} bytes.")
        size_bytes = _size_bytes(element.model_dump_json())
        if self.size_bytes + size_bytes > MOST_BYTES_OF_ELEMENTS:
            raise InvalidInput(
                f"The element takes {size_bytes:,} bytes, and those before it {self.size_bytes:,}; "
                f"the elements of a process may take {MOST_BYTES_OF_ELEMENTS:,}. Shorten its expressions."
            )
        self.size_bytes += size_bytes
        self.elements.append(element)

    def report(self, element_id: str, reason: str) -> None:
        """Add a problem, as many as a person may read."""
        if len(self.problems) < _MOST_PROBLEMS:
            self.problems.append((element_id[:_MOST_BYTES_OF_AN_ID], reason[:_MOST_OF_A_REASON]))


@dataclass(frozen=True, slots=True)
class _ElementReader:
    definition: ProcessDefinition
    messages: Mapping[str, str | None]
    process_name: str | None

    def read(self, node: Node, properties: dict[str, str], *, is_event_sub_process: bool) -> InboundElement:
        """Return the element, or raise InvalidInput with what is wrong with it."""
        kind = _kind(node, is_event_sub_process=is_event_sub_process)
        element = InboundElement(
            kind=kind,
            process_id=self.definition.process_id,
            process_name=self.process_name or self.definition.name,
            definition_key=self.definition.key,
            version=self.definition.version,
            tenant_id=self.definition.tenant_id,
            element_id=node.attributes.get("id", ""),
            element_name=node.attributes.get("name"),
            message_name=None if kind is ElementKind.START else self._message_name(node),
            properties=properties,
        )
        if kind in _NEEDS_CORRELATION_KEY and element.property_or_none("correlationKeyExpression") is None:
            raise InvalidInput("The element has no 'correlationKeyExpression' (Correlation key (payload)).")
        return element

    def _message_name(self, node: Node) -> str:
        event = node.first(BPMN, "messageEventDefinition") or node
        name = self.messages.get(event.attributes.get("messageRef", ""))
        if not name:
            raise InvalidInput("The element's message has no name.")
        if name.startswith("="):
            raise InvalidInput(
                "The message's name is an expression; give it a fixed name, "
                "because events come without the variables of a process."
            )
        return name


def _size_bytes(text: str) -> int:
    return len(text.encode(errors="surrogatepass"))


def _nodes_of(scope: Node, *, is_event_sub_process: bool) -> Iterator[tuple[Node, bool]]:
    """Yield all flow nodes of a process or sub-process with whether an event sub-process holds them."""
    for node in scope.children:
        yield node, is_event_sub_process
    for inner in scope.named(BPMN, *_SUB_PROCESSES):
        by_event = inner.attributes.get("triggeredByEvent", "").strip() in ("true", "1")
        yield from _nodes_of(inner, is_event_sub_process=by_event)


def _kind(node: Node, *, is_event_sub_process: bool) -> ElementKind:
    has_message = node.first(BPMN, "messageEventDefinition") is not None
    match node.name.rpartition(" ")[2]:
        case "startEvent" if has_message and is_event_sub_process:
            return ElementKind.EVENT_SUB_PROCESS_START
        case "startEvent" if has_message:
            return ElementKind.MESSAGE_START
        case "startEvent":
            return ElementKind.START
        case "intermediateCatchEvent" if has_message:
            return ElementKind.INTERMEDIATE_CATCH
        case "boundaryEvent" if has_message:
            return ElementKind.BOUNDARY
        case "receiveTask":
            return ElementKind.RECEIVE_TASK
        case "intermediateCatchEvent" | "boundaryEvent":
            raise InvalidInput("The event is no message event.")
        case other:
            raise InvalidInput(f"An inbound connector cannot be on an element of the kind '{other}'.")


def _properties(node: Node) -> dict[str, str]:
    """Return the `zeebe:property` values; the first of a name counts, one without a value does not."""
    properties: dict[str, str] = {}
    for extensions in node.named(BPMN, "extensionElements"):
        for found in extensions.within(ZEEBE, "properties", "property"):
            name, value = found.attributes.get("name"), found.attributes.get("value")
            if name is not None and value is not None:
                properties.setdefault(name, value)
    return properties
