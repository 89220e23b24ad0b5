"""Handlers of the endpoints that start a process instance or change one."""

import time
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from emulators.camunda.engine import LATEST
from emulators.camunda.rejection import Rejection, RejectionKind
from emulators.camunda.rest.durations import DEFAULT_REQUEST_TIMEOUT, LOOK_AGAIN, milliseconds
from emulators.camunda.rest.http_exchange import NO_CONTENT, Answer, Cluster, Request
from emulators.camunda.rest.problems import Problem, refuse_unserved
from emulators.camunda.rest.versions import GatewayVersion
from emulators.camunda.state import DEFAULT_TENANT, DefinitionState

MAX_BUSINESS_ID: Final = 256


def create_instance(cluster: Cluster, request: Request) -> Answer:
    body = request.body
    refuse_unserved(body, "startInstructions", "runtimeInstructions")
    key = _wanted_key(cluster, body)
    instance = cluster.engine.create_instance(
        process_id="" if key is not None else body["processDefinitionId"],
        definition_key=key,
        version=body.get("processDefinitionVersion", LATEST),
        variables=body.get("variables", {}),
        tenant_id=body.get("tenantId", ""),
        tags=body.get("tags", ()),
        business_id=_business_id(body),
    )
    variables: Any = {}
    if body.get("awaitCompletion"):
        variables = _result(cluster, request, instance.key)
    document = {
        "processDefinitionKey": str(instance.definition_key),
        "processDefinitionId": instance.process_id,
        "processDefinitionVersion": instance.version,
        "processInstanceKey": str(instance.key),
        "tenantId": instance.tenant_id,
        "variables": variables,
        "tags": sorted(instance.tags),
    }
    if cluster.gateway.version >= GatewayVersion.V8_9:
        document["businessId"] = instance.business_id
    return Answer.json(document)


def _business_id(body: Mapping[str, Any]) -> str | None:
    """Return the business id to give to an instance.

    Raises:
        Problem: 400, it is empty or too long.

    """
    business_id: str | None = body.get("businessId")
    if business_id is not None and not 0 < len(business_id) <= MAX_BUSINESS_ID:
        rule = f"must have 1 to {MAX_BUSINESS_ID} characters"
        raise Problem.invalid_argument(f"The value for businessId {rule}, but has {len(business_id)}.")
    return business_id


def _wanted_key(cluster: Cluster, body: Mapping[str, Any]) -> int | None:
    """Return the key of the definition to start; None where it is named by its id and version.

    Raises:
        Problem: 400, none is named, or one in two ways.
        Rejection: NOT_FOUND, no version has the wanted tag.

    """
    if ("processDefinitionId" in body) == ("processDefinitionKey" in body):
        raise Problem.invalid_argument(
            "At least one of [processDefinitionId, processDefinitionKey] is required."
            if "processDefinitionId" not in body
            else "Only one of [processDefinitionId, processDefinitionKey] is allowed."
        )
    tag = body.get("processDefinitionVersionTag")
    if tag is None:
        return int(body["processDefinitionKey"]) if "processDefinitionKey" in body else None
    others = {"processDefinitionKey", "processDefinitionVersion"} & body.keys()
    if others:
        raise Problem.invalid_argument(
            f"Only one of [processDefinitionVersionTag, {min(others)}] is allowed."
        )
    return _tagged_key(cluster, body["processDefinitionId"], tag, body.get("tenantId") or DEFAULT_TENANT)


def _tagged_key(cluster: Cluster, process_id: str, tag: str, tenant_id: str) -> int:
    """Return the key of the version that was deployed last of those with a tag."""
    wanted = (process_id, tag, tenant_id, DefinitionState.ACTIVE)
    for each in reversed(cluster.engine.definitions()):
        if (each.process_id, each.version_tag, each.tenant_id, each.state) == wanted:
            return each.key
    where = f"process ID '{process_id}' and version tag '{tag}'"
    reason = f"Expected to find process definition with {where}, but none found"
    raise Rejection.of_command("CREATE", RejectionKind.NOT_FOUND, reason)


def _result(cluster: Cluster, request: Request, instance_key: int) -> Any:
    asked = request.body.get("requestTimeout", 0)
    end = time.monotonic() + (milliseconds(asked) if asked > 0 else DEFAULT_REQUEST_TIMEOUT).total_seconds()
    while (left := end - time.monotonic()) > 0 and request.is_wanted():
        result = cluster.engine.wait_for_result(
            instance_key,
            timeout=min(timedelta(seconds=left), LOOK_AGAIN),
            fetch_variables=request.body.get("fetchVariables", ()),
        )
        if result is not None:
            return dict(result)
    raise Problem(
        504, "DEADLINE_EXCEEDED", "The process instance did not complete within the request timeout."
    )


def cancel_instance(cluster: Cluster, request: Request) -> Answer:
    cluster.engine.cancel_instance(request.path_keys["processInstanceKey"])
    return NO_CONTENT


def set_variables(cluster: Cluster, request: Request) -> Answer:
    cluster.engine.set_variables(
        request.path_keys["elementInstanceKey"],
        request.body["variables"],
        local=request.body.get("local", False),
    )
    return NO_CONTENT


def complete_user_task(cluster: Cluster, request: Request) -> Answer:
    key = request.path_keys["userTaskKey"]
    cluster.engine.complete_user_task(key, request.body.get("variables") or {})
    return NO_CONTENT


def resolve_incident(cluster: Cluster, request: Request) -> Answer:
    cluster.engine.resolve_incident(request.path_keys["incidentKey"])
    return NO_CONTENT
