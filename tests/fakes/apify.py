"""Apify in memory: what the port promises, and no more. The emulator is the one that speaks HTTP."""

from __future__ import annotations

import itertools
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from apify_camunda.apify.model import (
    LARGE_BYTES,
    PAYLOAD_TEMPLATE,
    START_MARK,
    TOO_LARGE,
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
from apify_camunda.errors import AnswerTooLarge, ApifyRejected, ConnectorError, ErrorCode
from apify_camunda.identifiers import ApifyUserId, RunId, WebhookId
from apify_camunda.json_types import Json, JsonObject

from tests.fakes.apify_calls import answer_of, refuse_more
from tests.fakes.clock import FrozenClock
from tests.fakes.untraced import untraced

TOKEN = "token-of-acme"


@dataclass(frozen=True)
class StartTrouble:
    """An error of the next start, before or after the run was started."""

    error: ConnectorError
    after_effect: bool = False


@dataclass
class FakeWorld:
    """What there is at Apify, for everybody."""

    clock: FrozenClock
    tokens: dict[str, str] = field(default_factory=lambda: {TOKEN: "user-acme"})
    actors: dict[str, str] = field(
        default_factory=lambda: {
            "acme~crawler": "actor1",
            "apify~website-content-crawler": "aYG0l9s7dbB7j3gbS",
        }
    )
    tasks: dict[str, str] = field(default_factory=lambda: {"acme~crawl-acme": "task1"})
    task_actors: dict[str, str] = field(default_factory=lambda: {"task1": "actor1"})
    task_inputs: dict[str, JsonObject] = field(
        default_factory=lambda: {"task1": {"url": "https://acme.example"}}
    )
    runs: dict[RunId, JsonObject] = field(default_factory=dict)
    inputs: dict[RunId, JsonObject] = field(default_factory=dict)
    webhooks: dict[WebhookId, Webhook] = field(default_factory=dict)
    webhook_headers: dict[WebhookId, dict[str, str]] = field(default_factory=dict)
    webhook_templates: dict[WebhookId, tuple[str | None, str | None]] = field(default_factory=dict)
    webhook_limit: int = 100
    datasets: dict[str, list[Json]] = field(
        default_factory=lambda: {"acme~products": [{"sku": "A-1", "price": 5}, {"sku": "B-2", "price": 7}]}
    )
    records: dict[tuple[str, str], RecordContent] = field(
        default_factory=lambda: {
            ("acme~settings", "greeting"): RecordContent("application/json", b'{"text": "Hello"}'),
            ("acme~settings", "page"): RecordContent(
                "text/html", b"<html><head></head><body>Hi</body></html>"
            ),
        }
    )
    start_troubles: list[StartTrouble] = field(default_factory=list)
    call_troubles: list[StartTrouble] = field(default_factory=list)
    start_troubles_without_webhooks: list[StartTrouble] = field(default_factory=list)
    read_troubles: list[ConnectorError] = field(default_factory=list)
    webhooks_refused: ConnectorError | None = None
    shows_user_agents: bool = True
    clock_offset: timedelta = timedelta()
    started: list[StartRun] = field(default_factory=list)
    webhook_keys: dict[str, WebhookId] = field(default_factory=dict)
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    def now(self) -> datetime:
        """Return the present by Apify's clock."""
        return self.clock.now() + self.clock_offset

    def next_id(self, kind: str) -> str:
        return f"{kind}{next(self._numbers)}"

    def end_run(self, run_id: RunId, status: str = "SUCCEEDED", *, items: list[Json] | None = None) -> None:
        """Let a run end, leaving these items."""
        run = self.runs[run_id]
        run |= {"status": status, "finishedAt": _text(self.now())}
        if items is not None:
            self.datasets[str(run["defaultDatasetId"])] = items

    def edit_webhook(self, webhook: WebhookId, **changes: Any) -> None:
        """Do what a person does in the console; lists do not show the templates."""
        headers, payload = self.webhook_templates[webhook]
        self.webhook_templates[webhook] = (
            changes.pop("headers_template", headers),
            changes.pop("payload_template", payload),
        )
        self.webhooks[webhook] = replace(self.webhooks[webhook], **changes, modified_at=self.clock.now())

    def start_elsewhere(self, request: StartRun, *, origin: str = "API") -> RunId:
        """Start a run as another client."""
        run_id = FakeApify(self, TOKEN).begin(request)
        self.runs[run_id]["meta"] = {"origin": origin, "userAgent": "another-client/1.0"}
        return run_id


class FakeApifyAccounts:
    def __init__(self, world: FakeWorld) -> None:
        self.world = world

    def with_token(self, token: str) -> FakeApify:
        return FakeApify(self.world, token)


class FakeApify:
    def __init__(self, world: FakeWorld, token: str) -> None:
        self._world = world
        self._token = token

    def clock_offset(self) -> timedelta:
        return self._world.clock_offset

    async def user_id(self) -> ApifyUserId:
        return ApifyUserId(self._user())

    async def resolve(self, kind: ResourceKind, reference: str) -> str:
        self._user()
        return self._resolve(kind, reference)

    async def start_run(self, request: StartRun) -> ApifyRun:
        self._user()
        trouble = self._world.start_troubles.pop(0) if self._world.start_troubles else None
        if trouble and not trouble.after_effect:
            raise untraced(trouble.error)
        if request.webhooks and self._world.webhook_limit == 0:
            raise ApifyRejected(
                "Too many webhooks",
                code=ErrorCode.WEBHOOK_REFUSED,
                status=400,
                error_type="too-many-webhooks",
            )
        if not request.webhooks and self._world.start_troubles_without_webhooks:
            raise untraced(self._world.start_troubles_without_webhooks.pop(0).error)
        run_id = self.begin(request)
        if trouble:
            raise untraced(trouble.error)
        return ApifyRun(dict(self._world.runs[run_id]))

    def begin(self, request: StartRun) -> RunId:
        resource = self._resolve(request.kind, request.resource_id)
        world = self._world
        world.started.append(request)
        is_task = request.kind is ResourceKind.TASK
        run_id = RunId(world.next_id("run"))
        asked: JsonObject = request.input if isinstance(request.input, dict) else {}
        world.inputs[run_id] = {**world.task_inputs.get(resource, {}), **asked} if is_task else dict(asked)
        world.runs[run_id] = {
            "id": run_id,
            "actId": world.task_actors[resource] if is_task else resource,
            "actorTaskId": resource if is_task else None,
            "userId": "user-acme",
            "status": "RUNNING",
            "startedAt": _text(world.now()),
            "finishedAt": None,
            "meta": {"origin": "API", **(_agent(request) if world.shows_user_agents else {})},
            "options": {
                "build": request.build or "latest",
                "timeoutSecs": int((request.timeout or timedelta(seconds=3600)).total_seconds()),
                "memoryMbytes": request.memory_mbytes or 1024,
            },
            "defaultDatasetId": f"dataset-of-{run_id}",
            "defaultKeyValueStoreId": f"store-of-{run_id}",
        }
        world.datasets[f"dataset-of-{run_id}"] = []
        for webhook in request.webhooks:
            webhook_id = WebhookId(world.next_id("webhook"))
            condition = {"actorRunId": run_id}
            world.webhooks[webhook_id] = Webhook(
                webhook_id,
                webhook.request_url,
                webhook.event_types,
                condition,
                is_enabled=True,
                is_ad_hoc=True,
            )
        return run_id

    async def run(self, run_id: RunId) -> ApifyRun | None:
        self._read()
        run = self._world.runs.get(run_id)
        return None if run is None else ApifyRun(dict(run))

    async def abort_run(self, run_id: RunId) -> None:
        self._read()
        run = self._world.runs.get(run_id)
        if run is None:
            raise _not_found(ErrorCode.RUN_NOT_FOUND, "Actor run was not found")
        if not ApifyRun(run).is_terminal:
            self._world.end_run(run_id, "ABORTED")

    async def runs(
        self, kind: ResourceKind, resource_id: str, *, since: datetime | None
    ) -> AsyncIterator[ApifyRun]:
        self._read()
        field_name = "actorTaskId" if kind is ResourceKind.TASK else "actId"
        found = [run for run in self._world.runs.values() if run[field_name] == resource_id]
        for run in reversed(found):
            # Apify's list of a task's runs cannot be narrowed by time.
            is_since = since is None or datetime.fromisoformat(str(run["startedAt"])) >= since
            if kind is ResourceKind.TASK or is_since:
                yield ApifyRun(_as_listed(run))

    async def run_input(self, run: ApifyRun) -> JsonObject | None:
        self._read()
        return self._world.inputs.get(run.id)

    async def webhooks(self) -> AsyncIterator[Webhook]:
        self._read()
        if self._world.webhooks_refused is not None:
            raise untraced(self._world.webhooks_refused)
        for webhook in list(self._world.webhooks.values()):
            yield webhook

    async def webhooks_of(self, kind: ResourceKind, resource_id: str) -> AsyncIterator[Webhook]:
        self._read()
        name = "actorTaskId" if kind is ResourceKind.TASK else "actorId"
        resource = self._resolve(kind, resource_id)
        for webhook in list(self._world.webhooks.values()):
            if webhook.condition.get(name) == resource:
                yield webhook

    async def webhook(self, webhook: WebhookId) -> Webhook | None:
        self._read()
        found = self._world.webhooks.get(webhook)
        return found and replace(
            found,
            headers_template=self._world.webhook_templates.get(webhook, (None, None))[0],
            payload_template=self._world.webhook_templates.get(webhook, (None, None))[1],
        )

    async def create_webhook(self, spec: WebhookSpec) -> Webhook:
        self._read()
        known = self._world.webhook_keys.get(spec.idempotency_key)
        if known is not None:
            return self._world.webhooks.get(known) or self._gone(known, spec)
        if (
            sum(not webhook.is_ad_hoc for webhook in self._world.webhooks.values())
            >= self._world.webhook_limit
        ):
            raise ApifyRejected(
                "Too many webhooks",
                code=ErrorCode.WEBHOOK_REFUSED,
                status=400,
                error_type="too-many-webhooks",
            )
        webhook_id = WebhookId(self._world.next_id("webhook"))
        self._write(webhook_id, spec)
        self._world.webhook_keys[spec.idempotency_key] = webhook_id
        return self._world.webhooks[webhook_id]

    async def update_webhook(self, webhook: WebhookId, spec: WebhookSpec) -> Webhook | None:
        self._read()
        if webhook not in self._world.webhooks:
            return None
        self._write(webhook, spec)
        return self._world.webhooks[webhook]

    async def delete_webhook(self, webhook: WebhookId) -> None:
        self._read()
        self._world.webhooks.pop(webhook, None)
        self._world.webhook_keys = {
            key: known for key, known in self._world.webhook_keys.items() if known != webhook
        }

    async def dataset_items(
        self,
        dataset: str,
        *,
        offset: int,
        limit: int | None,
        options: Mapping[str, str],
        most_bytes: int = LARGE_BYTES,
    ) -> DatasetPage:
        self._read()
        if dataset not in self._world.datasets:
            raise _not_found(ErrorCode.DATASET_NOT_FOUND, "Dataset was not found")
        items = self._world.datasets[dataset]
        if options.get("desc") == "true":
            items = items[::-1]
        page = items[offset:] if limit is None else items[offset : offset + limit]
        shown = tuple(_projected(item, options) for item in page)
        size_bytes = len(json.dumps(shown, separators=(",", ":"), ensure_ascii=False).encode())
        _refuse_more(size_bytes, most_bytes)
        return DatasetPage(shown, offset=offset, count=len(page), total=len(items), size_bytes=size_bytes)

    async def record(self, store: str, key: str, *, most_bytes: int = LARGE_BYTES) -> RecordContent:
        self._read()
        if all(name != store for name, _ in self._world.records):
            raise _not_found(ErrorCode.STORE_NOT_FOUND, "Key-value store was not found")
        try:
            record = self._world.records[store, key]
        except KeyError:
            raise _not_found(ErrorCode.RECORD_NOT_FOUND, "Record was not found") from None
        _refuse_more(len(record.body), most_bytes)
        return record

    async def call(self, call: ApiCall) -> ApiAnswer:
        self._read()
        troubles = self._world.call_troubles
        trouble = troubles.pop(0) if troubles else None
        if trouble and not trouble.after_effect:
            raise untraced(trouble.error)
        answer = refuse_more(answer_of(self._world, call), call.most_bytes)
        if trouble:
            raise untraced(trouble.error)
        return answer

    def disable_webhook(self, webhook: WebhookId) -> None:
        """Do what a person does in the console."""
        self._world.webhooks[webhook] = replace(self._world.webhooks[webhook], is_enabled=False)

    def _write(self, webhook_id: WebhookId, spec: WebhookSpec) -> None:
        world = self._world
        world.webhook_headers[webhook_id] = dict(spec.headers)
        world.webhook_templates[webhook_id] = (json.dumps(spec.headers), PAYLOAD_TEMPLATE)
        standing = world.webhooks.get(webhook_id)
        is_enabled = standing is None or standing.is_enabled
        world.webhooks[webhook_id] = replace(
            self._gone(webhook_id, spec), is_enabled=is_enabled, modified_at=world.clock.now()
        )

    def _gone(self, webhook_id: WebhookId, spec: WebhookSpec) -> Webhook:
        """Return the webhook that the spec describes, as Apify also answers for one that is gone."""
        name = "actorTaskId" if spec.kind is ResourceKind.TASK else "actorId"
        return Webhook(
            webhook_id,
            spec.request_url,
            spec.event_types,
            {name: spec.resource_id},
            is_enabled=True,
            is_ad_hoc=False,
        )

    def _user(self) -> str:
        try:
            return self._world.tokens[self._token]
        except KeyError:
            raise ApifyRejected(
                "Apify API error (401 user-or-token-not-found): User was not found",
                code=ErrorCode.UNAUTHORIZED,
                status=401,
                error_type="user-or-token-not-found",
            ) from None

    def _read(self) -> None:
        self._user()
        if self._world.read_troubles:
            raise untraced(self._world.read_troubles.pop(0))

    def _resolve(self, kind: ResourceKind, reference: str) -> str:
        known = self._world.tasks if kind is ResourceKind.TASK else self._world.actors
        name = reference.replace("/", "~")
        if name in known:
            return known[name]
        if name in known.values():
            return name
        what = "Actor task" if kind is ResourceKind.TASK else "Actor"
        code = ErrorCode.TASK_NOT_FOUND if kind is ResourceKind.TASK else ErrorCode.ACTOR_NOT_FOUND
        raise _not_found(code, f"{what} was not found")


def _as_listed(run: JsonObject) -> JsonObject:
    """Return a run as a list shows it: without its options, and of its origin the kind alone."""
    meta = run.get("meta")
    origin: JsonObject = {"origin": meta["origin"]} if isinstance(meta, dict) else {}
    return {name: value for name, value in run.items() if name != "options"} | {"meta": origin}


def _agent(request: StartRun) -> JsonObject:
    return {"userAgent": f"apify-camunda/0.0.0 {START_MARK}{request.mark}"} if request.mark else {}


def _projected(item: Json, options: Mapping[str, str]) -> Json:
    if not isinstance(item, dict):
        return item
    fields, omit = options.get("fields"), options.get("omit", "").split(",")
    kept = fields.split(",") if fields else list(item)
    return {name: value for name, value in item.items() if name in kept and name not in omit}


def _refuse_more(size_bytes: int, most_bytes: int) -> None:
    if size_bytes > most_bytes:
        raise AnswerTooLarge("Apify's answer has more.", code=TOO_LARGE, status=200)


def _not_found(code: ErrorCode, message: str) -> ApifyRejected:
    return ApifyRejected(
        f"Apify API error (404 record-not-found): {message}",
        code=code,
        status=404,
        error_type="record-not-found",
    )


def _text(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
