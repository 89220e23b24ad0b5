"""Builds requests of Apify's API, and reads its answers. It sends nothing.

Source: https://docs.apify.com/api/v2
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from datetime import datetime
from email.message import Message
from typing import Any, Final

from apify_camunda.apify.model import (
    PAYLOAD_TEMPLATE,
    ResourceKind,
    StartRun,
    Webhook,
    WebhookSpec,
)
from apify_camunda.errors import ApifyUnavailable
from apify_camunda.identifiers import WebhookId

_COLLECTIONS: Final = {ResourceKind.ACTOR: "actors", ResourceKind.TASK: "actor-tasks"}
_CONDITIONS: Final = {ResourceKind.ACTOR: "actorId", ResourceKind.TASK: "actorTaskId"}


def collection(kind: ResourceKind) -> str:
    """Return the first segment of the path of an Actor or task."""
    return _COLLECTIONS[kind]


def start_params(request: StartRun) -> dict[str, str]:
    """Return the query of a request that starts a run."""
    params: dict[str, object] = {
        "timeout": None if request.timeout is None else int(request.timeout.total_seconds()),
        "memory": request.memory_mbytes,
        "build": request.build,
        "maxItems": request.max_items,
        "maxTotalChargeUsd": request.max_total_charge_usd,
        "restartOnError": None if request.restart_on_error is None else int(request.restart_on_error),
        "forcePermissionLevel": request.force_permission_level,
        "webhooks": _encoded(request) if request.webhooks or request.own_webhooks else None,
    }
    return {name: str(value) for name, value in params.items() if value is not None}


def webhook_body(spec: WebhookSpec) -> dict[str, Any]:
    """Return the body that creates or changes a webhook, without its idempotency key."""
    return {
        "eventTypes": list(spec.event_types),
        "condition": {_CONDITIONS[spec.kind]: spec.resource_id},
        "requestUrl": spec.request_url,
        "headersTemplate": json.dumps(spec.headers),
        "payloadTemplate": PAYLOAD_TEMPLATE,
        "shouldInterpolateStrings": False,
        "ignoreSslErrors": False,
        "doNotRetry": False,
        "description": spec.description,
    }


def read_webhook(item: dict[str, Any]) -> Webhook:
    """Return a webhook as Apify shows it; what a list leaves out counts as usual."""
    return Webhook(
        id=WebhookId(str(item["id"])),
        request_url=str(item.get("requestUrl", "")),
        event_types=tuple(item.get("eventTypes") or ()),
        condition=dict(item.get("condition") or {}),
        is_enabled=item.get("isEnabled", True) is not False,
        is_ad_hoc=bool(item.get("isAdHoc")),
        ignores_ssl_errors=bool(item.get("ignoreSslErrors")),
        does_not_retry=bool(item.get("doNotRetry")),
        interpolates_strings=bool(item.get("shouldInterpolateStrings")),
        headers_template=_text(item.get("headersTemplate")),
        payload_template=_text(item.get("payloadTemplate")),
        modified_at=_moment(item.get("modifiedAt")),
    )


def query_time(moment: datetime) -> str:
    """Return a moment as Apify's query parameters want it."""
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _moment(value: Any) -> datetime | None:
    """Return a time that Apify tells; None where it tells none that can be read."""
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return moment if moment is not None and moment.tzinfo is not None else None


def _encoded(request: StartRun) -> str:
    written: list[Any] = [*request.own_webhooks]
    written += [
        {
            "eventTypes": list(webhook.event_types),
            "requestUrl": webhook.request_url,
            "headersTemplate": json.dumps(webhook.headers),
            "payloadTemplate": PAYLOAD_TEMPLATE,
            "idempotencyKey": webhook.idempotency_key,
        }
        for webhook in request.webhooks
    ]
    return base64.b64encode(json.dumps(written).encode()).decode()


def id_of(found: Any) -> str:
    """Return the id of what Apify answered.

    Raises:
        ApifyUnavailable: It has none, so the answer is not Apify's.
    """
    if not isinstance(found, dict) or not isinstance(found.get("id"), str):
        raise ApifyUnavailable("Apify answered with something that has no id.")
    return str(found["id"])


def content_type(headers: Mapping[str, str]) -> tuple[str, str | None]:
    """Return the content type without parameters, and its charset; both in lower case."""
    message = Message()
    message["content-type"] = headers.get("content-type", "")
    charset = message.get_param("charset")
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    return kind, charset.lower() if isinstance(charset, str) else None


def number(headers: Mapping[str, str], name: str, default: int) -> int:
    """Return the number in a header, or the default where it holds none."""
    text = headers.get(name, "")
    return int(text) if text.isascii() and text.isdigit() else default
