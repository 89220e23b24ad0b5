"""What a SAM template declares, as plain values: functions, routes, schedules, queues, tables, secrets.

It reads and decides; it creates and runs nothing. What must run and is not understood is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from local_aws.authorization import Statement, statement_of
from local_aws.declarations import (
    AsyncPolicy,
    FunctionSpec,
    HttpApiSpec,
    QueueMappingSpec,
    QueueSpec,
    RouteSpec,
    ScheduleSpec,
    SecretSpec,
    TableSpec,
    Throttle,
)
from local_aws.intrinsics import TemplateError
from local_aws.stack import FUNCTION, HTTP_API, LAYER, QUEUE, SECRET, TABLE, Endpoints, Stack

_EVENT_TYPES = frozenset({"HttpApi", "ScheduleV2", "Schedule", "SQS"})


class Template:
    """A template with its parameters set and its names resolved.

    Args:
        path: The template; folders in it are relative to its own.
        parameters: Values for its parameters; those left out have their default.
        region: What `AWS::Region` is.
        endpoints: Where the services are; the default serves where no address matters.

    Raises:
        TemplateError: The template is wrong, or needs what does not exist here.
    """

    def __init__(
        self,
        path: Path,
        parameters: Mapping[str, str] | None = None,
        *,
        region: str = "eu-central-1",
        endpoints: Endpoints | None = None,
    ) -> None:
        self._folder = path.resolve().parent
        self._stack = Stack(path, parameters or {}, region=region, endpoints=endpoints or Endpoints())

    def functions(self) -> tuple[FunctionSpec, ...]:
        """Return every function of the template, Globals merged in."""
        return tuple(self._function(logical_id) for logical_id in self._stack.of_type(FUNCTION))

    def roles(self) -> dict[str, tuple[Statement, ...]]:
        """Return what each function with a role of its own may do, by the function's logical id.

        Raises:
            TemplateError: A policy says what is not understood here.
        """
        found = {}
        for logical_id in self._stack.of_type(FUNCTION):
            statements = self._stack.role_statements(logical_id)
            if statements is not None:
                found[logical_id] = tuple(statement_of(each) for each in statements)
        return found

    def http_api(self) -> HttpApiSpec:
        """Return the routes of all functions, and the stage's throttle."""
        throttles = [
            _throttle(
                self._stack.properties(api, ("DefaultRouteSettings",), section="HttpApi").get(
                    "DefaultRouteSettings", {}
                )
            )
            for api in self._stack.of_type(HTTP_API)
        ]
        routes = tuple(self._route(*event) for event in self._events("HttpApi"))
        return HttpApiSpec(routes=routes, throttle=throttles[0] if throttles else None)

    def schedules(self) -> tuple[ScheduleSpec, ...]:
        """Return every schedule that is enabled."""
        return tuple(
            ScheduleSpec(
                name=str(event.get("Name", f"{logical_id}{name}")),
                function_name=self._stack.name(logical_id),
                expression=str(event.get("ScheduleExpression", event.get("Schedule"))),
                input=event.get("Input"),
            )
            for logical_id, name, event in [*self._events("ScheduleV2"), *self._events("Schedule")]
            if event.get("State") != "DISABLED" and event.get("Enabled") is not False
        )

    def queues(self) -> tuple[QueueSpec, ...]:
        """Return every queue, dead-letter queues first, so that each can be created in this order."""
        specs = [self._queue(logical_id) for logical_id in self._stack.of_type(QUEUE)]
        return tuple(sorted(specs, key=lambda spec: spec.redrive_policy is not None))

    def queue_mappings(self) -> tuple[QueueMappingSpec, ...]:
        """Return every event source mapping from a queue to a function."""
        return tuple(self._queue_mapping(*event) for event in self._events("SQS"))

    def tables(self) -> tuple[TableSpec, ...]:
        """Return every DynamoDB table."""
        return tuple(self._table(logical_id) for logical_id in self._stack.of_type(TABLE))

    def secrets(self) -> tuple[SecretSpec, ...]:
        """Return every secret that the template itself creates."""
        return tuple(self._secret(logical_id) for logical_id in self._stack.of_type(SECRET))

    def output(self, name: str) -> Any:
        """Return the value of one of the template's outputs."""
        return self._stack.output(name)

    def _events(self, kind: str) -> list[tuple[str, str, dict[str, Any]]]:
        return self._stack.events(kind, supported=_EVENT_TYPES)

    def _function(self, logical_id: str) -> FunctionSpec:
        properties = self._stack.properties(logical_id, _FUNCTION_PROPERTIES, section="Function")
        variables = properties.get("Environment", {}).get("Variables", {})
        reserved = properties.get("ReservedConcurrentExecutions")
        return FunctionSpec(
            logical_id=logical_id,
            name=self._stack.name(logical_id),
            arn=self._stack.arn(logical_id),
            code_folder=self._folder_of(logical_id, properties.get("CodeUri")),
            handler=str(properties.get("Handler", "")),
            layer_folders=tuple(self._layer_folder(arn) for arn in properties.get("Layers", [])),
            environment={key: str(self._stack.localised(value)) for key, value in variables.items()},
            timeout=timedelta(seconds=int(properties.get("Timeout", 3))),
            memory_mb=int(properties.get("MemorySize", 128)),
            reserved_concurrency=None if reserved is None else int(reserved),
            runtime=str(properties.get("Runtime", "")),
            has_json_logs=properties.get("LoggingConfig", {}).get("LogFormat") == "JSON",
            async_policy=_async_policy(properties),
        )

    def _folder_of(self, logical_id: str, uri: Any) -> Path:
        if not isinstance(uri, str) or "://" in uri:
            raise TemplateError(f"{logical_id}: only code in a folder beside the template can run here.")
        folder = self._folder / uri
        if not folder.is_dir():
            raise TemplateError(f"{logical_id}: there is no folder {folder}.")
        return folder

    def _layer_folder(self, arn: str) -> Path:
        """Return the folder of the layer that takes the place of /opt/python."""
        for logical_id in self._stack.of_type(LAYER):
            if self._stack.arn(logical_id) == arn:
                properties = self._stack.properties(logical_id, ("ContentUri",))
                folder = self._folder_of(logical_id, properties.get("ContentUri"))
                return folder / "python" if (folder / "python").is_dir() else folder
        raise TemplateError(f"Layer {arn} is not of this template, so its code is not on this machine.")

    def _route(self, logical_id: str, name: str, event: Mapping[str, Any]) -> RouteSpec:
        if str(event.get("PayloadFormatVersion", "2.0")) != "2.0":
            raise TemplateError(f"{logical_id}.{name}: only payload format 2.0 runs here.")
        method = str(event.get("Method", "ANY")).upper()
        return RouteSpec(
            method="ANY" if method in {"*", "X-AMAZON-APIGATEWAY-ANY-METHOD"} else method,
            path=event.get("Path", "$default"),
            function_name=self._stack.name(logical_id),
            timeout=timedelta(milliseconds=int(event.get("TimeoutInMillis", 30_000))),
            throttle=_throttle(event.get("RouteSettings", {})),
        )

    def _queue(self, logical_id: str) -> QueueSpec:
        properties = self._stack.properties(logical_id, (*_QUEUE_ATTRIBUTES, "RedrivePolicy"))
        redrive_policy = properties.pop("RedrivePolicy", None)
        return QueueSpec(
            logical_id=logical_id,
            name=self._stack.name(logical_id),
            arn=self._stack.arn(logical_id),
            url=self._stack.ref(logical_id),
            attributes={
                name: str(value).lower() if isinstance(value, bool) else str(value)
                for name, value in properties.items()
            },
            redrive_policy=redrive_policy,
        )

    def _queue_mapping(self, logical_id: str, name: str, event: Mapping[str, Any]) -> QueueMappingSpec:
        if "FilterCriteria" in event:
            raise TemplateError(f"{logical_id}.{name}: FilterCriteria are not applied here.")
        scaling = event.get("ScalingConfig", {})
        return QueueMappingSpec(
            queue_arn=event["Queue"],
            function_name=self._stack.name(logical_id),
            batch_size=int(event.get("BatchSize", 10)),
            window=timedelta(seconds=int(event.get("MaximumBatchingWindowInSeconds", 0))),
            reports_item_failures="ReportBatchItemFailures" in event.get("FunctionResponseTypes", []),
            is_enabled=event.get("Enabled", True) is True,
            max_concurrency=int(scaling["MaximumConcurrency"]) if "MaximumConcurrency" in scaling else None,
        )

    def _table(self, logical_id: str) -> TableSpec:
        properties = self._stack.properties(logical_id, (*_TABLE_PROPERTIES, "TimeToLiveSpecification"))
        ttl = properties.pop("TimeToLiveSpecification", {})
        return TableSpec(
            logical_id=logical_id,
            name=self._stack.name(logical_id),
            definition=properties,
            ttl_attribute=ttl.get("AttributeName") if ttl.get("Enabled") else None,
        )

    def _secret(self, logical_id: str) -> SecretSpec:
        properties = self._stack.properties(logical_id, ("SecretString", "GenerateSecretString"))
        return SecretSpec(
            name=self._stack.name(logical_id),
            value=properties.get("SecretString"),
            generated=properties.get("GenerateSecretString"),
        )


_FUNCTION_PROPERTIES = (
    "CodeUri",
    "Handler",
    "Layers",
    "Environment",
    "Timeout",
    "MemorySize",
    "ReservedConcurrentExecutions",
    "Runtime",
    "LoggingConfig",
    "EventInvokeConfig",
    "DeadLetterQueue",
)
_QUEUE_ATTRIBUTES = (
    "VisibilityTimeout",
    "DelaySeconds",
    "MessageRetentionPeriod",
    "MaximumMessageSize",
    "ReceiveMessageWaitTimeSeconds",
    "FifoQueue",
)
_TABLE_PROPERTIES = (
    "AttributeDefinitions",
    "KeySchema",
    "BillingMode",
    "ProvisionedThroughput",
    "GlobalSecondaryIndexes",
    "LocalSecondaryIndexes",
)


def _throttle(settings: Mapping[str, Any]) -> Throttle | None:
    if "ThrottlingRateLimit" not in settings:
        return None
    rate = float(settings["ThrottlingRateLimit"])
    return Throttle(rate_per_s=rate, burst=int(settings.get("ThrottlingBurstLimit", max(rate, 1))))


def _async_policy(properties: Mapping[str, Any]) -> AsyncPolicy:
    config = properties.get("EventInvokeConfig", {})
    default = AsyncPolicy()
    max_age_s = config.get("MaximumEventAgeInSeconds", default.max_age.total_seconds())
    return AsyncPolicy(
        max_retries=int(config.get("MaximumRetryAttempts", default.max_retries)),
        max_age=timedelta(seconds=float(max_age_s)),
        on_failure_queue_arn=_queue_arn(
            config.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination")
        ),
        dead_letter_queue_arn=_queue_arn(properties.get("DeadLetterQueue", {}).get("TargetArn")),
    )


def _queue_arn(arn: str | None) -> str | None:
    """Return the ARN if it is a queue's.

    Raises:
        TemplateError: It is of another service, which does not run here.
    """
    if arn is not None and ":sqs:" not in arn:
        raise TemplateError(f"{arn} cannot receive failed events here; only SQS queues can.")
    return arn
