"""The composition root: settings and adapters become flows, on first use and for the life of the process.

It owns the one event loop: gRPC's and httpx's connections belong to the loop that opened them, so every
invocation runs on the same one.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
import sys
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar, assert_never
from urllib.parse import urlsplit

import boto3
from aws_lambda_powertools.logging.formatter import LambdaPowertoolsFormatter
from botocore.config import Config

from apify_camunda.adapters.apify import ApifyAccountsOverHttp
from apify_camunda.adapters.camunda_auth import BasicAuth, CamundaAuth, ClientCredentials, NoAuth
from apify_camunda.adapters.camunda_auto import AutoCommands, AutoJobs, GrpcWithTaggedStarts
from apify_camunda.adapters.camunda_rest import CamundaRest
from apify_camunda.adapters.camunda_rest_catalog import RestCatalog
from apify_camunda.adapters.camunda_rest_commands import RestCommands
from apify_camunda.adapters.camunda_rest_jobs import RestJobs
from apify_camunda.adapters.clock import SystemClock
from apify_camunda.adapters.dynamodb_attempts import DynamoDBAttempts
from apify_camunda.adapters.dynamodb_events import DynamoDBEventLedger
from apify_camunda.adapters.dynamodb_registry import DynamoDBRegistry
from apify_camunda.adapters.dynamodb_table import DynamoDBTable
from apify_camunda.adapters.http import new_client
from apify_camunda.adapters.lambda_waker import LambdaWaker
from apify_camunda.adapters.metrics import EmbeddedMetrics
from apify_camunda.adapters.secrets import SecretsManagerSource
from apify_camunda.adapters.sqs_parking import SqsParking
from apify_camunda.contracts.delivery import HttpReply, HttpRequest
from apify_camunda.contracts.operations import FETCHED_VARIABLES
from apify_camunda.domain.deadline import Deadline
from apify_camunda.flows.deliver_event import DeliverEvents
from apify_camunda.flows.receive_event import ReceiveEvent
from apify_camunda.flows.reconcile_webhooks import ReconcileConfig, ReconcileWebhooks
from apify_camunda.flows.record_callback import RecordCallback
from apify_camunda.flows.resolve_secrets import SecretScope
from apify_camunda.flows.run_jobs import PollMode, RunJobs, RunJobsConfig
from apify_camunda.ports import EngineCommands, JobQueue
from apify_camunda.settings import (
    DeliverEventSettings,
    PollJobsSettings,
    ReceiveWebhookSettings,
    ReconcileWebhooksSettings,
    Settings,
    environment_secrets,
)

if TYPE_CHECKING:
    import httpx
    from aws_lambda_powertools.utilities.typing import LambdaContext
    from mypy_boto3_dynamodb import DynamoDBClient

T = TypeVar("T")
S = TypeVar("S", bound=Settings)

_QUIET_LOGGERS = ("httpx", "httpcore", "botocore", "boto3", "urllib3", "grpc", "pyzeebe")
"""Their own records show URLs (with webhooks in them) and headers."""

_AWS_PATIENCE = Config(
    connect_timeout=2, read_timeout=4, retries={"mode": "standard", "total_max_attempts": 2}
)
"""A store that does not answer must leave time to park the event: API Gateway waits for 30 seconds in all."""


@cache
def _loop() -> asyncio.AbstractEventLoop:
    return asyncio.new_event_loop()


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run `work` on the process's one event loop and return what it returns."""
    return _loop().run_until_complete(work)


@cache
def receive_webhook() -> Callable[[HttpRequest], Coroutine[Any, Any, HttpReply]]:
    """Return what answers the HTTP API: ReceiveEvent for deliveries, RecordCallback for waiting runs."""
    parts = _Parts(ReceiveWebhookSettings.from_environment())
    settings = parts.settings
    deliveries = ReceiveEvent(
        commands=parts.camunda.commands,
        search=parts.camunda.search,
        ledger=parts.events,
        registry=parts.registry,
        parking=parts.parking(settings.parking_queue_url),
        secrets=parts.secrets,
        clock=parts.clock,
        metrics=parts.metrics,
    )
    callbacks = RecordCallback(
        attempts=parts.attempts,
        jobs=parts.camunda.jobs,
        waker=LambdaWaker(
            client=boto3.client("lambda", config=_AWS_PATIENCE), function_name=settings.poller_function
        ),
        secrets=parts.secrets,
    )

    async def answer(request: HttpRequest) -> HttpReply:
        return await (callbacks if request.path.startswith("/runs/") else deliveries)(request)

    return answer


@cache
def deliver_event() -> DeliverEvents:
    """Return what works on parked events."""
    parts = _Parts(DeliverEventSettings.from_environment())
    return DeliverEvents(
        commands=parts.camunda.commands,
        search=parts.camunda.search,
        ledger=parts.events,
        registry=parts.registry,
        parking=parts.parking(parts.settings.parking_queue_url),
        clock=parts.clock,
        metrics=parts.metrics,
    )


@cache
def reconcile_webhooks() -> ReconcileWebhooks:
    """Return what keeps the webhooks as they should be."""
    parts = _Parts(ReconcileWebhooksSettings.from_environment())
    settings = parts.settings
    return ReconcileWebhooks(
        catalog=parts.camunda.catalog,
        accounts=parts.apify,
        registry=parts.registry,
        parking=parts.parking(settings.parking_queue_url),
        secrets=parts.secrets,
        clock=parts.clock,
        metrics=parts.metrics,
        config=ReconcileConfig(
            deployment_id=settings.deployment_id,
            public_url=settings.public_url.rstrip("/"),
            inbound_type=settings.inbound_type,
            outbound_type=settings.outbound_job_type,
        ),
    )


@cache
def poll_jobs() -> RunJobs:
    """Return what works Camunda's jobs."""
    parts = _Parts(PollJobsSettings.from_environment())
    settings = parts.settings
    return RunJobs(
        jobs=parts.camunda.jobs,
        accounts=parts.apify,
        attempts=parts.attempts,
        catalog=parts.camunda.catalog,
        registry=parts.registry,
        secrets=parts.secrets,
        clock=parts.clock,
        metrics=parts.metrics,
        config=RunJobsConfig(
            job_type=settings.outbound_job_type,
            cluster=parts.cluster_id,
            public_url=settings.public_url.rstrip("/"),
            secret_scope=SecretScope(settings.secret_scope),
            poll_mode=PollMode(settings.poll_mode),
        ),
    )


def now() -> datetime:
    """Return the present."""
    return SystemClock().now()


def deadline(context: LambdaContext) -> Deadline:
    """Return the moment at which Lambda ends this invocation."""
    return Deadline(now() + timedelta(milliseconds=context.get_remaining_time_in_millis()))


@dataclass(frozen=True, slots=True)
class _Camunda:
    """The ports that the cluster serves."""

    commands: EngineCommands
    jobs: JobQueue
    search: RestCommands
    catalog: RestCatalog


class _Parts(Generic[S]):
    """The adapters of one function, each made when it is first needed."""

    def __init__(self, settings: S) -> None:
        _configure_logging(settings)
        self.settings = settings
        self.clock = SystemClock()
        self.metrics = EmbeddedMetrics(
            namespace=settings.powertools_metrics_namespace,
            service=settings.powertools_service_name,
            clock=self.clock,
        )

    @cached_property
    def dynamodb(self) -> DynamoDBClient:
        """Return the client that all stores share."""
        return boto3.client("dynamodb", config=_AWS_PATIENCE)

    @cached_property
    def events(self) -> DynamoDBEventLedger:
        """Return what remembers events and their effects."""
        return DynamoDBEventLedger(client=self.dynamodb, table=self.settings.ledger_table, clock=self.clock)

    @cached_property
    def attempts(self) -> DynamoDBAttempts:
        """Return what remembers attempts of jobs."""
        table = DynamoDBTable(client=self.dynamodb, name=self.settings.ledger_table, clock=self.clock)
        return DynamoDBAttempts(table=table, clock=self.clock)

    @cached_property
    def registry(self) -> DynamoDBRegistry:
        """Return what remembers who listens."""
        return DynamoDBRegistry(client=self.dynamodb, table=self.settings.registry_table, clock=self.clock)

    @cached_property
    def secrets(self) -> SecretsManagerSource:
        """Return the secrets that processes name, and our signing keys."""
        return self._secrets(self.settings.secrets_id)

    @cached_property
    def http(self) -> httpx.AsyncClient:
        """Return the connection pool."""
        return new_client()

    @cached_property
    def apify(self) -> ApifyAccountsOverHttp:
        """Return Apify."""
        return ApifyAccountsOverHttp(
            client=self.http, base_url=self.settings.apify_base_url, clock=self.clock
        )

    @property
    def cluster_id(self) -> str:
        """Return what names the cluster in our rows: its address, for keys mean nothing beyond it."""
        address = urlsplit(self.settings.camunda_rest_url)
        return f"{address.netloc}{address.path}".rstrip("/")

    @cached_property
    def camunda(self) -> _Camunda:
        """Return the ports of the cluster, over what the deployment speaks."""
        settings = self.settings
        tls = _tls(settings)
        client = new_client(verify=tls) if tls else self.http
        auth = self._auth(client)
        rest = CamundaRest(base_url=settings.camunda_rest_url, auth=auth, client=client)
        commands = RestCommands(rest)
        catalog = RestCatalog(rest, cluster_id=self.cluster_id)
        jobs = RestJobs(rest, tenant_ids=settings.camunda_tenant_ids, fetched_variables=FETCHED_VARIABLES)
        if settings.camunda_transport == "rest" or not settings.camunda_grpc_address:
            return _Camunda(commands, jobs, commands, catalog)

        # It costs 200 ms of a cold start, so it is imported only where it is spoken.
        from apify_camunda.adapters.camunda_grpc import CamundaGrpc  # noqa: PLC0415

        grpc = CamundaGrpc(
            address=settings.camunda_grpc_address,
            auth=auth,
            tenant_ids=settings.camunda_tenant_ids,
            fetched_variables=FETCHED_VARIABLES,
            roots=_bytes(settings.camunda_ca_file),
            client_certificate=_pair(settings),
        )
        if settings.camunda_transport == "grpc":
            return _Camunda(GrpcWithTaggedStarts(grpc, commands), grpc, commands, catalog)
        chosen = AutoCommands(grpc, commands, grpc.topology)
        return _Camunda(chosen, AutoJobs(grpc, jobs, grpc.topology), commands, catalog)

    def parking(self, queue_url: str) -> SqsParking:
        """Return where events are parked."""
        return SqsParking(client=boto3.client("sqs", config=_AWS_PATIENCE), queue_url=queue_url)

    def _secrets(self, secrets_id: str) -> SecretsManagerSource:
        return SecretsManagerSource(
            secrets_id=secrets_id,
            signing_id=self.settings.signing_secret_id,
            clock=self.clock,
            secrets_manager=lambda: boto3.client("secretsmanager", config=_AWS_PATIENCE),
            parameter_store=lambda: boto3.client("ssm", config=_AWS_PATIENCE),
            environment=environment_secrets(),
        )

    def _auth(self, client: httpx.AsyncClient) -> CamundaAuth:
        settings = self.settings
        credentials = self._secrets(settings.camunda_credentials_id).secrets
        match settings.camunda_auth:
            case "none":
                return NoAuth()
            case "basic":
                return BasicAuth(credentials)
            case "oidc":
                return ClientCredentials(
                    token_url=settings.camunda_token_url,
                    audience=settings.camunda_token_audience,
                    scope=settings.camunda_token_scope,
                    credentials=credentials,
                    client=client,
                    clock=self.clock,
                )
            case _:
                assert_never(settings.camunda_auth)


def _tls(settings: Settings) -> ssl.SSLContext | None:
    """Return a context with the cluster's own CA and our certificate, or None where the system's will do."""
    if not settings.camunda_ca_file and not settings.camunda_client_certificate_file:
        return None
    context = ssl.create_default_context(cafile=settings.camunda_ca_file or None)
    if settings.camunda_client_certificate_file:
        context.load_cert_chain(
            settings.camunda_client_certificate_file, settings.camunda_client_key_file or None
        )
    return context


def _bytes(path: str) -> bytes | None:
    return Path(path).read_bytes() if path else None


def _pair(settings: Settings) -> tuple[bytes, bytes] | None:
    """Return our certificate and its key, or None."""
    certificate = _bytes(settings.camunda_client_certificate_file)
    key = _bytes(settings.camunda_client_key_file)
    return (certificate, key) if certificate and key else None


def _configure_logging(settings: Settings) -> None:
    """Write JSON lines of level INFO and above; libraries that would show URLs keep to warnings."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(LambdaPowertoolsFormatter(service=settings.powertools_service_name))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    for name in _QUIET_LOGGERS:
        logging.getLogger(name).setLevel(logging.WARNING)
