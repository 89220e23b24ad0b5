"""Builds the template of the service task from the models of the operations."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from element_templates.models import FieldKind, ModelField, ModelOperation, operations
from element_templates.properties import EXPRESSION, Binding, Choice, Condition, Feel, Property, PropertyType
from element_templates.template import ID_PREFIX, VERSION, Group, Preset, Template
from element_templates.texts.operations import OPERATION_TEXTS
from element_templates.texts.wording import FieldText, OperationText
from element_templates.token_field import TOKEN_GROUP, token_field

JOB_TYPE: Final = "io.camunda:apify-outbound:1"
OUTBOUND_ID: Final = f"{ID_PREFIX}.outbound.v1"
_OPERATION: Final = "operation.type"
_FIRST: Final = "runActor"
_GROUPS: Final = (
    TOKEN_GROUP,
    Group("operation", "Operation", is_open=True),
    Group("apifyRequestInput", "Request", is_open=True),
    Group("options", "Options"),
    Group("output", "Result", is_open=True, tooltip="How the result gets into process variables."),
    Group("error", "Error handling"),
    Group("retries", "Retries"),
)


def outbound_template() -> Template:
    """Return the template of the service task."""
    return Template(
        file="apify-outbound",
        id=OUTBOUND_ID,
        name="Apify Connector",
        description="Run Apify Actors and tasks, wait for them at no cost, and read their results.",
        page="guide/operations/",
        keywords=("apify", "actor", "task", "scrape", "scraping", "crawl", "crawler", "web data", "dataset"),
        applies_to=("bpmn:Task",),
        element_type="bpmn:ServiceTask",
        groups=_GROUPS,
        properties=tuple(_properties()),
        presets=tuple(_preset(operation) for operation in operations()),
    )


def _properties() -> Iterator[Property]:
    yield Property(None, "Hidden", Binding("zeebe:taskDefinition", "type"), value=JOB_TYPE)
    for header, value in (("elementTemplateId", OUTBOUND_ID), ("elementTemplateVersion", str(VERSION))):
        yield Property(header, "Hidden", Binding("zeebe:taskHeader", header), value=value)
    yield token_field("zeebe:input")
    yield _operation_field()
    for operation in operations():
        yield from _inputs(operation, OPERATION_TEXTS[operation.type])
    yield from _result_fields()
    yield from _FAILURE_FIELDS


def _operation_field() -> Property:
    return Property(
        _OPERATION,
        "Dropdown",
        Binding("zeebe:input", _OPERATION),
        group="operation",
        label="Operation",
        description="What to do at Apify.",
        choices=tuple(Choice(OPERATION_TEXTS[each.type].label, each.type) for each in operations()),
        value=_FIRST,
        not_empty=True,
    )


def _inputs(operation: ModelOperation, text: OperationText) -> Iterator[Property]:
    """Yield the fields of an operation in the order of its texts.

    Raises:
        KeyError: A field of the model has no text.
    """
    by_name = {each.name: each for each in operation.fields}
    for name in [*text.fields, *by_name]:
        if name in by_name:
            yield _input(operation, by_name.pop(name), text.fields[name])


def _input(operation: ModelOperation, field: ModelField, text: FieldText) -> Property:
    path = f"apifyRequestInput.{operation.section}.{field.name}"
    kind = _type(field, text)
    default = field.default if isinstance(field.default, str | bool) else None
    return Property(
        path,
        kind,
        Binding("zeebe:input", path),
        group="options" if text.is_option else "apifyRequestInput",
        label=text.label,
        description=text.description,
        tooltip=text.tooltip,
        placeholder=text.placeholder if kind in ("String", "Text") else None,
        value=default if text.value is None else text.value,
        feel=_FEEL.get(kind),
        choices=text.choices,
        not_empty=text.required,
        condition=Condition(_OPERATION, (operation.type,)),
    )


_FEEL: Final[dict[PropertyType, Feel]] = {"String": "optional", "Text": "required"}


def _type(field: ModelField, text: FieldText) -> PropertyType:
    if text.choices:
        return "Dropdown"
    match field.kind:
        case FieldKind.FLAG:
            return "Boolean"
        case FieldKind.JSON:
            return "Text"
        case FieldKind.TEXT | FieldKind.NUMBER | FieldKind.NAMES:
            return "String"


def _result_fields() -> Iterator[Property]:
    """Yield the result fields, once for each default; all are stored in the same two headers."""
    for default, types in _by_default("result_variable").items():
        yield Property(
            f"resultVariable{_suffix(types)}",
            "String",
            Binding("zeebe:taskHeader", "resultVariable"),
            group="output",
            label="Result variable",
            description="The process variable that gets the whole result. Empty: none.",
            tooltip="Example: <code>run</code>. The status of the run is then <code>run.data.status</code> "
            "in "
            "each later element.",
            placeholder="run",
            value=default,
            condition=Condition(_OPERATION, types),
        )
    for default, types in _by_default("result_expression").items():
        yield Property(
            f"resultExpression{_suffix(types)}",
            "Text",
            Binding("zeebe:taskHeader", "resultExpression"),
            group="output",
            label="Result expression",
            description="A FEEL context; each of its entries becomes a process variable. "
            "The result is <code>response</code>.",
            tooltip=f"Example: <code>{default}</code>.",
            placeholder=default,
            value=default,
            feel="optional",
            pattern=EXPRESSION,
            condition=Condition(_OPERATION, types),
        )


def _by_default(attribute: str) -> dict[str | None, tuple[str, ...]]:
    """Return the operations that share a default, by the default."""
    shared: dict[str | None, tuple[str, ...]] = {}
    for operation in operations():
        default = getattr(OPERATION_TEXTS[operation.type], attribute)
        shared[default] = (*shared.get(default, ()), operation.type)
    return shared


def _suffix(types: tuple[str, ...]) -> str:
    """Return what tells the fields of one header apart; those of the first operation have plain names."""
    return "" if _FIRST in types else f".{types[0]}"


def _preset(operation: ModelOperation) -> Preset:
    text = OPERATION_TEXTS[operation.type]
    return Preset(
        id=operation.type,
        path=(text.menu, text.label),
        description=text.description,
        keywords=text.keywords,
        values={_OPERATION: operation.type},
    )


_FAILURE_FIELDS: Final = (
    Property(
        "errorExpression",
        "Text",
        Binding("zeebe:taskHeader", "errorExpression"),
        group="error",
        label="Error expression",
        description="A FEEL expression that turns an error into a BPMN error, a job error or a success. "
        "<code>null</code>: the error is handled as without the expression.",
        tooltip='Example: <code>= if error.code = "ACTOR_NOT_FOUND" then bpmnError("ACTOR_NOT_FOUND", '
        "error.message) else null</code> throws a BPMN error that a boundary event catches.",
        placeholder='= if error.code = "ACTOR_NOT_FOUND" then bpmnError("ACTOR_NOT_FOUND", error.message) '
        "else null",
        feel="required",
    ),
    Property(
        "retryCount",
        "String",
        Binding("zeebe:taskDefinition", "retries"),
        group="retries",
        label="Retries",
        description="How often the element is tried before it becomes an incident.",
        tooltip="Example: <code>3</code>. A retry never starts a second run while the first may still exist.",
        value="3",
        feel="optional",
    ),
    Property(
        "retryBackoff",
        "String",
        Binding("zeebe:taskHeader", "retryBackoff"),
        group="retries",
        label="Retry backoff",
        description="How long to wait before the next try, as an ISO 8601 duration.",
        tooltip="Example: <code>PT30S</code> waits 30 seconds, <code>PT5M</code> five minutes.",
        placeholder="PT30S",
        value="PT30S",
    ),
    Property(
        "jobTimeout",
        "String",
        Binding("zeebe:taskHeader", "jobTimeout"),
        group="retries",
        label="Job timeout",
        description="How long a worker may take for one step before the job is handed out again, as an "
        "ISO 8601 duration. It does not limit the run. Empty: the default of this deployment.",
        tooltip="Example: <code>PT10M</code> for a dataset that takes minutes to read.",
        placeholder="PT5M",
        optional=True,
    ),
)
