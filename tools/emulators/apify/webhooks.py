"""Keeps webhooks, turns events of runs into dispatches, and plans their calls; makes no call itself."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from emulators.apify import rejections
from emulators.apify.identity import IdSequence, apify_time
from emulators.apify.rejections import Rejection
from emulators.apify.representations.runs import run_json
from emulators.apify.state import (
    Call,
    Caller,
    Condition,
    Dispatch,
    DispatchStatus,
    Run,
    Webhook,
    WebhookSettings,
)
from emulators.apify.test_event import dummy_event
from emulators.apify.timeline import Timeline
from emulators.apify.webhook_requests import AdHocWebhook
from emulators.apify.webhook_templates import DEFAULT_PAYLOAD_TEMPLATE, InvalidTemplate, fill_template
from emulators.apify.world import User

RETRY_DELAYS = tuple(timedelta(minutes=2**retry) for retry in range(11))
"""1 minute, 2, 4, ... 1024: eleven retries, after which Apify gives a dispatch up."""

SYSTEM_HEADERS = frozenset(
    {"host", "content-type", "x-apify-webhook", "x-apify-webhook-dispatch-id", "x-apify-request-origin"}
)


@dataclass(frozen=True, kw_only=True)
class DueCall:
    """One HTTP request that the delivery has to make now."""

    dispatch_id: str
    url: str
    headers: Mapping[str, str]
    body: bytes
    ignore_ssl_errors: bool
    attempt: int
    """1 for the first."""
    event_type: str


class Webhooks:
    """All webhooks of all users and all their dispatches, oldest first."""

    def __init__(self, timeline: Timeline, ids: IdSequence) -> None:
        self._timeline = timeline
        self._ids = ids
        self._webhooks: dict[str, Webhook] = {}
        self._dispatches: dict[str, Dispatch] = {}
        self._open: dict[str, Dispatch] = {}

    # --- webhooks

    def create(self, user: User, settings: WebhookSettings, idempotency_key: str | None) -> Webhook:
        """Return the new webhook, or, unchanged, the one that the user created with this key before.

        Raises:
            Rejection: The user has as many webhooks as a user may have; ad-hoc ones do not count.
        """
        existing = self._with_key(user, idempotency_key)
        if existing:
            return existing
        count = sum(1 for webhook in self.of(user) if not webhook.settings.is_ad_hoc)
        if not settings.is_ad_hoc and count >= user.limits.webhooks:
            message = f"You have reached the maximum number of webhooks ({user.limits.webhooks})."
            raise Rejection(400, "too-many-webhooks", message)
        now = self._timeline.now
        webhook = Webhook(
            id=self._ids.next("webhook"),
            user=user,
            created_at=now,
            modified_at=now,
            settings=settings,
            idempotency_key=idempotency_key,
        )
        self._webhooks[webhook.id] = webhook
        self._note(webhook, "created")
        return webhook

    def attach(self, run: Run, webhook: AdHocWebhook) -> None:
        """Let an ad-hoc webhook listen to a run; one whose key is known is not created again."""
        settings = replace(webhook.settings, condition=Condition(run_id=run.id), is_ad_hoc=True)
        self.create(run.user, settings, webhook.idempotency_key)

    def change(self, webhook: Webhook, settings: WebhookSettings) -> None:
        webhook.settings = settings
        webhook.modified_at = self._timeline.now
        self._note(webhook, "changed")

    def delete(self, webhook: Webhook) -> None:
        """Forget the webhook and its idempotency key; calls that were still to come are not made.

        What Apify does with them is not documented; so the caller must not rely on them.
        """
        del self._webhooks[webhook.id]
        for dispatch in webhook.dispatches:
            if dispatch.status == "ACTIVE":
                self._close(dispatch, "FAILED")
        self._note(webhook, "deleted")

    def disable(self, webhook: Webhook) -> None:
        """Switch the webhook off, as its owner can in Apify's Console."""
        webhook.is_enabled = False
        self._note(webhook, "disabled")

    def find(self, webhook_id: str, caller: Caller) -> Webhook:
        """Return the caller's webhook.

        Raises:
            Rejection: The caller has none of this id.
        """
        webhook = self._webhooks.get(webhook_id)
        if webhook is None or webhook.user != caller.user:
            raise rejections.not_found("Webhook")
        return webhook

    def of(self, user: User) -> list[Webhook]:
        """Return the user's webhooks, oldest first, ad-hoc ones included."""
        return [webhook for webhook in self._webhooks.values() if webhook.user == user]

    def _with_key(self, user: User, key: str | None) -> Webhook | None:
        if key is None:
            return None
        return next((webhook for webhook in self.of(user) if webhook.idempotency_key == key), None)

    # --- events

    def trigger(self, run: Run, event_type: str) -> None:
        """Make a dispatch for each webhook that listens to this event of this run."""
        for webhook in list(self._webhooks.values()):
            settings = webhook.settings
            if (
                webhook.is_enabled
                and webhook.user == run.user
                and event_type in settings.event_types
                and settings.condition.holds_for(run)
            ):
                data = {"actorId": run.actor.id, "actorRunId": run.id}
                if run.task:
                    data["actorTaskId"] = run.task.id
                self._dispatch(webhook, event_type, data, run_json(run, self._timeline.now))

    def test(self, webhook: Webhook) -> Dispatch:
        """Return a dispatch of a TEST event about a run that does not exist."""
        data, resource = dummy_event(webhook, self._timeline.now)
        return self._dispatch(webhook, "TEST", data, resource)

    def _dispatch(
        self, webhook: Webhook, event_type: str, data: Mapping[str, str], resource: Mapping[str, Any]
    ) -> Dispatch:
        now = self._timeline.now
        dispatch_id = self._ids.next("dispatch")
        variables = {
            "userId": webhook.user.id,
            "createdAt": apify_time(now),
            "eventType": event_type,
            "eventData": data,
            "resource": resource,
            "globals": {"dateISO": apify_time(now), "dateUnix": int(now.timestamp() * 1000)},
        }
        dispatch = Dispatch(
            id=dispatch_id,
            webhook=webhook,
            created_at=now,
            event_type=event_type,
            event_data=data,
            request_url=webhook.settings.request_url,
            headers=_headers(webhook.settings, variables, dispatch_id),
            body=_body(webhook.settings, variables),
            next_call_at=now,
        )
        self._dispatches[dispatch.id] = self._open[dispatch.id] = dispatch
        webhook.dispatches.append(dispatch)
        return dispatch

    # --- calls

    def next_call_at(self) -> datetime | None:
        """Return when the next call is to be made, or None."""
        moments = [
            dispatch.next_call_at for dispatch in self._open.values() if dispatch.next_call_at is not None
        ]
        return min(moments, default=None)

    @property
    def has_calls_under_way(self) -> bool:
        """Whether a call was handed out whose end was not recorded yet."""
        return any(dispatch.next_call_at is None for dispatch in self._open.values())

    def dispatches_of(self, user: User) -> list[Dispatch]:
        """Return the user's dispatches, oldest first."""
        return [dispatch for dispatch in self._dispatches.values() if dispatch.webhook.user == user]

    def find_dispatch(self, dispatch_id: str, caller: Caller) -> Dispatch:
        """Return the caller's dispatch.

        Raises:
            Rejection: The caller has none of this id.
        """
        dispatch = self._dispatches.get(dispatch_id)
        if dispatch is None or dispatch.webhook.user != caller.user:
            raise rejections.not_found("Webhook dispatch")
        return dispatch

    def take_due_calls(self) -> list[DueCall]:
        """Return the calls to make now; each is handed out once, until `record` says how it went."""
        due = []
        for dispatch in self._open.values():
            if dispatch.next_call_at is not None and dispatch.next_call_at <= self._timeline.now:
                dispatch.next_call_at = None
                due.append(
                    DueCall(
                        dispatch_id=dispatch.id,
                        url=dispatch.request_url,
                        headers=dispatch.headers,
                        body=dispatch.body,
                        ignore_ssl_errors=dispatch.webhook.settings.ignore_ssl_errors,
                        attempt=len(dispatch.calls) + 1,
                        event_type=dispatch.event_type,
                    )
                )
        return due

    def record(self, dispatch_id: str, call: Call) -> None:
        """Note how a call went: 2xx ends the dispatch, anything else is tried again, eleven times at most."""
        dispatch = self._dispatches[dispatch_id]
        retry = len(dispatch.calls)
        dispatch.calls.append(call)
        self._timeline.note(
            "delivery",
            dispatch=dispatch.id,
            event=dispatch.event_type,
            url=dispatch.request_url,
            attempt=retry + 1,
            status=call.response_status,
            error=call.error_message,
        )
        if dispatch.status != "ACTIVE":
            return
        if call.succeeded:
            self._close(dispatch, "SUCCEEDED")
        elif dispatch.webhook.settings.do_not_retry or retry >= len(RETRY_DELAYS):
            self._close(dispatch, "FAILED")
        else:
            dispatch.next_call_at = self._timeline.now + RETRY_DELAYS[retry]

    def _close(self, dispatch: Dispatch, status: DispatchStatus) -> None:
        del self._open[dispatch.id]
        dispatch.status = status
        dispatch.next_call_at = None
        dispatch.finished_at = self._timeline.now

    def _note(self, webhook: Webhook, what: str) -> None:
        self._timeline.note("webhook", id=webhook.id, what=what, url=webhook.settings.request_url)


def _body(settings: WebhookSettings, variables: Mapping[str, Any]) -> bytes:
    template = settings.payload_template or DEFAULT_PAYLOAD_TEMPLATE
    try:
        payload = fill_template(template, variables, interpolate_strings=settings.should_interpolate_strings)
    except InvalidTemplate:
        # Text of the run looks like a variable; the template itself was checked with its webhook.
        payload = fill_template(template, variables, interpolate_strings=False)
    return json.dumps(payload, ensure_ascii=False).encode()


def _headers(settings: WebhookSettings, variables: Mapping[str, Any], dispatch_id: str) -> dict[str, str]:
    custom: dict[str, str] = {}
    if settings.headers_template is not None:
        filled = fill_template(
            settings.headers_template, variables, interpolate_strings=settings.should_interpolate_strings
        )
        custom = {name: str(value) for name, value in filled.items() if name.lower() not in SYSTEM_HEADERS}
    return {
        **custom,
        "Content-Type": "application/json",
        "X-Apify-Webhook": "1",
        "X-Apify-Webhook-Dispatch-Id": dispatch_id,
        "X-Apify-Request-Origin": "WEBHOOK",
    }
