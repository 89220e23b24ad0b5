"""A cluster that is reset under its URL, with our rows, webhooks and events of before; over HTTP."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Coroutine, Iterator
from datetime import timedelta
from typing import Any, TypeVar

import httpx
import pytest
from apify_camunda.camunda.auth import NoAuth
from apify_camunda.camunda.rest import CamundaRest
from apify_camunda.camunda.rest_catalog import RestCatalog
from apify_camunda.camunda.rest_commands import RestCommands
from apify_camunda.platform.http_messages import HttpReply
from emulators.camunda.rest import GatewayVersion

from tests import builders
from tests.fakes.event_ledger import FakeEventLedger
from tests.fakes.inbound_flows import InboundPorts
from tests.fakes.reconciler_world import PUBLIC_URL, World
from tests.unit.emulators.camunda_rest.processes import RunningRest, running_rest, straight_process

T = TypeVar("T")

LISTENING = b"".join(
    f'<zeebe:property name="{name}" value="{value}"/>'.encode()
    for name, value in builders.properties().items()
)


def process(process_id: str, *, listens: bool) -> bytes:
    """Return a process whose start event listens to the Actor, or does not."""
    plain = straight_process(process_id)
    if not listens:
        return plain
    extensions = (
        b"<bpmn:extensionElements><zeebe:properties>"
        + LISTENING
        + b"</zeebe:properties></bpmn:extensionElements>"
    )
    return plain.replace(
        b'<bpmn:startEvent id="start"/>', b'<bpmn:startEvent id="start">' + extensions + b"</bpmn:startEvent>"
    )


class Deployment:
    """The reconciler and the receiver beside a cluster that speaks REST."""

    def __init__(self, cluster: RunningRest, runner: asyncio.Runner) -> None:
        self.cluster = cluster
        self._runner = runner
        self.world = World()
        self.client = httpx.AsyncClient()
        rest = CamundaRest(base_url=cluster.server.address, auth=NoAuth(), client=self.client)
        commands = RestCommands(rest)
        self._reconcile = self.world.fresh(catalog=RestCatalog(rest, cluster_id="cluster1"))
        self._flows = InboundPorts(
            commands=commands,
            search=commands,
            ledger=FakeEventLedger(),
            registry=self.world.registry,
            parking=self.world.parking,
            secrets=self.world.secrets,
            clock=self.world.clock,
            metrics=self.world.metrics,
        )
        self._runs = itertools.count(1)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self._runner.run(work)

    def tick(self) -> None:
        self.world.clock.advance(timedelta(minutes=1))
        assert self.run(self._reconcile(self.world.deadline))["status"] == "ok"

    def deliver(self, path: str) -> HttpReply:
        """Let a webhook call with the end of another run."""
        body = builders.body(resource=builders.run(id=f"run{next(self._runs)}"))
        return self.run(self._flows.receiver()(builders.request(body, path=path)))

    def instances(self, process_id: str) -> int:
        return len(self.cluster.search("/process-instances", filter={"processDefinitionId": process_id}))


@pytest.fixture(params=[(version, tells) for version in GatewayVersion for tells in (False, True)], ids=str)
def deployment(request: pytest.FixtureRequest) -> Iterator[Deployment]:
    version, tells = request.param
    with running_rest(version, knows_cluster_id=tells) as cluster, asyncio.Runner() as runner:
        opened = Deployment(cluster, runner)
        yield opened
        runner.run(opened.client.aclose())


def test_webhook_of_before_starts_no_process_of_the_new_cluster(deployment: Deployment) -> None:
    """Under the old key there is another process now: neither an old webhook's event nor a tick starts it."""
    [before] = deployment.cluster.deploy(process("orders", listens=True))
    deployment.tick()
    [hook] = deployment.world.hooks
    path = hook.request_url.removeprefix(PUBLIC_URL)
    assert deployment.deliver(path).status == 200
    assert deployment.instances("orders") == 1

    deployment.cluster.engine.reset()
    [after] = deployment.cluster.deploy(process("invoices", listens=False))
    assert after["processDefinitionKey"] == before["processDefinitionKey"]
    deployment.deliver(path)
    assert deployment.instances("invoices") == 0

    deployment.tick()
    assert (deployment.world.hooks, deployment.world.routes) == ([], {})
    assert deployment.deliver(path).status == 404


def test_new_process_under_an_old_key_is_heard(deployment: Deployment) -> None:
    """A process of the new cluster listens under the key that another process had; only it is started."""
    deployment.cluster.deploy(process("orders", listens=True))
    deployment.tick()
    deployment.cluster.engine.reset()
    deployment.cluster.deploy(process("invoices", listens=True))
    deployment.tick()

    [hook] = deployment.world.hooks
    assert deployment.deliver(hook.request_url.removeprefix(PUBLIC_URL)).status == 200

    assert (deployment.instances("orders"), deployment.instances("invoices")) == (0, 1)


def test_process_that_is_deployed_again_is_heard_again(deployment: Deployment) -> None:
    """The process of before, deployed on the new cluster after others, is started in its new version."""
    deployment.cluster.deploy(process("orders", listens=True))
    deployment.cluster.deploy(process("orders", listens=True).replace(b"Straight", b"Changed"))
    deployment.tick()
    deployment.cluster.engine.reset()
    deployment.cluster.deploy(process("invoices", listens=False), process("orders", listens=True))
    deployment.tick()

    [hook] = deployment.world.hooks
    assert deployment.deliver(hook.request_url.removeprefix(PUBLIC_URL)).status == 200

    assert (deployment.instances("orders"), deployment.instances("invoices")) == (1, 0)
