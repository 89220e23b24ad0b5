"""Reads an ad-hoc sub-process: when it ends, what it collects, and what an agent sees of its elements."""

from collections.abc import Iterator, Mapping
from typing import Any
from xml.etree import ElementTree as ET

from apify_camunda import feel

from emulators.camunda.engine_functions import FromAiFault, from_ai_parameters
from emulators.camunda.expressions import expression_of, is_expression
from emulators.camunda.extensions import InvalidModel, extension, properties_of, variable_mappings
from emulators.camunda.model import AdHoc
from emulators.camunda.single_extensions import BPMN

_FLOW_NODES = frozenset(
    {
        *("task", "manualTask", "serviceTask", "sendTask", "scriptTask", "businessRuleTask", "userTask"),
        *("receiveTask", "callActivity", "subProcess", "adHocSubProcess", "intermediateCatchEvent"),
        *("intermediateThrowEvent", "exclusiveGateway", "inclusiveGateway", "parallelGateway"),
        "eventBasedGateway",
    }
)


def ad_hoc_of(node: ET.Element) -> AdHoc:
    """Return what is special about a bpmn:adHocSubProcess.

    Raises:
        InvalidModel: A `fromAi(...)` in one of its elements cannot be described to an agent.
    """
    settings = extension(node, "adHoc")
    given: Mapping[str, str] = {} if settings is None else settings.attrib
    condition = node.findtext(f"{BPMN}completionCondition", "").strip()
    return AdHoc(
        active_elements=given.get("activeElementsCollection") or None,
        output_collection=given.get("outputCollection") or None,
        output_element=given.get("outputElement") or None,
        completion_condition=condition or None,
        cancels_remaining=node.get("cancelRemainingInstances") not in {"false", "0"},
        elements=tuple(_described(child) for child in _activities(node)),
    )


def _activities(node: ET.Element) -> Iterator[ET.Element]:
    """Yield the elements that can be activated: those that no sequence flow leads to."""
    targets = {flow.get("targetRef") for flow in node.findall(f"{BPMN}sequenceFlow")}
    for child in node:
        tag = child.tag.removeprefix(BPMN)
        is_event_sub_process = child.get("triggeredByEvent") in {"true", "1"}
        if tag in _FLOW_NODES and not is_event_sub_process and child.get("id") not in targets:
            yield child


def _described(node: ET.Element) -> Mapping[str, Any]:
    """Return an element as the variable `adHocSubProcessElements` shows it; what is empty is left out."""
    described = {
        "elementId": node.get("id"),
        "elementName": node.get("name"),
        "documentation": node.findtext(f"{BPMN}documentation"),
        "properties": properties_of(node),
        "parameters": list(_parameters(node)),
    }
    return {name: value for name, value in described.items() if value}


def _parameters(node: ET.Element) -> Iterator[dict[str, Any]]:
    for mapping in variable_mappings(node, "input"):
        if not is_expression(mapping.source):
            continue
        try:
            yield from from_ai_parameters(expression_of(mapping.source))
        except feel.FeelSyntaxError:
            continue  # the check of all expressions reports it
        except FromAiFault as fault:
            element_id = node.get("id")
            what = f"Failed to extract ad-hoc activity parameters for element '{element_id}'."
            raise InvalidModel(f"{what} {fault}", element_id) from fault
