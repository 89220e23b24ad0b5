"""Jobs of a cluster that is reset under its URL, with our rows of before; stand-in and Camunda 8.6.0."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterator
from datetime import timedelta
from typing import Any, TypeVar

import httpx
import pytest
from apify_camunda.camunda.auth import NoAuth
from apify_camunda.camunda.grpc import CamundaGrpc
from apify_camunda.camunda.model import ActivatedJob
from apify_camunda.camunda.rest import CamundaRest
from apify_camunda.camunda.rest_catalog import RestCatalog
from apify_camunda.camunda.rest_commands import RestCommands
from apify_camunda.camunda.rest_documents import RestDocuments
from apify_camunda.camunda.rest_jobs import RestJobs
from apify_camunda.outbound.flows.resolve_secrets import SecretScope
from apify_camunda.outbound.flows.run_jobs import RunJobs
from apify_camunda.platform.deadline import Deadline
from emulators.camunda.rest import GatewayVersion
from real_engines import CamundaDistribution, Operator

from tests import builders_outbound as a
from tests.engines.availability import available_or_skip
from tests.fakes.apify import FakeApifyAccounts
from tests.fakes.secret_source import FakeSecretSource
from tests.outbound_deployment import INVOCATION, Deployment
from tests.unit.emulators.camunda_rest.processes import RunningRest, job_process, running_rest

T = TypeVar("T")
MINUTE = timedelta(minutes=1)


class Poller:
    """The poller beside a cluster that speaks REST; all else is in memory."""

    def __init__(self, cluster: RunningRest, runner: asyncio.Runner) -> None:
        self.cluster = cluster
        self.deployment = Deployment(calls_back=False, secret_scope=SecretScope.ANY)
        self.deployment.secrets = FakeSecretSource({"APIFY_TOKEN": "token-of-acme"})
        self.client = httpx.AsyncClient()
        self._run = runner.run
        rest = CamundaRest(base_url=cluster.server.address, auth=NoAuth(), client=self.client)
        self.jobs = RestJobs(rest)
        of = self.deployment
        self.poller = RunJobs(
            jobs=self.jobs,
            accounts=FakeApifyAccounts(of.world),
            attempts=of.attempts,
            trials=of.trials,
            cancellable=of.cancellable,
            elements=RestCommands(rest),
            documents=RestDocuments(rest),
            catalog=RestCatalog(rest, cluster_id=a.CLUSTER),
            pause_store=of.registry,
            secrets=of.secrets,
            clock=of.clock,
            metrics=of.metrics,
            config=of.config,
        )

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self._run(work)

    def start(self, process_id: str, **inputs: Any) -> None:
        """Deploy a process of one job, and start it."""
        self.cluster.deploy(job_process(process_id, a.JOB_TYPE))
        variables = {**a.run_actor(**inputs), "authentication": {"token": "{{secrets.APIFY_TOKEN}}"}}
        self.cluster.start(process_id, **variables)

    def work(self) -> ActivatedJob:
        """Handle the job that waits."""
        asked = self.jobs.activate(job_type=a.JOB_TYPE, max_jobs=1, lock=MINUTE, wait=timedelta(seconds=5))
        [job] = self.run(asked)
        self.run(self.poller.work(job, Deadline(self.deployment.clock.now() + INVOCATION)))
        return job


@pytest.fixture(params=[(version, tells) for version in GatewayVersion for tells in (False, True)], ids=str)
def poller(request: pytest.FixtureRequest) -> Iterator[Poller]:
    version, tells = request.param
    with running_rest(version, knows_cluster_id=tells) as cluster, asyncio.Runner() as runner:
        opened = Poller(cluster, runner)
        yield opened
        runner.run(opened.client.aclose())


def test_job_of_a_reset_cluster_gets_no_run_of_before(poller: Poller) -> None:
    """Another process under the old keys starts a run of its own, with its own input."""
    poller.start("orders", inputJson={"url": "https://orders.example"})
    before = poller.work()
    poller.cluster.engine.reset()

    poller.start("invoices", inputJson={"url": "https://invoices.example"})
    after = poller.work()

    assert after.key == before.key
    inputs = [*poller.deployment.world.inputs.values()]
    assert inputs == [{"url": "https://orders.example"}, {"url": "https://invoices.example"}]
    assert len({row.run_id for row in poller.deployment.attempts.rows.values()}) == 2


def test_same_process_on_a_reset_cluster_is_recognized_by_the_clusters_name(
    poller: Poller, request: pytest.FixtureRequest
) -> None:
    """The same process again has the same keys: where the cluster has a name, it tells that it is another."""
    _, tells = request.node.callspec.params["poller"]
    poller.start("orders", inputJson={"url": "https://before.example"})
    poller.work()
    poller.cluster.engine.reset()
    poller.deployment.clock.advance(MINUTE)
    poller.start("orders", inputJson={"url": "https://after.example"})
    poller.work()

    assert len(poller.deployment.world.runs) == (2 if tells else 1)


def test_cancelled_instance_aborts_its_run(poller: Poller) -> None:
    """An instance that is cancelled while its job waits has its run aborted within a minute."""
    poller.start("orders", cancelRunWhenJobIsGone="true")
    poller.work()
    [instance] = poller.cluster.search("/process-instances", filter={"processDefinitionId": "orders"})
    sweep = poller.poller._sweep_cancelled
    poller.run(sweep())
    assert [run["status"] for run in poller.deployment.world.runs.values()] == ["RUNNING"]

    poller.cluster.post(f"/process-instances/{instance['processInstanceKey']}/cancellation", {}, status=204)
    poller.deployment.clock.advance(MINUTE)
    poller.run(sweep())

    assert [run["status"] for run in poller.deployment.world.runs.values()] == ["ABORTED"]


@pytest.mark.engine
def test_job_of_a_reset_cluster_of_camundas_gets_no_run_of_before() -> None:
    """Camunda 8.6.0 with empty data gives the same keys: the job of another process gets its own run."""
    deployment = Deployment(calls_back=False, secret_scope=SecretScope.ANY)
    deployment.secrets = FakeSecretSource({"APIFY_TOKEN": "token-of-acme"})
    with asyncio.Runner() as runner:
        with available_or_skip(CamundaDistribution) as engine:
            before = work_over_grpc(runner, deployment, engine, "orders")
        with CamundaDistribution() as engine:
            after = work_over_grpc(runner, deployment, engine, "invoices")

    assert after.key == before.key
    inputs = [*deployment.world.inputs.values()]
    assert inputs == [{"url": "https://orders.example"}, {"url": "https://invoices.example"}]
    assert len({row.run_id for row in deployment.attempts.rows.values()}) == 2


def work_over_grpc(
    runner: asyncio.Runner, deployment: Deployment, engine: CamundaDistribution, process_id: str
) -> ActivatedJob:
    """Deploy a process of one job on the engine, start it, handle its job, and return that."""
    Operator(engine).deploy(f"{process_id}.bpmn", job_process(process_id, a.JOB_TYPE))
    inputs = a.run_actor(inputJson={"url": f"https://{process_id}.example"})
    Operator(engine).start(process_id, {**inputs, "authentication": {"token": "{{secrets.APIFY_TOKEN}}"}})

    async def work() -> ActivatedJob:
        jobs = CamundaGrpc(address=f"http://{engine.grpc_address}", auth=NoAuth())
        try:
            [job] = await jobs.activate(
                job_type=a.JOB_TYPE, max_jobs=1, lock=MINUTE, wait=timedelta(seconds=30)
            )
            poller = RunJobs(
                jobs=jobs,
                accounts=FakeApifyAccounts(deployment.world),
                attempts=deployment.attempts,
                trials=deployment.trials,
                cancellable=deployment.cancellable,
                elements=deployment.elements,
                documents=deployment.documents,
                catalog=deployment.catalog,
                pause_store=deployment.registry,
                secrets=deployment.secrets,
                clock=deployment.clock,
                metrics=deployment.metrics,
                config=deployment.config,
            )
            await poller.work(job, Deadline(deployment.clock.now() + INVOCATION))
        finally:
            await jobs.close()
        return job

    return runner.run(work())
