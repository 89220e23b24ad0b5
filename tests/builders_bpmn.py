"""BPMN as the modeller writes it, cut down to what the scan reads."""

from __future__ import annotations

from xml.sax.saxutils import quoteattr

from tests import builders

HEAD = (
    '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" '
    'xmlns:zeebe="http://camunda.org/schema/zeebe/1.0">'
)
MESSAGE = '<bpmn:message id="Message_1" name="run-finished"/>'


def bpmn(*elements: str, process_id: str = "orders", messages: str = MESSAGE) -> str:
    """Return a document with one process that holds these elements."""
    process = f'<bpmn:process id="{process_id}" name="Orders">{"".join(elements)}</bpmn:process>'
    return f"{HEAD}{process}{messages}</bpmn:definitions>"


def node(
    tag: str,
    element_id: str,
    *,
    properties: dict[str, str] | None = None,
    message: str | None = None,
    inner: str = "",
) -> str:
    """Return one BPMN element, with our properties and a message event definition where given."""
    listed = "".join(
        f"<zeebe:property name={quoteattr(name)} value={quoteattr(value)}/>"
        for name, value in (properties or {}).items()
    )
    extensions = (
        f"<bpmn:extensionElements><zeebe:properties>{listed}</zeebe:properties></bpmn:extensionElements>"
    )
    event = f'<bpmn:messageEventDefinition messageRef="{message}"/>' if message else ""
    return f'<bpmn:{tag} id="{element_id}">{extensions if properties else ""}{event}{inner}</bpmn:{tag}>'


def start(element_id: str = "Start_1", **properties: str | None) -> str:
    """Return a plain start event of ours."""
    return node("startEvent", element_id, properties=builders.properties(**properties))


def catch(element_id: str = "Catch_1", **properties: str | None) -> str:
    """Return an intermediate catch event of ours."""
    keyed = builders.properties(**{"correlationKeyExpression": "=connectorData.runId"} | properties)
    return node("intermediateCatchEvent", element_id, properties=keyed, message="Message_1")
