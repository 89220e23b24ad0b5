"""Small BPMN files."""

from __future__ import annotations

from pathlib import Path

PROCESS = """<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"
    xmlns:zeebe="http://camunda.org/schema/zeebe/1.0">
  <bpmn:process id="order" name="Order" isExecutable="{executable}">{start}</bpmn:process>
</bpmn:definitions>"""
NONE_START = '<bpmn:startEvent id="Start" />'
INBOUND_START = (
    '<bpmn:startEvent id="Start"><bpmn:extensionElements><zeebe:properties>'
    '<zeebe:property name="inbound.type" value="io.camunda:apify-inbound:1" />'
    "</zeebe:properties></bpmn:extensionElements></bpmn:startEvent>"
)
MESSAGE_START = '<bpmn:startEvent id="Start"><bpmn:messageEventDefinition /></bpmn:startEvent>'


def bpmn(folder: Path, start: str = NONE_START, executable: str = "true") -> Path:
    path = folder / "process.bpmn"
    path.write_text(PROCESS.format(start=start, executable=executable))
    return path
