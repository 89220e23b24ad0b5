"""The fields of the elements that get Apify's events."""

from __future__ import annotations

from typing import Final

from apify_camunda.apify.model import ResourceKind

from element_templates.properties import EXPRESSION, Binding, Choice, Condition, Pattern, Property
from element_templates.template import Group

RESOURCE_GROUP: Final = Group("resourceConfig", "Actor or task", is_open=True)
EVENT_GROUP: Final = Group("activation", "Event", is_open=True)
CORRELATION_GROUP: Final = Group(
    "correlation", "Correlation", tooltip="Which process instance gets the event."
)
OUTPUT_GROUP: Final = Group("output", "Result", is_open=True)
ADVANCED_GROUP: Final = Group("webhook", "Webhook")

OWN_CONDITION: Final = ""
ENDED: Final = "ended"
CONDITIONS: Final = {
    "succeeded": '=connectorData.eventType = "ACTOR.RUN.SUCCEEDED"',
    "notSucceeded": '=connectorData.eventType in ("ACTOR.RUN.FAILED", "ACTOR.RUN.TIMED_OUT", '
    '"ACTOR.RUN.ABORTED")',
}
"""What each choice of *Event* writes as the activation condition; *ended* writes none."""
EVENT_CHOICE: Final = "eventChoice"
_CORRELATION_REQUIRED: Final = "correlationRequired"
_DURATION: Final = r"^(=.*|P(?=\d|T\d)(\d+Y)?(\d+M)?(\d+W)?(\d+D)?(T(?=\d)(\d+H)?(\d+M)?(\d+([.]\d+)?S)?)?|)$"


def resource_fields() -> tuple[Property, ...]:
    """Return the fields that name the Actor or task."""
    kind = Property(
        "resourceType",
        "Dropdown",
        Binding("zeebe:property", "resourceType"),
        group=RESOURCE_GROUP.id,
        label="Listen to",
        description="Whether the events of an Actor or of a task are wanted.",
        choices=tuple(Choice(_RESOURCES[each][0].capitalize(), each.value) for each in ResourceKind),
        value=ResourceKind.ACTOR.value,
        not_empty=True,
    )
    return (kind, *(_resource_field(each) for each in ResourceKind))


def _resource_field(kind: ResourceKind) -> Property:
    word, example = _RESOURCES[kind]
    return Property(
        f"resourceId.{kind.value}",
        "String",
        Binding("zeebe:property", "resourceId"),
        group=RESOURCE_GROUP.id,
        label=word.capitalize(),
        description=f"The id of the {word}, or its name as in the URL of Apify Console.",
        tooltip=f"Example: <code>acme/{example}</code>. Each run of it that ends is an event, also a run "
        f"that "
        "was started elsewhere.",
        placeholder=f"username/{word.lower()}-name",
        feel="optional",
        not_empty=True,
        condition=Condition("resourceType", (kind.value,)),
    )


_RESOURCES: Final = {ResourceKind.ACTOR: ("Actor", "crawler"), ResourceKind.TASK: ("task", "crawl-acme")}


def event_fields() -> tuple[Property, ...]:
    """Return the fields that choose the events; each choice but one's own writes the condition itself.

    One's own condition is the choice without a value. Modeler evaluates conditions before it sets defaults,
    so any value would take away the condition of an element that comes from the official template.
    """
    binding = Binding("zeebe:property", "activationCondition")
    choice = Property(
        EVENT_CHOICE,
        "Dropdown",
        Binding("zeebe:property", EVENT_CHOICE),
        group=EVENT_GROUP.id,
        label="Event",
        description="Which ends of a run count.",
        choices=(
            Choice("Own condition (empty: every end of a run)", OWN_CONDITION),
            Choice("Run succeeded", "succeeded"),
            Choice("Run did not succeed (failed, timed out, aborted)", "notSucceeded"),
            Choice("Run ended (in any way)", ENDED),
        ),
        optional=True,
    )
    own = Property(
        "activationCondition",
        "Text",
        binding,
        group=EVENT_GROUP.id,
        label="Own condition",
        description="A FEEL expression on the event. Only <code>true</code> lets the event in. Empty: every "
        "end of a run counts.",
        tooltip='Example: <code>= connectorData.status = "SUCCEEDED" and '
        "connectorData.resource.usageTotalUsd < 1</code> is <code>true</code> for a run that succeeded and "
        "cost less than one dollar.",
        placeholder='= connectorData.status = "SUCCEEDED"',
        feel="required",
        optional=True,
        condition=Condition(EVENT_CHOICE),
    )
    written = tuple(
        Property(
            f"activationCondition.{name}",
            "Hidden",
            binding,
            value=condition,
            condition=Condition(EVENT_CHOICE, (name,)),
        )
        for name, condition in CONDITIONS.items()
    )
    return (choice, own, *written)


def correlation_fields(*, may_lack_key: bool, is_event_sub_process: bool) -> tuple[Property, ...]:
    """Return the fields that decide which instance gets the event."""
    needs_key = Condition(_CORRELATION_REQUIRED, ("required",)) if may_lack_key else None
    fields: list[Property] = []
    if may_lack_key:
        fields.append(_CORRELATION_CHOICE)
    elif is_event_sub_process:
        binding = Binding("zeebe:property", _CORRELATION_REQUIRED)
        fields.append(Property(_CORRELATION_REQUIRED, "Hidden", binding, value="required"))
    fields += [
        Property(
            "correlationKeyProcess",
            "String",
            Binding("bpmn:Message#zeebe:subscription#property", "correlationKey"),
            group=CORRELATION_GROUP.id,
            label="Correlation key (process)",
            description="What this instance waits for: a FEEL expression on process variables.",
            tooltip="Example: <code>= run.data.id</code> is the id of the run that an earlier element "
            "started "
            "with the result variable <code>run</code>.",
            placeholder="= run.data.id",
            value="=run.data.id",
            feel="optional",
            pattern=EXPRESSION,
            not_empty=True,
            condition=needs_key,
        ),
        Property(
            "correlationKeyPayload",
            "String",
            Binding("zeebe:property", "correlationKeyExpression"),
            group=CORRELATION_GROUP.id,
            label="Correlation key (payload)",
            description="The same value, taken from the event: a FEEL expression on the event.",
            tooltip="Example: <code>= connectorData.runId</code> is the id of the run that ended. The event "
            "goes to the instance whose key is equal.",
            placeholder="= connectorData.runId",
            value="=connectorData.runId",
            feel="optional",
            pattern=EXPRESSION,
            not_empty=True,
            condition=needs_key,
        ),
        _MESSAGE_ID,
        _TIME_TO_LIVE,
        _MESSAGE_NAME,
    ]
    return tuple(fields)


_CORRELATION_CHOICE: Final = Property(
    _CORRELATION_REQUIRED,
    "Dropdown",
    Binding("zeebe:property", _CORRELATION_REQUIRED),
    group=CORRELATION_GROUP.id,
    label="Correlation key",
    description="Choose <i>required</i> in an event sub-process, or where one instance at a time is wanted "
    "for each key.",
    choices=(Choice("Not required", "notRequired"), Choice("Required", "required")),
    value="notRequired",
)
_MESSAGE_ID: Final = Property(
    "messageIdExpression",
    "String",
    Binding("zeebe:property", "messageIdExpression"),
    group=CORRELATION_GROUP.id,
    label="Message ID",
    description="A FEEL expression on the event. Two events with the same id count once. Empty: each event "
    "has an id of its own.",
    tooltip="Example: <code>= connectorData.runId</code> lets only the first end of a run count, also if the "
    "run is resurrected.",
    placeholder="= connectorData.runId",
    feel="required",
    optional=True,
)
_MESSAGE_NAME: Final = Property(
    "messageNameUuid",
    "String",
    Binding("bpmn:Message#property", "name"),
    group=CORRELATION_GROUP.id,
    label="Message name",
    description="Generated, and different for each element. Elements with the same name share their "
    "messages.",
    tooltip="Example: a message start event and a receive task with the same name and key: the first event "
    "starts an instance, the next one continues it.",
    not_empty=True,
    generates_uuid=True,
)
_TIME_TO_LIVE: Final = Property(
    "messageTtl",
    "String",
    Binding("zeebe:property", "messageTtl"),
    group=CORRELATION_GROUP.id,
    label="Message TTL",
    description="How long Camunda keeps an event for which no instance waits yet, as an ISO 8601 duration. "
    "Empty: one hour.",
    tooltip="Example: <code>P1D</code> keeps the event for a day, <code>PT30M</code> for half an hour.",
    placeholder="PT1H",
    feel="optional",
    optional=True,
    pattern=Pattern(_DURATION, "must be an ISO 8601 duration such as PT1H or P1D"),
)


def output_fields() -> tuple[Property, ...]:
    """Return the fields that put the event into process variables."""
    return (
        Property(
            "resultVariable",
            "String",
            Binding("zeebe:property", "resultVariable"),
            group=OUTPUT_GROUP.id,
            label="Result variable",
            description="The process variable that gets the whole event. Empty: none.",
            tooltip="Example: <code>event</code>. The run's status is then "
            "<code>event.connectorData.status</code> in each later element.",
            placeholder="event",
            value="event",
            optional=True,
        ),
        Property(
            "resultExpression",
            "Text",
            Binding("zeebe:property", "resultExpression"),
            group=OUTPUT_GROUP.id,
            label="Result expression",
            description="A FEEL context on the event; each of its entries becomes a process variable.",
            tooltip="Example: <code>= { datasetId: connectorData.defaultDatasetId }</code> sets the variable "
            "<code>datasetId</code>.",
            placeholder="= { datasetId: connectorData.defaultDatasetId }",
            value="={ runStatus: connectorData.status, datasetId: connectorData.defaultDatasetId }",
            feel="optional",
            pattern=EXPRESSION,
            optional=True,
        ),
    )


def webhook_fields() -> tuple[Property, ...]:
    """Return the fields of the webhook, which a simple case leaves alone."""
    return (
        Property(
            "connectorWebhookUrl",
            "String",
            Binding("zeebe:property", "connectorWebhookUrl"),
            group=ADVANCED_GROUP.id,
            label="Webhook URL",
            description="Leave it empty: the deployment registers its own public URL at Apify. Only Apify's "
            "Java connector needs it.",
            tooltip="Example for the Java connector: <code>https://connectors.example.com</code>. A URL that "
            "is not the deployment's own is reported by <code>apify-camunda webhooks list</code> and "
            "ignored.",
            placeholder="https://connectors.example.com",
            feel="optional",
            optional=True,
        ),
        Property(
            "context",
            "String",
            Binding("zeebe:property", "inbound.context"),
            group=ADVANCED_GROUP.id,
            label="Webhook ID",
            description="The element's own path, for webhooks that you point there by hand. It is generated.",
            tooltip="Example: <code>my-webhook</code> listens at <code>/inbound/my-webhook</code>.",
            not_empty=True,
            generates_uuid=True,
        ),
        Property(
            "eventTypes",
            "String",
            Binding("zeebe:property", "eventTypes"),
            group=ADVANCED_GROUP.id,
            label="Event types",
            description="Which events Apify sends, separated by commas. Empty: SUCCEEDED, FAILED, TIMED_OUT, "
            "ABORTED.",
            tooltip="Example: <code>CREATED, SUCCEEDED</code> also sends an event when a run starts.",
            placeholder="SUCCEEDED, FAILED, TIMED_OUT, ABORTED",
            feel="optional",
            optional=True,
        ),
    )
