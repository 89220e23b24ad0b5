"""Handlers of the endpoints that change something: a request becomes one command of the engine."""

import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from emulators.camunda.engine import LATEST
from emulators.camunda.rejection import Rejection, RejectionKind
from emulators.camunda.rest.http_exchange import NO_CONTENT, Answer, Cluster, Request
from emulators.camunda.rest.multipart import parts
from emulators.camunda.rest.problems import Problem
from emulators.camunda.rest.rows import root_key
from emulators.camunda.rest.search import without_nulls
from emulators.camunda.rest.versions import GatewayVersion
from emulators.camunda.state import ActivatedJob, ProcessDefinition

DEFAULT_REQUEST_TIMEOUT: Final = timedelta(seconds=10)
"""How long a request waits where it asks for no time of its own."""
_LOOK_AGAIN: Final = timedelta(milliseconds=250)
"""How often a waiting request looks whether its client is still there."""


def _milliseconds(value: int) -> timedelta:
    return timedelta(milliseconds=value)


def _optional_milliseconds(value: int | None) -> timedelta:
    return _milliseconds(value or 0)


def _refuse_unserved(body: Mapping[str, Any], *names: str) -> None:
    """Refuse what a gateway would do and this one cannot, so that nobody takes silence for success."""
    for name in names:
        if body.get(name):
            raise Problem(501, "Not Implemented", f"The stand-in does not serve {name}.")


# Resources


def deploy(cluster: Cluster, request: Request) -> Answer:
    resources: list[tuple[str, bytes]] = []
    tenant_id = ""
    for part in parts(request.content_type, request.raw_body):
        if part.name == "resources" and part.filename is not None:
            resources.append((part.filename, part.content))
        elif part.name == "tenantId" and part.filename is None:
            tenant_id = part.content.decode()
        else:
            raise Problem.unreadable_property(part.name)
    if not resources:
        raise Problem(400, "Bad Request", "Required part 'resources' is not present.")
    deployment = cluster.engine.deploy(resources, tenant_id)
    version = cluster.gateway.version
    return Answer.json(
        {
            "deploymentKey": str(deployment.key),
            "tenantId": deployment.tenant_id,
            "deployments": [_deployed(definition, version) for definition in deployment.definitions],
        }
    )


def _deployed(definition: ProcessDefinition, version: GatewayVersion) -> dict[str, Any]:
    process = {
        "processDefinitionId": definition.process_id,
        "processDefinitionVersion": definition.version,
        "resourceName": definition.resource_name,
        "tenantId": definition.tenant_id,
        "processDefinitionKey": str(definition.key),
    }
    if version < GatewayVersion.V8_9:
        return {"processDefinition": process}
    others = ("decisionDefinition", "decisionRequirements", "form", "resource")
    return {"processDefinition": process, **dict.fromkeys(others)}


def delete_resource(cluster: Cluster, request: Request) -> Answer:
    key = request.path_keys["resourceKey"]
    cluster.engine.delete_resource(key)
    if cluster.gateway.version < GatewayVersion.V8_9:
        return Answer(200)
    return Answer.json({"resourceKey": str(key), "batchOperation": None})


# Process instances


def create_instance(cluster: Cluster, request: Request) -> Answer:
    body = request.body
    if ("processDefinitionId" in body) == ("processDefinitionKey" in body):
        raise Problem.invalid_argument(
            "At least one of [processDefinitionId, processDefinitionKey] is required."
            if "processDefinitionId" not in body
            else "Only one of [processDefinitionId, processDefinitionKey] is allowed."
        )
    _refuse_unserved(body, "startInstructions", "runtimeInstructions", "businessId")
    key = body.get("processDefinitionKey")
    instance = cluster.engine.create_instance(
        process_id=body.get("processDefinitionId", ""),
        definition_key=None if key is None else int(key),
        version=body.get("processDefinitionVersion", LATEST),
        variables=body.get("variables", {}),
        tenant_id=body.get("tenantId", ""),
        tags=body.get("tags", ()),
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
        document["businessId"] = None
    return Answer.json(document)


def _result(cluster: Cluster, request: Request, instance_key: int) -> Any:
    asked = request.body.get("requestTimeout", 0)
    end = time.monotonic() + (_milliseconds(asked) if asked > 0 else DEFAULT_REQUEST_TIMEOUT).total_seconds()
    while (left := end - time.monotonic()) > 0 and request.is_wanted():
        result = cluster.engine.wait_for_result(
            instance_key,
            timeout=min(timedelta(seconds=left), _LOOK_AGAIN),
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


def resolve_incident(cluster: Cluster, request: Request) -> Answer:
    cluster.engine.resolve_incident(request.path_keys["incidentKey"])
    return NO_CONTENT


# Messages


def publish_message(cluster: Cluster, request: Request) -> Answer:
    body = request.body
    _refuse_unserved(body, "businessId")
    published = cluster.engine.publish_message(
        name=body["name"],
        correlation_key=body.get("correlationKey", ""),
        variables=body.get("variables", {}),
        time_to_live=_optional_milliseconds(body.get("timeToLive")),
        message_id=body.get("messageId", ""),
        tenant_id=body.get("tenantId", ""),
    )
    return Answer.json({"messageKey": str(published.key), "tenantId": published.tenant_id})


def correlate_message(cluster: Cluster, request: Request) -> Answer:
    body = request.body
    _refuse_unserved(body, "businessId")
    correlation = cluster.engine.correlate_message(
        name=body["name"],
        correlation_key=body.get("correlationKey", ""),
        variables=body.get("variables", {}),
        tenant_id=body.get("tenantId", ""),
    )
    return Answer.json(
        {
            "messageKey": str(correlation.message_key),
            "processInstanceKey": str(correlation.process_instance_key),
            "tenantId": correlation.tenant_id,
        }
    )


# Jobs


def activate_jobs(cluster: Cluster, request: Request) -> Answer:
    """Activate jobs; where there are none, wait for them as long as the request allows."""
    body = request.body
    _refuse_unserved(body, "withLease")
    if body["timeout"] <= 0 or body["maxJobsToActivate"] <= 0:
        name = "timeout" if body["timeout"] <= 0 else "maxJobsToActivate"
        raise Problem.invalid_argument(f"The value for {name} is '{body[name]}' but must be greater than 0.")
    asked = body.get("requestTimeout", 0)
    wait = _milliseconds(asked) if asked else DEFAULT_REQUEST_TIMEOUT
    end = time.monotonic() + wait.total_seconds()
    activated: Sequence[ActivatedJob] = ()
    while request.is_wanted():  # a job must not be locked for a client that has left
        activated = _activate(cluster, body)
        left = timedelta(seconds=end - time.monotonic())
        if activated or left <= timedelta(0):
            break
        cluster.engine.wait_for_jobs(body["type"], min(left, _LOOK_AGAIN), still_wanted=request.is_wanted)
    return Answer.json({"jobs": [_activated(cluster, each) for each in activated]})


def _activate(cluster: Cluster, body: Any) -> Sequence[ActivatedJob]:
    return cluster.engine.activate_jobs(
        job_type=body["type"],
        worker=body.get("worker", ""),
        timeout=_milliseconds(body["timeout"]),
        max_jobs=body["maxJobsToActivate"],
        fetch_variables=body.get("fetchVariable", ()),
        tenant_ids=body.get("tenantIds", ()),
    )


def _activated(cluster: Cluster, activated: ActivatedJob) -> dict[str, Any]:
    job, version = activated.job, cluster.gateway.version
    document: dict[str, Any] = {
        "jobKey": str(job.key),
        "type": job.type,
        "processInstanceKey": str(job.process_instance_key),
        "processDefinitionId": job.process_id,
        "processDefinitionVersion": job.definition_version,
        "processDefinitionKey": str(job.definition_key),
        "elementId": job.element_id,
        "elementInstanceKey": str(job.element_instance_key),
        "customHeaders": dict(job.headers),
        "worker": job.worker,
        "retries": job.retries,
        "deadline": 0 if job.deadline is None else int(job.deadline.timestamp() * 1000),
        "variables": dict(activated.variables),
        "tenantId": job.tenant_id,
        "kind": "BPMN_ELEMENT",
        "listenerEventType": "UNSPECIFIED",
        "userTask": None,
        "tags": sorted(job.tags),
    }
    if version >= GatewayVersion.V8_9:
        instance = cluster.engine.process_instance(job.process_instance_key)
        document["rootProcessInstanceKey"] = str(root_key(cluster.engine, instance)) if instance else None
    if version >= GatewayVersion.V8_10:
        document |= {"priority": 0, "businessId": None, "leaseToken": None, "physicalTenantId": "default"}
    return document if version >= GatewayVersion.V8_9 else without_nulls(document)


def complete_job(cluster: Cluster, request: Request) -> Answer:
    _refuse_unserved(request.body, "result", "businessId")
    cluster.engine.complete_job(request.path_keys["jobKey"], request.body.get("variables", {}))
    return NO_CONTENT


def fail_job(cluster: Cluster, request: Request) -> Answer:
    body = request.body
    cluster.engine.fail_job(
        request.path_keys["jobKey"],
        retries=body.get("retries", 0),
        message=body.get("errorMessage", ""),
        backoff=_optional_milliseconds(body.get("retryBackOff")),
        variables=body.get("variables", {}),
    )
    return NO_CONTENT


def throw_error(cluster: Cluster, request: Request) -> Answer:
    body = request.body
    cluster.engine.throw_error(
        request.path_keys["jobKey"],
        code=body["errorCode"],
        message=body.get("errorMessage", ""),
        variables=body.get("variables", {}),
    )
    return NO_CONTENT


def update_job(cluster: Cluster, request: Request) -> Answer:
    changes = request.body["changeset"]
    if not changes:
        raise Problem.invalid_argument("At least one of [retries, timeout] is required.")
    _refuse_unserved(changes, "priority")
    key = request.path_keys["jobKey"]
    if "retries" in changes:
        cluster.engine.update_job_retries(key, changes["retries"])
    if "timeout" in changes:
        try:
            cluster.engine.update_job_timeout(key, _milliseconds(changes["timeout"]))
        except Rejection as rejection:
            if rejection.kind is not RejectionKind.INVALID_STATE:
                raise
            # Seen on 8.6.0: the command that REST gives words the state of a job as a wrong argument.
            reason = f"Expected to update the timeout of job with key '{key}', but it is not active"
            raise Rejection.of_command("UPDATE", RejectionKind.INVALID_ARGUMENT, reason) from rejection
    return NO_CONTENT


# Clock


def pin_clock(cluster: Cluster, request: Request) -> Answer:
    cluster.engine.pin_clock(datetime.fromtimestamp(request.body["timestamp"] / 1000, UTC))
    return NO_CONTENT


def reset_clock(cluster: Cluster, _: Request) -> Answer:
    cluster.engine.reset_clock()
    return NO_CONTENT
