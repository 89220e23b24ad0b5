"""Small processes for the REST API's tests, and a running API to try them on."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
from emulators.camunda.engine import Engine
from emulators.camunda.rest import Credentials, Gateway, GatewayVersion, RestApi, RestServer

_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" '
    'xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" id="d" targetNamespace="http://example.com">'
)


def job_process(process_id: str = "crawl", job_type: str = "work", name: str = "Crawl") -> bytes:
    """Return start, one service task with a header and an input, end."""
    return (
        _HEAD + f'<bpmn:process id="{process_id}" name="{name}" isExecutable="true">'
        '<bpmn:startEvent id="start"/><bpmn:sequenceFlow id="f1" sourceRef="start" targetRef="task"/>'
        '<bpmn:serviceTask id="task" name="Task"><bpmn:extensionElements>'
        f'<zeebe:taskDefinition type="{job_type}" retries="2"/>'
        '<zeebe:taskHeaders><zeebe:header key="resultVariable" value="result"/></zeebe:taskHeaders>'
        "</bpmn:extensionElements></bpmn:serviceTask>"
        '<bpmn:sequenceFlow id="f2" sourceRef="task" targetRef="end"/><bpmn:endEvent id="end"/>'
        "</bpmn:process></bpmn:definitions>"
    ).encode()


def straight_process(process_id: str = "straight", note: str = "") -> bytes:
    """Return start and end; another `note` makes another version."""
    return (
        _HEAD + f'<bpmn:process id="{process_id}" name="Straight{note}" isExecutable="true">'
        '<bpmn:startEvent id="start"/><bpmn:sequenceFlow id="f1" sourceRef="start" targetRef="end"/>'
        '<bpmn:endEvent id="end"/></bpmn:process></bpmn:definitions>'
    ).encode()


def waiting_process(process_id: str = "wait", message: str = "finished", note: str = "") -> bytes:
    """Return start, a catch event that waits for `message` with the key in `orderId`, end."""
    return (
        _HEAD + f'<bpmn:message id="m" name="{message}"><bpmn:extensionElements>'
        '<zeebe:subscription correlationKey="=orderId"/></bpmn:extensionElements></bpmn:message>'
        f'<bpmn:process id="{process_id}" name="Wait{note}" isExecutable="true">'
        '<bpmn:startEvent id="start"/><bpmn:sequenceFlow id="f1" sourceRef="start" targetRef="catch"/>'
        '<bpmn:intermediateCatchEvent id="catch"><bpmn:extensionElements><zeebe:properties>'
        '<zeebe:property name="inbound.type" value="io.camunda:apify-inbound:1"/>'
        "</zeebe:properties></bpmn:extensionElements>"
        '<bpmn:messageEventDefinition id="e" messageRef="m"/></bpmn:intermediateCatchEvent>'
        '<bpmn:sequenceFlow id="f2" sourceRef="catch" targetRef="end"/><bpmn:endEvent id="end"/>'
        "</bpmn:process></bpmn:definitions>"
    ).encode()


def message_start_process(process_id: str = "begin", message: str = "started") -> bytes:
    """Return a process that only a message starts."""
    return (
        _HEAD + f'<bpmn:message id="m" name="{message}"/>'
        f'<bpmn:process id="{process_id}" isExecutable="true">'
        '<bpmn:startEvent id="start"><bpmn:messageEventDefinition id="e" messageRef="m"/></bpmn:startEvent>'
        '<bpmn:sequenceFlow id="f1" sourceRef="start" targetRef="end"/><bpmn:endEvent id="end"/>'
        "</bpmn:process></bpmn:definitions>"
    ).encode()


@dataclass(frozen=True, slots=True)
class RunningRest:
    """An API with its engine and a client."""

    engine: Engine
    api: RestApi
    server: RestServer
    client: httpx.Client

    def post(self, path: str, body: dict[str, Any] | None = None, status: int = 200) -> Any:
        """Post JSON and return the answer's; the status must be as expected."""
        answer = self.client.post(f"/v2{path}", json=body)
        assert answer.status_code == status, answer.text
        return answer.json() if answer.content else None

    def deploy(self, *resources: bytes, tenant: str | None = None) -> list[dict[str, Any]]:
        """Deploy and return the process definitions as the answer lists them."""
        files = [("resources", (f"r{i}.bpmn", content)) for i, content in enumerate(resources)]
        data = {} if tenant is None else {"tenantId": tenant}
        answer = self.client.post("/v2/deployments", files=files, data=data)
        assert answer.status_code == 200, answer.text
        return [each["processDefinition"] for each in answer.json()["deployments"]]

    def start(self, process_id: str, **variables: Any) -> str:
        """Start an instance and return its key."""
        created = self.post("/process-instances", {"processDefinitionId": process_id, "variables": variables})
        return str(created["processInstanceKey"])

    def activate(self, job_type: str = "work", **said: Any) -> list[dict[str, Any]]:
        """Activate without waiting."""
        body = {"type": job_type, "timeout": 60_000, "maxJobsToActivate": 10, "requestTimeout": -1, **said}
        return list(self.post("/jobs/activation", body)["jobs"])

    def search(self, path: str, **asked: Any) -> list[dict[str, Any]]:
        """Return the items of one page."""
        return list(self.post(f"{path}/search", asked)["items"])


@contextmanager
def running_rest(
    version: GatewayVersion = GatewayVersion.V8_10,
    *,
    knows_definition_state: bool | None = None,
    knows_cluster_id: bool | None = None,
    engine: Engine | None = None,
    credentials: Credentials | None = None,
) -> Iterator[RunningRest]:
    """Run an API on a free port."""
    gateway = Gateway(version, knows_definition_state, knows_cluster_id)
    engine = engine or Engine(drains=gateway.filters_definition_state)
    api = RestApi(engine, gateway, credentials)
    with RestServer(api) as server, httpx.Client(base_url=server.address, timeout=20) as client:
        yield RunningRest(engine, api, server, client)
