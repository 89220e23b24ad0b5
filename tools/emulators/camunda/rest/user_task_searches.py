"""The search of user tasks: its rows, what it may be asked for, and what it shows."""

from collections.abc import Iterable
from typing import Final

from emulators.camunda.engine import Engine
from emulators.camunda.rest.conditions import Row
from emulators.camunda.rest.rows import exported_moment, root_key
from emulators.camunda.rest.search import Search
from emulators.camunda.rest.search_terms import EXACT_KEY, EXACT_TEXT, V8_9, V8_10, columns
from emulators.camunda.rest.shapes import Property, Record, condition_on, one_of
from emulators.camunda.rest.versions import Gateway
from emulators.camunda.state import ElementState

_STATE: Final = one_of("CREATED", "COMPLETED", "CANCELED", "FAILED")

_USER_TASK_STATES: Final = {
    ElementState.COMPLETED: "COMPLETED",
    ElementState.TERMINATED: "CANCELED",
}


def user_task_rows(engine: Engine, _: Gateway) -> Iterable[Row]:
    """Yield user tasks; assignments are not evaluated, so none is shown."""
    instances = {instance.key: instance for instance in engine.process_instances()}
    definitions = {each.key: each for each in engine.definitions()}
    for task, element in engine.user_tasks():
        instance, definition = instances[task.process_instance_key], definitions[element.definition_key]
        yield {
            "userTaskKey": str(task.key),
            "name": element.name,
            "state": _USER_TASK_STATES.get(element.state, "CREATED"),
            "assignee": None,
            "candidateGroups": [],
            "candidateUsers": [],
            "elementId": element.element_id,
            "elementInstanceKey": str(element.key),
            "processDefinitionId": element.process_id,
            "processDefinitionKey": str(element.definition_key),
            "processDefinitionVersion": definition.version,
            "processName": definition.name,
            "processInstanceKey": str(task.process_instance_key),
            "rootProcessInstanceKey": str(root_key(engine, instance)),
            "creationDate": exported_moment(task.created_at),
            "completionDate": exported_moment(element.ended_at),
            "followUpDate": None,
            "dueDate": None,
            "externalFormReference": None,
            "formKey": None,
            "customHeaders": {},
            "priority": 50,
            "tags": sorted(instance.tags),
            "businessId": instance.business_id,
            "tenantId": element.tenant_id,
        }


USER_TASKS: Final = Search(
    rows=user_task_rows,
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
