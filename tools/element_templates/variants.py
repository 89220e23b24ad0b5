"""Makes variants of a template: with a type of one's own (hybrid), and with menu entries (Camunda 8.10)."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from element_templates.inbound import INBOUND_TYPE
from element_templates.outbound import JOB_TYPE
from element_templates.properties import Property
from element_templates.template import ENGINES_WITH_STEPS, Group, Template

_SUFFIX: Final = "-hybrid"
_TYPE_FIELDS: Final = {
    JOB_TYPE: ("taskDefinitionType", "Task definition type", "OutboundType"),
    INBOUND_TYPE: ("connectorType", "Connector type", "InboundType"),
}


def hybrid(template: Template) -> Template:
    """Return the variant whose type a modeller sets, for clusters with a second runtime."""
    return replace(
        template,
        file=f"{template.file}{_SUFFIX}",
        id=f"{template.id}{_SUFFIX}",
        name=f"Hybrid {template.name}",
        groups=(*_type_groups(template), *template.groups),
        properties=tuple(_hybrid_property(each, template.id) for each in template.properties),
        presets=(),
    )


def with_steps(template: Template) -> Template:
    """Return the variant for Camunda 8.10, where each preset is an entry of the menu."""
    return replace(template, engines=ENGINES_WITH_STEPS)


def without_steps(template: Template) -> Template:
    """Return the variant for Modelers that know no presets."""
    return replace(template, presets=())


def _type_groups(template: Template) -> tuple[Group, ...]:
    types = (each.value for each in template.properties if each.value in _TYPE_FIELDS)
    return tuple(Group(*_TYPE_FIELDS[str(value)][:2], is_open=True) for value in types)


def _hybrid_property(each: Property, template_id: str) -> Property:
    if each.id == "elementTemplateId":
        return replace(each, value=f"{template_id}{_SUFFIX}")
    if each.value not in _TYPE_FIELDS:
        return each
    name, label, parameter = _TYPE_FIELDS[str(each.value)]
    return replace(
        each,
        id=name,
        type="String",
        group=name,
        label=label,
        description=f"The value of the parameter <code>{parameter}</code> of the deployment that is to serve "
        "the element.",
        tooltip=f"Example: <code>{each.value}</code> is the default, which Apify's Java connector uses too.",
        not_empty=True,
    )
