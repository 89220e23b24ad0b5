"""Handlers of the endpoints that only read."""

from typing import Any, Final

from emulators.camunda.rest import instance_searches, message_searches, rows
from emulators.camunda.rest.conditions import Row
from emulators.camunda.rest.definition_searches import definitions_as
from emulators.camunda.rest.http_exchange import NO_CONTENT, Answer, Cluster, Handler, Request
from emulators.camunda.rest.problems import Problem
from emulators.camunda.rest.search import Search
from emulators.camunda.rest.versions import GatewayVersion
from emulators.camunda.state import ProcessDefinition

TRUNCATED_LENGTH: Final = 8191
"""How many characters of a variable's value a search shows unless it is asked for all."""


def topology(cluster: Cluster, _: Request) -> Answer:
    version = cluster.gateway.version
    number = f"{version.minor_name}.0"
    partition: dict[str, Any] = {"partitionId": rows.PARTITION, "role": "leader", "health": "healthy"}
    broker: dict[str, Any] = {"nodeId": 0, "host": "127.0.0.1", "port": 26501, "version": number}
    document: dict[str, Any] = {
        "clusterSize": 1,
        "partitionsCount": 1,
        "replicationFactor": 1,
        "gatewayVersion": number,
        "lastCompletedChangeId": "-1",
    }
    if cluster.gateway.tells_cluster_id:
        document["clusterId"] = cluster.engine.cluster_id
    if version >= GatewayVersion.V8_10:
        broker["brokerId"] = "0"
        partition["state"] = "active"
    return Answer.json({"brokers": [broker | {"partitions": [partition]}], **document})


def status(_cluster: Cluster, _request: Request) -> Answer:
    return NO_CONTENT


def searching(search: Search) -> Handler:
    """Return the handler of a search that has no rule of its own."""

    def handle(cluster: Cluster, request: Request) -> Answer:
        found = search.matching(cluster.engine, cluster.gateway, request.body)
        return Answer.json(search.answer(search.page_of(found, request.body), cluster.gateway.version))

    return handle


def search_definitions(cluster: Cluster, request: Request) -> Answer:
    """Search definitions; among the latest versions only forward, and `from` and `before` are ignored."""
    search = definitions_as(cluster.gateway)
    asked = dict(request.body)
    found = search.matching(cluster.engine, cluster.gateway, asked)
    if not asked.get("filter", {}).get("isLatestVersion"):
        return Answer.json(search.answer(search.page_of(found, asked), cluster.gateway.version))
    fields = {each["field"] for each in asked.get("sort", ())}
    if fields - {"processDefinitionId", "tenantId"}:
        raise Problem.invalid_argument(
            "Unsupported sort field for the latest version: only processDefinitionId and tenantId are."
        )
    asked["sort"] = asked.get("sort") or [{"field": "processDefinitionId"}, {"field": "tenantId"}]
    asked["page"] = {k: v for k, v in asked.get("page", {}).items() if k not in ("from", "before")}
    document = search.answer(search.page_of(found, asked), cluster.gateway.version)
    document["page"].pop("startCursor", None)
    if cluster.gateway.version >= GatewayVersion.V8_9:
        document["page"]["startCursor"] = None
    return Answer.json(document)


def search_variables(cluster: Cluster, request: Request) -> Answer:
    search = instance_searches.VARIABLES
    found = search.matching(cluster.engine, cluster.gateway, request.body)
    if request.query.get("truncateValues", "true") != "false":
        found = [_truncated(row) for row in found]
    return Answer.json(search.answer(search.page_of(found, request.body), cluster.gateway.version))


def _truncated(row: Row) -> Row:
    if len(row["value"]) <= TRUNCATED_LENGTH:
        return row
    return {**row, "value": row["value"][:TRUNCATED_LENGTH], "isTruncated": True}


def subscription_statistics(cluster: Cluster, request: Request) -> Answer:
    search = message_searches.SUBSCRIPTION_STATISTICS
    found = search.matching(cluster.engine, cluster.gateway, request.body)
    counted = list(rows.statistics_rows(found))
    return Answer.json(search.answer(search.page_of(counted, request.body), cluster.gateway.version))


def get_definition(cluster: Cluster, request: Request) -> Answer:
    row = rows.definition_row(_definition(cluster, request))
    return Answer.json(definitions_as(cluster.gateway).item(row, cluster.gateway.version))


def get_definition_xml(cluster: Cluster, request: Request) -> Answer:
    definition = _definition(cluster, request)
    return Answer(200, "text/xml;charset=UTF-8", definition.xml) if definition.xml else NO_CONTENT


def _definition(cluster: Cluster, request: Request) -> ProcessDefinition:
    key = request.path_keys["processDefinitionKey"]
    definition = cluster.engine.definition(key)
    if definition is None:
        raise Problem.not_found("Process Definition", str(key))
    return definition


def get_instance(cluster: Cluster, request: Request) -> Answer:
    key = request.path_keys["processInstanceKey"]
    instance = cluster.engine.process_instance(key)
    if instance is None:
        raise Problem.not_found("Process Instance", str(key))
    row = rows.instance_row(cluster.engine, instance)
    return Answer.json(instance_searches.INSTANCES.item(row, cluster.gateway.version))
