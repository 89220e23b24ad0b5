"""What the search of user tasks may be asked for and shows; it runs nothing."""

from typing import Final

from emulators.camunda.rest import rows
from emulators.camunda.rest.search import Search
from emulators.camunda.rest.search_terms import EXACT_KEY, EXACT_TEXT, V8_9, V8_10, columns
from emulators.camunda.rest.shapes import Property, Record, condition_on, one_of

_STATE: Final = one_of("CREATED", "COMPLETED", "CANCELED", "FAILED")

USER_TASKS: Final = Search(
    rows=rows.user_task_rows,
    key="userTaskKey",
    columns=columns(
        *("userTaskKey", "name", "state", "assignee", "candidateGroups", "candidateUsers", "elementId"),
        *("elementInstanceKey", "processDefinitionId", "processDefinitionKey", "processDefinitionVersion"),
        *("processName", "processInstanceKey", "creationDate", "completionDate", "followUpDate", "dueDate"),
        *("externalFormReference", "formKey", "customHeaders", "priority", "tags", "tenantId"),
        later={"rootProcessInstanceKey": V8_9, "businessId": V8_10},
    ),
    filter=Record(
        {
            "state": Property(condition_on(_STATE)),
            "elementId": EXACT_TEXT,
            "processDefinitionId": EXACT_TEXT,
            "userTaskKey": EXACT_KEY,
            "processInstanceKey": EXACT_KEY,
            "processDefinitionKey": EXACT_KEY,
            "elementInstanceKey": EXACT_KEY,
        }
    ),
    sort=one_of("creationDate", "completionDate", "name"),
)
