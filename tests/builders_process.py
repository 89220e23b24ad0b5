"""Builds small valid BPMN models for tests: one fluent call an element, connected in the calls' order."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self
from xml.sax.saxutils import escape, quoteattr

NO_VALUES: Mapping[str, str] = {}

_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"'
    ' xmlns:zeebe="http://camunda.org/schema/zeebe/1.0"'
    ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    ' id="definitions" targetNamespace="http://bpmn.io/schema/bpmn">'
)


@dataclass(frozen=True, slots=True)
class MessageRef:
    """A message and, except for start events, the FEEL of its correlation key."""

    name: str
    key: str = ""


@dataclass(frozen=True, slots=True)
class _Node:
    tag: str
    id: str
    attributes: str
    extensions: str
    body: str


@dataclass(frozen=True, slots=True)
class _Flow:
    id: str
    source: str
    target: str
    condition: str


@dataclass
class Bpmn:
    """A process, or the inside of a sub-process, that grows element by element.

    Each call adds an element and a sequence flow to it from the one before; `at` goes back to an element,
    `when` gives the next flow a condition, `to` draws a flow to an element that is there already.
    """

    process_id: str = "process"
    name: str = ""
    version_tag: str = ""
    _nodes: list[_Node] = field(default_factory=list)
    _flows: list[_Flow] = field(default_factory=list)
    _messages: dict[str, MessageRef] = field(default_factory=dict)
    _errors: dict[str, str] = field(default_factory=dict)
    _last: str = ""
    _condition: str = ""

    # Where the next flow begins

    def at(self, element_id: str) -> Self:
        """Go on from an element that is there already."""
        self._last = element_id
        return self

    def when(self, condition: str) -> Self:
        """Give the next flow a condition."""
        self._condition = condition
        return self

    def to(self, element_id: str, flow_id: str = "") -> Self:
        """Draw a flow to an element that is there, or will be."""
        self._connect(element_id, flow_id)
        return self

    # Events

    def start(
        self,
        element_id: str = "start",
        *,
        message: MessageRef | None = None,
        timer: tuple[str, str] | None = None,
        error: str | None = None,
        interrupting: bool = True,
        outputs: Mapping[str, str] = NO_VALUES,
        properties: Mapping[str, str] = NO_VALUES,
    ) -> Self:
        """Add a start event; `timer` is (kind, expression), `error` a code ("" for any)."""
        self._last = ""
        extensions = _extensions(outputs=outputs, properties=properties)
        body = self._event(message, timer, error)
        return self._add("startEvent", element_id, extensions, body, isInterrupting=_bool(interrupting))

    def catch(
        self,
        element_id: str = "catch",
        *,
        message: MessageRef | None = None,
        timer: tuple[str, str] | None = None,
        outputs: Mapping[str, str] = NO_VALUES,
        properties: Mapping[str, str] = NO_VALUES,
    ) -> Self:
        """Add an intermediate catch event."""
        extensions = _extensions(outputs=outputs, properties=properties)
        body = self._event(message, timer, None)
        return self._add("intermediateCatchEvent", element_id, extensions, body)

    def boundary(
        self,
        element_id: str,
        host: str,
        *,
        message: MessageRef | None = None,
        timer: tuple[str, str] | None = None,
        error: str | None = None,
        interrupting: bool = True,
        outputs: Mapping[str, str] = NO_VALUES,
        properties: Mapping[str, str] = NO_VALUES,
    ) -> Self:
        """Attach an event to an activity, and go on from the event."""
        self._last = ""
        extensions = _extensions(outputs=outputs, properties=properties)
        body = self._event(message, timer, error)
        return self._add(
            "boundaryEvent",
            element_id,
            extensions,
            body,
            attachedToRef=host,
            cancelActivity=_bool(interrupting),
        )

    def end(self, element_id: str = "end", *, terminate: bool = False, error: str | None = None) -> Self:
        """Add an end event."""
        body = "<bpmn:terminateEventDefinition/>" if terminate else self._event(None, None, error)
        return self._add("endEvent", element_id, "", body)

    # Activities

    def task(
        self,
        element_id: str = "task",
        *,
        job_type: str = "work",
        retries: str = "",
        inputs: Mapping[str, str] = NO_VALUES,
        outputs: Mapping[str, str] = NO_VALUES,
        headers: Mapping[str, str] = NO_VALUES,
        loop: Mapping[str, str] | None = None,
    ) -> Self:
        """Add a service task; `loop` has zeebe:loopCharacteristics' attributes, and isSequential."""
        given = f" retries={quoteattr(retries)}" if retries else ""
        definition = f"<zeebe:taskDefinition type={quoteattr(job_type)}{given}/>"
        extensions = _extensions(definition, inputs=inputs, outputs=outputs, headers=headers)
        return self._add("serviceTask", element_id, extensions, _loop(loop))

    def receive(
        self,
        element_id: str = "receive",
        *,
        message: MessageRef,
        outputs: Mapping[str, str] = NO_VALUES,
        properties: Mapping[str, str] = NO_VALUES,
        loop: Mapping[str, str] | None = None,
    ) -> Self:
        """Add a receive task."""
        extensions = _extensions(outputs=outputs, properties=properties)
        reference = self._message_id(message)
        return self._add("receiveTask", element_id, extensions, _loop(loop), messageRef=reference)

    def user_task(self, element_id: str = "ask", *, native: bool = True) -> Self:
        """Add a user task: Camunda's own, or a job of the type of user tasks."""
        return self._add("userTask", element_id, _extensions("<zeebe:userTask/>" if native else ""), "")

    def call(
        self,
        element_id: str,
        process_id: str,
        *,
        outputs: Mapping[str, str] = NO_VALUES,
        loop: Mapping[str, str] | None = None,
    ) -> Self:
        """Add a call activity."""
        called = f"<zeebe:calledElement processId={quoteattr(process_id)}/>"
        return self._add("callActivity", element_id, _extensions(called, outputs=outputs), _loop(loop))

    def script(self, element_id: str, expression: str, result: str) -> Self:
        """Add a script task."""
        body = f"<zeebe:script expression={quoteattr(expression)} resultVariable={quoteattr(result)}/>"
        return self._add("scriptTask", element_id, _extensions(body), "")

    def sub_process(
        self,
        element_id: str,
        inside: "Bpmn",
        *,
        event: bool = False,
        loop: Mapping[str, str] | None = None,
    ) -> Self:
        """Add an embedded sub-process, or (connected to nothing) an event sub-process."""
        self._messages |= inside._messages
        self._errors |= inside._errors
        if event:
            self._last = ""
        body = _loop(loop) + inside._body()
        return self._add("subProcess", element_id, "", body, triggeredByEvent=_bool(event))

    def ad_hoc(
        self,
        element_id: str,
        inside: "Bpmn",
        *,
        settings: Mapping[str, str] = NO_VALUES,
        job_type: str = "",
        condition: str = "",
        cancels_remaining: bool = True,
    ) -> Self:
        """Add an ad-hoc sub-process; `settings` has zeebe:adHoc's attributes, elements are not connected."""
        given = "".join(f" {name}={quoteattr(value)}" for name, value in settings.items())
        job = f"<zeebe:taskDefinition type={quoteattr(job_type)}/>" if job_type else ""
        last = (
            f"<bpmn:completionCondition>{escape(condition)}</bpmn:completionCondition>" if condition else ""
        )
        return self._add(
            "adHocSubProcess",
            element_id,
            _extensions(f"{job}<zeebe:adHoc{given}/>"),
            inside._body() + last,
            cancelRemainingInstances=_bool(cancels_remaining),
        )

    # Gateways

    def exclusive(self, element_id: str = "split", *, default: str = "") -> Self:
        """Add an exclusive gateway; `default` is a flow's id."""
        return self._add("exclusiveGateway", element_id, "", "", default=default)

    def inclusive(self, element_id: str = "some", *, default: str = "") -> Self:
        """Add an inclusive gateway."""
        return self._add("inclusiveGateway", element_id, "", "", default=default)

    def parallel(self, element_id: str = "fork") -> Self:
        """Add a parallel gateway."""
        return self._add("parallelGateway", element_id, "", "")

    def event_based(self, element_id: str = "race") -> Self:
        """Add an event-based gateway."""
        return self._add("eventBasedGateway", element_id, "", "")

    # What comes out

    def xml(self) -> bytes:
        """Return the file."""
        messages = "".join(
            f"<bpmn:message id={quoteattr(i)} name={quoteattr(m.name)}>"
            + (_extensions(f"<zeebe:subscription correlationKey={quoteattr(m.key)}/>") if m.key else "")
            + "</bpmn:message>"
            for i, m in self._messages.items()
        )
        errors = "".join(
            f"<bpmn:error id={quoteattr(i)} errorCode={quoteattr(c)}/>" for i, c in self._errors.items()
        )
        name = f" name={quoteattr(self.name)}" if self.name else ""
        tag = f"<zeebe:versionTag value={quoteattr(self.version_tag)}/>" if self.version_tag else ""
        process = f'<bpmn:process id={quoteattr(self.process_id)}{name} isExecutable="true">'
        body = f"{_extensions(tag)}{self._body()}</bpmn:process>"
        return f"{_HEAD}{messages}{errors}{process}{body}</bpmn:definitions>".encode()

    def resource(self) -> tuple[str, bytes]:
        """Return the file with its name."""
        return f"{self.process_id}.bpmn", self.xml()

    def _body(self) -> str:
        return "".join(map(self._node, self._nodes)) + "".join(map(_flow, self._flows))

    def _node(self, node: _Node) -> str:
        flows = "".join(
            f"<bpmn:incoming>{escape(f.id)}</bpmn:incoming>" for f in self._flows if f.target == node.id
        )
        flows += "".join(
            f"<bpmn:outgoing>{escape(f.id)}</bpmn:outgoing>" for f in self._flows if f.source == node.id
        )
        inside = f"{node.extensions}{flows}{node.body}"
        return f"<bpmn:{node.tag} id={quoteattr(node.id)}{node.attributes}>{inside}</bpmn:{node.tag}>"

    def _add(self, tag: str, element_id: str, extensions: str, body: str, **attributes: str) -> Self:
        given = "".join(f" {name}={quoteattr(value)}" for name, value in attributes.items() if value)
        self._nodes.append(_Node(tag, element_id, given, extensions, body))
        is_apart = tag in {"startEvent", "boundaryEvent"} or attributes.get("triggeredByEvent") == "true"
        if not is_apart:
            self._connect(element_id)
        self._last = element_id
        return self

    def _connect(self, element_id: str, flow_id: str = "") -> None:
        if self._last:
            name = flow_id or f"{self._last}-{element_id}"
            self._flows.append(_Flow(name, self._last, element_id, self._condition))
        self._condition = ""

    def _event(self, message: MessageRef | None, timer: tuple[str, str] | None, error: str | None) -> str:
        if message is not None:
            return f"<bpmn:messageEventDefinition messageRef={quoteattr(self._message_id(message))}/>"
        if timer is not None:
            kind, text = timer
            inner = f'<bpmn:{kind} xsi:type="bpmn:tFormalExpression">{escape(text)}</bpmn:{kind}>'
            return f"<bpmn:timerEventDefinition>{inner}</bpmn:timerEventDefinition>"
        if error is not None:
            reference = f" errorRef={quoteattr(self._error_id(error))}" if error else ""
            return f"<bpmn:errorEventDefinition{reference}/>"
        return ""

    def _message_id(self, message: MessageRef) -> str:
        message_id = f"message-{message.name}-{message.key}".encode().hex()
        self._messages[f"m{message_id}"] = message
        return f"m{message_id}"

    def _error_id(self, code: str) -> str:
        self._errors[f"error-{code}"] = code
        return f"error-{code}"


def _flow(flow: _Flow) -> str:
    ends = f"id={quoteattr(flow.id)} sourceRef={quoteattr(flow.source)} targetRef={quoteattr(flow.target)}"
    if not flow.condition:
        return f"<bpmn:sequenceFlow {ends}/>"
    inner = f'<bpmn:conditionExpression xsi:type="bpmn:tFormalExpression">{escape(flow.condition)}'
    return f"<bpmn:sequenceFlow {ends}>{inner}</bpmn:conditionExpression></bpmn:sequenceFlow>"


def _extensions(
    body: str = "",
    *,
    inputs: Mapping[str, str] = NO_VALUES,
    outputs: Mapping[str, str] = NO_VALUES,
    headers: Mapping[str, str] = NO_VALUES,
    properties: Mapping[str, str] = NO_VALUES,
) -> str:
    mappings = "".join(
        f"<zeebe:{direction} source={quoteattr(source)} target={quoteattr(target)}/>"
        for direction, targets in (("input", inputs), ("output", outputs))
        for target, source in targets.items()
    )
    body += f"<zeebe:ioMapping>{mappings}</zeebe:ioMapping>" if mappings else ""
    body += _named("taskHeaders", "header", "key", headers)
    body += _named("properties", "property", "name", properties)
    return f"<bpmn:extensionElements>{body}</bpmn:extensionElements>" if body else ""


def _named(holder: str, entry: str, name: str, values: Mapping[str, str]) -> str:
    if not values:
        return ""
    rows = "".join(f"<zeebe:{entry} {name}={quoteattr(k)} value={quoteattr(v)}/>" for k, v in values.items())
    return f"<zeebe:{holder}>{rows}</zeebe:{holder}>"


def _loop(loop: Mapping[str, str] | None) -> str:
    if loop is None:
        return ""
    own = {k: v for k, v in loop.items() if k not in {"isSequential", "completionCondition"}}
    attributes = "".join(f" {k}={quoteattr(v)}" for k, v in own.items())
    sequential = f" isSequential={quoteattr(loop.get('isSequential', 'false'))}"
    inner = _extensions(f"<zeebe:loopCharacteristics{attributes}/>")
    if "completionCondition" in loop:
        inner += (
            '<bpmn:completionCondition xsi:type="bpmn:tFormalExpression">'
            f"{escape(loop['completionCondition'])}</bpmn:completionCondition>"
        )
    tag = "multiInstanceLoopCharacteristics"
    return f"<bpmn:{tag}{sequential}>{inner}</bpmn:{tag}>"


def _bool(value: bool) -> str:  # noqa: FBT001 - it turns a bool into text
    return "true" if value else "false"
