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
from real_engines import CamundaDistribution, Catalog, Operator
from real_engines.projection import Rows

from tests import builders
from tests.engines.availability import available_or_skip
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
    """The reconciler and the receiver, whose rows outlive the cluster beside them."""

    def __init__(self, runner: asyncio.Runner, address: str) -> None:
        self._runner = runner
        self.world = World()
        self._client = httpx.AsyncClient()
        self._ledger = FakeEventLedger()
        self._runs = itertools.count(1)
        self.connect(address)

    def connect(self, address: str) -> None:
        """Go on beside what is taken for the same cluster."""
        rest = CamundaRest(base_url=address, auth=NoAuth(), client=self._client)
        commands = RestCommands(rest)
        self._reconcile = self.world.fresh(catalog=RestCatalog(rest, cluster_id="cluster1"))
        self._flows = InboundPorts(
            commands=commands,
            search=commands,
            ledger=self._ledger,
            registry=self.world.registry,
            parking=self.world.parking,
            secrets=self.world.secrets,
            clock=self.world.clock,
            metrics=self.world.metrics,
        )

    def close(self) -> None:
        self._runner.run(self._client.aclose())

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self._runner.run(work)

    def tick(self) -> None:
        self.world.clock.advance(timedelta(minutes=1))
        assert self.run(self._reconcile(self.world.deadline))["status"] == "ok"

    def deliver(self, path: str) -> HttpReply:
        """Let a webhook call with the end of another run."""
        body = builders.body(resource=builders.run(id=f"run{next(self._runs)}"))
        return self.run(self._flows.receiver()(builders.request(body, path=path)))


class StandIn(Deployment):
    """The same beside the stand-in, which can be reset."""

    def __init__(self, cluster: RunningRest, runner: asyncio.Runner) -> None:
        super().__init__(runner, cluster.server.address)
        self.cluster = cluster

    def instances(self, process_id: str) -> int:
        return len(self.cluster.search("/process-instances", filter={"processDefinitionId": process_id}))


@pytest.fixture(params=[(version, tells) for version in GatewayVersion for tells in (False, True)], ids=str)
def deployment(request: pytest.FixtureRequest) -> Iterator[StandIn]:
    version, tells = request.param
    with running_rest(version, knows_cluster_id=tells) as cluster, asyncio.Runner() as runner:
        opened = StandIn(cluster, runner)
        yield opened
        opened.close()


def test_webhook_of_before_starts_no_process_of_the_new_cluster(deployment: StandIn) -> None:
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


def test_new_process_under_an_old_key_listens(deployment: StandIn) -> None:
    """A process of the new cluster listens under the key that another process had; only it is started."""
    deployment.cluster.deploy(process("orders", listens=True))
    deployment.tick()
    deployment.cluster.engine.reset()
    deployment.cluster.deploy(process("invoices", listens=True))
    deployment.tick()

    [hook] = deployment.world.hooks
    assert deployment.deliver(hook.request_url.removeprefix(PUBLIC_URL)).status == 200

    assert (deployment.instances("orders"), deployment.instances("invoices")) == (0, 1)


def test_process_that_is_deployed_again_listens_again(deployment: StandIn) -> None:
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


@pytest.mark.engine
def test_webhook_of_before_starts_nothing_on_a_new_cluster_of_camundas() -> None:
    """Camunda 8.6.0 with empty data gives the same keys again: an old webhook starts nothing there."""
    with asyncio.Runner() as runner:
        with available_or_skip(CamundaDistribution) as engine, Catalog(engine) as catalog:
            deployment = Deployment(runner, catalog.address)
            before = Operator(engine).deploy("orders.bpmn", process("orders", listens=True))
            deployment.tick()
            path = deployment.world.hooks[0].request_url.removeprefix(PUBLIC_URL)
            assert deployment.deliver(path).status == 200
            assert started(engine) == ["orders"]
        with CamundaDistribution() as engine, Catalog(engine) as catalog:
            deployment.connect(catalog.address)
            after = Operator(engine).deploy("invoices.bpmn", process("invoices", listens=False))
            assert after.key == before.key
            deployment.deliver(path)
            deployment.tick()
            assert deployment.world.hooks == []
            Operator(engine).deploy("orders.bpmn", process("orders", listens=True))
            deployment.tick()
            path = deployment.world.hooks[0].request_url.removeprefix(PUBLIC_URL)
            assert deployment.deliver(path).status == 200
            assert started(engine) == ["orders"]
        deployment.close()


def started(engine: CamundaDistribution) -> list[str]:
    """Return the processes of all instances, once there is one."""

    def question(rows: Rows) -> list[str] | None:
        return [each.process_id for each in rows.instances.values()] or None

    return engine.history.wait_for(question, timeout_s=60)
