"""The stand-in with Camunda's connector runtime at work for it, and what is asked of the two."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import httpx
import pytest
from emulators.camunda.auth import TokenIssuer
from emulators.camunda.engine import Engine
from emulators.camunda.rest import Credentials, Gateway, GatewayVersion, RestApi, RestServer
from emulators.camunda.server import CamundaStandIn
from emulators.camunda.state import ActivatedJob, Incident, IncidentState, ProcessInstance
from real_engines import ClientCredentials, ConnectorRuntime, ConnectorSettings
from typing_extensions import override

from tests.builders_process import Bpmn
from tests.clients.site import Site
from tests.clients.waiting import TIMEOUT, wait_for
from tests.engines.availability import available_or_skip

HTTP_JSON: Final = "io.camunda:http-json:1"
WEBHOOK: Final = "io.camunda:webhook:1"
POLLING: Final = "polling:1"
CLIENT_ID: Final = "connectors"
CLIENT_SECRET: Final = "secret-of-connectors"
_LOOKS_EVERY: Final = timedelta(milliseconds=300)
_METHOD_NOT_ALLOWED: Final = 405
_NOT_FOUND: Final = 404


@dataclass(frozen=True, slots=True)
class Kind:
    """Which cluster the stand-in pretends to be, and how the runtime works for it."""

    version: GatewayVersion
    knows_definition_state: bool
    prefers_rest: bool = False
    streams_jobs: bool = False
    asks_for_tokens: bool = False


KINDS: Final = {
    "8.8-grpc": Kind(GatewayVersion.V8_8, knows_definition_state=False),
    "8.8-patched-rest": Kind(GatewayVersion.V8_8, knows_definition_state=True, prefers_rest=True),
    "8.10-stream": Kind(
        GatewayVersion.V8_10, knows_definition_state=True, streams_jobs=True, asks_for_tokens=True
    ),
}
_PARAMETERS: Final = {
    name: pytest.param(
        kind, marks=[pytest.mark.engine, pytest.mark.xdist_group(f"connector-runtime-{name}")], id=name
    )
    for name, kind in KINDS.items()
}
EACH_KIND: Final = tuple(_PARAMETERS.values())
"""What a fixture of `judged_as` is parametrized with."""
WITH_TOKENS: Final = tuple(_PARAMETERS[name] for name, kind in KINDS.items() if kind.asks_for_tokens)
"""The same, for tests about tokens."""


class WatchedEngine(Engine):
    """An engine that notes how many jobs are asked for at once: those that are pushed, one by one."""

    def __init__(self, *, drains: bool) -> None:
        super().__init__(drains=drains)
        self.asked: set[int] = set()

    @override
    def activate_jobs(self, **asked: Any) -> tuple[ActivatedJob, ...]:
        self.asked.add(asked["max_jobs"])
        return super().activate_jobs(**asked)


@dataclass(frozen=True, slots=True)
class Judged:
    """The stand-in's engine, the runtime that works for it, and the site that its HTTP connector asks."""

    kind: Kind
    engine: WatchedEngine
    api: RestApi
    runtime: ConnectorRuntime
    webhooks: httpx.Client
    site: Site

    def deploy(self, process: Bpmn) -> int:
        """Deploy a process and return its definition's key."""
        [definition] = self.engine.deploy([process.resource()]).definitions
        return definition.key

    # Jobs

    def start(self, process_id: str, **variables: Any) -> int:
        """Start an instance and return its key."""
        return self.engine.create_instance(process_id=process_id, variables=variables).key

    def result(self, instance_key: int) -> Mapping[str, Any]:
        """Return the variables of an instance once it is completed."""
        result = self.engine.wait_for_result(instance_key, timeout=TIMEOUT)
        assert result is not None
        return result

    def incident(self, instance_key: int) -> Incident:
        """Return the incident of an instance once there is one."""
        return wait_for(
            self.engine,
            lambda: next(
                (each for each in self.engine.incidents(instance_key) if each.state is IncidentState.ACTIVE),
                None,
            ),
        )

    def wait_until_a_job_is_pushed(self) -> None:
        """Wait until the runtime has asked for jobs one by one."""
        wait_for(self.engine, lambda: 1 in self.engine.asked or None)

    def wait_until_failed(self, instance_key: int, *, retries: int) -> None:
        """Wait until the job of an instance has failed and has so many retries left."""
        wanted = (instance_key, retries)
        wait_for(
            self.engine,
            lambda: next(
                (j for j in self.engine.jobs() if (j.process_instance_key, j.retries) == wanted), None
            ),
        )

    # Webhooks

    def serves(self, path: str) -> bool:
        """Return whether the runtime has a webhook there: it takes POST alone, so GET is refused."""
        status = self.webhooks.get(f"/inbound/{path}").status_code
        assert status in {_METHOD_NOT_ALLOWED, _NOT_FOUND}
        return status == _METHOD_NOT_ALLOWED

    def wait_until_served(self, path: str) -> None:
        """Wait until the runtime has a webhook there."""
        self.runtime.wait_until(lambda: self.serves(path), timeout_s=TIMEOUT.total_seconds())

    def wait_until_not_served(self, path: str) -> None:
        """Wait until the runtime has no webhook there any more."""
        self.runtime.wait_until(lambda: not self.serves(path), timeout_s=TIMEOUT.total_seconds())

    def wait_until_all_is_imported(self, name: str) -> None:
        """Wait until the runtime has seen what was deployed or deleted before: a later process marks it."""
        path = f"{name}-mark"
        self.deploy(Bpmn(path).start(properties=webhook(path)).end())
        self.wait_until_served(path)

    def post(self, path: str, **body: Any) -> httpx.Response:
        """Deliver an event to a webhook."""
        return self.webhooks.post(f"/inbound/{path}", json=body)

    def instances(self, process_id: str) -> list[ProcessInstance]:
        """Return the instances of a process."""
        return [each for each in self.engine.process_instances() if each.process_id == process_id]

    def only_instance(self, process_id: str) -> int:
        """Return the key of the only instance of a process."""
        (instance,) = self.instances(process_id)
        return instance.key


def webhook(path: str, **more: str) -> dict[str, str]:
    """Return the properties of an inbound element at a path, as the webhook connector's template has them."""
    return {
        "inbound.type": WEBHOOK,
        "inbound.method": "post",
        "inbound.context": path,
        "inbound.shouldValidateHmac": "disabled",
        "inbound.auth.type": "NONE",
        **more,
    }


def http_task(url: str) -> dict[str, str]:
    """Return the inputs of a task that gets a URL, as the HTTP connector's template has them."""
    return {
        "authentication.type": "noAuth",
        "method": "GET",
        "url": url,
        "connectionTimeoutInSeconds": "60",
        "readTimeoutInSeconds": "60",
    }


@contextmanager
def judged_as(kind: Kind) -> Iterator[Judged]:
    """Run the stand-in and the runtime that judges it."""
    gateway = Gateway(kind.version, kind.knows_definition_state)
    engine = WatchedEngine(drains=gateway.filters_definition_state)
    issuer = TokenIssuer({CLIENT_ID: CLIENT_SECRET}, engine.clock) if kind.asks_for_tokens else None
    api = RestApi(engine, gateway, Credentials(issuer) if issuer else None)
    with ExitStack() as stack:
        site = stack.enter_context(Site())
        cluster = stack.enter_context(CamundaStandIn(engine, issuer=issuer, rest=RestServer(api)))
        settings = _settings(kind, cluster)
        runtime = stack.enter_context(available_or_skip(lambda: ConnectorRuntime(settings)))
        runtime.wait_until_it_serves()
        client = stack.enter_context(httpx.Client(base_url=runtime.address, timeout=TIMEOUT.total_seconds()))
        yield Judged(kind, engine, api, runtime, client, site)


def _settings(kind: Kind, cluster: CamundaStandIn) -> ConnectorSettings:
    assert cluster.rest_address is not None
    credentials = ClientCredentials(cluster.rest_address + Credentials.TOKEN_PATH, CLIENT_ID, CLIENT_SECRET)
    return ConnectorSettings(
        grpc_address=cluster.grpc_address,
        rest_address=cluster.rest_address,
        looks_every=_LOOKS_EVERY,
        prefers_rest=kind.prefers_rest,
        streams_jobs=kind.streams_jobs,
        credentials=credentials if kind.asks_for_tokens else None,
    )
