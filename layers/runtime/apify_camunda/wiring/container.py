"""What the flows are put together from: the adapters of one function, each made when it is first needed."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Generic, TypeVar

import boto3
from botocore.config import Config

from apify_camunda.apify.accounts import ApifyAccountsOverHttp
from apify_camunda.camunda.cluster_identity import cluster_id
from apify_camunda.inbound.dynamodb_events import DynamoDBEventLedger
from apify_camunda.inbound.flows.apply_effect import ApplyEffect
from apify_camunda.inbound.flows.process_event import ProcessEvent
from apify_camunda.inbound.flows.resolve_doubt import ResolveDoubt
from apify_camunda.inbound.sqs_parking import SqsParking
from apify_camunda.outbound.dynamodb_attempts import DynamoDBAttempts
from apify_camunda.outbound.dynamodb_slots import DynamoDBSlots
from apify_camunda.outbound.dynamodb_trials import DynamoDBTrials
from apify_camunda.outbound.lambda_waker import LambdaWaker
from apify_camunda.platform.http_client import new_client
from apify_camunda.platform.log_format import configure_logging
from apify_camunda.platform.metrics import EmbeddedMetrics
from apify_camunda.platform.pause import PauseSwitch
from apify_camunda.platform.secrets import SecretsManagerSource
from apify_camunda.platform.settings import Settings, environment_secrets
from apify_camunda.platform.system_clock import SystemClock
from apify_camunda.registration.dynamodb_registry import DynamoDBRegistry
from apify_camunda.wiring.cluster import Cluster, join_cluster

if TYPE_CHECKING:
    import httpx
    from mypy_boto3_dynamodb import DynamoDBClient

S = TypeVar("S", bound=Settings)

_AWS_PATIENCE = Config(
    connect_timeout=2, read_timeout=4, retries={"mode": "standard", "total_max_attempts": 2}
)
"""A store that does not answer must leave time to park the event: API Gateway waits for 30 seconds in all."""


class Container(Generic[S]):
    """What a function is put together from."""

    def __init__(self, settings: S) -> None:
        configure_logging(settings.powertools_service_name, settings.powertools_log_level)
        self.settings = settings
        self.clock = SystemClock()
        self.metrics = EmbeddedMetrics(
            namespace=settings.powertools_metrics_namespace,
            service=settings.powertools_service_name,
            clock=self.clock,
            is_on=settings.custom_metrics == "yes",
        )

    @cached_property
    def process_event(self) -> ProcessEvent:
        """Return what works on one event, whichever way it came."""
        apply_effect = ApplyEffect(
            commands=self.cluster.commands,
            resolve_doubt=ResolveDoubt(search=self.cluster.search, clock=self.clock),
            ledger=self.events,
            clock=self.clock,
            metrics=self.metrics,
        )
        return ProcessEvent(
            ledger=self.events, listeners=self.registry, metrics=self.metrics, apply_effect=apply_effect
        )

    @cached_property
    def inbound_pause(self) -> PauseSwitch:
        """Return what says whether events are to wait."""
        return PauseSwitch(store=self.registry, clock=self.clock, direction="inbound")

    @cached_property
    def events(self) -> DynamoDBEventLedger:
        """Return what remembers events and their effects."""
        return DynamoDBEventLedger(client=self._dynamodb, table=self.settings.ledger_table, clock=self.clock)

    @cached_property
    def attempts(self) -> DynamoDBAttempts:
        """Return what remembers attempts of jobs."""
        return DynamoDBAttempts(client=self._dynamodb, table=self.settings.ledger_table, clock=self.clock)

    @cached_property
    def trials(self) -> DynamoDBTrials:
        """Return what remembers tries of jobs."""
        return DynamoDBTrials(
            client=self._dynamodb,
            table=self.settings.ledger_table,
            cluster=self.cluster_id,
            clock=self.clock,
        )

    @cached_property
    def registry(self) -> DynamoDBRegistry:
        """Return what remembers who listens."""
        return DynamoDBRegistry(client=self._dynamodb, table=self.settings.registry_table, clock=self.clock)

    @cached_property
    def secrets(self) -> SecretsManagerSource:
        """Return the secrets that processes name, and our signing keys."""
        return self._secrets(self.settings.secrets_id)

    @cached_property
    def apify(self) -> ApifyAccountsOverHttp:
        """Return Apify."""
        return ApifyAccountsOverHttp(
            client=self._http, base_url=self.settings.apify_base_url, clock=self.clock
        )

    @cached_property
    def cluster(self) -> Cluster:
        """Return the ports of the Camunda cluster."""
        credentials = self._secrets(self.settings.camunda_credentials_id).secrets
        return join_cluster(self.settings, credentials=credentials, client=self._http, clock=self.clock)

    @property
    def cluster_id(self) -> str:
        """Return what names the cluster in our rows."""
        return cluster_id(self.settings.camunda_rest_url)

    def parking(self, queue_url: str) -> SqsParking:
        """Return where events are parked."""
        return SqsParking(client=boto3.client("sqs", config=_AWS_PATIENCE), queue_url=queue_url)

    def slots(self, slots: int) -> DynamoDBSlots:
        """Return so many slots for pollers."""
        table = self.settings.ledger_table
        return DynamoDBSlots(client=self._dynamodb, table=table, clock=self.clock, slots=slots)

    def waker(self, poller_function: str) -> LambdaWaker:
        """Return what wakes the poller."""
        return LambdaWaker(client=boto3.client("lambda", config=_AWS_PATIENCE), function_name=poller_function)

    @cached_property
    def _dynamodb(self) -> DynamoDBClient:
        return boto3.client("dynamodb", config=_AWS_PATIENCE)

    @cached_property
    def _http(self) -> httpx.AsyncClient:
        return new_client()

    def _secrets(self, secrets_id: str) -> SecretsManagerSource:
        return SecretsManagerSource(
            secrets_id=secrets_id,
            signing_id=self.settings.signing_secret_id,
            clock=self.clock,
            secrets_manager=lambda: boto3.client("secretsmanager", config=_AWS_PATIENCE),
            parameter_store=lambda: boto3.client("ssm", config=_AWS_PATIENCE),
            environment=environment_secrets(),
        )
