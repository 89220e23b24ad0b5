"""What the flows are put together from: the adapters of one function, each made when it is first needed."""

from __future__ import annotations

from dataclasses import fields, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from apify_camunda.platform.aws_http import DYNAMODB, PARAMETER_STORE, SECRETS_MANAGER
from apify_camunda.platform.log_format import configure_logging
from apify_camunda.platform.metrics import EmbeddedMetrics
from apify_camunda.platform.pause import PauseSwitch
from apify_camunda.platform.settings import Settings, aws_environment, trace_environment
from apify_camunda.platform.system_clock import SystemClock
from apify_camunda.wiring.adapters import Adapters
from apify_camunda.wiring.aws import aws_client, signed_client

if TYPE_CHECKING:
    from apify_camunda.inbound.dynamodb_events import DynamoDBEventLedger
    from apify_camunda.inbound.flows.process_event import ProcessEvent
    from apify_camunda.outbound.dynamodb_attempts import DynamoDBAttempts
    from apify_camunda.outbound.dynamodb_cancellable import DynamoDBCancellableRuns
    from apify_camunda.outbound.dynamodb_slots import DynamoDBSlots
    from apify_camunda.outbound.dynamodb_trials import DynamoDBTrials
    from apify_camunda.outbound.lambda_waker import LambdaWaker
    from apify_camunda.platform.tracing import XRay
    from apify_camunda.registration.dynamodb_registry import DynamoDBRegistry
    from apify_camunda.wiring.cluster import Cluster

S = TypeVar("S", bound=Settings)
P = TypeVar("P")

_SIGNED: Final = {each.name: each for each in (DYNAMODB, SECRETS_MANAGER, PARAMETER_STORE)}
"""The services that are called without boto3, where that can be."""


class Container(Adapters, Generic[S]):
    """What a function is put together from."""

    def __init__(self, settings: S) -> None:
        configure_logging(settings.powertools_service_name, settings.powertools_log_level)
        super().__init__(names=settings, clock=SystemClock(), aws_client=self._client_of)
        self.settings = settings
        self.metrics = EmbeddedMetrics(
            namespace=settings.powertools_metrics_namespace,
            service=settings.powertools_service_name,
            clock=self.clock,
            is_on=settings.custom_metrics == "yes",
        )

    def traced(self, service: str, port: P) -> P:
        """Return a port, whose calls X-Ray shows where the deployment asks for it."""
        if self.settings.tracing == "no":
            return port
        from apify_camunda.platform.tracing import traced

        return traced(port, service, self._xray)

    @cached_property
    def events(self) -> DynamoDBEventLedger:
        """Return what remembers events and their effects."""
        return self.traced("Events", super().events)

    @cached_property
    def attempts(self) -> DynamoDBAttempts:
        """Return what remembers attempts of jobs."""
        return self.traced("Attempts", super().attempts)

    @cached_property
    def registry(self) -> DynamoDBRegistry:
        """Return what remembers definitions, registrations and listeners."""
        return self.traced("Registry", super().registry)

    @cached_property
    def _xray(self) -> XRay:
        from apify_camunda.platform.tracing import XRay

        return XRay(environment=trace_environment, clock=self.clock)

    @cached_property
    def process_event(self) -> ProcessEvent:
        """Return what works on one event, from the receiver or the queue."""
        from apify_camunda.inbound.flows.apply_effect import ApplyEffect
        from apify_camunda.inbound.flows.process_event import ProcessEvent
        from apify_camunda.inbound.flows.resolve_doubt import ResolveDoubt
        from apify_camunda.inbound.flows.settle_doubt import SettleDoubt
        from apify_camunda.inbound.flows.watch_conditions import WatchConditions

        settle_doubt = SettleDoubt(
            resolve=ResolveDoubt(search=self.cluster.search, clock=self.clock),
            ledger=self.events,
            clock=self.clock,
            metrics=self.metrics,
        )
        apply_effect = ApplyEffect(
            commands=self.cluster.commands,
            settle_doubt=settle_doubt,
            ledger=self.events,
            clock=self.clock,
            metrics=self.metrics,
        )
        return ProcessEvent(
            ledger=self.events,
            listeners=self.registry,
            metrics=self.metrics,
            clock=self.clock,
            apply_effect=apply_effect,
            watch_conditions=WatchConditions(
                troubles=self.conditions, metrics=self.metrics, clock=self.clock
            ),
        )

    @cached_property
    def inbound_pause(self) -> PauseSwitch:
        """Return what says whether events are to wait."""
        return PauseSwitch(store=self.registry, clock=self.clock, direction="inbound")

    @cached_property
    def cancellable(self) -> DynamoDBCancellableRuns:
        """Return the list of runs that are to be aborted once their jobs are cancelled."""
        from apify_camunda.outbound.dynamodb_cancellable import DynamoDBCancellableRuns

        table = self.settings.ledger_table
        return DynamoDBCancellableRuns(client=self.dynamodb, table=table, clock=self.clock)

    @cached_property
    def trials(self) -> DynamoDBTrials:
        """Return the store of the tries of jobs."""
        from apify_camunda.outbound.dynamodb_trials import DynamoDBTrials

        return DynamoDBTrials(
            client=self.dynamodb,
            table=self.settings.ledger_table,
            cluster=self.cluster_id,
            clock=self.clock,
        )

    @cached_property
    def cluster(self) -> Cluster:
        """Return the ports of the Camunda cluster."""
        from apify_camunda.wiring.cluster import join_cluster

        credentials = self.secrets_at(self.settings.camunda_credentials_id).secrets
        cluster = join_cluster(self.settings, credentials=credentials, client=self.http, clock=self.clock)
        ports = {each.name: getattr(cluster, each.name) for each in fields(cluster)}
        return replace(cluster, **{name: self.traced("Camunda", port) for name, port in ports.items()})

    def slots(self, slots: int) -> DynamoDBSlots:
        """Return so many slots for pollers."""
        from apify_camunda.outbound.dynamodb_slots import DynamoDBSlots

        table = self.settings.ledger_table
        return DynamoDBSlots(client=self.dynamodb, table=table, clock=self.clock, slots=slots)

    def waker(self, poller_function: str) -> LambdaWaker:
        """Return what wakes the poller."""
        from apify_camunda.outbound.lambda_waker import LambdaWaker

        return LambdaWaker(client=aws_client("lambda"), function_name=poller_function)

    def _client_of(self, service: str) -> Any:
        signed = _SIGNED.get(service)
        return signed_client(signed, aws_environment(), self.clock) if signed else aws_client(service)
