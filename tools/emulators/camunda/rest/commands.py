"""Handlers of the endpoints for resources, messages and the clock: a request becomes one command."""

from datetime import UTC, datetime
from typing import Any

from emulators.camunda.rest.durations import milliseconds
from emulators.camunda.rest.http_exchange import NO_CONTENT, Answer, Cluster, Request
from emulators.camunda.rest.multipart import parts
from emulators.camunda.rest.problems import Problem, refuse_unserved
from emulators.camunda.rest.versions import GatewayVersion
from emulators.camunda.state import ProcessDefinition

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
    refuse_unserved(request.body, "deleteHistory")
    key = request.path_keys["resourceKey"]
    cluster.engine.delete_resource(key)
    if cluster.gateway.version < GatewayVersion.V8_9:
        return Answer(200)
    return Answer.json({"resourceKey": str(key), "batchOperation": None})


# Messages


def publish_message(cluster: Cluster, request: Request) -> Answer:
    body = request.body
    published = cluster.engine.publish_message(
        name=body["name"],
        correlation_key=body.get("correlationKey", ""),
        variables=body.get("variables", {}),
        time_to_live=milliseconds(body.get("timeToLive")),
        message_id=body.get("messageId", ""),
        tenant_id=body.get("tenantId", ""),
        business_id=body.get("businessId"),
    )
    return Answer.json({"messageKey": str(published.key), "tenantId": published.tenant_id})


def correlate_message(cluster: Cluster, request: Request) -> Answer:
    body = request.body
    correlation = cluster.engine.correlate_message(
        name=body["name"],
        correlation_key=body.get("correlationKey", ""),
        variables=body.get("variables", {}),
        tenant_id=body.get("tenantId", ""),
        business_id=body.get("businessId"),
    )
    return Answer.json(
        {
            "messageKey": str(correlation.message_key),
            "processInstanceKey": str(correlation.process_instance_key),
            "tenantId": correlation.tenant_id,
        }
    )


# Clock


def pin_clock(cluster: Cluster, request: Request) -> Answer:
    cluster.engine.pin_clock(datetime.fromtimestamp(request.body["timestamp"] / 1000, UTC))
    return NO_CONTENT


def reset_clock(cluster: Cluster, _: Request) -> Answer:
    cluster.engine.reset_clock()
    return NO_CONTENT
