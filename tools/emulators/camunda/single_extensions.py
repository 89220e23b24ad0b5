"""Zeebe's extension elements that an element may have once only."""

from collections import Counter
from collections.abc import Iterator
from typing import Final
from xml.etree import ElementTree as ET

BPMN: Final = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
ZEEBE: Final = "{http://camunda.org/schema/zeebe/1.0}"

_EXACTLY_ONE: Final = "Must have exactly one 'zeebe:{}' extension element"
_HINT: Final = "Please check process definition XML and retain only one extension element."
_WHEN_EXISTS: Final = f"{_EXACTLY_ONE} when exists. {_HINT}"
_WORDS: Final = {
    "taskDefinition": _EXACTLY_ONE,
    "calledElement": _EXACTLY_ONE,
    "loopCharacteristics": _EXACTLY_ONE,
    "subscription": "Must have exactly one zeebe:{} extension element",
    "properties": "Collection expected to have <1> entry but has <2>: zeebe:{}",
    **dict.fromkeys(
        (
            *("adHoc", "assignmentDefinition", "formDefinition", "ioMapping", "priorityDefinition", "script"),
            *("taskHeaders", "taskSchedule", "userTask", "versionTag"),
        ),
        _WHEN_EXISTS,
    ),
}


def repeated_extensions(node: ET.Element) -> Iterator[str]:
    """Yield what is wrong with extension elements that an element has more than once, in Camunda's words."""
    holder = node.find(f"{BPMN}extensionElements")
    names = Counter(child.tag.removeprefix(ZEEBE) for child in (() if holder is None else holder))
    for name, count in names.items():
        is_process = node.tag == f"{BPMN}process"
        if count > 1 and name in _WORDS and not (is_process and name == "properties"):
            yield _WORDS[name].format(name)
