"""From a template to running services: what is made of what, in which order it starts, and how it all ends."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from local_aws.aws_services import AwsClients, create_resources, credentials, running_moto
from local_aws.clock import ScaledClock
from local_aws.declarations import FunctionSpec, QueueSpec
from local_aws.events_for_later import EventsForLater, SendToQueue
from local_aws.http_api import MAX_BODY_BYTES, TOO_LARGE, HttpApi
from local_aws.http_server import HOST, HttpServer, listening_socket
from local_aws.intrinsics import TemplateError
from local_aws.observations import FunctionLogged, Observer, ignore
from local_aws.pool import WorkerPool
from local_aws.queues import QueueMapping
from local_aws.schedules import Schedules
from local_aws.service import LambdaService
from local_aws.stack import Endpoints
from local_aws.template import Template

EVERY_FUNCTION = "*"
MOTO = "moto"


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalAwsOptions:
    """How a template is to run.

    Attributes:
        template_path: The SAM template.
        parameters: Values for its parameters.
        environment_overrides: Environment variables by logical id of the function, or by `*` for all.
        http_port: Port of the HTTP API; 0 means a free one.
        public_url: How others reach the HTTP API; None means its own address.
        region: What the region is called.
        dynamodb: `moto`, or the URL of a DynamoDB that runs already.
        secrets: Text of each secret by its name.
        ssm_parameters: Value of each SSM parameter by its name.
        default_concurrency: Invocations at once of a function that reserves none.
        freezes: Whether functions stand still between invocations, as on Lambda.
        runs_schedules: Whether schedules fire by themselves; they can be fired by hand either way.
        speed: How many times as fast as real time schedules fire and failed events are retried.
        observer: Is told what happens.
    """

    template_path: Path
    parameters: Mapping[str, str] = field(default_factory=dict)
    environment_overrides: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    http_port: int = 0
    public_url: str | None = None
    region: str = "eu-central-1"
    dynamodb: str = MOTO
    secrets: Mapping[str, str] = field(default_factory=dict)
    ssm_parameters: Mapping[str, str] = field(default_factory=dict)
    default_concurrency: int = 10
    freezes: bool = True
    runs_schedules: bool = True
    speed: float = 1.0
    observer: Observer = ignore


@dataclass(frozen=True, slots=True)
class RunningServices:
    """The services while they run; they belong to the event loop that made them."""

    template: Template
    clients: AwsClients
    functions: LambdaService
    schedules: Schedules
    http_url: str
    lambda_url: str
    services_url: str
    dynamodb_url: str


@contextlib.asynccontextmanager
async def running_services(options: LocalAwsOptions) -> AsyncIterator[RunningServices]:
    """Run the template's services in this event loop until the block ends.

    Raises:
        TemplateError: The template cannot run.
        OSError: The port is taken.
    """
    async with contextlib.AsyncExitStack() as stack:
        # Every address is known before anything runs, because functions are told of all of them.
        http_socket = stack.enter_context(listening_socket(options.http_port))
        lambda_socket = stack.enter_context(listening_socket())
        moto_socket = stack.enter_context(listening_socket())
        http_url, lambda_url, services_url = (
            f"http://{HOST}:{listener.getsockname()[1]}"
            for listener in (http_socket, lambda_socket, moto_socket)
        )
        dynamodb_url = services_url if options.dynamodb == MOTO else options.dynamodb
        endpoints = Endpoints(options.public_url or http_url, services_url)
        template = Template(
            options.template_path, options.parameters, region=options.region, endpoints=endpoints
        )
        pools = _pools(
            options, template, _services_environment(options, services_url, dynamodb_url, lambda_url)
        )

        await stack.enter_async_context(
            running_moto(moto_socket, options.region, _moto_log(options.observer))
        )
        clients = AwsClients.connect(options.region, services_url, dynamodb_url)
        stack.callback(clients.close)
        await asyncio.to_thread(create_resources, clients, template, options.secrets, options.ssm_parameters)

        clock = ScaledClock(options.speed)
        events = EventsForLater(clock, _send_to(clients, template), options.observer)
        functions = LambdaService(pools, events)
        stack.push_async_callback(functions.stop)
        await stack.enter_async_context(HttpServer(functions.handle, listener=lambda_socket))
        front = HttpApi(template.http_api(), functions.invoke, ScaledClock(), options.observer)
        await stack.enter_async_context(
            HttpServer(front.handle, listener=http_socket, max_body_bytes=MAX_BODY_BYTES, too_large=TOO_LARGE)
        )
        schedules = Schedules(template.schedules(), functions.accept_event, clock, options.observer)
        await _start_triggers(stack, options, _mappings(options, template, clients, functions), schedules)
        yield RunningServices(
            template, clients, functions, schedules, http_url, lambda_url, services_url, dynamodb_url
        )


async def _start_triggers(
    stack: contextlib.AsyncExitStack,
    options: LocalAwsOptions,
    mappings: list[QueueMapping],
    schedules: Schedules,
) -> None:
    group = await stack.enter_async_context(asyncio.TaskGroup())
    tasks = [group.create_task(mapping.run()) for mapping in mappings]
    if options.runs_schedules:
        tasks.append(group.create_task(schedules.run()))
    for task in tasks:
        stack.callback(task.cancel)


def _services_environment(
    options: LocalAwsOptions, services_url: str, dynamodb_url: str, lambda_url: str
) -> dict[str, str]:
    """Return what makes every AWS client in a function come here; a service that nobody plays fails, loudly."""
    return {
        **credentials(options.region),
        "AWS_ENDPOINT_URL": services_url,
        "AWS_ENDPOINT_URL_DYNAMODB": dynamodb_url,
        "AWS_ENDPOINT_URL_LAMBDA": lambda_url,
    }


def _pools(
    options: LocalAwsOptions, template: Template, services: Mapping[str, str]
) -> dict[str, WorkerPool]:
    specs = template.functions()
    known = {spec.logical_id for spec in specs} | {EVERY_FUNCTION}
    if unknown := sorted(set(options.environment_overrides) - known):
        raise TemplateError(f"There are no functions {', '.join(unknown)} to set environment variables of.")
    return {
        spec.name: WorkerPool(
            _with_overrides(spec, options),
            services,
            options.observer,
            default_concurrency=options.default_concurrency,
            freezes=options.freezes,
        )
        for spec in specs
    }


def _with_overrides(spec: FunctionSpec, options: LocalAwsOptions) -> FunctionSpec:
    overrides = options.environment_overrides
    environment = {
        **spec.environment,
        **overrides.get(EVERY_FUNCTION, {}),
        **overrides.get(spec.logical_id, {}),
    }
    return replace(spec, environment=environment)


def _mappings(
    options: LocalAwsOptions, template: Template, clients: AwsClients, functions: LambdaService
) -> list[QueueMapping]:
    queues = {queue.arn: queue for queue in template.queues()}
    return [
        QueueMapping(
            spec,
            _queue_of(queues, spec.queue_arn),
            region=options.region,
            sqs=clients.sqs,
            invoke=functions.invoke,
            observer=options.observer,
        )
        for spec in template.queue_mappings()
        if spec.is_enabled
    ]


def _send_to(clients: AwsClients, template: Template) -> SendToQueue:
    queues = {queue.arn: queue for queue in template.queues()}

    async def send(queue_arn: str, body: str, attributes: Mapping[str, str]) -> None:
        await asyncio.to_thread(
            clients.sqs.send_message,
            QueueUrl=_queue_of(queues, queue_arn).url,
            MessageBody=body,
            MessageAttributes={
                name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()
            },
        )

    return send


def _queue_of(queues: Mapping[str, QueueSpec], arn: str) -> QueueSpec:
    if arn not in queues:
        raise TemplateError(f"Queue {arn} is not of this template, so it is not on this machine.")
    return queues[arn]


def _moto_log(observer: Observer) -> Callable[[str], None]:
    return lambda line: observer(FunctionLogged("moto", None, line))
