"""Starts what takes deliveries: receive_webhook in the local Lambda service, and Camunda's connector runtime.

Both work for the same stand-in of Camunda, with the same two processes: one waits for a message, one begins
with a plain start event.
"""

from __future__ import annotations

import asyncio
import http.client
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import grpc
from apify_camunda.camunda.elements import ElementKind, InboundElement
from apify_camunda.identifiers import DEFAULT_TENANT, DefinitionKey
from apify_camunda.platform.secrets import signing_keys_of
from apify_camunda.platform.system_clock import SystemClock
from apify_camunda.registration.dynamodb_registry import DynamoDBRegistry
from apify_camunda.webhooks.routes import context_route, path_of
from apify_camunda.webhooks.signature import SIGNATURE_HEADER, signature
from apify_camunda_cli.local.world import project_root
from local_aws import LocalAws
from local_aws.invocations import InvocationResult, Returned
from pyzeebe.proto import gateway_pb2 as pb
from pyzeebe.proto.gateway_pb2_grpc import GatewayStub
from real_engines import ConnectorRuntime, ConnectorSettings

from tests.builders_process import Bpmn, MessageRef

from .process_usage import workers_of
from .stand_in import ServedCluster

EFFECTS: Final = ("message", "start")
_EVENT: Final[dict[str, Any]] = json.loads(
    (Path(__file__).parents[2] / "events/receive_webhook_by_hand.json").read_text()
)
_BODY: Final[dict[str, Any]] = json.loads(_EVENT["body"])
_FINISHED: Final = "2026-11-21T08:03:12.345Z"
_LOOKS_EVERY: Final = timedelta(seconds=1)
_OURS: Final = {
    "inbound.type": "io.camunda:apify-inbound:1",
    "authentication.token": "{{secrets.APIFY_TOKEN}}",
    "connectorWebhookUrl": "https://hooks.example",
    "resourceType": "actor",
    "resourceId": "actor1",
    "activationCondition": '=connectorData.status = "SUCCEEDED"',
    "resultExpression": "={runId: connectorData.runId, status: connectorData.status}",
}
_PEERS: Final = {
    "inbound.type": "io.camunda:webhook:1",
    "inbound.method": "post",
    "inbound.shouldValidateHmac": "disabled",
    "inbound.auth.type": "NONE",
    "activationCondition": '=request.body.resource.status = "SUCCEEDED"',
    "resultExpression": "={runId: request.body.resource.id, status: request.body.resource.status}",
}
_OF_MESSAGES: Final = {"messageTtl": "PT1M"}

Deliver = Callable[[int], None]
"""Makes the delivery of this number, each of another run, and returns once it is answered."""
Client = Callable[[str], Deliver]
"""Returns what makes deliveries with one effect, `message` or `start`; for one thread."""


@dataclass(frozen=True, slots=True)
class Receiver:
    """What takes deliveries, while it runs.

    Attributes:
        pids: Returns its processes.
    """

    name: str
    client: Client
    pids: Callable[[], list[int]]


@contextmanager
def ours(cluster: ServedCluster, dynamodb_url: str, *, concurrency: int) -> Iterator[Receiver]:
    """Run receive_webhook with its stores and what it listens to."""
    template = project_root() / "template.yaml"
    with LocalAws(
        template,
        local_parameters(cluster),
        dynamodb=dynamodb_url,
        runs_schedules=False,
        default_concurrency=concurrency,
    ) as aws:
        for effect in EFFECTS:
            deployed_listener(aws, cluster, effect)
        events = {effect: signed_event(aws, effect) for effect in EFFECTS}
        function = aws.function_name("ReceiveWebhook")

        def client(effect: str) -> Deliver:
            def deliver(number: int) -> None:
                payload = json.dumps(events[effect] | {"body": json.dumps(body_of(number))}).encode()
                _require_done(aws.invoke(function, payload))

            return deliver

        yield Receiver("ours", client, lambda: workers_of("receive_webhook"))


def local_parameters(cluster: ServedCluster) -> dict[str, str]:
    """Return the parameters of our template that lead to the cluster."""
    return {
        "CamundaTransport": "grpc",
        "CamundaGrpcAddress": f"http://{cluster.grpc}",
        "CamundaRestUrl": cluster.rest,
        "ReserveConcurrency": "no",
    }


@contextmanager
def peer(cluster: ServedCluster) -> Iterator[Receiver]:
    """Run Camunda's connector runtime with a webhook connector.

    Raises:
        Unavailable: There is no JDK or no Maven, or its jars are not to be had.
    """
    settings = ConnectorSettings(
        grpc_address=cluster.grpc,
        rest_address=cluster.rest,
        looks_every=_LOOKS_EVERY,
        is_measured=True,
    )
    for effect in EFFECTS:
        _deployed(cluster, f"peer-{effect}", effect, _peer_properties(effect))
    with ConnectorRuntime(settings) as runtime:
        runtime.wait_until_it_serves()
        address = urlsplit(runtime.address)

        def client(effect: str) -> Deliver:
            connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=60)

            def deliver(number: int) -> None:
                headers = {"content-type": "application/json"}
                connection.request("POST", f"/inbound/bench-{effect}", json.dumps(body_of(number)), headers)
                answer = connection.getresponse()
                answer.read()
                if answer.status != 200:
                    raise RuntimeError(f"A delivery was answered {answer.status}.")

            return deliver

        for effect in EFFECTS:
            runtime.wait_until(lambda effect=effect: _is_served(runtime, effect))  # type: ignore[misc]
        yield Receiver("peer", client, lambda: [runtime.pid])


def body_of(number: int) -> dict[str, Any]:
    """Return the body of the delivery of this number."""
    run = _BODY["resource"] | {"id": f"run{number:012}", "finishedAt": _FINISHED}
    return _BODY | {"resource": run, "eventData": _BODY["eventData"] | {"actorRunId": run["id"]}}


def _our_properties(effect: str) -> dict[str, str]:
    key = {"correlationKeyExpression": "=connectorData.runId"} | _OF_MESSAGES
    return _OURS | {"inbound.context": f"bench-{effect}"} | (key if effect == "message" else {})


def _peer_properties(effect: str) -> dict[str, str]:
    key = {
        "correlationKeyExpression": "=request.body.resource.id",
        "messageIdExpression": "=request.body.resource.id",
    }
    key |= _OF_MESSAGES
    return _PEERS | {"inbound.context": f"bench-{effect}"} | (key if effect == "message" else {})


def _deployed(
    cluster: ServedCluster, process_id: str, effect: str, properties: dict[str, str]
) -> InboundElement:
    """Deploy the process of an effect and return its element."""
    is_message = effect == "message"
    model = Bpmn(process_id)
    if is_message:
        message = MessageRef(process_id, "=key")
        model.start().catch("listens", message=message, properties=properties).end()
    else:
        model.start("listens", properties=properties).end()
    name, content = model.resource()
    with grpc.insecure_channel(cluster.grpc) as channel:
        stub: Any = GatewayStub(channel)
        resource = pb.Resource(name=name, content=content)
        answer = stub.DeployResource(pb.DeployResourceRequest(resources=[resource]), timeout=30)
    deployed = answer.deployments[0].process
    return InboundElement(
        kind=ElementKind.INTERMEDIATE_CATCH if is_message else ElementKind.START,
        process_id=process_id,
        definition_key=DefinitionKey(deployed.processDefinitionKey),
        version=deployed.version,
        tenant_id=DEFAULT_TENANT,
        element_id="listens",
        message_name=process_id if is_message else None,
        properties=properties,
    )


def deployed_listener(aws: LocalAws, cluster: ServedCluster, effect: str) -> None:
    """Deploy the process with one effect, and let its element listen."""
    element = _deployed(cluster, f"ours-{effect}", effect, _our_properties(effect))
    registry = DynamoDBRegistry(
        client=aws.clients.dynamodb, table=aws.table_name("RegistryTable"), clock=SystemClock()
    )
    asyncio.run(registry.set_listeners(context_route(f"bench-{effect}"), [element]))


def signed_event(aws: LocalAws, effect: str) -> dict[str, Any]:
    """Return a delivery to that element as the HTTP API hands it on."""
    name = next(str(each["Name"]) for each in aws.clients.secrets_manager.list_secrets()["SecretList"])
    secret = json.loads(aws.clients.secrets_manager.get_secret_value(SecretId=name)["SecretString"])
    path = path_of(context_route(f"bench-{effect}"))
    keys = signing_keys_of(secret, now=SystemClock().now())
    headers = _EVENT["headers"] | {SIGNATURE_HEADER: signature(path, keys)}
    return _EVENT | {"rawPath": path, "headers": headers}


def require_answer(result: InvocationResult) -> None:
    """Raise RuntimeError unless a function returned."""
    if not isinstance(result, Returned):
        raise RuntimeError(f"An invocation ended as {result}.")  # noqa: TRY004  # it is no wrong argument


def _require_done(result: InvocationResult) -> None:
    answer = json.loads(result.payload) if isinstance(result, Returned) else {}
    if answer.get("statusCode") != 200 or '"status": "ok"' not in answer["body"]:
        raise RuntimeError(f"A delivery ended as {result}.")


def _is_served(runtime: ConnectorRuntime, effect: str) -> bool:
    address = urlsplit(runtime.address)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=10)
    connection.request("GET", f"/inbound/bench-{effect}")
    status = connection.getresponse().status
    connection.close()
    return status == 405  # it takes POST alone
