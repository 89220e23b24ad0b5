"""Reads BPMN files that the schema allows into models; refuses what the stand-in does not know."""

from dataclasses import dataclass, field
from xml.etree import ElementTree as ET

from emulators.camunda.ad_hoc_reading import ad_hoc_of
from emulators.camunda.extensions import (
    InvalidModel,
    called_element,
    extension,
    job_definition,
    loop_of,
    properties_of,
    refuse_unknown_extensions,
    script_of,
    sequence_flow,
    timer_event,
    user_task_of,
    variable_mappings,
)
from emulators.camunda.model import (
    INNER_SUFFIX,
    Element,
    ErrorEvent,
    EventDefinition,
    Kind,
    MessageEvent,
    ProcessModel,
    SequenceFlow,
    TerminateEvent,
)
from emulators.camunda.single_extensions import BPMN, ZEEBE, repeated_extensions
from emulators.camunda.unsupported import refusal_of

_KIND_BY_TAG = {
    "startEvent": Kind.START_EVENT,
    "endEvent": Kind.END_EVENT,
    "intermediateCatchEvent": Kind.INTERMEDIATE_CATCH_EVENT,
    "intermediateThrowEvent": Kind.INTERMEDIATE_THROW_EVENT,
    "boundaryEvent": Kind.BOUNDARY_EVENT,
    "task": Kind.TASK,
    "manualTask": Kind.MANUAL_TASK,
    "serviceTask": Kind.SERVICE_TASK,
    "sendTask": Kind.SEND_TASK,
    "scriptTask": Kind.SCRIPT_TASK,
    "businessRuleTask": Kind.BUSINESS_RULE_TASK,
    "userTask": Kind.USER_TASK,
    "receiveTask": Kind.RECEIVE_TASK,
    "callActivity": Kind.CALL_ACTIVITY,
    "subProcess": Kind.SUB_PROCESS,
    "adHocSubProcess": Kind.AD_HOC_SUB_PROCESS,
    "exclusiveGateway": Kind.EXCLUSIVE_GATEWAY,
    "inclusiveGateway": Kind.INCLUSIVE_GATEWAY,
    "parallelGateway": Kind.PARALLEL_GATEWAY,
    "eventBasedGateway": Kind.EVENT_BASED_GATEWAY,
}

_WITHOUT_MEANING = frozenset(
    {
        "association",
        "completionCondition",
        "dataObject",
        "dataObjectReference",
        "dataStoreReference",
        "documentation",
        "extensionElements",
        "group",
        "incoming",
        "ioSpecification",
        "laneSet",
        "multiInstanceLoopCharacteristics",
        "outgoing",
        "property",
        "sequenceFlow",
        "textAnnotation",
    }
)


def read_models(content: bytes) -> tuple[ProcessModel, ...]:
    """Return the executable processes of a BPMN file.

    Raises:
        InvalidModel: The file is not BPMN, or says something that the stand-in does not know.
    """
    root = ET.fromstring(content)
    if root.tag != f"{BPMN}definitions":
        raise InvalidModel("The file is not a BPMN model: its root is not bpmn:definitions")
    _refuse_repetitions(root, None)
    definitions = _Definitions.of(root)
    processes = [p for p in root.findall(f"{BPMN}process") if p.get("isExecutable") == "true"]
    if not processes:
        raise InvalidModel("Must contain at least one executable process")
    return tuple(_Reader(definitions).process(p) for p in processes)


def _refuse_repetitions(node: ET.Element, outer_id: str | None) -> None:
    """Refuse an element that has an extension element twice; one without an id is named by its parent."""
    element_id = node.get("id") or outer_id
    for fault in repeated_extensions(node):
        raise InvalidModel(fault, element_id)
    for child in node:
        _refuse_repetitions(child, element_id)


@dataclass(frozen=True, slots=True)
class _Definitions:
    """What processes of a file refer to: messages and errors."""

    messages: dict[str, MessageEvent]
    errors: dict[str, ErrorEvent]

    @classmethod
    def of(cls, root: ET.Element) -> "_Definitions":
        messages = {}
        for node in root.findall(f"{BPMN}message"):
            subscription = node.find(f"{BPMN}extensionElements/{ZEEBE}subscription")
            key = None if subscription is None else subscription.get("correlationKey")
            messages[node.get("id", "")] = MessageEvent(node.get("name", ""), key)
        errors = {n.get("id", ""): ErrorEvent(n.get("errorCode")) for n in root.findall(f"{BPMN}error")}
        return cls(messages, errors)


@dataclass(slots=True)
class _Reader:
    """Reads one process."""

    definitions: _Definitions
    elements: dict[str, Element] = field(default_factory=dict)
    flows: list[SequenceFlow] = field(default_factory=list)

    def process(self, node: ET.Element) -> ProcessModel:
        """Return the model of a bpmn:process."""
        self.elements, self.flows = {}, []
        process_id = node.get("id", "")
        self._add(Element(id=process_id, kind=Kind.PROCESS, name=node.get("name")))
        self._children(node, process_id)
        tag = extension(node, "versionTag")
        form = node.find(f"{BPMN}startEvent/{BPMN}extensionElements/{ZEEBE}formDefinition")
        return ProcessModel(
            process_id=process_id,
            name=node.get("name"),
            version_tag=None if tag is None else tag.get("value"),
            has_start_form=form is not None,
            elements=self.elements,
            flows=tuple(self.flows),
        )

    def _add(self, element: Element) -> None:
        if not element.id:
            raise InvalidModel("Element id must be present and not empty.")
        self.elements[element.id] = element

    def _children(self, node: ET.Element, scope_id: str) -> None:
        for child in node:
            tag = child.tag.removeprefix(BPMN)
            if tag == "sequenceFlow":
                self.flows.append(sequence_flow(child))
            elif tag in _KIND_BY_TAG:
                self._element(child, _KIND_BY_TAG[tag], scope_id)
            elif child.tag.startswith(BPMN) and tag not in _WITHOUT_MEANING:
                raise InvalidModel(refusal_of(tag), child.get("id"))

    def _element(self, node: ET.Element, kind: Kind, scope_id: str) -> None:
        refuse_unknown_extensions(node)
        if kind is Kind.SUB_PROCESS and node.get("triggeredByEvent") == "true":
            kind = Kind.EVENT_SUB_PROCESS
        interrupting = "isInterrupting" if kind is Kind.START_EVENT else "cancelActivity"
        element_id = node.get("id", "")
        self._add(
            Element(
                id=element_id,
                kind=kind,
                name=node.get("name"),
                scope_id=scope_id,
                event=self._event(node, kind),
                attached_to=node.get("attachedToRef"),
                is_interrupting=node.get(interrupting) != "false",
                inputs=tuple(variable_mappings(node, "input")),
                outputs=tuple(variable_mappings(node, "output")),
                job=job_definition(node, kind),
                script=script_of(node),
                called=called_element(node),
                loop=loop_of(node, element_id),
                user_task=user_task_of(node, kind),
                ad_hoc=ad_hoc_of(node) if kind is Kind.AD_HOC_SUB_PROCESS else None,
                default_flow=node.get("default"),
                properties=properties_of(node),
            )
        )
        if kind is Kind.AD_HOC_SUB_PROCESS:
            inner = Element(id=element_id + INNER_SUFFIX, kind=Kind.AD_HOC_INNER, scope_id=element_id)
            self._add(inner)
        if kind in {Kind.SUB_PROCESS, Kind.EVENT_SUB_PROCESS, Kind.AD_HOC_SUB_PROCESS}:
            self._children(node, element_id)

    def _event(self, node: ET.Element, kind: Kind) -> EventDefinition | None:
        if kind is Kind.RECEIVE_TASK:
            return self._message(node, node)
        found = [n for n in node if n.tag.startswith(BPMN) and n.tag.endswith("EventDefinition")]
        if len(found) > 1:
            raise InvalidModel("Must have at most one event definition", node.get("id"))
        return self._definition(found[0], node, kind) if found else None

    def _definition(self, definition: ET.Element, node: ET.Element, kind: Kind) -> EventDefinition | None:
        match definition.tag.removeprefix(BPMN):
            case "messageEventDefinition" if kind in {Kind.END_EVENT, Kind.INTERMEDIATE_THROW_EVENT}:
                _require_job(node)  # what a thrown message says is for people
                return None
            case "messageEventDefinition":
                return self._message(definition, node)
            case "timerEventDefinition":
                return timer_event(definition, node.get("id"))
            case "errorEventDefinition":
                return self.definitions.errors.get(definition.get("errorRef", ""), ErrorEvent(None))
            case "terminateEventDefinition":
                return TerminateEvent()
            case other:
                raise InvalidModel(refusal_of(other), node.get("id"))

    def _message(self, reference: ET.Element, node: ET.Element) -> MessageEvent:
        message = self.definitions.messages.get(reference.get("messageRef", ""))
        if message is None:
            raise InvalidModel("Must reference a message", node.get("id"))
        return message


def _require_job(node: ET.Element) -> None:
    if extension(node, "taskDefinition") is None:
        raise InvalidModel("Must have exactly one 'zeebe:taskDefinition' extension element", node.get("id"))
