"""What the searches of message subscriptions may be asked for and show; they run nothing.

The tables follow Camunda's OpenAPI documents of 8.8 and 8.10; a contract test compares them.
"""

from typing import Final

from emulators.camunda.rest import rows
from emulators.camunda.rest.search import FORWARD_PAGE, Search
from emulators.camunda.rest.search_terms import (
    KEY,
    MOMENT,
    NUMBER,
    SUBSCRIPTION_STATE,
    TEXT,
    V8_9,
    V8_10,
    columns,
)
from emulators.camunda.rest.shapes import (
    BASIC_STRING_CONDITION,
    INTEGER_CONDITION,
    KEY_CONDITION,
    STRING_CONDITION,
    Property,
    Record,
    condition_on,
    one_of,
)

_SUBSCRIPTION_FILTER: Final = Record(
    {
        "messageSubscriptionKey": KEY,
        "messageSubscriptionState": Property(condition_on(SUBSCRIPTION_STATE)),
        "messageSubscriptionType": Property(condition_on(one_of("START_EVENT", "PROCESS_EVENT")), V8_10),
        "messageName": TEXT,
        "correlationKey": TEXT,
        "lastUpdatedDate": MOMENT,
        "processDefinitionId": TEXT,
        "processDefinitionKey": Property(KEY_CONDITION, V8_9),
        "processDefinitionName": Property(STRING_CONDITION, V8_10),
        "processDefinitionVersion": Property(INTEGER_CONDITION, V8_10),
        "processInstanceKey": KEY,
        "elementId": TEXT,
        "elementInstanceKey": KEY,
        "tenantId": TEXT,
        "toolName": Property(STRING_CONDITION, V8_10),
        "businessId": Property(STRING_CONDITION, V8_10),
        "inboundConnectorType": Property(STRING_CONDITION, V8_10),
    }
)


SUBSCRIPTIONS: Final = Search(
    rows=rows.subscription_rows,
    key="messageSubscriptionKey",
    columns=columns(
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
            "businessId": V8_10,
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
                "businessId",
                "inboundConnectorType",
            ),
            V8_10,
        ),
    ),
)

CORRELATIONS: Final = Search(
    rows=rows.correlation_rows,
    key="subscriptionKey",
    columns=columns(
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
            "correlationKey": TEXT,
            "correlationTime": MOMENT,
            "elementId": TEXT,
            "elementInstanceKey": KEY,
            "messageKey": Property(BASIC_STRING_CONDITION),
            "messageName": TEXT,
            "partitionId": NUMBER,
            "processDefinitionId": TEXT,
            "processDefinitionKey": KEY,
            "processInstanceKey": KEY,
            "subscriptionKey": KEY,
            "tenantId": TEXT,
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
    columns=columns(
        *("processDefinitionKey", "processDefinitionId", "tenantId", "activeSubscriptions"),
        "processInstancesWithActiveSubscriptions",
    ),
    filter=_SUBSCRIPTION_FILTER,
    sort=None,
    page=FORWARD_PAGE,
)
