"""The words of the searches: versions, enumerations, and the kinds of filter properties.

Source: Camunda's OpenAPI documents of 8.8 and 8.10, which a contract test compares.
"""

from collections.abc import Mapping
from typing import Final

from emulators.camunda.rest.shapes import (
    DATE_TIME_CONDITION,
    INTEGER_CONDITION,
    KEY_CONDITION,
    STRING_CONDITION,
    Property,
    Scalar,
    one_of,
)
from emulators.camunda.rest.versions import GatewayVersion

V8_8: Final = GatewayVersion.V8_8
V8_9: Final = GatewayVersion.V8_9
V8_10: Final = GatewayVersion.V8_10

DEFINITION_STATE: Final = one_of("ACTIVE", "DRAINING", "DELETED")
INSTANCE_STATE: Final = one_of("ACTIVE", "COMPLETED", "TERMINATED", later={"SUSPENDED": V8_10})
ELEMENT_STATE: Final = one_of("ACTIVE", "COMPLETED", "TERMINATED")
SUBSCRIPTION_STATE: Final = one_of("CORRELATED", "CREATED", "DELETED", "MIGRATED")
JOB_STATE: Final = one_of(
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
JOB_KIND: Final = one_of("BPMN_ELEMENT", "EXECUTION_LISTENER", "TASK_LISTENER", "AD_HOC_SUB_PROCESS")
LISTENER_EVENT: Final = one_of(
    *("ASSIGNING", "CANCELING", "COMPLETING", "CREATING", "END", "START", "UNSPECIFIED", "UPDATING"),
    later={"BEFORE_ALL": V8_10, "CANCEL": V8_10},
)
INCIDENT_STATE: Final = one_of("ACTIVE", "MIGRATED", "RESOLVED", "PENDING", later={"UNKNOWN": V8_10})
ERROR_TYPE: Final = one_of(
    *("UNSPECIFIED", "UNKNOWN", "IO_MAPPING_ERROR", "JOB_NO_RETRIES", "EXECUTION_LISTENER_NO_RETRIES"),
    *("TASK_LISTENER_NO_RETRIES", "AD_HOC_SUB_PROCESS_NO_RETRIES", "CONDITION_ERROR", "EXTRACT_VALUE_ERROR"),
    *("CALLED_ELEMENT_ERROR", "UNHANDLED_ERROR_EVENT", "MESSAGE_SIZE_EXCEEDED", "CALLED_DECISION_ERROR"),
    *("DECISION_EVALUATION_ERROR", "FORM_NOT_FOUND", "RESOURCE_NOT_FOUND"),
    later={"SECRET_RESOLUTION_ERROR": V8_10},
)
ELEMENT_TYPE: Final = one_of(
    *("UNSPECIFIED", "PROCESS", "SUB_PROCESS", "EVENT_SUB_PROCESS", "AD_HOC_SUB_PROCESS"),
    *("AD_HOC_SUB_PROCESS_INNER_INSTANCE", "START_EVENT", "INTERMEDIATE_CATCH_EVENT"),
    *("INTERMEDIATE_THROW_EVENT", "BOUNDARY_EVENT", "END_EVENT", "SERVICE_TASK", "RECEIVE_TASK", "USER_TASK"),
    *("MANUAL_TASK", "TASK", "EXCLUSIVE_GATEWAY", "INCLUSIVE_GATEWAY", "PARALLEL_GATEWAY"),
    *("EVENT_BASED_GATEWAY", "SEQUENCE_FLOW", "MULTI_INSTANCE_BODY", "CALL_ACTIVITY", "BUSINESS_RULE_TASK"),
    *("SCRIPT_TASK", "SEND_TASK", "UNKNOWN"),
)

TEXT: Final = Property(STRING_CONDITION)
KEY: Final = Property(KEY_CONDITION)
NUMBER: Final = Property(INTEGER_CONDITION)
MOMENT: Final = Property(DATE_TIME_CONDITION)
FLAG: Final = Property(Scalar.BOOLEAN)
EXACT_TEXT: Final = Property(Scalar.STRING)
EXACT_KEY: Final = Property(Scalar.KEY)
TEXT_SINCE_8_9: Final = Property(STRING_CONDITION, condition_since=V8_9)
TEXT_SINCE_8_10: Final = Property(STRING_CONDITION, condition_since=V8_10)
KEY_SINCE_8_9: Final = Property(KEY_CONDITION, condition_since=V8_9)


def columns(*names: str, later: Mapping[str, GatewayVersion] | None = None) -> dict[str, GatewayVersion]:
    return dict.fromkeys(names, V8_8) | dict(later or {})
