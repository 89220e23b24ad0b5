"""What each search may be asked for and what it shows, by gateway version; nothing is run here.

The tables follow Camunda's OpenAPI documents of 8.8 and 8.10; a contract test compares them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from emulators.camunda.rest import rows
from emulators.camunda.rest.search import FORWARD_PAGE, Search
from emulators.camunda.rest.shapes import (
    BASIC_STRING_CONDITION,
    DATE_TIME_CONDITION,
    INTEGER_CONDITION,
    KEY_CONDITION,
    STRING_CONDITION,
    ListOf,
    Property,
    Record,
    Scalar,
    condition_on,
    one_of,
)
from emulators.camunda.rest.versions import Gateway, GatewayVersion

V8_8: Final = GatewayVersion.V8_8
V8_9: Final = GatewayVersion.V8_9
V8_10: Final = GatewayVersion.V8_10

_DEFINITION_STATE: Final = one_of("ACTIVE", "DRAINING", "DELETED")
_INSTANCE_STATE: Final = one_of("ACTIVE", "COMPLETED", "TERMINATED", later={"SUSPENDED": V8_10})
_ELEMENT_STATE: Final = one_of("ACTIVE", "COMPLETED", "TERMINATED")
_SUBSCRIPTION_STATE: Final = one_of("CORRELATED", "CREATED", "DELETED", "MIGRATED")
_JOB_STATE: Final = one_of(
    *(
        "CANCELED",
        "COMPLETED",
        "CREATED",
        "ERROR_THROWN",
        "FAILED",
        "MIGRATED",
        "RETRIES_UPDATED",
        "TIMED_OUT",
    ),
    later={"PRIORITY_UPDATED": V8_10, "TIMEOUT_UPDATED": V8_10},
)
_JOB_KIND: Final = one_of("BPMN_ELEMENT", "EXECUTION_LISTENER", "TASK_LISTENER", "AD_HOC_SUB_PROCESS")
_LISTENER_EVENT: Final = one_of(
    *("ASSIGNING", "CANCELING", "COMPLETING", "CREATING", "END", "START", "UNSPECIFIED", "UPDATING"),
    later={"BEFORE_ALL": V8_10, "CANCEL": V8_10},
)
_INCIDENT_STATE: Final = one_of("ACTIVE", "MIGRATED", "RESOLVED", "PENDING", later={"UNKNOWN": V8_10})
_ERROR_TYPE: Final = one_of(
    *("UNSPECIFIED", "UNKNOWN", "IO_MAPPING_ERROR", "JOB_NO_RETRIES", "EXECUTION_LISTENER_NO_RETRIES"),
    *("TASK_LISTENER_NO_RETRIES", "AD_HOC_SUB_PROCESS_NO_RETRIES", "CONDITION_ERROR", "EXTRACT_VALUE_ERROR"),
    *("CALLED_ELEMENT_ERROR", "UNHANDLED_ERROR_EVENT", "MESSAGE_SIZE_EXCEEDED", "CALLED_DECISION_ERROR"),
    *("DECISION_EVALUATION_ERROR", "FORM_NOT_FOUND", "RESOURCE_NOT_FOUND"),
    later={"SECRET_RESOLUTION_ERROR": V8_10},
)
_ELEMENT_TYPE: Final = one_of(
    *("UNSPECIFIED", "PROCESS", "SUB_PROCESS", "EVENT_SUB_PROCESS", "AD_HOC_SUB_PROCESS"),
    *("AD_HOC_SUB_PROCESS_INNER_INSTANCE", "START_EVENT", "INTERMEDIATE_CATCH_EVENT"),
    *("INTERMEDIATE_THROW_EVENT", "BOUNDARY_EVENT", "END_EVENT", "SERVICE_TASK", "RECEIVE_TASK", "USER_TASK"),
    *("MANUAL_TASK", "TASK", "EXCLUSIVE_GATEWAY", "INCLUSIVE_GATEWAY", "PARALLEL_GATEWAY"),
    *("EVENT_BASED_GATEWAY", "SEQUENCE_FLOW", "MULTI_INSTANCE_BODY", "CALL_ACTIVITY", "BUSINESS_RULE_TASK"),
    *("SCRIPT_TASK", "SEND_TASK", "UNKNOWN"),
)

_TEXT: Final = Property(STRING_CONDITION)
_KEY: Final = Property(KEY_CONDITION)
_NUMBER: Final = Property(INTEGER_CONDITION)
_MOMENT: Final = Property(DATE_TIME_CONDITION)
_FLAG: Final = Property(Scalar.BOOLEAN)
_EXACT_TEXT: Final = Property(Scalar.STRING)
_EXACT_KEY: Final = Property(Scalar.KEY)
_TEXT_SINCE_8_9: Final = Property(STRING_CONDITION, condition_since=V8_9)
_TEXT_SINCE_8_10: Final = Property(STRING_CONDITION, condition_since=V8_10)
_KEY_SINCE_8_9: Final = Property(KEY_CONDITION, condition_since=V8_9)
_KEY_SINCE_8_10: Final = Property(KEY_CONDITION, condition_since=V8_10)


def _columns(*names: str, later: Mapping[str, GatewayVersion] | None = None) -> dict[str, GatewayVersion]:
    return dict.fromkeys(names, V8_8) | dict(later or {})


_INSTANCE_FILTER_FIELDS: Final[Mapping[str, Property]] = {
    "startDate": _MOMENT,
    "endDate": _MOMENT,
    "suspendedDate": Property(DATE_TIME_CONDITION, V8_10),
    "state": Property(condition_on(_INSTANCE_STATE)),
    "hasIncident": _FLAG,
    "tenantId": _TEXT,
    "processInstanceKey": _KEY,
    "parentProcessInstanceKey": _KEY,
    "parentElementInstanceKey": _KEY,
    "tags": Property(ListOf(Scalar.STRING)),
    "businessId": Property(STRING_CONDITION, V8_9),
    "processDefinitionId": _TEXT,
    "processDefinitionName": _TEXT,
    "processDefinitionVersion": _NUMBER,
    "processDefinitionVersionTag": _TEXT,
    "processDefinitionKey": _KEY,
}

INSTANCE_FILTERS_NOT_SERVED: Final = frozenset(
    {
        "variables",
        "batchOperationId",
        "batchOperationKey",
        "errorMessage",
        "hasRetriesLeft",
        "elementInstanceState",
        "elementId",
        "hasElementInstanceIncident",
        "incidentErrorHashCode",
    }
)
"""Filters that look through an instance into its variables, elements and batches; refused, never ignored."""

_SUBSCRIPTION_FILTER: Final = Record(
    {
        "messageSubscriptionKey": _KEY,
        "messageSubscriptionState": Property(condition_on(_SUBSCRIPTION_STATE)),
        "messageSubscriptionType": Property(condition_on(one_of("START_EVENT", "PROCESS_EVENT")), V8_10),
        "messageName": _TEXT,
        "correlationKey": _TEXT,
        "lastUpdatedDate": _MOMENT,
        "processDefinitionId": _TEXT,
        "processDefinitionKey": Property(KEY_CONDITION, V8_9),
        "processDefinitionName": Property(STRING_CONDITION, V8_10),
        "processDefinitionVersion": Property(INTEGER_CONDITION, V8_10),
        "processInstanceKey": _KEY,
        "elementId": _TEXT,
        "elementInstanceKey": _KEY,
        "tenantId": _TEXT,
        "toolName": Property(STRING_CONDITION, V8_10),
        "inboundConnectorType": Property(STRING_CONDITION, V8_10),
    }
)

DEFINITIONS: Final = Search(
    rows=rows.definition_rows,
    key="processDefinitionKey",
    columns=_columns(
        *("processDefinitionKey", "processDefinitionId", "name", "resourceName", "version", "versionTag"),
        *("tenantId", "hasStartForm"),
        later={"state": V8_10},
    ),
    filter=Record(
        {
            "name": _TEXT,
            "isLatestVersion": _FLAG,
            "resourceName": _EXACT_TEXT,
            "version": Property(Scalar.INT32),
            "versionTag": _EXACT_TEXT,
            "processDefinitionId": _TEXT,
            "tenantId": _EXACT_TEXT,
            "processDefinitionKey": _EXACT_KEY,
            "hasStartForm": _FLAG,
            "state": Property(_DEFINITION_STATE, V8_10),
        }
    ),
    sort=one_of(
        *("processDefinitionKey", "name", "resourceName", "version", "versionTag", "processDefinitionId"),
        "tenantId",
    ),
)


def definitions_as(gateway: Gateway) -> Search:
    """Return the search of definitions as `gateway` knows it: `state` came with a version or a patch."""
    properties = {name: each for name, each in DEFINITIONS.filter.properties.items() if name != "state"}
    columns = {name: since for name, since in DEFINITIONS.columns.items() if name != "state"}
    if gateway.filters_definition_state:
        properties["state"] = Property(_DEFINITION_STATE)
        columns["state"] = V8_8
    return replace(DEFINITIONS, filter=Record(properties), columns=columns)


INSTANCES: Final = Search(
    rows=rows.instance_rows,
    key="processInstanceKey",
    columns=_columns(
        *("processInstanceKey", "processDefinitionKey", "processDefinitionId", "processDefinitionName"),
        *("processDefinitionVersion", "processDefinitionVersionTag", "parentProcessInstanceKey"),
        *("parentElementInstanceKey", "startDate", "endDate", "state", "hasIncident", "tenantId", "tags"),
        later={"rootProcessInstanceKey": V8_9, "businessId": V8_9, "suspendedDate": V8_10},
    ),
    filter=Record(
        {**_INSTANCE_FILTER_FIELDS, "$or": Property(ListOf(Record(_INSTANCE_FILTER_FIELDS)))},
    ),
    sort=one_of(
        *("processInstanceKey", "processDefinitionId", "processDefinitionName", "processDefinitionVersion"),
        *("processDefinitionVersionTag", "processDefinitionKey", "parentProcessInstanceKey"),
        *("parentElementInstanceKey", "startDate", "endDate", "state", "hasIncident", "tenantId"),
        later={"businessId": V8_9, "suspendedDate": V8_10},
    ),
)

_ELEMENT_FILTER_FIELDS: Final[Mapping[str, Property]] = {
    "processDefinitionId": _EXACT_TEXT,
    "state": Property(condition_on(_ELEMENT_STATE)),
    "type": Property(_ELEMENT_TYPE),
    "elementId": _TEXT_SINCE_8_10,
    "elementName": _TEXT_SINCE_8_10,
    "hasIncident": _FLAG,
    "tenantId": _EXACT_TEXT,
    "elementInstanceKey": _EXACT_KEY,
    "processInstanceKey": _EXACT_KEY,
    "processDefinitionKey": _EXACT_KEY,
    "incidentKey": _EXACT_KEY,
    "startDate": _MOMENT,
    "endDate": _MOMENT,
    "elementInstanceScopeKey": _EXACT_KEY,
}

ELEMENTS: Final = Search(
    rows=rows.element_rows,
    key="elementInstanceKey",
    columns=_columns(
        *("elementInstanceKey", "processInstanceKey", "processDefinitionKey", "processDefinitionId"),
        *("elementId", "elementName", "type", "state", "startDate", "endDate", "hasIncident", "incidentKey"),
        "tenantId",
        later={"rootProcessInstanceKey": V8_9},
    ),
    filter=Record(
        {**_ELEMENT_FILTER_FIELDS, "$or": Property(ListOf(Record(_ELEMENT_FILTER_FIELDS)), V8_10)},
    ),
    sort=one_of(
        *("elementInstanceKey", "processInstanceKey", "processDefinitionKey", "processDefinitionId"),
        *("startDate", "endDate", "elementId", "elementName", "type", "state", "incidentKey", "tenantId"),
    ),
)

VARIABLES: Final = Search(
    rows=rows.variable_rows,
    key="variableKey",
    columns=_columns(
        *("variableKey", "name", "value", "isTruncated", "scopeKey", "processInstanceKey", "tenantId"),
        later={"rootProcessInstanceKey": V8_9},
    ),
    filter=Record(
        {
            "name": _TEXT,
            "value": _TEXT,
            "tenantId": _EXACT_TEXT,
            "isTruncated": _FLAG,
            "variableKey": _KEY,
            "scopeKey": _KEY,
            "processInstanceKey": _KEY,
        }
    ),
    sort=one_of("value", "name", "tenantId", "variableKey", "scopeKey", "processInstanceKey"),
)

INCIDENTS: Final = Search(
    rows=rows.incident_rows,
    key="incidentKey",
    columns=_columns(
        *("incidentKey", "errorType", "errorMessage", "state", "creationTime", "processInstanceKey"),
        *(
            "processDefinitionKey",
            "processDefinitionId",
            "elementId",
            "elementInstanceKey",
            "jobKey",
            "tenantId",
        ),
        later={"rootProcessInstanceKey": V8_9},
    ),
    filter=Record(
        {
            "processDefinitionId": _TEXT_SINCE_8_9,
            "errorType": Property(condition_on(_ERROR_TYPE, with_not_in=True), condition_since=V8_9),
            "errorMessage": _TEXT_SINCE_8_9,
            "elementId": _TEXT_SINCE_8_9,
            "creationTime": _MOMENT,
            "state": Property(condition_on(_INCIDENT_STATE, with_not_in=True), condition_since=V8_9),
            "tenantId": _TEXT_SINCE_8_9,
            "incidentKey": _KEY_SINCE_8_9,
            "processDefinitionKey": _KEY_SINCE_8_9,
            "processInstanceKey": _KEY_SINCE_8_9,
            "elementInstanceKey": _KEY_SINCE_8_9,
            "jobKey": _KEY_SINCE_8_9,
        }
    ),
    sort=one_of(
        *("incidentKey", "processDefinitionKey", "processDefinitionId", "processInstanceKey", "errorType"),
        *("elementId", "elementInstanceKey", "creationTime", "state", "jobKey", "tenantId"),
    ),
)

JOBS: Final = Search(
    rows=rows.job_rows,
    key="jobKey",
    columns=_columns(
        *(
            "customHeaders",
            "deadline",
            "deniedReason",
            "elementId",
            "elementInstanceKey",
            "endTime",
            "errorCode",
        ),
        *("errorMessage", "hasFailedWithRetriesLeft", "isDenied", "jobKey", "kind", "listenerEventType"),
        *(
            "processDefinitionId",
            "processDefinitionKey",
            "processInstanceKey",
            "retries",
            "state",
            "tenantId",
        ),
        *("type", "worker"),
        later={
            "rootProcessInstanceKey": V8_9,
            "creationTime": V8_9,
            "lastUpdateTime": V8_9,
            "priority": V8_10,
            "businessId": V8_10,
        },
    ),
    filter=Record(
        {
            "deadline": _MOMENT,
            "deniedReason": _TEXT,
            "elementId": _TEXT,
            "elementInstanceKey": _KEY,
            "endTime": _MOMENT,
            "errorCode": _TEXT,
            "errorMessage": _TEXT,
            "hasFailedWithRetriesLeft": _FLAG,
            "isDenied": _FLAG,
            "jobKey": _KEY,
            "kind": Property(condition_on(_JOB_KIND)),
            "listenerEventType": Property(condition_on(_LISTENER_EVENT)),
            "priority": Property(INTEGER_CONDITION, V8_10),
            "processDefinitionId": _TEXT,
            "processDefinitionKey": _KEY,
            "processInstanceKey": _KEY,
            "retries": _NUMBER,
            "state": Property(condition_on(_JOB_STATE)),
            "tenantId": _TEXT,
            "type": _TEXT,
            "worker": _TEXT,
            "creationTime": Property(DATE_TIME_CONDITION, V8_9),
            "lastUpdateTime": Property(DATE_TIME_CONDITION, V8_9),
        }
    ),
    sort=one_of(
        *("deadline", "deniedReason", "elementId", "elementInstanceKey", "endTime", "errorCode"),
        *("errorMessage", "isDenied", "jobKey", "kind", "listenerEventType", "processDefinitionId"),
        *("processDefinitionKey", "processInstanceKey", "retries", "state", "tenantId", "type", "worker"),
        later={"creationTime": V8_9, "hasFailedWithRetriesLeft": V8_9, "priority": V8_10},
    ),
)

SUBSCRIPTIONS: Final = Search(
    rows=rows.subscription_rows,
    key="messageSubscriptionKey",
    columns=_columns(
        *("messageSubscriptionKey", "processDefinitionId", "processDefinitionKey", "processInstanceKey"),
        *("elementId", "elementInstanceKey", "messageSubscriptionState", "lastUpdatedDate", "messageName"),
        *("correlationKey", "tenantId"),
        later={
            "rootProcessInstanceKey": V8_9,
            "messageSubscriptionType": V8_10,
            "toolProperties": V8_10,
            "processDefinitionName": V8_10,
            "processDefinitionVersion": V8_10,
            "toolName": V8_10,
            "inboundConnectorType": V8_10,
        },
    ),
    filter=_SUBSCRIPTION_FILTER,
    sort=one_of(
        *("messageSubscriptionKey", "processDefinitionId", "processInstanceKey", "elementId"),
        *("elementInstanceKey", "messageSubscriptionState", "lastUpdatedDate", "messageName"),
        *("correlationKey", "tenantId"),
        later=dict.fromkeys(
            (
                "messageSubscriptionType",
                "processDefinitionName",
                "processDefinitionVersion",
                "toolName",
                "inboundConnectorType",
            ),
            V8_10,
        ),
    ),
)

CORRELATIONS: Final = Search(
    rows=rows.correlation_rows,
    key="subscriptionKey",
    columns=_columns(
        *(
            "correlationKey",
            "correlationTime",
            "elementId",
            "elementInstanceKey",
            "messageKey",
            "messageName",
        ),
        *("partitionId", "processDefinitionId", "processDefinitionKey", "processInstanceKey"),
        *("subscriptionKey", "tenantId"),
        later={"rootProcessInstanceKey": V8_9, "businessId": V8_10},
    ),
    filter=Record(
        {
            "businessId": Property(STRING_CONDITION, V8_10),
            "correlationKey": _TEXT,
            "correlationTime": _MOMENT,
            "elementId": _TEXT,
            "elementInstanceKey": _KEY,
            "messageKey": Property(BASIC_STRING_CONDITION),
            "messageName": _TEXT,
            "partitionId": _NUMBER,
            "processDefinitionId": _TEXT,
            "processDefinitionKey": _KEY,
            "processInstanceKey": _KEY,
            "subscriptionKey": _KEY,
            "tenantId": _TEXT,
        }
    ),
    sort=one_of(
        *(
            "correlationKey",
            "correlationTime",
            "elementId",
            "elementInstanceKey",
            "messageKey",
            "messageName",
        ),
        *("partitionId", "processDefinitionId", "processDefinitionKey", "processInstanceKey"),
        *("subscriptionKey", "tenantId"),
        later={"businessId": V8_10},
    ),
)

SUBSCRIPTION_STATISTICS: Final = Search(
    rows=rows.subscription_rows,
    key="processDefinitionKey",
    columns=_columns(
        *("processDefinitionKey", "processDefinitionId", "tenantId", "activeSubscriptions"),
        "processInstancesWithActiveSubscriptions",
    ),
    filter=_SUBSCRIPTION_FILTER,
    sort=None,
    page=FORWARD_PAGE,
)

ALL: Final[Sequence[Search]] = (
    DEFINITIONS,
    INSTANCES,
    ELEMENTS,
    VARIABLES,
    INCIDENTS,
    JOBS,
    SUBSCRIPTIONS,
    CORRELATIONS,
    SUBSCRIPTION_STATISTICS,
)
