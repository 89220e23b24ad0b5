"""The stand-in's REST face against Camunda's own OpenAPI documents."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from emulators.camunda.rest.endpoints import ENDPOINTS, Endpoint
from emulators.camunda.rest.searches import INSTANCE_FILTERS_NOT_SERVED
from emulators.camunda.rest.shapes import Condition, ListOf, OneOf, Record, Scalar, Shape
from emulators.camunda.rest.versions import Gateway, GatewayVersion

DOCUMENTS = Path(__file__).parents[3] / "shared" / "data" / "camunda"

pytestmark = pytest.mark.skipif(
    not DOCUMENTS.exists(), reason="Camunda's OpenAPI documents are not beside this checkout"
)

Schema: TypeAlias = Mapping[str, Any]

DOCUMENTED_BY = {
    GatewayVersion.V8_8: "rest-api-8.8.json",
    GatewayVersion.V8_9: "rest-api-8.10.json",  # its markers say what came with 8.10
    GatewayVersion.V8_10: "rest-api-8.10.json",
}

# What the face leaves out or takes as opaque, and why.
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


class Document:
    """An OpenAPI document, read as one version of the gateway."""

    def __init__(self, version: GatewayVersion) -> None:
        self.version = version
        self.content = json.loads((DOCUMENTS / DOCUMENTED_BY[version]).read_text())
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
    """Leave out what the face does not serve."""
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


@pytest.mark.parametrize("version", GatewayVersion, ids=lambda v: v.minor_name)
@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda e: e.operation_id)
class TestDeclarations:
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

    def test_a_request_may_say_what_the_document_lists(
        self, endpoint: Endpoint, version: GatewayVersion
    ) -> None:
        """A body's properties, their kinds, operators and names are the document's, version by version."""
        document = Document(version)
        documented = document.operation(endpoint.operation_id)
        if documented is None:
            pytest.skip(f"{version.minor_name} does not have this endpoint")
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

    def test_a_body_is_required_where_the_document_requires_it(
        self, endpoint: Endpoint, version: GatewayVersion
    ) -> None:
        """Whether a body may be left out is as documented."""
        documented = Document(version).operation(endpoint.operation_id)
        if documented is None or endpoint.body is None:
            pytest.skip("no endpoint or no JSON body")
        assert endpoint.needs_body == documented[2]["requestBody"].get("required", False)
