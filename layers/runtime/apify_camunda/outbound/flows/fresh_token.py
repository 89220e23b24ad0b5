"""Apify for one job; if Apify refuses the job's token, it is read again from its secret, once.

A token may be rotated while its jobs wait, and a secret is cached for some minutes.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import TypeVar

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
from apify_camunda.apify.port import Apify, ApifyAccounts
from apify_camunda.errors import ApifyRejected, ErrorCode
from apify_camunda.identifiers import ApifyUserId, RunId, WebhookId
from apify_camunda.json_types import JsonObject

T = TypeVar("T")


class ApifyWithFreshToken:
    """The port `Apify` for a token that comes from a secret.

    Args:
        accounts: Opens Apify.
        token: The token as it is cached.
        renew: Reads the token again; None if it is not from a secret.
    """

    def __init__(
        self, *, accounts: ApifyAccounts, token: str, renew: Callable[[], Awaitable[str | None]]
    ) -> None:
        self._accounts = accounts
        self._token = token
        self._renew = renew
        self._is_renewed = False
        self._apify = accounts.with_token(token)

    async def _call(self, call: Callable[[Apify], Awaitable[T]]) -> T:
        """Return what a call returns; where the token is refused, nothing has happened yet."""
        try:
            return await call(self._apify)
        except ApifyRejected as error:
            if error.code != ErrorCode.UNAUTHORIZED or not await self._has_new_token():
                raise
        return await call(self._apify)

    async def _listed(self, items: Callable[[Apify], AsyncIterator[T]]) -> AsyncIterator[T]:
        is_first = True
        try:
            async for item in items(self._apify):
                is_first = False
                yield item
        except ApifyRejected as error:
            if not is_first or error.code != ErrorCode.UNAUTHORIZED or not await self._has_new_token():
                raise
        else:
            return
        async for item in items(self._apify):
            yield item

    async def _has_new_token(self) -> bool:
        """Read the token again, once; return False if it is the refused one."""
        if self._is_renewed:
            return False
        self._is_renewed = True
        token = await self._renew()
        if token is None or token == self._token:
            return False
        self._token = token
        self._apify = self._accounts.with_token(token)
        return True

    def clock_offset(self) -> timedelta:
        """Return how far Apify's clock is ahead of ours; see Apify."""
        return self._apify.clock_offset()

    async def user_id(self) -> ApifyUserId:
        """Return the id of the token's user; see Apify."""
        return await self._call(lambda apify: apify.user_id())

    async def resolve(self, kind: ResourceKind, reference: str) -> str:
        """Return the id of an Actor or task; see Apify."""
        return await self._call(lambda apify: apify.resolve(kind, reference))

    async def start_run(self, request: StartRun) -> ApifyRun:
        """Start a run; see Apify."""
        return await self._call(lambda apify: apify.start_run(request))

    async def run(self, run_id: RunId) -> ApifyRun | None:
        """Return a run; see Apify."""
        return await self._call(lambda apify: apify.run(run_id))

    async def abort_run(self, run_id: RunId) -> None:
        """Abort a run; see Apify."""
        await self._call(lambda apify: apify.abort_run(run_id))

    def runs(
        self, kind: ResourceKind, resource_id: str, *, since: datetime | None
    ) -> AsyncIterator[ApifyRun]:
        """Yield the runs of an Actor or task; see Apify."""
        return self._listed(lambda apify: apify.runs(kind, resource_id, since=since))

    async def run_input(self, run: ApifyRun) -> JsonObject | None:
        """Return the input of a run; see Apify."""
        return await self._call(lambda apify: apify.run_input(run))

    def webhooks(self) -> AsyncIterator[Webhook]:
        """Yield the webhooks of the user; see Apify."""
        return self._listed(lambda apify: apify.webhooks())

    def webhooks_of(self, kind: ResourceKind, resource_id: str) -> AsyncIterator[Webhook]:
        """Yield the webhooks of an Actor or task; see Apify."""
        return self._listed(lambda apify: apify.webhooks_of(kind, resource_id))

    async def webhook(self, webhook: WebhookId) -> Webhook | None:
        """Return one webhook; see Apify."""
        return await self._call(lambda apify: apify.webhook(webhook))

    async def create_webhook(self, spec: WebhookSpec) -> Webhook:
        """Create a webhook; see Apify."""
        return await self._call(lambda apify: apify.create_webhook(spec))

    async def update_webhook(self, webhook: WebhookId, spec: WebhookSpec) -> Webhook | None:
        """Change a webhook; see Apify."""
        return await self._call(lambda apify: apify.update_webhook(webhook, spec))

    async def delete_webhook(self, webhook: WebhookId) -> None:
        """Delete a webhook; see Apify."""
        await self._call(lambda apify: apify.delete_webhook(webhook))

    async def dataset_items(
        self,
        dataset: str,
        *,
        offset: int,
        limit: int | None,
        options: Mapping[str, str],
        most_bytes: int = LARGE_BYTES,
    ) -> DatasetPage:
        """Return one page of items; see Apify."""
        return await self._call(
            lambda apify: apify.dataset_items(
                dataset, offset=offset, limit=limit, options=options, most_bytes=most_bytes
            )
        )

    async def record(self, store: str, key: str, *, most_bytes: int = LARGE_BYTES) -> RecordContent:
        """Return a record; see Apify."""
        return await self._call(lambda apify: apify.record(store, key, most_bytes=most_bytes))

    async def call(self, call: ApiCall) -> ApiAnswer:
        """Send a request that no other method sends; see Apify."""
        return await self._call(lambda apify: apify.call(call))
