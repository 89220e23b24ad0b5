"""Valid things of the inbound half; a test changes only what it is about."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from apify_camunda.camunda.elements import ElementKind, InboundElement
from apify_camunda.camunda.model import ProcessDefinition
from apify_camunda.identifiers import DEFAULT_TENANT, DefinitionKey, EffectKey, EventId, TenantId
from apify_camunda.inbound.domain.effect import FaultyEffect, MessageEffect, StartEffect
from apify_camunda.json_types import JsonObject
from apify_camunda.platform.http_messages import HttpRequest
from apify_camunda.platform.signing_keys import SigningKeys
from apify_camunda.webhooks.events import ReceivedEvent
from apify_camunda.webhooks.signature import SIGNATURE_HEADER, signature

from tests.fakes.clock import NOON
from tests.fakes.secret_source import KEYS

ROUTE = "apify/acme-0123456789abcdef"
EVENT = EventId("e" * 64)


def run(**changes: Any) -> JsonObject:
    """Return a run that has succeeded, as Apify's API shows it."""
    return {
        "id": "run1",
        "actId": "actor1",
        "userId": "user1",
        "status": "SUCCEEDED",
        "startedAt": "2026-11-21T11:50:00.000Z",
        "finishedAt": "2026-11-21T11:59:00.000Z",
        "defaultDatasetId": "dataset1",
        "defaultKeyValueStoreId": "store1",
    } | changes


def body(*, event_type: str = "ACTOR.RUN.SUCCEEDED", resource: JsonObject | None = None) -> JsonObject:
    """Return what Apify posts when a run has ended."""
    return {
        "userId": "user1",
        "createdAt": "2026-11-21T11:59:01.000Z",
        "eventType": event_type,
        "eventData": {"actorId": "actor1", "actorRunId": "run1"},
        "resource": run() if resource is None else resource,
    }


def received(content: JsonObject | None = None, *, route: str = ROUTE, **changes: Any) -> ReceivedEvent:
    """Return an authentic delivery."""
    values: dict[str, Any] = {
        "route": route,
        "headers": {"content-type": "application/json", "x-apify-webhook-dispatch-id": "dispatch1"},
        "params": {},
        "body": body() if content is None else content,
        "received_at": NOON,
        "dispatch_id": "dispatch1",
    }
    return ReceivedEvent(**(values | changes))


def request(
    content: JsonObject | bytes | None = None,
    *,
    path: str = f"/{ROUTE}",
    keys: SigningKeys = KEYS,
    headers: dict[str, str] | None = None,
) -> HttpRequest:
    """Return a signed POST, as API Gateway hands it on."""
    payload = content if isinstance(content, bytes) else json.dumps(content or body()).encode()
    sent = {
        "content-type": "application/json",
        "x-apify-webhook-dispatch-id": "dispatch1",
        SIGNATURE_HEADER: signature(path, keys),
    }
    return HttpRequest("POST", path, sent | (headers or {}), {}, payload, NOON)


def element(kind: ElementKind = ElementKind.MESSAGE_START, **changes: Any) -> InboundElement:
    """Return an element as its BPMN says it; the rest of `changes` are properties if unknown as fields."""
    fields: dict[str, Any] = {
        "kind": kind,
        "process_id": "orders",
        "process_name": "Orders",
        "definition_key": DefinitionKey(1001),
        "version": 1,
        "tenant_id": DEFAULT_TENANT,
        "element_id": "Event_1",
        "element_name": "Run finished",
        "message_name": None if kind is ElementKind.START else "run-finished",
        "properties": properties(),
    }
    return InboundElement(**(fields | changes))


def catch(**changes: Any) -> InboundElement:
    """Return an intermediate catch event that correlates by the run's id."""
    return element(
        ElementKind.INTERMEDIATE_CATCH,
        **{"properties": properties(correlationKeyExpression="=connectorData.runId")} | changes,
    )


def plain_start(**changes: Any) -> InboundElement:
    """Return a plain start event."""
    return element(ElementKind.START, **changes)


def properties(**changes: str | None) -> dict[str, str]:
    """Return the properties of an element; None leaves one out, `_` means a dot."""
    usual = {
        "inbound.type": "io.camunda:apify-inbound:1",
        "authentication.token": "{{secrets.APIFY_TOKEN}}",
        "connectorWebhookUrl": "https://hooks.example",
        "resourceType": "actor",
        "resourceId": "actor1",
        "inbound.context": "context-1",
        "resultVariable": "result",
    }
    given = {name.replace("_", "."): value for name, value in changes.items()}
    kept = {name: value for name, value in usual.items() if name not in given}
    return kept | {name: value for name, value in given.items() if value is not None}


def definition(
    key: int = 1001, *, version: int = 1, process_id: str = "orders", **changes: Any
) -> ProcessDefinition:
    """Return a deployed definition."""
    fields: dict[str, Any] = {
        "key": DefinitionKey(key),
        "process_id": process_id,
        "name": "Orders",
        "version": version,
        "tenant_id": TenantId("<default>"),
    }
    return ProcessDefinition(**(fields | changes))


def message_effect(**changes: Any) -> MessageEffect:
    """Return a message effect that lives for an hour."""
    fields: dict[str, Any] = {
        "key": EffectKey("m" * 64),
        "element": catch(),
        "name": "run-finished",
        "correlation_key": "run1",
        "message_id": EVENT,
        "time_to_live": timedelta(hours=1),
    }
    return MessageEffect(**(fields | changes))


def start_effect(**changes: Any) -> StartEffect:
    """Return a plain start effect."""
    fields: dict[str, Any] = {"key": EffectKey("s" * 64), "element": plain_start()}
    return StartEffect(**(fields | changes))


def faulty_effect(**changes: Any) -> FaultyEffect:
    """Return the effect of an element whose correlation key is null."""
    fields: dict[str, Any] = {
        "key": EffectKey("f" * 64),
        "element": catch(),
        "reason": "The correlation key is null.",
        "code": "INVALID_INPUT",
    }
    return FaultyEffect(**(fields | changes))
