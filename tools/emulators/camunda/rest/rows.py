"""The engine's state as the rows that searches filter, sort and answer; it selects nothing.

A row holds every column that any version answers or filters by, under the name that the API gives it. Keys
are strings and instants are datetimes here; what a version shows of a row is declared beside the searches.
"""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from emulators.camunda.engine import Engine
from emulators.camunda.rest.conditions import Row
from emulators.camunda.rest.versions import Gateway, GatewayVersion
from emulators.camunda.state import (
    DefinitionState,
    ElementState,
    Job,
    JobState,
    ProcessDefinition,
    ProcessInstance,
    SubscriptionKind,
    SubscriptionState,
)

PARTITION: Final = 1


def key_text(key: int | None) -> str | None:
    return None if key is None else str(key)


def exported_moment(instant: datetime | None) -> datetime | None:
    """Return an instant as it is exported: in whole milliseconds."""
    return instant and instant.replace(microsecond=instant.microsecond // 1000 * 1000)


def definition_row(definition: ProcessDefinition) -> dict[str, Any]:
    return {
        "processDefinitionKey": str(definition.key),
        "processDefinitionId": definition.process_id,
        "name": definition.name,
        "resourceName": definition.resource_name,
        "version": definition.version,
        "versionTag": definition.version_tag,
        "tenantId": definition.tenant_id,
        "hasStartForm": definition.has_start_form,
        "state": definition.state.value,
    }


def definition_rows(engine: Engine, gateway: Gateway) -> Iterable[Row]:
    definitions = engine.definitions()
    latest = _latest_keys(definitions, gateway)
    for definition in definitions:
        yield definition_row(definition) | {"isLatestVersion": definition.key in latest}


def _latest_keys(definitions: Iterable[ProcessDefinition], gateway: Gateway) -> set[int]:
    """Return the keys that `isLatestVersion` selects.

    Search knows the exported rows, not the engine: a gateway without `state` still counts what was deleted,
    and one with it still counts a version that drains, although a start by id takes an older one by then.

    Source: https://github.com/camunda/camunda/issues/61720

    """
    latest: dict[tuple[str, str], ProcessDefinition] = {}
    for definition in definitions:
        identity = (definition.process_id, definition.tenant_id)
        best = latest.get(identity)
        if best is None or _rank(definition, gateway) > _rank(best, gateway):
            latest[identity] = definition
    return {definition.key for definition in latest.values()}


def _rank(definition: ProcessDefinition, gateway: Gateway) -> tuple[bool, int]:
    is_gone = gateway.filters_definition_state and definition.state is DefinitionState.DELETED
    return (not is_gone, definition.version)


def instance_row(engine: Engine, instance: ProcessInstance) -> dict[str, Any]:
    definition = engine.definition(instance.definition_key)
    return {
        "processInstanceKey": str(instance.key),
        "processDefinitionKey": str(instance.definition_key),
        "processDefinitionId": instance.process_id,
        "processDefinitionName": (definition.name if definition else None) or instance.process_id,
        "processDefinitionVersion": instance.version,
        "processDefinitionVersionTag": definition.version_tag if definition else None,
        "parentProcessInstanceKey": key_text(instance.parent_process_instance_key),
        "parentElementInstanceKey": key_text(instance.parent_element_instance_key),
        "rootProcessInstanceKey": str(root_key(engine, instance)),
        "startDate": exported_moment(instance.started_at),
        "endDate": exported_moment(instance.ended_at),
        "suspendedDate": None,
        "state": instance.state.value,
        "hasIncident": instance.has_incident,
        "tenantId": instance.tenant_id,
        "tags": sorted(instance.tags),
        "businessId": instance.business_id,
    }


def instance_rows(engine: Engine, _: Gateway) -> Iterable[Row]:
    return [instance_row(engine, instance) for instance in engine.process_instances()]


def root_key(engine: Engine, instance: ProcessInstance) -> int:
    """Return the key of the instance that called, over any number of call activities, this one."""
    while instance.parent_process_instance_key is not None:
        parent = engine.process_instance(instance.parent_process_instance_key)
        if parent is None:
            break
        instance = parent
    return instance.key


def _root_keys(engine: Engine) -> dict[int, str]:
    return {each.key: str(root_key(engine, each)) for each in engine.process_instances()}


def element_rows(engine: Engine, _: Gateway) -> Iterable[Row]:
    roots = _root_keys(engine)
    incidents = {each.element_instance_key: each.key for each in engine.incidents() if each.state == "ACTIVE"}
    for element in engine.element_instances():
        is_activating = element.state is ElementState.ACTIVATING
        yield {
            "elementInstanceKey": str(element.key),
            "processInstanceKey": str(element.process_instance_key),
            "rootProcessInstanceKey": roots.get(element.process_instance_key),
            "processDefinitionKey": str(element.definition_key),
            "processDefinitionId": element.process_id,
            "elementId": element.element_id,
            "elementName": element.name or element.element_id,
            "elementInstanceScopeKey": key_text(element.scope_key),
            "type": element.kind,
            "state": ElementState.ACTIVE.value if is_activating else element.state.value,
            "startDate": exported_moment(element.started_at),
            "endDate": exported_moment(element.ended_at),
            "hasIncident": element.has_incident,
            "incidentKey": key_text(incidents.get(element.key)),
            "tenantId": element.tenant_id,
        }


def variable_rows(engine: Engine, _: Gateway) -> Iterable[Row]:
    roots = _root_keys(engine)
    for variable in engine.variables():
        yield {
            "variableKey": str(variable.key),
            "name": variable.name,
            "value": json.dumps(variable.value, ensure_ascii=False, separators=(",", ":")),
            "isTruncated": False,
            "scopeKey": str(variable.scope_key),
            "processInstanceKey": str(variable.process_instance_key),
            "rootProcessInstanceKey": roots.get(variable.process_instance_key),
            "tenantId": variable.tenant_id,
        }


def incident_rows(engine: Engine, _: Gateway) -> Iterable[Row]:
    roots = _root_keys(engine)
    for incident in engine.incidents():
        yield {
            "incidentKey": str(incident.key),
            "errorType": incident.kind.value,
            "errorMessage": incident.message,
            "state": incident.state.value,
            "creationTime": exported_moment(incident.created_at),
            "processInstanceKey": str(incident.process_instance_key),
            "rootProcessInstanceKey": roots.get(incident.process_instance_key),
            "processDefinitionKey": str(incident.definition_key),
            "processDefinitionId": incident.process_id,
            "elementId": incident.element_id,
            "elementInstanceKey": str(incident.element_instance_key),
            "jobKey": key_text(incident.job_key),
            "tenantId": incident.tenant_id,
        }


def job_rows(engine: Engine, _: Gateway) -> Iterable[Row]:
    roots = _root_keys(engine)
    business_ids = _business_ids(engine)
    for job in engine.jobs():
        yield _job_row(job) | {
            "rootProcessInstanceKey": roots.get(job.process_instance_key),
            "businessId": business_ids.get(job.process_instance_key),
        }


def _job_row(job: Job) -> dict[str, Any]:
    is_open = job.state in (JobState.ACTIVATABLE, JobState.ACTIVATED)
    return {
        "jobKey": str(job.key),
        "type": job.type,
        "worker": job.worker,
        "state": "CREATED" if is_open else job.state.value,
        "kind": job.kind,
        "listenerEventType": "UNSPECIFIED",
        "retries": job.retries,
        "isDenied": None,
        "deniedReason": None,
        "hasFailedWithRetriesLeft": job.state is JobState.FAILED and job.retries > 0,
        "errorCode": job.error_code or None,
        "errorMessage": job.error_message or None,
        "customHeaders": dict(job.headers),
        "deadline": exported_moment(job.deadline),
        "creationTime": exported_moment(job.created_at),
        "lastUpdateTime": exported_moment(job.ended_at or job.created_at),
        "endTime": exported_moment(job.ended_at),
        "priority": 0,
        "processInstanceKey": str(job.process_instance_key),
        "processDefinitionKey": str(job.definition_key),
        "processDefinitionId": job.process_id,
        "elementId": job.element_id,
        "elementInstanceKey": str(job.element_instance_key),
        "tenantId": job.tenant_id,
    }


def subscription_rows(engine: Engine, gateway: Gateway) -> Iterable[Row]:
    """Yield message subscriptions; those of start events are exported since 8.10."""
    roots = _root_keys(engine)
    names = {each.key: each for each in engine.definitions()}
    for each in engine.message_subscriptions():
        if each.kind is SubscriptionKind.START_EVENT and gateway.version < GatewayVersion.V8_10:
            continue
        definition = names[each.definition_key]
        yield {
            "messageSubscriptionKey": str(each.key),
            "messageSubscriptionState": each.state.value,
            "messageSubscriptionType": each.kind.value,
            "messageName": each.message_name,
            "correlationKey": each.correlation_key,
            "lastUpdatedDate": exported_moment(each.updated_at),
            "processDefinitionId": each.process_id,
            "processDefinitionKey": str(each.definition_key),
            "processDefinitionName": definition.name,
            "processDefinitionVersion": definition.version,
            "processInstanceKey": key_text(each.process_instance_key),
            "rootProcessInstanceKey": roots.get(each.process_instance_key or 0),
            "elementId": each.element_id,
            "elementInstanceKey": key_text(each.element_instance_key),
            "tenantId": each.tenant_id,
            "toolName": None,
            "toolProperties": {},
            "businessId": None,
            "inboundConnectorType": each.properties.get("inbound.type"),
        }


def _business_ids(engine: Engine) -> Mapping[int, str | None]:
    return {instance.key: instance.business_id for instance in engine.process_instances()}


def correlation_rows(engine: Engine, _: Gateway) -> Iterable[Row]:
    roots = _root_keys(engine)
    business_ids = _business_ids(engine)
    for each in engine.correlated_messages():
        yield {
            "subscriptionKey": str(each.subscription_key),
            "messageKey": str(each.message_key),
            "messageName": each.message_name,
            "correlationKey": each.correlation_key,
            "correlationTime": exported_moment(each.correlated_at),
            "partitionId": PARTITION,
            "processDefinitionId": each.process_id,
            "processDefinitionKey": str(each.definition_key),
            "processInstanceKey": str(each.process_instance_key),
            "rootProcessInstanceKey": roots.get(each.process_instance_key),
            "elementId": each.element_id,
            "elementInstanceKey": key_text(each.element_instance_key),
            "tenantId": each.tenant_id,
            "businessId": business_ids.get(each.process_instance_key),
        }


def statistics_rows(subscriptions: Iterable[Row]) -> Iterable[Row]:
    """Return, for each definition with subscriptions, how many there are and of how many instances."""
    by_definition: dict[str, list[Row]] = {}
    for each in subscriptions:
        if each["messageSubscriptionType"] == SubscriptionKind.PROCESS_EVENT:
            by_definition.setdefault(each["processDefinitionKey"], []).append(each)
    for key, rows in by_definition.items():
        active = [row for row in rows if row["messageSubscriptionState"] == SubscriptionState.CREATED]
        yield {
            "processDefinitionKey": key,
            "processDefinitionId": rows[0]["processDefinitionId"],
            "tenantId": rows[0]["tenantId"],
            "activeSubscriptions": len(active),
            "processInstancesWithActiveSubscriptions": len({row["processInstanceKey"] for row in active}),
        }
