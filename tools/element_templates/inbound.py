"""Builds the templates of the elements that get Apify's events."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from element_templates.inbound_fields import (
    ADVANCED_GROUP,
    CORRELATION_GROUP,
    ENDED,
    EVENT_CHOICE,
    EVENT_GROUP,
    OUTPUT_GROUP,
    OWN_CONDITION,
    RESOURCE_GROUP,
    correlation_fields,
    event_fields,
    output_fields,
    resource_fields,
    webhook_fields,
)
from element_templates.properties import Binding, Property
from element_templates.template import ID_PREFIX, Preset, Template
from element_templates.token_field import TOKEN_GROUP, token_field

INBOUND_TYPE: Final = "io.camunda:apify-inbound:1"
INBOUND_ID: Final = f"{ID_PREFIX}.inbound.v1"
_KEYWORDS: Final = ("apify", "event", "webhook", "actor", "task", "run", "finished", "scraping")
_MESSAGE: Final = "bpmn:MessageEventDefinition"


@dataclass(frozen=True, slots=True)
class Element:
    """One kind of BPMN element that gets events.

    Attributes:
        suffix: The end of the template's id.
        has_message: The element gets a message; otherwise the event starts a process directly.
        may_lack_key: The modeller chooses whether a correlation key is needed.
    """

    file: str
    suffix: str
    name: str
    description: str
    page: str
    keywords: tuple[str, ...]
    applies_to: tuple[str, ...]
    element_type: str
    event_definition: str | None = _MESSAGE
    has_message: bool = True
    may_lack_key: bool = False


ELEMENTS: Final = (
    Element(
        file="apify-start-event",
        suffix="StartEvent",
        name="Apify Start Event",
        description="Start a process when a run of an Actor or task ends.",
        page="guide/elements/start-event/",
        keywords=("start", "trigger"),
        applies_to=("bpmn:StartEvent",),
        element_type="bpmn:StartEvent",
        event_definition=None,
        has_message=False,
    ),
    Element(
        file="apify-message-start-event",
        suffix="MessageStartEvent",
        name="Apify Message Start Event",
        description="Start a process by a message when a run of an Actor or task ends; the same event never "
        "starts a second instance.",
        page="guide/elements/message-start-event/",
        keywords=("start", "trigger", "message"),
        applies_to=("bpmn:StartEvent",),
        element_type="bpmn:StartEvent",
        may_lack_key=True,
    ),
    Element(
        file="apify-intermediate-catch-event",
        suffix="IntermediateCatchEvent",
        name="Apify Intermediate Catch Event",
        description="Wait in a process until a run of an Actor or task ends.",
        page="guide/elements/intermediate-catch-event/",
        keywords=("wait", "catch", "message"),
        applies_to=("bpmn:IntermediateCatchEvent", "bpmn:IntermediateThrowEvent"),
        element_type="bpmn:IntermediateCatchEvent",
    ),
    Element(
        file="apify-boundary-event",
        suffix="BoundaryEvent",
        name="Apify Boundary Event",
        description="React to the end of a run while a task or sub-process is active.",
        page="guide/elements/boundary-event/",
        keywords=("boundary", "interrupt", "message"),
        applies_to=("bpmn:BoundaryEvent",),
        element_type="bpmn:BoundaryEvent",
    ),
    Element(
        file="apify-receive-task",
        suffix="ReceiveTask",
        name="Apify Receive Task",
        description="Wait in a process until a run of an Actor or task ends; a task can carry boundary "
        "events.",
        page="guide/elements/receive-task/",
        keywords=("wait", "receive", "message"),
        applies_to=("bpmn:Task",),
        element_type="bpmn:ReceiveTask",
        event_definition=None,
    ),
    Element(
        file="apify-event-sub-process-start-event",
        suffix="EventSubProcessStartEvent",
        name="Apify Event Sub-process Start Event",
        description="React to the end of a run anywhere in a process or sub-process, by an event "
        "sub-process.",
        page="guide/elements/event-sub-process/",
        keywords=("event sub-process", "start", "message"),
        applies_to=("bpmn:StartEvent",),
        element_type="bpmn:StartEvent",
    ),
)


def inbound_templates() -> tuple[Template, ...]:
    """Return the templates of all elements that get events."""
    return tuple(_template(element) for element in ELEMENTS)


def _template(element: Element) -> Template:
    correlation = (
        correlation_fields(
            may_lack_key=element.may_lack_key,
            is_event_sub_process=element.suffix == "EventSubProcessStartEvent",
        )
        if element.has_message
        else ()
    )
    return Template(
        file=element.file,
        id=f"{INBOUND_ID}:{element.suffix}",
        name=element.name,
        description=element.description,
        page=element.page,
        keywords=(*_KEYWORDS, *element.keywords),
        applies_to=element.applies_to,
        element_type=element.element_type,
        event_definition=element.event_definition,
        groups=(TOKEN_GROUP, RESOURCE_GROUP, EVENT_GROUP, CORRELATION_GROUP, OUTPUT_GROUP, ADVANCED_GROUP),
        properties=(
            Property(None, "Hidden", Binding("zeebe:property", "inbound.type"), value=INBOUND_TYPE),
            Property(
                "consumeUnmatchedEvents",
                "Hidden",
                Binding("zeebe:property", "consumeUnmatchedEvents"),
                value="true",
            ),
            token_field("zeebe:property"),
            *resource_fields(),
            *event_fields(),
            *correlation,
            *output_fields(),
            *webhook_fields(),
        ),
        presets=_PRESETS,
    )


_PRESETS: Final = tuple(
    Preset(
        id=choice or "own",
        path=(name,),
        description=f"The event counts when {when}.",
        keywords=keywords,
        values={EVENT_CHOICE: choice},
    )
    for choice, name, when, keywords in (
        ("succeeded", "Run succeeded", "a run has ended as SUCCEEDED", ("success", "finished")),
        (
            "notSucceeded",
            "Run did not succeed",
            "a run has failed, timed out or was aborted",
            ("failed", "error"),
        ),
        (ENDED, "Run ended", "a run has ended in any way", ("finished", "done")),
        (OWN_CONDITION, "Own condition", "a FEEL expression of your own is true", ("condition", "filter")),
    )
)
