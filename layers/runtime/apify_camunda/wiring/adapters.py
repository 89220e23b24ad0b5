"""The adapters of one deployment, each made when it is first needed; functions and operators share them."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any, Protocol

from apify_camunda.camunda.cluster_identity import cluster_id
from apify_camunda.inbound.sqs_parking import SqsParking
from apify_camunda.platform.aws_api import AnyDynamoDB
from apify_camunda.platform.ports import Clock
from apify_camunda.platform.secrets import SecretsManagerSource
from apify_camunda.platform.settings import environment_secrets

if TYPE_CHECKING:
    import httpx

    from apify_camunda.apify.accounts import ApifyAccountsOverHttp
    from apify_camunda.inbound.dynamodb_conditions import DynamoDBConditionTroubles
    from apify_camunda.inbound.dynamodb_events import DynamoDBEventLedger
    from apify_camunda.outbound.dynamodb_attempts import DynamoDBAttempts
    from apify_camunda.registration.dynamodb_registry import DynamoDBRegistry


class Names(Protocol):
    """Where the parts of a deployment are, as `Settings` says, or what an operator's program has found."""

    @property
    def ledger_table(self) -> str:
        """Return the name of the table of events and attempts."""
        ...

    @property
    def registry_table(self) -> str:
        """Return the name of the table of definitions, registrations and listeners."""
        ...

    @property
    def secrets_id(self) -> str:
        """Return what names the secrets of processes."""
        ...

    @property
    def signing_secret_id(self) -> str:
        """Return what names the secret with our signing keys."""
        ...

    @property
    def apify_base_url(self) -> str:
        """Return where Apify's API is."""
        ...

    @property
    def camunda_rest_url(self) -> str:
        """Return where Camunda's REST API is."""
        ...


class Adapters:
    """The adapters of one deployment.

    Args:
        names: Where its parts are; each is read when its adapter is first needed.
        clock: The time by which rows are read and written.
        aws_client: Makes a client of an AWS service, for example `dynamodb`.
    """

    def __init__(self, *, names: Names, clock: Clock, aws_client: Callable[[str], Any]) -> None:
        self._names = names
        self._aws_client = aws_client
        self.clock = clock

    @cached_property
    def events(self) -> DynamoDBEventLedger:
        """Return the store of events and their effects."""
        from apify_camunda.inbound.dynamodb_events import DynamoDBEventLedger

        return DynamoDBEventLedger(client=self.dynamodb, table=self._names.ledger_table, clock=self.clock)

    @cached_property
    def conditions(self) -> DynamoDBConditionTroubles:
        """Return the store of failures of elements' conditions."""
        from apify_camunda.inbound.dynamodb_conditions import DynamoDBConditionTroubles

        return DynamoDBConditionTroubles(
            client=self.dynamodb, table=self._names.ledger_table, clock=self.clock
        )

    @cached_property
    def attempts(self) -> DynamoDBAttempts:
        """Return the store of attempts of jobs."""
        from apify_camunda.outbound.dynamodb_attempts import DynamoDBAttempts

        return DynamoDBAttempts(client=self.dynamodb, table=self._names.ledger_table, clock=self.clock)

    @cached_property
    def registry(self) -> DynamoDBRegistry:
        """Return the store of definitions, registrations and listeners."""
        from apify_camunda.registration.dynamodb_registry import DynamoDBRegistry

        return DynamoDBRegistry(client=self.dynamodb, table=self._names.registry_table, clock=self.clock)

    @cached_property
    def secrets(self) -> SecretsManagerSource:
        """Return the secrets that processes name, and our signing keys."""
        return self.secrets_at(self._names.secrets_id)

    @cached_property
    def apify(self) -> ApifyAccountsOverHttp:
        """Return Apify as each token sees it."""
        from apify_camunda.apify.accounts import ApifyAccountsOverHttp

        base_url = self._names.apify_base_url
        return ApifyAccountsOverHttp(client=self.http, base_url=base_url, clock=self.clock)

    @property
    def cluster_id(self) -> str:
        """Return what names the cluster in our rows."""
        return cluster_id(self._names.camunda_rest_url)

    @cached_property
    def dynamodb(self) -> AnyDynamoDB:
        """Return the client of DynamoDB that all stores share."""
        client: AnyDynamoDB = self._aws_client("dynamodb")
        return client

    @cached_property
    def http(self) -> httpx.AsyncClient:
        """Return the HTTP client that all adapters share."""
        from apify_camunda.platform.http_client import new_client

        return new_client()

    def parking(self, queue_url: str) -> SqsParking:
        """Return where events are parked."""
        return SqsParking(client=self._aws_client("sqs"), queue_url=queue_url)

    def secrets_at(self, secrets_id: str) -> SecretsManagerSource:
        """Return the secrets of a place, and our signing keys."""
        return SecretsManagerSource(
            secrets_id=secrets_id,
            signing_id=self._names.signing_secret_id,
            clock=self.clock,
            secrets_manager=cache(lambda: self._aws_client("secretsmanager")),
            parameter_store=cache(lambda: self._aws_client("ssm")),
            environment=environment_secrets(),
        )
