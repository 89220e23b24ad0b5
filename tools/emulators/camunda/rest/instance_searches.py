"""What the searches of instances, and of what is in them, may be asked for and show; they run nothing.

The tables follow Camunda's OpenAPI documents of 8.8 and 8.10; a contract test compares them.
"""

from collections.abc import Mapping
from typing import Final

from emulators.camunda.rest import rows
from emulators.camunda.rest.search import Search
from emulators.camunda.rest.search_terms import (
    ELEMENT_STATE,
    ELEMENT_TYPE,
    ERROR_TYPE,
    EXACT_KEY,
    EXACT_TEXT,
    FLAG,
    INCIDENT_STATE,
    INSTANCE_STATE,
    JOB_KIND,
    JOB_STATE,
    KEY,
    KEY_SINCE_8_9,
    LISTENER_EVENT,
    MOMENT,
    NUMBER,
    TEXT,
    TEXT_SINCE_8_9,
    TEXT_SINCE_8_10,
    V8_9,
    V8_10,
    columns,
)
from emulators.camunda.rest.shapes import (
    DATE_TIME_CONDITION,
    INTEGER_CONDITION,
    STRING_CONDITION,
    ListOf,
    Property,
    Record,
    Scalar,
    condition_on,
    one_of,
)

_INSTANCE_FILTER_FIELDS: Final[Mapping[str, Property]] = {
    "startDate": MOMENT,
    "endDate": MOMENT,
    "suspendedDate": Property(DATE_TIME_CONDITION, V8_10),
    "state": Property(condition_on(INSTANCE_STATE)),
    "hasIncident": FLAG,
    "tenantId": TEXT,
    "processInstanceKey": KEY,
    "parentProcessInstanceKey": KEY,
    "parentElementInstanceKey": KEY,
    "tags": Property(ListOf(Scalar.STRING)),
    "businessId": Property(STRING_CONDITION, V8_9),
    "processDefinitionId": TEXT,
    "processDefinitionName": TEXT,
    "processDefinitionVersion": NUMBER,
    "processDefinitionVersionTag": TEXT,
    "processDefinitionKey": KEY,
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


INSTANCES: Final = Search(
    rows=rows.instance_rows,
    key="processInstanceKey",
    columns=columns(
        *("processInstanceKey", "processDefinitionKey", "processDefinitionId", "processDefinitionName"),
        *("processDefinitionVersion", "processDefinitionVersionTag", "parentProcessInstanceKey"),
        *("parentElementInstanceKey", "startDate", "endDate", "state", "hasIncident", "tenantId", "tags"),
        later={"rootProcessInstanceKey": V8_9, "businessId": V8_9, "suspendedDate": V8_10},
    ),
    filter=Record(
        {
            **_INSTANCE_FILTER_FIELDS,
            "$or": Property(ListOf(Record(_INSTANCE_FILTER_FIELDS, INSTANCE_FILTERS_NOT_SERVED))),
        },
        INSTANCE_FILTERS_NOT_SERVED,
    ),
    sort=one_of(
        *("processInstanceKey", "processDefinitionId", "processDefinitionName", "processDefinitionVersion"),
        *("processDefinitionVersionTag", "processDefinitionKey", "parentProcessInstanceKey"),
        *("parentElementInstanceKey", "startDate", "endDate", "state", "hasIncident", "tenantId"),
        later={"businessId": V8_9, "suspendedDate": V8_10},
    ),
)

_ELEMENT_FILTER_FIELDS: Final[Mapping[str, Property]] = {
    "processDefinitionId": EXACT_TEXT,
    "state": Property(condition_on(ELEMENT_STATE)),
    "type": Property(ELEMENT_TYPE),
    "elementId": TEXT_SINCE_8_10,
    "elementName": TEXT_SINCE_8_10,
    "hasIncident": FLAG,
    "tenantId": EXACT_TEXT,
    "elementInstanceKey": EXACT_KEY,
    "processInstanceKey": EXACT_KEY,
    "processDefinitionKey": EXACT_KEY,
    "incidentKey": EXACT_KEY,
    "startDate": MOMENT,
    "endDate": MOMENT,
    "elementInstanceScopeKey": EXACT_KEY,
}

ELEMENTS: Final = Search(
    rows=rows.element_rows,
    key="elementInstanceKey",
    columns=columns(
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
    columns=columns(
        *("variableKey", "name", "value", "isTruncated", "scopeKey", "processInstanceKey", "tenantId"),
        later={"rootProcessInstanceKey": V8_9},
    ),
    filter=Record(
        {
            "name": TEXT,
            "value": TEXT,
            "tenantId": EXACT_TEXT,
            "isTruncated": FLAG,
            "variableKey": KEY,
            "scopeKey": KEY,
            "processInstanceKey": KEY,
        }
    ),
    sort=one_of("value", "name", "tenantId", "variableKey", "scopeKey", "processInstanceKey"),
)

INCIDENTS: Final = Search(
    rows=rows.incident_rows,
    key="incidentKey",
    columns=columns(
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
            "processDefinitionId": TEXT_SINCE_8_9,
            "errorType": Property(condition_on(ERROR_TYPE, with_not_in=True), condition_since=V8_9),
            "errorMessage": TEXT_SINCE_8_9,
            "elementId": TEXT_SINCE_8_9,
            "creationTime": MOMENT,
            "state": Property(condition_on(INCIDENT_STATE, with_not_in=True), condition_since=V8_9),
            "tenantId": TEXT_SINCE_8_9,
            "incidentKey": KEY_SINCE_8_9,
            "processDefinitionKey": KEY_SINCE_8_9,
            "processInstanceKey": KEY_SINCE_8_9,
            "elementInstanceKey": KEY_SINCE_8_9,
            "jobKey": KEY_SINCE_8_9,
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
    columns=columns(
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
            "deadline": MOMENT,
            "deniedReason": TEXT,
            "elementId": TEXT,
            "elementInstanceKey": KEY,
            "endTime": MOMENT,
            "errorCode": TEXT,
            "errorMessage": TEXT,
            "hasFailedWithRetriesLeft": FLAG,
            "isDenied": FLAG,
            "jobKey": KEY,
            "kind": Property(condition_on(JOB_KIND)),
            "listenerEventType": Property(condition_on(LISTENER_EVENT)),
            "priority": Property(INTEGER_CONDITION, V8_10),
            "processDefinitionId": TEXT,
            "processDefinitionKey": KEY,
            "processInstanceKey": KEY,
            "retries": NUMBER,
            "state": Property(condition_on(JOB_STATE)),
            "tenantId": TEXT,
            "type": TEXT,
            "worker": TEXT,
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
