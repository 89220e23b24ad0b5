"""The endpoints of the REST API: where each is, what it may be asked for, since when, and who handles it."""

from collections.abc import Mapping, Sequence
from typing import Final

from emulators.camunda.rest import (
    commands,
    document_commands,
    instance_commands,
    instance_searches,
    job_commands,
    message_searches,
    queries,
    user_task_searches,
)
from emulators.camunda.rest.definition_searches import definitions_as
from emulators.camunda.rest.endpoint import Endpoint
from emulators.camunda.rest.http_exchange import Handler
from emulators.camunda.rest.search import Search
from emulators.camunda.rest.shapes import ListOf, Property, Record, Scalar, one_of
from emulators.camunda.rest.versions import GatewayVersion

_V8_9: Final = GatewayVersion.V8_9
_V8_10: Final = GatewayVersion.V8_10

_STRING: Final = Property(Scalar.STRING)
_STRINGS: Final = Property(ListOf(Scalar.STRING))
_BOOLEAN: Final = Property(Scalar.BOOLEAN)
_INT32: Final = Property(Scalar.INT32)
_INT64: Final = Property(Scalar.INT64)
_OBJECT: Final = Property(Scalar.JSON_OBJECT)
_LEASE_TOKEN: Final = Property(Scalar.STRING, _V8_10)
_REFERENCE: Final = Record({"operationReference": _INT64})


def _search(
    operation_id: str,
    path: str,
    search: Search,
    handle: Handler | None = None,
    *,
    since: GatewayVersion = GatewayVersion.V8_8,
) -> Endpoint:
    return Endpoint(
        operation_id, "POST", path, handle or queries.searching(search), body=search.body, since=since
    )


_QUERIES: Final[Sequence[Endpoint]] = (
    Endpoint("getTopology", "GET", "/topology", queries.topology),
    Endpoint("getStatus", "GET", "/status", queries.status, is_open=True),
    Endpoint(
        "searchProcessDefinitions",
        "POST",
        "/process-definitions/search",
        queries.search_definitions,
        body=lambda gateway: definitions_as(gateway).body,
    ),
    _search(
        "getProcessDefinitionMessageSubscriptionStatistics",
        "/process-definitions/statistics/message-subscriptions",
        message_searches.SUBSCRIPTION_STATISTICS,
        queries.subscription_statistics,
        since=_V8_9,
    ),
    Endpoint(
        "getProcessDefinition", "GET", "/process-definitions/{processDefinitionKey}", queries.get_definition
    ),
    Endpoint(
        "getProcessDefinitionXML",
        "GET",
        "/process-definitions/{processDefinitionKey}/xml",
        queries.get_definition_xml,
    ),
    _search("searchProcessInstances", "/process-instances/search", instance_searches.INSTANCES),
    Endpoint("getProcessInstance", "GET", "/process-instances/{processInstanceKey}", queries.get_instance),
    _search("searchElementInstances", "/element-instances/search", instance_searches.ELEMENTS),
    _search("searchVariables", "/variables/search", instance_searches.VARIABLES, queries.search_variables),
    _search("searchIncidents", "/incidents/search", instance_searches.INCIDENTS),
    _search("searchJobs", "/jobs/search", instance_searches.JOBS),
    _search("searchMessageSubscriptions", "/message-subscriptions/search", message_searches.SUBSCRIPTIONS),
    _search(
        "searchCorrelatedMessageSubscriptions",
        "/correlated-message-subscriptions/search",
        message_searches.CORRELATIONS,
    ),
)

_MESSAGE: Final[Mapping[str, Property]] = {
    "name": Property(Scalar.STRING, required=True),
    "correlationKey": _STRING,
    "variables": _OBJECT,
    "tenantId": _STRING,
    "businessId": Property(Scalar.STRING, _V8_10),
}

_CREATION: Final = Record(
    {
        "processDefinitionId": _STRING,
        "processDefinitionKey": Property(Scalar.KEY),
        "processDefinitionVersion": _INT32,
        "processDefinitionVersionTag": Property(Scalar.STRING, _V8_10),
        "variables": _OBJECT,
        "tenantId": _STRING,
        "operationReference": _INT64,
        "startInstructions": Property(ListOf(Scalar.JSON_OBJECT)),
        "runtimeInstructions": Property(ListOf(Scalar.JSON_OBJECT)),
        "awaitCompletion": _BOOLEAN,
        "fetchVariables": _STRINGS,
        "requestTimeout": _INT64,
        "tags": _STRINGS,
        "businessId": Property(Scalar.STRING, _V8_9),
    }
)

_ACTIVATION: Final = Record(
    {
        "type": Property(Scalar.STRING, required=True),
        "worker": _STRING,
        "timeout": Property(Scalar.INT64, required=True),
        "maxJobsToActivate": Property(Scalar.INT32, required=True),
        "fetchVariable": _STRINGS,
        "requestTimeout": _INT64,
        "tenantIds": _STRINGS,
        "tenantFilter": Property(one_of("PROVIDED", "ASSIGNED"), _V8_9),
        "withLease": Property(Scalar.BOOLEAN, _V8_10),
    }
)

_CHANGESET: Final = Record(
    {"retries": _INT32, "timeout": _INT64, "priority": Property(Scalar.INT32, _V8_10)},
)

_COMMANDS: Final[Sequence[Endpoint]] = (
    Endpoint("createDeployment", "POST", "/deployments", commands.deploy),
    Endpoint(
        "deleteResource",
        "POST",
        "/resources/{resourceKey}/deletion",
        commands.delete_resource,
        body=Record({"operationReference": _INT64, "deleteHistory": Property(Scalar.BOOLEAN, _V8_9)}),
    ),
    Endpoint(
        "createProcessInstance",
        "POST",
        "/process-instances",
        instance_commands.create_instance,
        body=_CREATION,
        needs_body=True,
    ),
    Endpoint(
        "cancelProcessInstance",
        "POST",
        "/process-instances/{processInstanceKey}/cancellation",
        instance_commands.cancel_instance,
        body=_REFERENCE,
    ),
    Endpoint(
        "createElementInstanceVariables",
        "PUT",
        "/element-instances/{elementInstanceKey}/variables",
        instance_commands.set_variables,
        body=Record(
            {
                "variables": Property(Scalar.JSON_OBJECT, required=True),
                "local": _BOOLEAN,
                "operationReference": _INT64,
            }
        ),
        needs_body=True,
    ),
    Endpoint(
        "resolveIncident",
        "POST",
        "/incidents/{incidentKey}/resolution",
        instance_commands.resolve_incident,
        body=_REFERENCE,
    ),
    Endpoint(
        "publishMessage",
        "POST",
        "/messages/publication",
        commands.publish_message,
        body=Record({**_MESSAGE, "timeToLive": _INT64, "messageId": _STRING}),
        needs_body=True,
    ),
    Endpoint(
        "correlateMessage",
        "POST",
        "/messages/correlation",
        commands.correlate_message,
        body=Record(_MESSAGE),
        needs_body=True,
    ),
    Endpoint(
        "activateJobs",
        "POST",
        "/jobs/activation",
        job_commands.activate_jobs,
        body=_ACTIVATION,
        needs_body=True,
    ),
    Endpoint(
        "completeJob",
        "POST",
        "/jobs/{jobKey}/completion",
        job_commands.complete_job,
        body=Record(
            {
                "variables": _OBJECT,
                "result": _OBJECT,
                "jobLeaseToken": _LEASE_TOKEN,
                "businessId": Property(Scalar.STRING, _V8_10),
            }
        ),
    ),
    Endpoint(
        "failJob",
        "POST",
        "/jobs/{jobKey}/failure",
        job_commands.fail_job,
        body=Record(
            {
                "retries": _INT32,
                "errorMessage": _STRING,
                "retryBackOff": _INT64,
                "variables": _OBJECT,
                "jobLeaseToken": _LEASE_TOKEN,
            }
        ),
    ),
    Endpoint(
        "throwJobError",
        "POST",
        "/jobs/{jobKey}/error",
        job_commands.throw_error,
        body=Record(
            {
                "errorCode": Property(Scalar.STRING, required=True),
                "errorMessage": _STRING,
                "variables": _OBJECT,
                "jobLeaseToken": _LEASE_TOKEN,
            }
        ),
        needs_body=True,
    ),
    Endpoint(
        "updateJob",
        "PATCH",
        "/jobs/{jobKey}",
        job_commands.update_job,
        body=Record(
            {
                "changeset": Property(_CHANGESET, required=True),
                "operationReference": _INT64,
                "jobLeaseToken": _LEASE_TOKEN,
            }
        ),
        needs_body=True,
    ),
    Endpoint(
        "pinClock",
        "PUT",
        "/clock",
        commands.pin_clock,
        body=Record({"timestamp": Property(Scalar.INT64, required=True)}),
        needs_body=True,
    ),
    Endpoint("resetClock", "POST", "/clock/reset", commands.reset_clock),
)

DOCUMENT_ENDPOINTS: Final[Sequence[Endpoint]] = (
    Endpoint("createDocument", "POST", "/documents", document_commands.create_document),
    Endpoint("getDocument", "GET", "/documents/{documentId}", document_commands.get_document),
    Endpoint("deleteDocument", "DELETE", "/documents/{documentId}", document_commands.delete_document),
)

USER_TASK_ENDPOINTS: Final[Sequence[Endpoint]] = (
    _search("searchUserTasks", "/user-tasks/search", user_task_searches.USER_TASKS),
    Endpoint(
        "completeUserTask",
        "POST",
        "/user-tasks/{userTaskKey}/completion",
        instance_commands.complete_user_task,
        body=Record({"variables": _OBJECT, "action": _STRING}),
    ),
)

ENDPOINTS: Final[Sequence[Endpoint]] = (*_QUERIES, *_COMMANDS, *DOCUMENT_ENDPOINTS, *USER_TASK_ENDPOINTS)
