"""Builds the stores and flows of a deployment, each when it is first needed."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AsyncExitStack
from functools import cached_property
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from apify_camunda.apify.http import ApifyHttp
from apify_camunda.inbound.flows.replay_event import ReplayEvent
from apify_camunda.platform.http_client import new_client
from apify_camunda.platform.ports import Clock
from apify_camunda.platform.settings import Settings
from apify_camunda.registration.domain.plan import Deployment as WebhookOwner
from apify_camunda.registration.flows.remove_webhooks import RemoveWebhooks
from apify_camunda.wiring.adapters import Adapters
from apify_camunda.wiring.cluster import Transports, open_transports

from apify_camunda_cli.deployment.discovery import TIMEOUTS, Deployment
from apify_camunda_cli.deployment.event_queue import EventQueue
from apify_camunda_cli.deployment.reconciler import ONE_PATIENT_CALL, Reconciler

if TYPE_CHECKING:
    import httpx
    from botocore.config import Config


class Container(Adapters):
    """What a command may need of a deployment; leaving it closes all connections.

    Args:
        deployment: Where everything is.
        clock: The time by which rows are read and written.
        report_progress: Shows a line at once, while the command still runs.
        prints_json: Whether standard output is for a program; for commands that print line by line.
    """

    def __init__(
        self,
        deployment: Deployment,
        *,
        clock: Clock,
        report_progress: Callable[[str], None],
        prints_json: bool = False,
    ) -> None:
        super().__init__(names=_Names(deployment), clock=clock, aws_client=self.aws)
        self.deployment = deployment
        self.report_progress = report_progress
        self.prints_json = prints_json
        self._connections = AsyncExitStack()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._connections.aclose()

    @cached_property
    def replay(self) -> ReplayEvent:
        """Return what replays and resolves events."""
        queue_url = self.deployment.setting("PARKING_QUEUE_URL")
        return ReplayEvent(ledger=self.events, listeners=self.registry, parking=self.parking(queue_url))

    @cached_property
    def settings(self) -> Settings:
        """Return the settings of the deployed functions.

        Raises:
            ConfigurationError: Variables are missing or cannot be used; the message names each.
        """
        return Settings.from_environment(self.deployment.environment)

    @cached_property
    def transports(self) -> Transports:
        """Return the ways to the Camunda cluster, with the deployment's own credentials."""
        transports = open_transports(
            self.settings,
            credentials=self.secrets_at(self.settings.camunda_credentials_id).secrets,
            client=self.http,
            clock=self.clock,
        )
        if transports.grpc is not None:
            self._connections.push_async_callback(transports.grpc.close)
        return transports

    def apify_http(self, token: str) -> ApifyHttp:
        """Return Apify's API for one token, for requests that no port of the functions offers."""
        base_url = self.deployment.setting("APIFY_BASE_URL")
        return ApifyHttp(client=self.http, base_url=base_url, token=token, clock=self.clock)

    @cached_property
    def parked(self) -> EventQueue:
        """Return the queue of events that wait for Camunda."""
        return EventQueue(self.aws("sqs"), self.deployment.setting("PARKING_QUEUE_URL"))

    @cached_property
    def undelivered(self) -> EventQueue | None:
        """Return the dead-letter queue, or None where it is not known."""
        url = self.deployment.undelivered_queue_url
        return EventQueue(self.aws("sqs"), url) if url else None

    @cached_property
    def reconciler(self) -> Reconciler:
        """Return the function that reconciles webhooks, as it runs."""
        return Reconciler(
            self._client("lambda", ONE_PATIENT_CALL), name=self.deployment.reconciler or "", clock=self.clock
        )

    @cached_property
    def remove_webhooks(self) -> RemoveWebhooks:
        """Return what removes all webhooks, from this machine."""
        setting = self.deployment.setting
        return RemoveWebhooks(
            accounts=self.apify,
            registry=self.registry,
            secrets=self.secrets,
            clock=self.clock,
            deployment=WebhookOwner(setting("DEPLOYMENT_ID"), setting("PUBLIC_URL").rstrip("/")),
        )

    @cached_property
    def http(self) -> httpx.AsyncClient:
        """Return the HTTP client of this command."""
        client = new_client()
        self._connections.push_async_callback(client.aclose)
        return client

    def aws(self, service: str) -> Any:
        """Return a boto3 client that is closed with this container."""
        return self._client(service)

    def _client(self, service: str, config: Config = TIMEOUTS) -> Any:
        client = self.deployment.aws.client(service, config)
        self._connections.callback(client.close)
        return client


class _Names:
    """Where the parts of the deployment are, as far as is known; what is not known is asked for by name."""

    def __init__(self, deployment: Deployment) -> None:
        self._setting = deployment.setting

    @property
    def ledger_table(self) -> str:
        return self._setting("LEDGER_TABLE")

    @property
    def registry_table(self) -> str:
        return self._setting("REGISTRY_TABLE")

    @property
    def secrets_id(self) -> str:
        return self._setting("SECRETS_ID")

    @property
    def signing_secret_id(self) -> str:
        return self._setting("SIGNING_SECRET_ID")

    @property
    def apify_base_url(self) -> str:
        return self._setting("APIFY_BASE_URL")

    @property
    def camunda_rest_url(self) -> str:
        return self._setting("CAMUNDA_REST_URL")
