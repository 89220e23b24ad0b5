"""From a template to running services: what is made of what, in which order it starts, how it ends."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from emulators.browser_guard import REFUSAL, is_from_a_page

from local_aws.authorization import Call
from local_aws.authorizing import Guard, Roles
from local_aws.aws_services import AwsClients, create_resources, credentials, running_moto
from local_aws.clock import ScaledClock
from local_aws.declarations import FunctionSpec, QueueSpec
from local_aws.events_for_later import EventsForLater, SendToQueue
from local_aws.http_api import MAX_BODY_BYTES, TOO_LARGE, HttpApi
from local_aws.http_server import (
    HOST,
    Handler,
    HttpServer,
    Request,
    Response,
    json_response,
    listening_socket,
)
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
REGION = "eu-central-1"


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalAwsOptions:
    """How a template is to run.

    `LocalAws` documents each of them.
    """

    template_path: Path
    parameters: Mapping[str, str] = field(default_factory=dict)
    environment_overrides: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    http_port: int = 0
    public_url: str | None = None
    region: str = REGION
    dynamodb: str = MOTO
    secrets: Mapping[str, str] = field(default_factory=dict)
    ssm_parameters: Mapping[str, str] = field(default_factory=dict)
    default_concurrency: int = 10
    freezes: bool = True
    runs_schedules: bool = True
    speed: float = 1.0
    on_event: Observer = ignore
    calls: Path | None = None


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the services answer, as URLs; `services` is SQS, Secrets Manager and SSM."""

    http: str
    functions: str
    services: str
    dynamodb: str


@dataclass(frozen=True, slots=True)
class RunningServices:
    """The services while they run; they belong to the event loop that made them."""

    addresses: Addresses
    template: Template
    clients: AwsClients
    functions: LambdaService
    schedules: Schedules


@contextlib.asynccontextmanager
async def running_services(options: LocalAwsOptions) -> AsyncIterator[RunningServices]:
    """Run the template's services in this event loop until the block ends.

    Raises:
        TemplateError: The template cannot run.
        OSError: The port is taken.
    """
    async with contextlib.AsyncExitStack() as stack:
        # Every address is known before anything runs, because functions get all of them.
        ports = (options.http_port, 0, 0)
        listeners = [stack.enter_context(listening_socket(port)) for port in ports]
        http_socket, functions_socket, services_socket = listeners
        addresses = _addresses(options, *listeners)
        endpoints = Endpoints(options.public_url or addresses.http, addresses.services)
        template = Template(
            options.template_path, options.parameters, region=options.region, endpoints=endpoints
        )
        pools = _pools(options, template, addresses)
        clients = await _start_stores(stack, options, template, services_socket, addresses)

        clock = ScaledClock(options.speed)
        events = EventsForLater(clock, _send_to(clients, template), options.on_event)
        functions = LambdaService(pools, events)
        stack.push_async_callback(functions.stop)
        await stack.enter_async_context(
            HttpServer(_guarded(functions, template, options), listener=functions_socket)
        )
        front = HttpApi(template.http_api(), functions.invoke, ScaledClock(), options.on_event)
        await stack.enter_async_context(
            HttpServer(front.handle, listener=http_socket, max_body_bytes=MAX_BODY_BYTES, too_large=TOO_LARGE)
        )
        schedules = Schedules(template.schedules(), functions.accept_event, clock, options.on_event)
        await _start_triggers(stack, options, _mappings(options, template, clients, functions), schedules)
        yield RunningServices(addresses, template, clients, functions, schedules)


def _guarded(functions: LambdaService, template: Template, options: LocalAwsOptions) -> Handler:
    """Return the Lambda API, which answers functions only what their roles allow."""
    guard = Guard(_roles(options, template), options.calls)
    arns = {spec.name: spec.arn for spec in template.functions()}

    async def handle(request: Request) -> Response:
        if is_from_a_page(dict(request.headers)):
            return json_response(403, {"Message": REFUSAL})
        name = functions.invoked(request)
        calls = [Call("lambda:InvokeFunction", arns[name])] if name in arns else []
        refusal = guard.refusal(request.header("authorization") or "", calls)
        if refusal is not None:
            error = {"x-amzn-ErrorType": "AccessDeniedException"}
            return json_response(403, {"Type": "User", "Message": refusal}, error)
        return await functions.handle(request)

    return handle


def _addresses(
    options: LocalAwsOptions, http: socket.socket, functions: socket.socket, services: socket.socket
) -> Addresses:
    def url(listener: socket.socket) -> str:
        return f"http://{HOST}:{listener.getsockname()[1]}"

    dynamodb = url(services) if options.dynamodb == MOTO else options.dynamodb
    return Addresses(url(http), url(functions), url(services), dynamodb)


async def _start_stores(
    stack: contextlib.AsyncExitStack,
    options: LocalAwsOptions,
    template: Template,
    listener: socket.socket,
    addresses: Addresses,
) -> AwsClients:
    def on_line(line: str) -> None:
        options.on_event(FunctionLogged(MOTO, None, line))

    await stack.enter_async_context(
        running_moto(listener, options.region, on_line, roles=_roles(options, template), calls=options.calls)
    )
    clients = AwsClients.connect(options.region, addresses.services, addresses.dynamodb)
    stack.callback(clients.close)
    await asyncio.to_thread(create_resources, clients, template, options.secrets, options.ssm_parameters)
    return clients


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


def _services_environment(options: LocalAwsOptions, addresses: Addresses) -> dict[str, str]:
    """Return what makes every AWS client in a function come here and never leave this machine."""
    return {
        **credentials(options.region),
        "AWS_ENDPOINT_URL": addresses.services,
        "AWS_ENDPOINT_URL_DYNAMODB": addresses.dynamodb,
        "AWS_ENDPOINT_URL_LAMBDA": addresses.functions,
    }


def _pools(options: LocalAwsOptions, template: Template, addresses: Addresses) -> dict[str, WorkerPool]:
    specs = template.functions()
    known = {spec.logical_id for spec in specs} | {EVERY_FUNCTION}
    if unknown := sorted(set(options.environment_overrides) - known):
        raise TemplateError(f"There are no functions {', '.join(unknown)} to set environment variables of.")
    services = _services_environment(options, addresses)
    return {
        spec.name: WorkerPool(
            _with_overrides(spec, options),
            services | _identity(spec, options),
            options.on_event,
            default_concurrency=options.default_concurrency,
            freezes=options.freezes,
        )
        for spec in specs
    }


def _identity(spec: FunctionSpec, options: LocalAwsOptions) -> dict[str, str]:
    """Return what makes a function known to the stores here.

    Another DynamoDB than moto may keep separate tables for each access key, so all have the same there.
    """
    return {"AWS_ACCESS_KEY_ID": spec.logical_id} if options.dynamodb == MOTO else {}


def _roles(options: LocalAwsOptions, template: Template) -> Roles:
    return template.roles() if options.dynamodb == MOTO else {}


def _with_overrides(spec: FunctionSpec, options: LocalAwsOptions) -> FunctionSpec:
    overrides = options.environment_overrides
    # A template declares an endpoint as empty for `sam local`; boto3 must get no endpoint then.
    declared = {
        name: value
        for name, value in spec.environment.items()
        if value or not name.startswith("AWS_ENDPOINT_URL")
    }
    environment = {
        **declared,
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
            clock=ScaledClock(),
            observer=options.on_event,
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
