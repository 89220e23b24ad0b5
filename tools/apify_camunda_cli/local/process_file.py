"""Reads from a BPMN file which process is run, and what starts it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

from apify_camunda_cli.errors import UsageError
from apify_camunda_cli.parameters import read_bytes

BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
ZEEBE = "{http://camunda.org/schema/zeebe/1.0}"


@dataclass(frozen=True, slots=True)
class ProcessFile:
    """An executable process in a BPMN file.

    Attributes:
        starts_by_hand: Whether it has a none start event that belongs to no inbound connector.
    """

    path: Path
    content: bytes
    process_id: str
    name: str
    starts_by_hand: bool


def read_process_file(path: Path) -> ProcessFile:
    """Return the first executable process of a file.

    Raises:
        UsageError: It is not BPMN, or holds no executable process.
    """
    return parse_process_file(read_bytes(path, "The process file"), path)


def parse_process_file(content: bytes, path: Path) -> ProcessFile:
    """Return the first executable process of a file's content; the path is for messages.

    Raises:
        UsageError: It is not BPMN, or holds no executable process.
    """
    try:
        root = ET.fromstring(content)
    except (ET.ParseError, ValueError, LookupError) as error:  # the latter two: of its encoding
        raise UsageError(f"The process file {path} is not BPMN: {error}.") from error
    if root.tag != f"{BPMN}definitions":
        raise UsageError(f"The process file {path} is not BPMN: its root is <{root.tag.rpartition('}')[2]}>.")
    for process in root.iter(f"{BPMN}process"):
        if process.get("isExecutable") == "true":
            process_id = process.get("id") or ""
            starts = any(_starts_by_hand(event) for event in process.findall(f"{BPMN}startEvent"))
            return ProcessFile(path, content, process_id, process.get("name") or process_id, starts)
    raise UsageError(f'The process file {path} holds no executable process; set isExecutable="true".')


def _starts_by_hand(event: ET.Element) -> bool:
    """Say whether a start event waits for nothing."""
    if any(child.tag.endswith("EventDefinition") for child in event):
        return False
    return all(item.get("name") != "inbound.type" for item in event.iter(f"{ZEEBE}property"))
