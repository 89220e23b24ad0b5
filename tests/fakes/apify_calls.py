"""What the fake Apify answers to calls that its port has no method of their own for."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from apify_camunda.apify.model import ApiAnswer, ApiCall, ApifyRun, RecordContent, Webhook
from apify_camunda.errors import AnswerTooLarge, ApifyRejected, ErrorCode
from apify_camunda.identifiers import RunId, WebhookId
from apify_camunda.json_types import Json

if TYPE_CHECKING:
    from tests.fakes.apify import FakeWorld


def answer_of(world: FakeWorld, call: ApiCall) -> ApiAnswer:
    """Return the answer; what the fake does not know is not found."""
    match (call.method, *call.path):
        case ("GET", "actor-runs", run_id) if run_id in world.runs:
            return _data(world.runs[RunId(run_id)])
        case ("POST", "actor-runs", run_id, "abort") if run_id in world.runs:
            if not ApifyRun(world.runs[RunId(run_id)]).is_terminal:
                world.end_run(RunId(run_id), "ABORTED")
            return _data(world.runs[RunId(run_id)])
        case ("POST", "webhooks"):
            return _data({"id": _new_webhook(world, json.loads(call.content or b"{}"))})
        case ("PUT", "key-value-stores", store, "records", key) if _knows_store(world, store):
            kind = (call.content_type or "").partition(";")[0]
            world.records[store, key] = RecordContent(kind, call.content or b"")
            return ApiAnswer(201, "application/json", b"{}")
        case ("DELETE", "key-value-stores", store, "records", key) if _knows_store(world, store):
            world.records.pop((store, key), None)
            return ApiAnswer(204, "", b"")
        case ("POST", "datasets", dataset, "items") if dataset in world.datasets:
            items = json.loads(call.content or b"[]")
            world.datasets[dataset] += items if isinstance(items, list) else [items]
            return ApiAnswer(201, "application/json", b"{}")
        case _:
            raise ApifyRejected(
                "Apify API error (404 record-not-found): it was not found",
                code=call.missing,
                status=404,
                error_type="record-not-found",
            )


def refuse_more(answer: ApiAnswer, most_bytes: int) -> ApiAnswer:
    """Return the answer where it has no more bytes than the reader can hold."""
    if len(answer.body) > most_bytes:
        raise AnswerTooLarge("Apify's answer has more.", code=ErrorCode.PAYLOAD_TOO_LARGE, status=200)
    return answer


def _new_webhook(world: FakeWorld, body: dict[str, Any]) -> WebhookId:
    known = world.webhook_keys.get(body["idempotencyKey"])
    if known is not None:
        return known
    webhook = Webhook(
        WebhookId(world.next_id("webhook")),
        body["requestUrl"],
        tuple(body["eventTypes"]),
        body["condition"],
        is_enabled=True,
        is_ad_hoc=True,
    )
    world.webhooks[webhook.id] = webhook
    world.webhook_keys[body["idempotencyKey"]] = webhook.id
    return webhook.id


def _knows_store(world: FakeWorld, store: str) -> bool:
    return any(name == store for name, _ in world.records)


def _data(value: Json) -> ApiAnswer:
    return ApiAnswer(200, "application/json", json.dumps({"data": value}).encode())
