"""What is asked of Apify: runs, webhooks, datasets and records, as one token sees them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from datetime import datetime, timedelta
from typing import Protocol

from apify_camunda.apify.model import (
    LARGE_BYTES,
    ApiAnswer,
    ApiCall,
    ApifyRun,
    DatasetPage,
    RecordContent,
    ResourceKind,
    StartRun,
    Webhook,
    WebhookSpec,
)
from apify_camunda.identifiers import ApifyUserId, RunId, WebhookId
from apify_camunda.json_types import JsonObject


class Apify(Protocol):
    """Apify's API for one token.

    Calls raise ApifyRejected (4xx, a stable `code`) or ApifyUnavailable (429, 5xx, "not now", no answer).
    Only `start_run` may have taken effect without an answer: its error then says `outcome_unknown`.
    """

    def clock_offset(self) -> timedelta:
        """Return how far Apify's clock is ahead of ours, by its last answer; zero before the first."""
        ...

    async def user_id(self) -> ApifyUserId:
        """Return the id of the token's user."""
        ...

    async def resolve(self, kind: ResourceKind, reference: str) -> str:
        """Return the id of an Actor or task given by id, `username/name` or `username~name`."""
        ...

    async def start_run(self, request: StartRun) -> ApifyRun:
        """Start a run. It is never repeated by the adapter unless the request certainly did not arrive."""
        ...

    async def run(self, run_id: RunId) -> ApifyRun | None:
        """Return a run, or None where Apify does not know it."""
        ...

    async def abort_run(self, run_id: RunId) -> None:
        """Abort a run; one that has ended stays as it is."""
        ...

    def runs(
        self, kind: ResourceKind, resource_id: str, *, since: datetime | None
    ) -> AsyncIterator[ApifyRun]:
        """Yield the runs of an Actor or task, all pages, the one started last first.

        Of an Actor those that started at or after `since`; Apify lists a task's from the beginning.
        """
        ...

    async def run_input(self, run: ApifyRun) -> JsonObject | None:
        """Return the input object that a run was started with, or None where it is not to be had."""
        ...

    def webhooks(self) -> AsyncIterator[Webhook]:
        """Yield all webhooks of the user, all pages, ad-hoc ones included."""
        ...

    def webhooks_of(self, kind: ResourceKind, resource_id: str) -> AsyncIterator[Webhook]:
        """Yield the lasting webhooks of one Actor or task, all pages, for who may not list the user's."""
        ...

    async def webhook(self, webhook: WebhookId) -> Webhook | None:
        """Return one webhook with its templates, or None where it is gone or out of the token's sight."""
        ...

    async def create_webhook(self, spec: WebhookSpec) -> Webhook:
        """Create a webhook, or return the one that has the same idempotency key, unchanged."""
        ...

    async def update_webhook(self, webhook: WebhookId, spec: WebhookSpec) -> Webhook | None:
        """Make a webhook as `spec` says and return it; None where it is gone. A disabled one stays so."""
        ...

    async def delete_webhook(self, webhook: WebhookId) -> None:
        """Delete a webhook; one that is gone is deleted."""
        ...

    async def dataset_items(
        self,
        dataset: str,
        *,
        offset: int,
        limit: int | None,
        options: Mapping[str, str],
        most_bytes: int = LARGE_BYTES,
    ) -> DatasetPage:
        """Return one page of items; `options` are Apify's own (`fields`, `omit`, `clean`, ...).

        Raises:
            ApifyRejected: There is no such dataset, or the page has more bytes (PAYLOAD_TOO_LARGE).
        """
        ...

    async def record(self, store: str, key: str, *, most_bytes: int = LARGE_BYTES) -> RecordContent:
        """Return a record's bytes as they are stored; redirects are followed without credentials.

        Raises:
            ApifyRejected: There is no such record, or it has more bytes (PAYLOAD_TOO_LARGE).
        """
        ...

    async def call(self, call: ApiCall) -> ApiAnswer:
        """Send a request that no other method sends; it never leaves Apify's host.

        Raises:
            ApifyRejected: Apify refuses it, or the answer has more bytes (PAYLOAD_TOO_LARGE).
            ApifyUnavailable: Apify does not answer; `outcome_unknown` where it may have had its effect.
        """
        ...


class ApifyAccounts(Protocol):
    """Opens Apify with a token; one connection pool serves all."""

    def with_token(self, token: str) -> Apify:
        """Return Apify as this token sees it."""
        ...
