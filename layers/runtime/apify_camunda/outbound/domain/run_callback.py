"""Decides how Apify reports a run that a job waits for: the ad-hoc webhook that the run starts with."""

from __future__ import annotations

import hashlib
import json

from apify_camunda.apify.model import (
    PAYLOAD_TEMPLATE,
    RUN_CREATED,
    TERMINAL_EVENT_TYPES,
    AdHocWebhook,
    ApiCall,
)
from apify_camunda.errors import ErrorCode
from apify_camunda.identifiers import RunId
from apify_camunda.outbound.domain.attempt import Attempt
from apify_camunda.platform.signing_keys import SigningKeys
from apify_camunda.webhooks.routes import attempt_route, path_of, url_of
from apify_camunda.webhooks.signature import signature_headers


def callback_path(attempt: Attempt) -> str:
    """Return the path at which Apify reports the run of this attempt."""
    return path_of(attempt_route(attempt.id))


def callback_url(attempt: Attempt, public_url: str) -> str:
    """Return where Apify reports the run of this attempt."""
    return url_of(attempt_route(attempt.id), public_url)


def callback_webhook(
    attempt: Attempt, *, public_url: str, keys: SigningKeys, until_the_end: bool
) -> AdHocWebhook:
    """Return the webhook that a run starts with.

    Args:
        attempt: The attempt that starts the run.
        public_url: The public address of the HTTP API.
        keys: The keys that sign the callback's path.
        until_the_end: Report the end, too, not only that the run was created.
    """
    ends = TERMINAL_EVENT_TYPES if until_the_end else ()
    # An id occurs again when a job outlives its row, or on another cluster: the time makes the key unique.
    named = f"{attempt.id} {attempt.began_at.isoformat()}"
    return AdHocWebhook(
        event_types=(RUN_CREATED, *ends),
        request_url=callback_url(attempt, public_url),
        headers=signature_headers(callback_path(attempt), keys),
        idempotency_key=hashlib.sha256(named.encode()).hexdigest(),
    )


def set_callback(webhook: AdHocWebhook, run_id: RunId) -> ApiCall:
    """Return the request that adds a callback to a run that something else has started.

    Source: https://docs.apify.com/api/v2/webhooks-post
    """
    body = {
        "isAdHoc": True,
        "condition": {"actorRunId": run_id},
        "eventTypes": list(webhook.event_types),
        "requestUrl": webhook.request_url,
        "headersTemplate": json.dumps(webhook.headers),
        "payloadTemplate": PAYLOAD_TEMPLATE,
        "idempotencyKey": webhook.idempotency_key,
    }
    return ApiCall(
        "POST",
        ("webhooks",),
        ErrorCode.RUN_NOT_FOUND,
        is_repeatable=True,
        content=json.dumps(body).encode(),
        content_type="application/json",
    )
