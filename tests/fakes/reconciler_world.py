"""A reconciler and everything around it, for the tests of what it does."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from apify_camunda.apify.model import ResourceKind, StartRun
from apify_camunda.apify.port import ApifyAccounts
from apify_camunda.json_types import JsonObject
from apify_camunda.platform.deadline import Deadline
from apify_camunda.registration.domain.plan import Deployment
from apify_camunda.registration.domain.registration import Registration
from apify_camunda.registration.flows.reconcile_webhooks import ReconcileConfig, ReconcileWebhooks
from apify_camunda.registration.flows.remove_webhooks import RemoveWebhooks

from tests.event_loop import run_async
from tests.fakes.apify import TOKEN, FakeApifyAccounts, FakeWorld
from tests.fakes.catalog import FakeCatalog
from tests.fakes.clock import FrozenClock
from tests.fakes.metrics import FakeMetrics
from tests.fakes.parking import FakeParking
from tests.fakes.registry import FakeRegistry
from tests.fakes.secret_source import FakeSecretSource

PUBLIC_URL = "https://hooks.example"


class World:
    """A reconciler and everything around it."""

    def __init__(self, *, lists_waiting: bool = True, **config: Any) -> None:
        self.clock = FrozenClock()
        self.apify = FakeWorld(self.clock)
        self.catalog = FakeCatalog(lists_waiting=lists_waiting)
        self.registry = FakeRegistry(self.clock)
        self.parking = FakeParking(self.clock)
        self.secrets = FakeSecretSource({"APIFY_TOKEN": TOKEN})
        self.metrics = FakeMetrics()
        self.config = ReconcileConfig(
            **{
                "deployment_id": "acme",
                "public_url": PUBLIC_URL,
                "inbound_type": "io.camunda:apify-inbound:1",
            }
            | config
        )
        self.reconcile = self.fresh()

    def fresh(self, **ports: Any) -> ReconcileWebhooks:
        """Return a reconciler that remembers nothing, as a new Lambda environment does."""
        standard: dict[str, Any] = {
            "catalog": self.catalog,
            "accounts": FakeApifyAccounts(self.apify),
            "registry": self.registry,
            "parking": self.parking,
            "secrets": self.secrets,
            "clock": self.clock,
            "metrics": self.metrics,
            "config": self.config,
        }
        return ReconcileWebhooks(**(standard | ports))

    def removal(self, accounts: ApifyAccounts | None = None) -> RemoveWebhooks:
        """Return what an operator removes everything with."""
        return RemoveWebhooks(
            accounts=accounts or FakeApifyAccounts(self.apify),
            registry=self.registry,
            secrets=self.secrets,
            clock=self.clock,
            deployment=Deployment(self.config.deployment_id, self.config.public_url),
        )

    def tick(self, after: timedelta = timedelta(minutes=1)) -> JsonObject:
        self.clock.advance(after)
        return run_async(self.reconcile(self.deadline))

    @property
    def deadline(self) -> Deadline:
        return Deadline(self.clock.now() + timedelta(minutes=5))

    @property
    def hooks(self) -> list[Any]:
        return list(self.apify.webhooks.values())

    @property
    def rows(self) -> list[Registration]:
        return list(run_async(self.registry.registrations()))

    @property
    def routes(self) -> dict[str, set[str]]:
        routes = run_async(self.registry.routes())
        return {route: {_element_id(key) for key in keys} for route, keys in routes.items()}

    @property
    def statuses(self) -> dict[str, tuple[str, str | None]]:
        found = run_async(self.registry.elements("cluster1"))
        return {status.element: (status.state, status.detail) for status in found}

    def end_run(self, after: timedelta = timedelta(seconds=10), status: str = "SUCCEEDED") -> str:
        """Start a run of the Actor as another user, which ends after a while."""
        run_id = self.apify.start_elsewhere(StartRun(ResourceKind.ACTOR, "actor1"))
        self.clock.advance(after)
        self.apify.end_run(run_id, status)
        return run_id

    @property
    def found_runs(self) -> list[str]:
        return [str(event.event.run().id) for event in self.parking.events]


def _element_id(listener_key: str) -> str:
    return listener_key.partition("/")[2].partition("#")[0]
