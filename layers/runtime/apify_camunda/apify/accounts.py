"""Apify's API v2 over HTTP: the port's methods as requests, and its answers as values."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, cast

import httpx

from apify_camunda.apify import wire
from apify_camunda.apify.error_mapping import Asked
from apify_camunda.apify.http import TRIES, ApifyHttp, Request
from apify_camunda.apify.model import (
    LARGE_BYTES,
    START_MARK,
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
from apify_camunda.errors import ApifyRejected, ApifyUnavailable, ErrorCode
from apify_camunda.identifiers import ApifyUserId, RunId, WebhookId
from apify_camunda.json_types import JsonObject
from apify_camunda.platform.ports import Clock

DEFAULT_BASE_URL: Final = "https://api.apify.com"
_PAGE: Final = 1000
_MISSING: Final = {ResourceKind.ACTOR: ErrorCode.ACTOR_NOT_FOUND, ResourceKind.TASK: ErrorCode.TASK_NOT_FOUND}
_RUN: Final = Asked(ErrorCode.RUN_NOT_FOUND)
_WEBHOOK: Final = Asked(ErrorCode.WEBHOOK_NOT_FOUND)
_USER: Final = Asked(ErrorCode.UNAUTHORIZED)
_DATASET: Final = Asked(ErrorCode.DATASET_NOT_FOUND)
_RECORD: Final = Asked(ErrorCode.RECORD_NOT_FOUND)


@dataclass(frozen=True, slots=True, kw_only=True)
class ApifyAccountsOverHttp:
    """Opens Apify with a token; all share one client.

    Attributes:
        tries: How often a request is sent at most, before its failure is reported.
    """

    client: httpx.AsyncClient
    clock: Clock
    base_url: str = DEFAULT_BASE_URL
    tries: int = TRIES

    def with_token(self, token: str) -> ApifyOverHttp:
        """Return Apify as this token sees it."""
        return ApifyOverHttp(
            ApifyHttp(
                client=self.client,
                base_url=self.base_url,
                token=token,
                clock=self.clock,
                tries=self.tries,
            )
        )


class ApifyOverHttp:
    """The port `Apify` for one token."""

    def __init__(self, http: ApifyHttp) -> None:
        self._http = http

    def clock_offset(self) -> timedelta:
        """Return how far Apify's clock is ahead of ours; see Apify."""
        return self._http.clock_offset

    async def user_id(self) -> ApifyUserId:
        """Return the id of the token's user."""
        user = await self._object(Request("GET", ("users", "me"), _USER))
        return ApifyUserId(wire.id_of(user))

    async def resolve(self, kind: ResourceKind, reference: str) -> str:
        """Return the id of an Actor or task given by id or name."""
        name = reference.replace("/", "~")
        found = await self._object(Request("GET", (wire.collection(kind), name), Asked(_MISSING[kind])))
        return wire.id_of(found)

    # --- Runs --------------------------------------------------------------------------------------------

    async def start_run(self, request: StartRun) -> ApifyRun:
        """Start a run; the request is repeated only where it certainly did not take effect."""
        name = request.resource_id.replace("/", "~")
        started = await self._object(
            Request(
                "POST",
                (wire.collection(request.kind), name, "runs"),
                Asked(_MISSING[request.kind], actor=name),
                params=wire.start_params(request),
                body=request.input,
                has_body=request.input is not None,
                repeatable=False,
                user_agent=f"{START_MARK}{request.mark}" if request.mark else "",
            )
        )
        return ApifyRun(started)

    async def run(self, run_id: RunId) -> ApifyRun | None:
        """Return a run, or None where Apify does not know it."""
        try:
            return ApifyRun(await self._object(Request("GET", ("actor-runs", run_id), _RUN)))
        except ApifyRejected as error:
            if error.status == 404:
                return None
            raise

    async def abort_run(self, run_id: RunId) -> None:
        """Abort a run; one that has ended stays as it is."""
        await self._http.send(Request("POST", ("actor-runs", run_id, "abort"), _RUN))

    async def runs(
        self, kind: ResourceKind, resource_id: str, *, since: datetime | None
    ) -> AsyncIterator[ApifyRun]:
        """Yield the runs of an Actor or task, the one started last first."""
        params = {"desc": "1"}
        if since is not None:
            params["startedAfter"] = wire.query_time(since)
        path = (wire.collection(kind), resource_id, "runs")
        async for item in self._items(path, Asked(_MISSING[kind]), params):
            yield ApifyRun(item)

    async def run_input(self, run: ApifyRun) -> JsonObject | None:
        """Return the input object that a run was started with, or None where it is not to be had."""
        store = run.text("defaultKeyValueStoreId")
        if store is None:
            return None
        path = ("key-value-stores", store, "records", "INPUT")
        try:
            answer = await self._http.send(Request("GET", path, _RECORD, params={"attachment": "true"}))
            found = answer.json()
        except ApifyRejected as error:
            if error.status == 404:
                return {}  # a run without input has no such record
            raise
        return found if isinstance(found, dict) else None

    # --- Webhooks ----------------------------------------------------------------------------------------

    async def webhooks(self) -> AsyncIterator[Webhook]:
        """Yield all webhooks of the user, the newest first."""
        async for item in self._items(("webhooks",), _WEBHOOK, {"desc": "1"}):
            yield wire.read_webhook(item)

    async def webhooks_of(self, kind: ResourceKind, resource_id: str) -> AsyncIterator[Webhook]:
        """Yield the lasting webhooks of one Actor or task, the newest first."""
        path = (wire.collection(kind), resource_id, "webhooks")
        async for item in self._items(path, Asked(_MISSING[kind]), {"desc": "1"}):
            yield wire.read_webhook(item)

    async def webhook(self, webhook: WebhookId) -> Webhook | None:
        """Return one webhook; see Apify."""
        return await self._webhook(Request("GET", ("webhooks", webhook), _WEBHOOK))

    async def create_webhook(self, spec: WebhookSpec) -> Webhook:
        """Create a webhook, or return the one that has the same idempotency key, unchanged."""
        body = wire.webhook_body(spec) | {"idempotencyKey": spec.idempotency_key}
        created = await self._object(Request("POST", ("webhooks",), _WEBHOOK, body=body, has_body=True))
        return wire.read_webhook({**created, "id": wire.id_of(created)})

    async def update_webhook(self, webhook: WebhookId, spec: WebhookSpec) -> Webhook | None:
        """Make a webhook as `spec` says and return it; None where it is gone."""
        body = wire.webhook_body(spec)
        return await self._webhook(Request("PUT", ("webhooks", webhook), _WEBHOOK, body=body, has_body=True))

    async def _webhook(self, request: Request) -> Webhook | None:
        try:
            found = await self._object(request)
        except ApifyRejected as error:
            if error.status == 404:
                return None
            raise
        return wire.read_webhook({**found, "id": wire.id_of(found)})

    async def delete_webhook(self, webhook: WebhookId) -> None:
        """Delete a webhook; one that is gone is deleted."""
        try:
            await self._http.send(Request("DELETE", ("webhooks", webhook), _WEBHOOK))
        except ApifyRejected as error:
            if error.status != 404:
                raise

    # --- Storages ----------------------------------------------------------------------------------------

    async def dataset_items(
        self,
        dataset: str,
        *,
        offset: int,
        limit: int | None,
        options: Mapping[str, str],
        most_bytes: int = LARGE_BYTES,
    ) -> DatasetPage:
        """Return one page of items."""
        params = {"format": "json", "offset": str(offset), **options}
        if limit is not None:
            params["limit"] = str(limit)
        answer = await self._http.send(
            Request("GET", ("datasets", dataset, "items"), _DATASET, params=params, most_bytes=most_bytes)
        )
        found = answer.json()
        items = found if isinstance(found, list) else [found]
        total = wire.number(answer.headers, "x-apify-pagination-total", offset + len(items))
        left = max(total - offset, 0)
        return DatasetPage(
            items=tuple(items),
            offset=offset,
            count=left if limit is None else min(limit, left),
            total=total,
            size_bytes=len(answer.body),
        )

    async def record(self, store: str, key: str, *, most_bytes: int = LARGE_BYTES) -> RecordContent:
        """Return a record's bytes as they are stored."""
        path = ("key-value-stores", store, "records", key)
        # Without `attachment` Apify changes HTML to make it safe in a browser.
        answer = await self._http.send(
            Request("GET", path, _RECORD, params={"attachment": "true"}, most_bytes=most_bytes)
        )
        content_type, charset = wire.content_type(answer.headers)
        return RecordContent(content_type or "application/octet-stream", answer.body, charset)

    async def call(self, call: ApiCall) -> ApiAnswer:
        """Send a request that no other method sends."""
        answer = await self._http.send(
            Request(
                call.method,
                call.path,
                Asked(call.missing),
                params=call.params,
                content=call.content,
                content_type=call.content_type,
                repeatable=call.is_repeatable,
                most_bytes=call.most_bytes,
            )
        )
        return ApiAnswer(answer.status, wire.content_type(answer.headers)[0], answer.body)

    # --- Answers -----------------------------------------------------------------------------------------

    async def _object(self, request: Request) -> JsonObject:
        answer = await self._http.send(request)
        try:
            found = answer.json()
        except ApifyUnavailable as error:
            # A start whose answer cannot be read has taken effect.
            raise ApifyUnavailable(error.message, outcome_unknown=not request.repeatable) from None
        wrapped = found.get("data") if isinstance(found, dict) else None
        if not isinstance(wrapped, dict):
            raise ApifyUnavailable(
                f"Apify answered {answer.status} without data.", outcome_unknown=not request.repeatable
            )
        return cast(JsonObject, wrapped)

    async def _items(
        self, path: tuple[str, ...], asked: Asked, params: Mapping[str, str]
    ) -> AsyncIterator[dict[str, Any]]:
        """Yield the items of all pages of a list."""
        offset = 0
        while True:
            page_params = {**params, "limit": str(_PAGE), "offset": str(offset)}
            page = await self._object(Request("GET", path, asked, params=page_params))
            items = page.get("items")
            if not isinstance(items, list):
                raise ApifyUnavailable("Apify answered a list that has no items, not even none.")
            for item in cast(list[dict[str, Any]], items):
                wire.id_of(item)
                yield item
            offset += len(items)
            total = page.get("total")
            if not items or not isinstance(total, int) or offset >= total:
                return
