"""One deployment: every flow over real tables, with Apify, Camunda and the queue in memory."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Any

from apify_camunda.apify.model import ResourceKind, StartRun
from apify_camunda.identifiers import JobKey
from apify_camunda.inbound.dynamodb_conditions import DynamoDBConditionTroubles
from apify_camunda.inbound.dynamodb_events import DynamoDBEventLedger
from apify_camunda.inbound.flows.replay_event import ReplayEvent
from apify_camunda.json_types import JsonObject
from apify_camunda.outbound.dynamodb_attempts import DynamoDBAttempts
from apify_camunda.outbound.dynamodb_cancellable import DynamoDBCancellableRuns
from apify_camunda.outbound.dynamodb_slots import DynamoDBSlots
from apify_camunda.outbound.dynamodb_trials import DynamoDBTrials
from apify_camunda.outbound.flows.resolve_secrets import SecretScope
from apify_camunda.registration.dynamodb_registry import DynamoDBRegistry

from tests import builders, builders_bpmn
from tests import builders_outbound as a
from tests.fakes import reconciler_world
from tests.fakes.apify import TOKEN, FakeWorld
from tests.fakes.clock import FrozenClock
from tests.fakes.engine import FakeEngine
from tests.fakes.inbound_flows import InboundPorts
from tests.fakes.job_queue import FakeJobQueue
from tests.fakes.metrics import FakeMetrics
from tests.fakes.parking import FakeParking
from tests.fakes.secret_source import FakeSecretSource
from tests.outbound_deployment import Deployment

CLUSTER = "cluster1"
TABLES = ("ledger", "registry")
DECIDED_JOB, WAITING_JOB = a.JOB, JobKey(int(a.JOB) + 7)


class Site:
    """Flows and fakes that share two tables.

    Args:
        client: A client of boto3 that knows both tables.
        now: When the site begins.
    """

    def __init__(self, client: Any, now: datetime) -> None:
        self.clock = FrozenClock(now)
        self.parking = FakeParking(self.clock)
        self.engine = FakeEngine(self.clock)
        self.apify = FakeWorld(self.clock)
        ledger: dict[str, Any] = {"client": client, "table": "ledger", "clock": self.clock}
        self.registry = DynamoDBRegistry(client=client, table="registry", clock=self.clock)
        self.events = DynamoDBEventLedger(**ledger)
        self.troubles = DynamoDBConditionTroubles(**ledger)
        self.slots = DynamoDBSlots(**ledger, slots=1)
        self.reconciler = self._reconciler()
        self.outbound = self._outbound(ledger)
        self.inbound = InboundPorts(
            commands=self.engine,
            search=self.engine,
            ledger=self.events,
            registry=self.registry,
            parking=self.parking,
            secrets=FakeSecretSource(),
            clock=self.clock,
            metrics=FakeMetrics(),
            conditions=self.troubles,
        )
        self.replay = ReplayEvent(ledger=self.events, listeners=self.registry, parking=self.parking)
        self._deploy()

    @property
    def route(self) -> str:
        """Return the path of the Actor's registration."""
        [row] = asyncio.run(self.registry.registrations())
        return f"apify/{row.id}"

    def post(self, run_id: str, **resource: Any) -> JsonObject:
        """Let Apify report a run once, and return the body of the answer."""
        run = builders.run() | {"id": run_id} | resource
        request = builders.request(builders.body(resource=run), path=f"/{self.route}")
        reply = asyncio.run(self.inbound.receiver()(request))
        assert isinstance(reply.body, dict)
        return reply.body

    def work_queue(self) -> None:
        """Let SQS hand out once what is visible."""
        messages = self.parking.receive()
        stay = asyncio.run(self.inbound.deliverer()(messages, self.inbound.deadline()))
        for message in messages:
            if message.id not in stay:
                self.parking.delete(message.id)

    def add_jobs(self) -> None:
        """Let the engine have two jobs that wait for their runs."""
        for key in (DECIDED_JOB, WAITING_JOB):
            inputs = a.run_actor(
                cancelRunWhenJobIsGone="true" if key == WAITING_JOB else "false",
                inputJson={"url": f"https://acme.example/{key}"},
            )
            inputs["authentication"] = {"token": "{{secrets.APIFY_TOKEN}}"}
            number = int(key) - int(a.JOB)
            self.outbound.jobs.add(a.job(inputs, key=key, element_instance_key=9_000 + number))

    def run_elsewhere(self) -> str:
        """Let another client run the Actor."""
        return str(self.apify.start_elsewhere(StartRun(ResourceKind.ACTOR, "actor1")))

    def _deploy(self) -> None:
        catalog = self.reconciler.catalog
        catalog.told_id = "the-cluster-itself"
        catalog.deploy(
            builders_bpmn.start("Started"),
            builders_bpmn.catch("Caught"),
            builders_bpmn.start("Failing", activationCondition="=number(request.body.resource.note) > 1"),
        )

    def _reconciler(self) -> reconciler_world.World:
        world = reconciler_world.World()
        world.clock, world.apify, world.registry = self.clock, self.apify, self.registry  # type: ignore[assignment]
        world.parking = self.parking
        world.secrets = FakeSecretSource({"APIFY_TOKEN": TOKEN})
        world.reconcile = world.fresh()
        return world

    def _outbound(self, ledger: dict[str, Any]) -> Deployment:
        deployment = Deployment(secret_scope=SecretScope.ANY)
        deployment.clock, deployment.world = self.clock, self.apify
        deployment.jobs = FakeJobQueue(self.clock)
        deployment.secrets = FakeSecretSource({"APIFY_TOKEN": TOKEN})
        deployment.registry = self.registry  # type: ignore[assignment]
        deployment.attempts = DynamoDBAttempts(**ledger)  # type: ignore[assignment]
        deployment.trials = DynamoDBTrials(**ledger, cluster=a.CLUSTER)  # type: ignore[assignment]
        deployment.cancellable = DynamoDBCancellableRuns(**ledger)  # type: ignore[assignment]
        return deployment
