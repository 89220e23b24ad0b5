"""Reads the content of one BPMN element, mainly Zeebe's extension elements."""

from collections.abc import Iterator
from xml.etree import ElementTree as ET

from emulators.camunda.model import (
    CalledElement,
    JobDefinition,
    Kind,
    Loop,
    Script,
    SequenceFlow,
    TimerEvent,
    TimerKind,
    UserTaskDefinition,
    VariableMapping,
)
from emulators.camunda.single_extensions import BPMN, ZEEBE
from emulators.camunda.unsupported import UNSUPPORTED

USER_TASK_JOB_TYPE = "io.camunda.zeebe:userTask"
DEFAULT_RETRIES = "3"


class InvalidModel(Exception):
    """A file cannot be deployed."""

    def __init__(self, message: str, element_id: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.element_id = element_id


def extension(node: ET.Element, name: str) -> ET.Element | None:
    """Return a Zeebe extension element, or None."""
    return node.find(f"{BPMN}extensionElements/{ZEEBE}{name}")


def _text(node: ET.Element | None) -> str | None:
    return None if node is None or node.text is None else node.text.strip()


def refuse_unknown_extensions(node: ET.Element) -> None:
    """Refuse what would change how an element is carried out, and which the stand-in does not do.

    Raises:
        InvalidModel: There are listeners, a decision, or a called process that is not the latest version.
    """
    for name in ("executionListeners", "taskListeners", "calledDecision"):
        found = extension(node, name)
        if found is not None and (len(found) or found.attrib):
            raise InvalidModel(UNSUPPORTED[name].refusal, node.get("id"))
    called = extension(node, "calledElement")
    if called is not None and called.get("bindingType", "latest") != "latest":
        raise InvalidModel(UNSUPPORTED["bindingType"].refusal, node.get("id"))


def sequence_flow(node: ET.Element) -> SequenceFlow:
    """Return a sequence flow with its condition."""
    condition = _text(node.find(f"{BPMN}conditionExpression"))
    return SequenceFlow(
        node.get("id", ""), node.get("sourceRef", ""), node.get("targetRef", ""), condition or None
    )


def timer_event(node: ET.Element, element_id: str | None) -> TimerEvent:
    """Return a timer.

    Raises:
        InvalidModel: It has no time.
    """
    for kind in TimerKind:
        text = _text(node.find(f"{BPMN}{kind.value}"))
        if text:
            return TimerEvent(kind, text)
    raise InvalidModel("Must have exactly one of timeDate, timeDuration and timeCycle", element_id)


def variable_mappings(node: ET.Element, direction: str) -> Iterator[VariableMapping]:
    """Yield the zeebe:input or zeebe:output mappings of an element."""
    mappings = extension(node, "ioMapping")
    for mapping in () if mappings is None else mappings.findall(f"{ZEEBE}{direction}"):
        yield VariableMapping(mapping.get("source", ""), mapping.get("target", ""))


def job_definition(node: ET.Element, kind: Kind) -> JobDefinition | None:
    """Return what makes an element a job, or None."""
    headers_node = extension(node, "taskHeaders")
    headers = {
        h.get("key", ""): h.get("value", "")
        for h in ([] if headers_node is None else headers_node.findall(f"{ZEEBE}header"))
        if h.get("key") and h.get("value")
    }
    if kind is Kind.USER_TASK:
        is_native = extension(node, "userTask") is not None
        return None if is_native else JobDefinition(USER_TASK_JOB_TYPE, "1", headers)
    definition = extension(node, "taskDefinition")
    if definition is None:
        return None
    return JobDefinition(definition.get("type", ""), definition.get("retries") or DEFAULT_RETRIES, headers)


def user_task_of(node: ET.Element, kind: Kind) -> UserTaskDefinition | None:
    """Return what a user task says of who is to do it, and when; None for other elements."""
    if kind is not Kind.USER_TASK:
        return None

    def said(name: str, attribute: str) -> str:
        found = extension(node, name)
        return "" if found is None else found.get(attribute, "")

    return UserTaskDefinition(
        assignee=said("assignmentDefinition", "assignee"),
        candidate_groups=said("assignmentDefinition", "candidateGroups"),
        candidate_users=said("assignmentDefinition", "candidateUsers"),
        due_date=said("taskSchedule", "dueDate"),
        follow_up_date=said("taskSchedule", "followUpDate"),
        priority=said("priorityDefinition", "priority"),
    )


def script_of(node: ET.Element) -> Script | None:
    """Return a script task's zeebe:script, or None."""
    script = extension(node, "script")
    return None if script is None else Script(script.get("expression", ""), script.get("resultVariable", ""))


def called_element(node: ET.Element) -> CalledElement | None:
    """Return a call activity's zeebe:calledElement, or None."""
    called = extension(node, "calledElement")
    if called is None:
        return None
    return CalledElement(
        called.get("processId", ""),
        propagates_parent_variables=called.get("propagateAllParentVariables") != "false",
        propagates_child_variables=called.get("propagateAllChildVariables") != "false",
    )


def loop_of(node: ET.Element, element_id: str) -> Loop | None:
    """Return an activity's multi-instance marker, or None.

    Raises:
        InvalidModel: It lacks its collection.
    """
    marker = node.find(f"{BPMN}multiInstanceLoopCharacteristics")
    if marker is None:
        return None
    characteristics = extension(marker, "loopCharacteristics")
    if characteristics is None or not characteristics.get("inputCollection"):
        raise InvalidModel("Must have an 'inputCollection' in zeebe:loopCharacteristics", element_id)
    return Loop(
        is_sequential=marker.get("isSequential") == "true",
        input_collection=characteristics.get("inputCollection", ""),
        input_element=characteristics.get("inputElement"),
        output_collection=characteristics.get("outputCollection"),
        output_element=characteristics.get("outputElement"),
        completion_condition=_text(marker.find(f"{BPMN}completionCondition")),
    )


def properties_of(node: ET.Element) -> dict[str, str]:
    """Return the zeebe:properties of an element; of a name that comes twice, the first."""
    properties: dict[str, str] = {}
    holder = extension(node, "properties")
    for entry in () if holder is None else holder.findall(f"{ZEEBE}property"):
        name, value = entry.get("name"), entry.get("value")
        if name and value is not None:
            properties.setdefault(name, value)
    return properties
