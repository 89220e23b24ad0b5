"""Reads from a BPMN file which process is run, and what starts it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final
from xml.etree import ElementTree as ET

from apify_camunda_cli.errors import UsageError
from apify_camunda_cli.parameters import read_bytes

BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
ZEEBE = "{http://camunda.org/schema/zeebe/1.0}"


_FAULTS: Final = {
    "syntax error": "it is no XML",
    "no element found": "it ends before its first tag is closed",
    "unclosed token": "a tag or a text in quotes is not closed",
    "mismatched tag": "a closing tag does not fit the tag that is open",
    "not well-formed (invalid token)": "a character stands where XML does not allow it",
    "duplicate attribute": "an attribute is there twice",
    "unbound prefix": "a prefix is used that no xmlns declares",
    "junk after document element": "something follows after the end of the document",
}
"""What Python's reader of XML says, and what that means to a modeller."""


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
    if not content.strip():
        raise UsageError(f"The process file {path} is empty.")
    try:
        root = ET.fromstring(content)
    except ET.ParseError as error:
        raise UsageError(f"The process file {path} is not BPMN: {_fault(error)}.") from error
    except (ValueError, LookupError) as error:  # of its encoding
        raise UsageError(f"The process file {path} is not BPMN: {error}.") from error
    if root.tag != f"{BPMN}definitions":
        raise UsageError(f"The process file {path} is not BPMN: its root is <{root.tag.rpartition('}')[2]}>.")
    for process in root.iter(f"{BPMN}process"):
        if process.get("isExecutable") == "true":
            process_id = process.get("id") or ""
            starts = any(_starts_by_hand(event) for event in process.findall(f"{BPMN}startEvent"))
            return ProcessFile(path, content, process_id, process.get("name") or process_id, starts)
    raise UsageError(f'The process file {path} holds no executable process; set isExecutable="true".')


def _fault(error: ET.ParseError) -> str:
    """Return in plain words, with its place, why a text is not XML."""
    line, column = error.position
    said = str(error).partition(":")[0]
    return f"{_FAULTS.get(said, said)} (line {line}, column {column + 1})"


def _starts_by_hand(event: ET.Element) -> bool:
    """Say whether a start event waits for nothing."""
    if any(child.tag.endswith("EventDefinition") for child in event):
        return False
    return all(item.get("name") != "inbound.type" for item in event.iter(f"{ZEEBE}property"))
