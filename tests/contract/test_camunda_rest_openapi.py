"""The stand-in's REST API against Camunda's own OpenAPI documents."""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, TypeAlias

import httpx
import pytest
from emulators.camunda.rest.endpoint import Endpoint
from emulators.camunda.rest.endpoints import DOCUMENT_ENDPOINTS, ENDPOINTS, USER_TASK_ENDPOINTS
from emulators.camunda.rest.instance_searches import INSTANCE_FILTERS_NOT_SERVED
from emulators.camunda.rest.shapes import Condition, ListOf, OneOf, Record, Scalar, Shape
from emulators.camunda.rest.versions import Gateway, GatewayVersion
from jsonschema import Draft202012Validator, FormatChecker

from tests.contract.released_rest_api import as_released
from tests.shared_data import shared_data
from tests.unit.emulators.camunda_rest.processes import (
    RunningRest,
    job_process,
    message_start_process,
    running_rest,
    straight_process,
    waiting_process,
)

Schema: TypeAlias = Mapping[str, Any]

DOCUMENTED_BY = {
    GatewayVersion.V8_8: "rest-api-8.8.json",
    GatewayVersion.V8_9: "rest-api-8.10.json",  # its markers say what came with 8.10
    GatewayVersion.V8_10: "rest-api-8.10.json",
}

# What the API leaves out or takes as opaque, and why.
NOT_SERVED = {
    ("searchProcessInstances", "filter"): INSTANCE_FILTERS_NOT_SERVED,
    ("searchProcessInstances", "filter.$or[]"): INSTANCE_FILTERS_NOT_SERVED,
}
OPAQUE = {
    ("completeJob", "result"),  # answered 501: user tasks and ad-hoc sub-processes are not simulated
    ("createProcessInstance", "startInstructions[]"),  # answered 501
    ("createProcessInstance", "runtimeInstructions[]"),  # answered 501
    ("searchElementInstances", "filter.elementInstanceScopeKey"),  # a key that the document types as string
    ("searchElementInstances", "filter.$or[].elementInstanceScopeKey"),
    ("searchIncidents", "filter.incidentKey"),  # 8.10 types it as a string condition
    ("searchCorrelatedMessageSubscriptions", "filter.messageKey"),  # keys are string conditions there
    ("searchCorrelatedMessageSubscriptions", "filter.processDefinitionKey"),
    ("searchCorrelatedMessageSubscriptions", "filter.processInstanceKey"),
    ("searchCorrelatedMessageSubscriptions", "filter.subscriptionKey"),
    ("searchIncidents", "sort[].field"),  # 8.8 also sorts by errorMessage, 8.10 no longer does
}

DESCRIBED = [each for each in ENDPOINTS if each not in (*DOCUMENT_ENDPOINTS, *USER_TASK_ENDPOINTS)]
"""The kept OpenAPI documents leave out documents and user tasks; Camunda's Python client judges these."""


class Document:
    """An OpenAPI document, read as one version of the gateway."""

    def __init__(self, version: GatewayVersion) -> None:
        self.version = version
        name = DOCUMENTED_BY[version]
        text = shared_data(f"camunda/{name}").read_text()
        self.content = as_released(text) if name == "rest-api-8.10.json" else json.loads(text)
        self.schemas: Mapping[str, Schema] = self.content["components"]["schemas"]

    def operations(self) -> Iterator[tuple[str, str, Schema]]:
        for path, methods in self.content["paths"].items():
            for method, operation in methods.items():
                if "operationId" in operation and not self.is_newer(operation.get("x-added-in-version")):
                    yield method.upper(), path, operation

    def operation(self, operation_id: str) -> tuple[str, str, Schema] | None:
        return next((each for each in self.operations() if each[2]["operationId"] == operation_id), None)

    def is_newer(self, added: str | None) -> bool:
        return added is not None and int(added.split(".")[1]) > self.version.value

    def resolved(self, schema: Schema) -> Schema:
        while "$ref" in schema:
            schema = self.schemas[schema["$ref"].rsplit("/", 1)[-1]]
        return schema

    def properties(self, schema: Schema) -> dict[str, Schema]:
        schema = self.resolved(schema)
        found: dict[str, Schema] = {}
        for branch in (*schema.get("allOf", ()), *schema.get("oneOf", ()), *schema.get("anyOf", ())):
            found |= self.properties(branch)
        found |= schema.get("properties", {})
        newer = {
            each["propertyName"]
            for each in schema.get("x-properties-added-in-version") or ()
            if self.is_newer(each.get("addedInVersion"))
        }
        return {name: each for name, each in found.items() if name not in newer}

    def attribute(self, schema: Schema, name: str) -> Any:
        """Return an attribute of a schema or of what it is composed of."""
        schema = self.resolved(schema)
        if name in schema:
            return schema[name]
        return next(
            (
                value
                for branch in (*schema.get("allOf", ()), *schema.get("oneOf", ()))
                if (value := self.attribute(branch, name)) is not None
            ),
            None,
        )

    def described(self, schema: Schema, place: str, skip: Mapping[str, Any]) -> Any:  # noqa: PLR0911 - one a kind
        """Return a schema in the words of `described_shape`."""
        schema = self.resolved(schema)
        if place in skip:
            return "opaque"
        names = self.properties(schema)
        if names and all(name.startswith("$") for name in names) and "$eq" in names:
            return "condition", self.described(names["$eq"], f"{place}.$eq", skip), frozenset(names)
        if self.attribute(schema, "type") == "array":
            item = self.attribute(schema, "items")
            return "list", self.described(item, f"{place}[]", skip)
        if names:
            return {
                name: self.described(each, f"{place}.{name}" if place else name, skip)
                for name, each in names.items()
            }
        if enum := self.attribute(schema, "enum"):
            return "one of", frozenset(enum)
        if self.attribute(schema, "pattern") == "^-?[0-9]+$":
            return "key"
        kind, fmt = self.attribute(schema, "type"), self.attribute(schema, "format")
        return fmt if fmt in ("int32", "int64", "date-time") else kind


def described_shape(  # noqa: PLR0911 - one return a kind of shape
    shape: Shape, version: GatewayVersion, place: str, skip: Mapping[str, Any]
) -> Any:
    if place in skip:
        return "opaque"
    match shape:
        case Scalar.KEY:
            return "key"
        case Scalar.JSON_OBJECT:
            return "object"
        case Scalar():
            return shape.value
        case OneOf():
            return "one of", shape.known_to(version)
        case Condition(operand, operators):
            return "condition", described_shape(operand, version, f"{place}.$eq", skip), operators
        case ListOf(item):
            return "list", described_shape(item, version, f"{place}[]", skip)
        case Record():
            return {
                name: described_shape(
                    shape.properties[name].shape_in(version),
                    version,
                    f"{place}.{name}" if place else name,
                    skip,
                )
                for name in shape.known_to(version)
            }


def names_only(described: Any) -> Any:
    """Forget everything but the names of properties."""
    if isinstance(described, dict):
        return {name: names_only(each) for name, each in described.items()}
    if isinstance(described, tuple) and described[0] == "list":
        return names_only(described[1])
    return None


def without(described: Any, operation_id: str, place: str = "") -> Any:
    """Leave out what the API does not serve."""
    if isinstance(described, tuple) and described[0] == "list":
        return "list", without(described[1], operation_id, f"{place}[]")
    if not isinstance(described, dict):
        return described
    left_out = NOT_SERVED.get((operation_id, place), frozenset())
    return {
        name: without(each, operation_id, f"{place}.{name}" if place else name)
        for name, each in described.items()
        if name not in left_out
    }


def _each(*endpoints: Endpoint, every_version: bool = False) -> pytest.MarkDecorator:
    """Return the parameters of a rule that is about these endpoints, in the versions that have them."""
    return pytest.mark.parametrize(
        ("endpoint", "version"),
        [
            pytest.param(endpoint, version, id=f"{endpoint.operation_id}-{version.minor_name}")
            for endpoint in endpoints
            for version in GatewayVersion
            if every_version or endpoint.since <= version
        ],
    )


class TestDeclarations:
    @_each(*DESCRIBED, every_version=True)
    def test_an_endpoint_exists_in_the_versions_that_document_it(
        self, endpoint: Endpoint, version: GatewayVersion
    ) -> None:
        """Each endpoint has the document's method and path, from the version on that added it."""
        documented = Document(version).operation(endpoint.operation_id)
        if endpoint.since > version:
            assert documented is None
        else:
            assert documented is not None
            assert (endpoint.method, endpoint.path) == documented[:2]

    @_each(*DESCRIBED)
    def test_a_request_may_say_what_the_document_lists(
        self, endpoint: Endpoint, version: GatewayVersion
    ) -> None:
        """A body's properties, their kinds, operators and names are the document's, version by version."""
        document = Document(version)
        documented = document.operation(endpoint.operation_id)
        assert documented is not None
        content = documented[2].get("requestBody", {}).get("content", {})
        declared = endpoint.body_as(Gateway(version))
        if declared is None:
            assert "application/json" not in content
            return
        opaque = {place: None for operation, place in OPAQUE if operation == endpoint.operation_id}
        wanted = without(
            document.described(content["application/json"]["schema"], "", opaque), endpoint.operation_id
        )
        have = described_shape(declared, version, "", opaque)
        if version is GatewayVersion.V8_9:  # the markers tell which properties there are, not their kinds
            wanted, have = names_only(wanted), names_only(have)
        assert have == wanted

    @_each(*(each for each in DESCRIBED if each.body is not None))
    def test_a_body_is_required_where_the_document_requires_it(
        self, endpoint: Endpoint, version: GatewayVersion
    ) -> None:
        """Whether a body may be left out is as documented."""
        documented = Document(version).operation(endpoint.operation_id)
        assert documented is not None
        assert endpoint.needs_body == documented[2]["requestBody"].get("required", False)


class Validation:
    """Checks each exchange of a client against a document."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.succeeded: set[str] = set()
        self.refused: set[str] = set()
        formats = FormatChecker(formats=())
        formats.checks("date-time", raises=ValueError)(_check_date_time)
        self.formats = formats

    def check(self, answer: httpx.Response) -> None:
        """Check a request that succeeded and its answer, or the problem document of a refusal."""
        answer.read()
        operation = self.operation_of(answer.request)
        name = operation["operationId"]
        if not answer.is_success:
            assert answer.headers["content-type"] == "application/problem+json"
            self.validate({"$ref": "#/components/schemas/ProblemDetail"}, answer.json())
            self.refused.add(name)
            return
        self.succeeded.add(name)
        if answer.request.headers.get("content-type") == "application/json":
            schema = operation["requestBody"]["content"]["application/json"]["schema"]
            self.validate(schema, json.loads(answer.request.content))
        content = operation["responses"][str(answer.status_code)].get("content", {})
        kind = answer.headers.get("content-type", "").partition(";")[0]
        if kind == "application/json":
            self.validate(content[kind]["schema"], answer.json())
        else:
            assert (kind == "") == (not content)
            assert kind in ("", *content)

    def operation_of(self, request: httpx.Request) -> Schema:
        path = request.url.path.removeprefix("/v2")
        found = [
            operation
            for method, template, operation in self.document.operations()
            if method == request.method and re.fullmatch(re.sub(r"\{\w+\}", r"[0-9]+", template), path)
        ]
        assert len(found) == 1, f"{request.method} {path} is not documented"
        return found[0]

    def validate(self, schema: Schema, instance: object) -> None:
        validator = Draft202012Validator(self.translated(schema), format_checker=self.formats)
        errors = [(list(error.absolute_path), error.message) for error in validator.iter_errors(instance)]
        assert errors == []

    def translated(self, schema: Schema, *, is_closed: bool = True) -> dict[str, Any]:
        """Return the JSON Schema of an OpenAPI 3.0 schema, with references inlined.

        What the document does not list is forbidden, so that the API shows nothing of its own making.
        """
        schema = self.document.resolved(schema)
        known = self.document.properties({"properties": {}, **schema})
        made: dict[str, Any] = {
            name: schema[name]
            for name in ("type", "enum", "format", "pattern", "minLength", "maxLength", "minimum", "maximum")
            if name in schema
        } | {name: schema[name] for name in ("minItems", "maxItems", "uniqueItems") if name in schema}
        if "\\p" in made.get("pattern", ""):
            del made["pattern"]  # a Unicode class, which Python's expressions do not know
        if "oneOf" in schema:
            made.pop("type", None)  # 8.8 calls conditions objects although they may be texts
            made["anyOf"] = [self.translated(each, is_closed=is_closed) for each in schema["oneOf"]]
        if "allOf" in schema:
            made["allOf"] = [self.translated(each, is_closed=False) for each in schema["allOf"]]
        if "items" in schema:
            made["items"] = self.translated(schema["items"])
        if "properties" in schema:
            made["properties"] = {
                name: self.translated(each) for name, each in schema["properties"].items() if name in known
            }
        made["required"] = [name for name in schema.get("required", ()) if name in known]
        if is_closed and known and "oneOf" not in schema and not schema.get("additionalProperties"):
            made["unevaluatedProperties"] = False
        if schema.get("nullable"):
            return {"anyOf": [made, {"type": "null"}]}
        return made


def _check_date_time(value: object) -> bool:
    return not isinstance(value, str) or datetime.fromisoformat(value).tzinfo is not None


@pytest.mark.parametrize("version", GatewayVersion, ids=lambda v: v.minor_name)
def test_every_answer_is_as_documented(version: GatewayVersion) -> None:
    """In the life of a few processes, each request and answer of each endpoint is valid by the document."""
    validation = Validation(Document(version))
    with running_rest(version) as cluster:
        cluster.client.event_hooks = {"response": [validation.check]}
        live_a_little(cluster)
        refuse_a_little(cluster)
        existing = {each.operation_id for each in DESCRIBED if each.since <= version}
        assert validation.succeeded == existing
        assert len(validation.refused) > 10


def live_a_little(cluster: RunningRest) -> None:
    """Use every endpoint with success, so that searches find rows of every kind."""
    definitions = cluster.deploy(job_process(), waiting_process(), message_start_process())
    [idle] = cluster.deploy(straight_process())
    crawl = definitions[0]["processDefinitionKey"]
    started = {"processDefinitionKey": crawl, "variables": {"a": [1, None]}, "tags": ["event:1"]}
    created = cluster.post("/process-instances", started)
    cluster.start("crawl")
    cluster.start("crawl")
    cluster.start("wait", orderId="7")
    cancelled = cluster.start("wait", orderId="8")
    cluster.post(f"/process-instances/{cancelled}/cancellation", {"operationReference": 1}, status=204)
    cluster.start("wait", orderId="9")
    message = {"name": "finished", "correlationKey": "7", "messageId": "id", "timeToLive": 1, "variables": {}}
    cluster.post("/messages/publication", message)
    cluster.post("/messages/publication", {"name": "started"})
    cluster.post("/messages/correlation", {"name": "finished", "correlationKey": "9"})
    cluster.start("wait", orderId="10")
    job, failed, thrown = cluster.activate()
    element = f"/v2/element-instances/{job['elementInstanceKey']}/variables"
    assert cluster.client.put(element, json={"variables": {"b": {}}, "local": True}).status_code == 204
    changes = {"changeset": {"timeout": 60_000}}
    assert cluster.client.patch(f"/v2/jobs/{job['jobKey']}", json=changes).status_code == 204
    cluster.post(f"/jobs/{job['jobKey']}/completion", {"variables": {"c": "x" * 9000}}, status=204)
    cluster.post(f"/jobs/{failed['jobKey']}/failure", {"retries": 0, "errorMessage": "no"}, status=204)
    cluster.post(f"/jobs/{thrown['jobKey']}/error", {"errorCode": "E", "errorMessage": "no"}, status=204)
    ask_about_everything(cluster, crawl, created["processInstanceKey"])
    [incident] = cluster.search("/incidents", filter={"errorType": "JOB_NO_RETRIES"})
    cluster.client.patch(f"/v2/jobs/{failed['jobKey']}", json={"changeset": {"retries": 1}})
    cluster.post(f"/incidents/{incident['incidentKey']}/resolution", status=204)
    cluster.post(f"/resources/{idle['processDefinitionKey']}/deletion")
    cluster.client.put("/v2/clock", json={"timestamp": 1_900_000_000_000})
    cluster.client.post("/v2/clock/reset")


def ask_about_everything(cluster: RunningRest, definition: str, instance: str) -> None:
    """Use every question; each search must find something, or its items were not looked at."""
    for path in ("topology", "status", f"process-definitions/{definition}", f"process-instances/{instance}"):
        assert cluster.client.get(f"/v2/{path}").is_success
    assert cluster.client.get(f"/v2/process-definitions/{definition}/xml").is_success
    for path, wanted in (
        ("/process-definitions", {"isLatestVersion": True}),
        ("/process-definitions", {"processDefinitionId": {"$like": "*"}}),
        ("/process-instances", {"tags": ["event:1"], "startDate": {"$gt": "2020-01-01T00:00:00Z"}}),
        ("/process-instances", {"$or": [{"state": "TERMINATED"}, {"state": {"$in": ["COMPLETED"]}}]}),
        ("/element-instances", {"type": "SERVICE_TASK"}),
        ("/variables", {"name": {"$in": ["b", "c"]}}),
        ("/incidents", {"state": "ACTIVE"}),
        ("/jobs", {"retries": {"$gte": 0}}),
        ("/message-subscriptions", {"messageSubscriptionState": {"$neq": "MIGRATED"}}),
        ("/correlated-message-subscriptions", {"messageName": "finished"}),
    ):
        assert cluster.search(path, filter=wanted, page={"limit": 50})
    if cluster.api.gateway.version >= GatewayVersion.V8_9:
        path = "/process-definitions/statistics/message-subscriptions"
        assert cluster.post(path, {"filter": {"messageSubscriptionState": "CREATED"}})["items"]


def refuse_a_little(cluster: RunningRest) -> None:
    """Let every kind of command be refused."""
    for path, body in (
        ("/process-instances", {"processDefinitionId": "nowhere"}),
        ("/process-instances/1/cancellation", {}),
        ("/messages/publication", {}),
        ("/messages/correlation", {"name": "nobody"}),
        ("/jobs/activation", {"type": "work"}),
        ("/jobs/1/completion", {}),
        ("/jobs/1/failure", {}),
        ("/jobs/1/error", {"errorCode": "E"}),
        ("/incidents/1/resolution", {}),
        ("/resources/1/deletion", {}),
        ("/jobs/search", {"filter": {"nothing": 1}}),
    ):
        assert cluster.client.post(f"/v2{path}", json=body).is_client_error
    assert cluster.client.get("/v2/process-definitions/1").status_code == 404
    assert cluster.client.get("/v2/process-instances/1").status_code == 404
