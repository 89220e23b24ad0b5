"""The resources of one template, evaluated: which exist, what they are called, and what their properties are.

It gives names and plain values; what a property means for a service is read elsewhere (`template`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local_aws.intrinsics import Evaluator, TemplateError, load_document, parameter_values

ACCOUNT_ID = "123456789012"
STACK_NAME = "local"

FUNCTION = "AWS::Serverless::Function"
LAYER = "AWS::Serverless::LayerVersion"
HTTP_API = "AWS::Serverless::HttpApi"
QUEUE = "AWS::SQS::Queue"
TABLE = "AWS::DynamoDB::Table"
SECRET = "AWS::SecretsManager::Secret"
IMPLICIT_HTTP_API = "ServerlessHttpApi"

_NAME_PROPERTIES: Mapping[str, str] = {
    FUNCTION: "FunctionName",
    LAYER: "LayerName",
    QUEUE: "QueueName",
    TABLE: "TableName",
    SECRET: "Name",
    "AWS::SSM::Parameter": "Name",
    "AWS::Logs::LogGroup": "LogGroupName",
}
_ARNS: Mapping[str, str] = {
    FUNCTION: "lambda:{place}:function:{name}",
    LAYER: "lambda:{place}:layer:{name}:1",
    QUEUE: "sqs:{place}:{name}",
    TABLE: "dynamodb:{place}:table/{name}",
    SECRET: "secretsmanager:{place}:secret:{name}",
    "AWS::Logs::LogGroup": "logs:{place}:log-group:{name}:*",
}
_REF_IS_ARN = frozenset({LAYER, SECRET})


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Where the services will be, so that what the template builds of them points to this machine.

    Attributes:
        public_url: Used in place of `https://{api}.execute-api.{region}.amazonaws.com`.
        services_url: Where SQS answers; queue URLs begin with it.
    """

    public_url: str = "http://127.0.0.1:0"
    services_url: str = "http://127.0.0.1:0"


class Stack:
    """The resources of a template, with its parameters set.

    Args:
        path: The template.
        parameters: Values for its parameters; those left out have their default.
        region: What `AWS::Region` is.
        endpoints: Where the services are.

    Raises:
        TemplateError: The template is wrong, or needs what does not exist here.
    """

    def __init__(
        self, path: Path, parameters: Mapping[str, str], *, region: str, endpoints: Endpoints
    ) -> None:
        self._document = load_document(path)
        self._region = region
        self._endpoints = endpoints
        self._resources: Mapping[str, Any] = self._document.get("Resources", {})
        values = parameter_values(self._document.get("Parameters", {}), parameters)
        self._evaluator = Evaluator(self._document, values, _pseudo_parameters(region), self)

    def ref(self, logical_id: str) -> str:
        """Return what `Ref` gives for the resource."""
        kind = self._resource(logical_id)["Type"]
        if kind == QUEUE:
            return f"{self._endpoints.services_url}/{ACCOUNT_ID}/{self.name(logical_id)}"
        if kind == HTTP_API:
            return re.sub(r"[^a-z0-9]", "", logical_id.lower())
        return self.arn(logical_id) if kind in _REF_IS_ARN else self.name(logical_id)

    def attribute(self, logical_id: str, name: str) -> str:
        """Return what `Fn::GetAtt` gives for the resource."""
        kind = self._resource(logical_id)["Type"]
        match kind, name:
            case _, "Arn" if kind in _ARNS:
                return self.arn(logical_id)
            case "AWS::SQS::Queue", "QueueName":
                return self.name(logical_id)
            case ("AWS::SQS::Queue", "QueueUrl") | ("AWS::SecretsManager::Secret", "Id"):
                return self.ref(logical_id)
            case "AWS::Serverless::HttpApi", "ApiEndpoint":
                return self._endpoints.public_url
            case _:
                raise TemplateError(f"Fn::GetAtt {logical_id}.{name}: {kind} has no {name} here.")

    def arn(self, logical_id: str) -> str:
        """Return the resource's ARN."""
        form = _ARNS[self._resource(logical_id)["Type"]]
        return "arn:aws:" + form.format(place=f"{self._region}:{ACCOUNT_ID}", name=self.name(logical_id))

    def name(self, logical_id: str) -> str:
        """Return the resource's physical name: the given one, else one made of the stack's."""
        resource = self._resource(logical_id)
        if (name_property := _NAME_PROPERTIES.get(resource["Type"])) is None:
            return logical_id
        properties = resource.get("Properties", {})
        given = self._evaluator.evaluate(properties.get(name_property))
        if given is not None:
            return str(given)
        return f"{STACK_NAME}-{logical_id}" + (".fifo" if properties.get("FifoQueue") is True else "")

    def of_type(self, kind: str) -> list[str]:
        """Return the logical ids of the resources of the type whose condition holds."""
        return [name for name, body in self._resources.items() if body["Type"] == kind and self._exists(body)]

    def properties(self, logical_id: str, names: tuple[str, ...], *, section: str = "") -> dict[str, Any]:
        """Return the evaluated values of the named properties; absent ones are left out.

        What the section of `Globals` gives lies below them: maps are merged and lists joined, as SAM does.
        """
        own = self._resource(logical_id).get("Properties", {})
        shared = self._document.get("Globals", {}).get(section, {})
        merged = {name: _merge(shared.get(name), own.get(name)) for name in names}
        evaluated: dict[str, Any] = self._evaluator.evaluate(
            {name: value for name, value in merged.items() if value is not None}
        )
        return evaluated

    def role_statements(self, function: str) -> list[dict[str, Any]] | None:
        """Return the statements of the function's role, or None where the template declares none for it."""
        match self._resource(function).get("Properties", {}).get("Role"):
            case {"Fn::GetAtt": [str(role), "Arn"]}:
                policies = self.properties(role, ("Policies",)).get("Policies", [])
                return [each for policy in policies for each in policy["PolicyDocument"]["Statement"]]
            case _:
                return None

    def events(self, kind: str, *, supported: frozenset[str]) -> list[tuple[str, str, dict[str, Any]]]:
        """Return (function's logical id, event's name, properties) of every event source of the type.

        Raises:
            TemplateError: A function has an event source that is not of a supported type.
        """
        found = []
        for logical_id in self.of_type(FUNCTION):
            for name, event in self._resource(logical_id)["Properties"].get("Events", {}).items():
                if event["Type"] not in supported:
                    raise TemplateError(
                        f"{logical_id}.{name}: events of type {event['Type']} do not run here."
                    )
                if event["Type"] == kind:
                    found.append((logical_id, name, self._evaluator.evaluate(event.get("Properties", {}))))
        return found

    def output(self, name: str) -> Any:
        """Return the value of one of the template's outputs."""
        outputs = self._document.get("Outputs", {})
        if name not in outputs:
            raise TemplateError(f"The template has no output {name}.")
        return self.localised(self._evaluator.evaluate(outputs[name]["Value"]))

    def localised(self, value: Any) -> Any:
        """Return the value; in a text, the API's address on AWS becomes its address here."""
        return _EXECUTE_API.sub(self._endpoints.public_url, value) if isinstance(value, str) else value

    def _resource(self, logical_id: str) -> Mapping[str, Any]:
        if logical_id == IMPLICIT_HTTP_API and logical_id not in self._resources:
            return {"Type": HTTP_API}
        if logical_id not in self._resources:
            raise TemplateError(f"There is no parameter or resource {logical_id}.")
        resource: Mapping[str, Any] = self._resources[logical_id]
        if not self._exists(resource):
            raise TemplateError(f"{logical_id} is referred to, but its condition does not hold.")
        return resource

    def _exists(self, resource: Mapping[str, Any]) -> bool:
        return "Condition" not in resource or self._evaluator.holds(resource["Condition"])


_EXECUTE_API = re.compile(r"https://[a-z0-9]+\.execute-api\.[a-z0-9-]+\.amazonaws\.com")


def _pseudo_parameters(region: str) -> dict[str, str]:
    return {
        "AWS::AccountId": ACCOUNT_ID,
        "AWS::Region": region,
        "AWS::Partition": "aws",
        "AWS::URLSuffix": "amazonaws.com",
        "AWS::StackName": STACK_NAME,
        "AWS::StackId": f"arn:aws:cloudformation:{region}:{ACCOUNT_ID}:stack/{STACK_NAME}/00000000",
    }


def _merge(shared: Any, own: Any) -> Any:
    if own is None:
        return shared
    if isinstance(shared, dict) and isinstance(own, dict) and not (_is_call(shared) or _is_call(own)):
        return {key: _merge(shared.get(key), own.get(key)) for key in {**shared, **own}}
    if isinstance(shared, list) and isinstance(own, list):
        return [*shared, *own]
    return own


def _is_call(node: Mapping[str, Any]) -> bool:
    return len(node) == 1 and next(iter(node)).startswith(("Ref", "Fn::"))
