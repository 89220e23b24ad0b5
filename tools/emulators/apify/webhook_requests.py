"""Reads what requests say about webhooks, and refuses what Apify would refuse; changes nothing."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from emulators.apify import rejections
from emulators.apify.json_text import parsed
from emulators.apify.state import Condition, WebhookSettings
from emulators.apify.webhook_templates import InvalidTemplate, check_template

EVENT_TYPES: frozenset[str] = frozenset(
    {f"ACTOR.BUILD.{end}" for end in ("ABORTED", "CREATED", "FAILED", "SUCCEEDED", "TIMED_OUT")}
    | {
        f"ACTOR.RUN.{end}"
        for end in ("ABORTED", "CREATED", "FAILED", "RESURRECTED", "SUCCEEDED", "TIMED_OUT")
    }
    | {"TEST"}
)
_MAX_TEXT = 100_000


@dataclass(frozen=True, kw_only=True)
class AdHocWebhook:
    """A webhook that comes with the request that starts its run; its condition is that run."""

    settings: WebhookSettings
    idempotency_key: str | None


def read_new_webhook(body: Mapping[str, Any]) -> tuple[WebhookSettings, str | None]:
    """Return the settings and the idempotency key of a webhook to create.

    Raises:
        Rejection: Something required is missing, or wrong.
    """
    condition = _condition(_required(body, "condition"))
    settings = _settings(body, condition, is_ad_hoc=_flag(body, "isAdHoc"))
    return settings, _text(body, "idempotencyKey")


def read_changed_webhook(settings: WebhookSettings, body: Mapping[str, Any]) -> WebhookSettings:
    """Return the settings with what the request says about them; what it does not name stays.

    Raises:
        Rejection: Something is wrong.
    """
    changed = replace(settings)
    if body.get("eventTypes") is not None:
        changed.event_types = _event_types(body)
    if body.get("requestUrl") is not None:
        changed.request_url = _request_url(body)
    if body.get("condition") is not None:
        changed.condition = _condition(body["condition"])
    if "payloadTemplate" in body:
        changed.payload_template = _text(body, "payloadTemplate")
    if "headersTemplate" in body:
        changed.headers_template = _text(body, "headersTemplate")
    if "description" in body:
        changed.description = _text(body, "description")
    for key, name in (
        ("shouldInterpolateStrings", "should_interpolate_strings"),
        ("ignoreSslErrors", "ignore_ssl_errors"),
        ("doNotRetry", "do_not_retry"),
    ):
        if key in body:
            setattr(changed, name, _flag(body, key))
    _check_templates(changed)
    return changed


def read_ad_hoc_webhooks(encoded: str) -> tuple[AdHocWebhook, ...]:
    """Return the webhooks in the `webhooks` parameter of a request that starts a run.

    Raises:
        Rejection: It is not Base64 of a JSON array, or one of them is wrong.
    """
    try:
        padded = encoded + "=" * (-len(encoded) % 4)
        array = parsed(base64.b64decode(padded.replace("-", "+").replace("_", "/"), validate=True))
    except (binascii.Error, ValueError):
        raise rejections.invalid_value(
            "webhooks", encoded[:40], "must be a Base64-encoded JSON array"
        ) from None
    if not isinstance(array, list) or not all(isinstance(element, dict) for element in array):
        raise rejections.invalid_value(
            "webhooks", encoded[:40], "must be a Base64-encoded JSON array of objects"
        )
    return tuple(
        AdHocWebhook(
            settings=_settings(element, Condition(), is_ad_hoc=True),
            idempotency_key=_text(element, "idempotencyKey"),
        )
        for element in array
    )


def _settings(body: Mapping[str, Any], condition: Condition, *, is_ad_hoc: bool) -> WebhookSettings:
    settings = WebhookSettings(
        event_types=_event_types(body),
        request_url=_request_url(body),
        condition=condition,
        is_ad_hoc=is_ad_hoc,
        payload_template=_text(body, "payloadTemplate"),
        headers_template=_text(body, "headersTemplate"),
        description=_text(body, "description"),
        should_interpolate_strings=_flag(body, "shouldInterpolateStrings"),
        ignore_ssl_errors=_flag(body, "ignoreSslErrors"),
        do_not_retry=_flag(body, "doNotRetry"),
    )
    _check_templates(settings)
    return settings


def _required(body: Mapping[str, Any], key: str) -> Any:
    if body.get(key) is None:
        raise rejections.invalid_input(f'Webhook is not valid: "{key}" is required')
    return body[key]


def _event_types(body: Mapping[str, Any]) -> tuple[str, ...]:
    value = _required(body, "eventTypes")
    if not isinstance(value, list) or not value:
        raise rejections.invalid_input('Webhook is not valid: "eventTypes" must be a non-empty array')
    for element in value:
        if element not in EVENT_TYPES:
            raise rejections.invalid_input(f'Webhook is not valid: "{element}" is not an event type')
    return tuple(value)


def _request_url(body: Mapping[str, Any]) -> str:
    value = _required(body, "requestUrl")
    problem = rejections.invalid_input('Webhook is not valid: "requestUrl" must be a valid HTTP or HTTPS URL')
    if not isinstance(value, str):
        raise problem
    try:
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.port == 0:
            raise problem
    except ValueError:
        raise problem from None
    return value


def _condition(value: Any) -> Condition:
    if not isinstance(value, dict):
        raise rejections.invalid_input('Webhook is not valid: "condition" must be an object')
    condition = Condition(
        actor_id=_text(value, "actorId"),
        task_id=_text(value, "actorTaskId"),
        run_id=_text(value, "actorRunId"),
    )
    if condition == Condition():
        message = 'Webhook is not valid: "condition" must have "actorId", "actorTaskId" or "actorRunId"'
        raise rejections.invalid_input(message)
    return condition


def _text(body: Mapping[str, Any], key: str) -> str | None:
    value = body.get(key)
    if value is None or value == "":
        return None
    if not isinstance(value, str) or len(value) > _MAX_TEXT:
        raise rejections.invalid_input(f'Webhook is not valid: "{key}" must be a string')
    return value


def _flag(body: Mapping[str, Any], key: str) -> bool:
    value = body.get(key)
    if value is not None and not isinstance(value, bool):
        raise rejections.invalid_input(f'Webhook is not valid: "{key}" must be a boolean')
    return bool(value)


def _check_templates(settings: WebhookSettings) -> None:
    interpolate = settings.should_interpolate_strings
    try:
        if settings.payload_template is not None:
            check_template(settings.payload_template, interpolate_strings=interpolate)
        if settings.headers_template is not None:
            headers = check_template(settings.headers_template, interpolate_strings=interpolate)
            if not isinstance(headers, dict):
                raise rejections.invalid_input("Webhook is not valid: the headers template must be an object")
    except InvalidTemplate as error:
        raise rejections.invalid_input(f"Webhook is not valid: {error}") from error
