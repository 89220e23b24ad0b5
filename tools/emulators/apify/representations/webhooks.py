"""How webhooks and their dispatches look on the wire."""

from __future__ import annotations

from typing import Any

from emulators.apify.identity import apify_time, optional_time
from emulators.apify.state import Call, Condition, Dispatch, Webhook


def webhook_json(webhook: Webhook) -> dict[str, Any]:
    """Return the whole webhook."""
    settings = webhook.settings
    return {
        **_shared(webhook),
        "payloadTemplate": settings.payload_template,
        "headersTemplate": settings.headers_template,
        "description": settings.description,
    }


def webhook_short_json(webhook: Webhook) -> dict[str, Any]:
    """Return the webhook as lists show it: without templates and description."""
    return {
        **_shared(webhook),
        "isApifyIntegration": False,
        "isEnabled": webhook.is_enabled,
        "actionType": "HTTP_REQUEST",
    }


def dispatch_json(dispatch: Dispatch) -> dict[str, Any]:
    """Return the dispatch with all its calls."""
    webhook = dispatch.webhook
    return {
        "id": dispatch.id,
        "userId": webhook.user.id,
        "webhookId": webhook.id,
        "createdAt": apify_time(dispatch.created_at),
        "status": dispatch.status,
        "eventType": dispatch.event_type,
        "eventData": dict(dispatch.event_data),
        "webhook": {
            "actionType": "HTTP_REQUEST",
            "condition": _condition(webhook.settings.condition),
            "requestUrl": dispatch.request_url,
            "isAdHoc": webhook.settings.is_ad_hoc,
        },
        "calls": [_call(call) for call in dispatch.calls],
    }


def _shared(webhook: Webhook) -> dict[str, Any]:
    settings = webhook.settings
    last = webhook.dispatches[-1] if webhook.dispatches else None
    return {
        "id": webhook.id,
        "createdAt": apify_time(webhook.created_at),
        "modifiedAt": apify_time(webhook.modified_at),
        "userId": webhook.user.id,
        "isAdHoc": settings.is_ad_hoc,
        "shouldInterpolateStrings": settings.should_interpolate_strings,
        "eventTypes": list(settings.event_types),
        "condition": _condition(settings.condition),
        "ignoreSslErrors": settings.ignore_ssl_errors,
        "doNotRetry": settings.do_not_retry,
        "requestUrl": settings.request_url,
        "lastDispatch": {"status": last.status, "finishedAt": optional_time(last.finished_at)}
        if last
        else None,
        "stats": {"totalDispatches": len(webhook.dispatches)},
    }


def _condition(condition: Condition) -> dict[str, str]:
    given = {
        "actorId": condition.actor_id,
        "actorTaskId": condition.task_id,
        "actorRunId": condition.run_id,
    }
    return {key: value for key, value in given.items() if value is not None}


def _call(call: Call) -> dict[str, Any]:
    return {
        "startedAt": apify_time(call.started_at),
        "finishedAt": apify_time(call.finished_at),
        "errorMessage": call.error_message,
        "responseStatus": call.response_status,
        "responseBody": call.response_body,
    }
