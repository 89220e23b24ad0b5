"""Finds in a BPMN what Camunda takes and what is hardly meant: misspelt types, and tokens in plain text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final

from apify_camunda.camunda.bpmn_xml import BPMN, ZEEBE, Node, read_xml

_TOKEN: Final = re.compile(r"apify_api_[A-Za-z0-9]{8,}")
"""How a token of Apify begins."""
_NEAR: Final = 0.85
"""From this likeness on, a type is taken for a misspelt one of ours."""
_MOST_WARNINGS: Final = 50
_MOST_OF_A_TYPE: Final = 100
_INBOUND_TYPE: Final = "inbound.type"
_INBOUND_FIELDS: Final = frozenset({"resourceType", "resourceId"})
_REQUEST: Final = "apifyRequestInput."


@dataclass(frozen=True, slots=True)
class ModelWarning:
    """What a person should look at.

    Attributes:
        text: What is odd about the element, and what to do; never a token.
    """

    element_id: str
    text: str


def model_warnings(
    xml: str, process_id: str, *, inbound_type: str, job_type: str
) -> tuple[ModelWarning, ...]:
    """Return what is odd about the elements of one process.

    Args:
        xml: The BPMN document.
        process_id: The process.
        inbound_type: The `inbound.type` of the elements that are served.
        job_type: The job type that is worked.

    Raises:
        InvalidInput: The document cannot be read at all.
    """
    found = (
        ModelWarning(node.attributes.get("id", ""), text)
        for process in read_xml(xml).named(BPMN, "process")
        if process.attributes.get("id") == process_id
        for node in _descendants(process)
        for text in _texts(node, inbound_type, job_type)
    )
    return tuple(warning for warning, _ in zip(found, range(_MOST_WARNINGS), strict=False))


def _descendants(node: Node) -> Iterator[Node]:
    for child in node.children:
        yield child
        yield from _descendants(child)


def _texts(node: Node, inbound_type: str, job_type: str) -> Iterator[str]:
    for extensions in node.named(BPMN, "extensionElements"):
        yield from _of_type(extensions, job_type)
        yield from _of_inbound_type(extensions, inbound_type)
        if any(
            _TOKEN.search(value) for each in _descendants(extensions) for value in each.attributes.values()
        ):
            yield (
                "holds an Apify token in plain text, which everyone who sees the diagram can read. Put it "
                "into a secret, write {{secrets.APIFY_TOKEN}} in its place, and make a new token in Apify "
                "Console."
            )


def _of_type(extensions: Node, job_type: str) -> Iterator[str]:
    has_our_inputs = any(
        each.attributes.get("target", "").startswith(_REQUEST)
        for each in extensions.within(ZEEBE, "ioMapping", "input")
    )
    for definition in extensions.named(ZEEBE, "taskDefinition"):
        given = definition.attributes.get("type", "")
        if given == job_type or given.startswith("="):
            continue
        if has_our_inputs or _is_near(given, job_type):
            yield (
                f"has the job type {given[:_MOST_OF_A_TYPE]!r}; this deployment works {job_type!r}, so it "
                "does not do its jobs. Correct the type, unless another deployment serves the element."
            )


def _of_inbound_type(extensions: Node, inbound_type: str) -> Iterator[str]:
    properties = {
        each.attributes.get("name", ""): each.attributes.get("value", "")
        for each in extensions.within(ZEEBE, "properties", "property")
    }
    given = properties.get(_INBOUND_TYPE, "").strip()
    if given == inbound_type:
        return
    if given and _is_near(given, inbound_type):
        yield (
            f"has the inbound.type {given[:_MOST_OF_A_TYPE]!r}; this deployment serves {inbound_type!r}, so "
            "it gets no events from it. Correct the type, unless another deployment serves the element."
        )
    elif not given and properties.keys() >= _INBOUND_FIELDS:
        yield (
            f"has the fields of Apify's template and no inbound.type, so it gets no events. Apply the "
            f"template again, or add the property inbound.type = {inbound_type}."
        )


def _is_near(given: str, ours: str) -> bool:
    return SequenceMatcher(None, given.strip().casefold(), ours.casefold()).ratio() >= _NEAR
