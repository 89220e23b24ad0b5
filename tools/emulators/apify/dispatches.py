"""Turns events into dispatches, fixes what they send, and plans their calls; makes no call itself."""

from __future__ import annotations

import heapq
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from emulators.apify import rejections
from emulators.apify.identity import IdSequence, apify_time
from emulators.apify.json_text import written
from emulators.apify.state import (
    Call,
    Caller,
    Dispatch,
    DispatchStatus,
    Webhook,
    WebhookSettings,
)
from emulators.apify.timeline import Timeline
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


class Dispatches:
    """All dispatches of all users, oldest first."""

    def __init__(self, timeline: Timeline, ids: IdSequence) -> None:
        self._timeline = timeline
        self._ids = ids
        self._dispatches: dict[str, Dispatch] = {}
        self._due: dict[str, Dispatch] = {}
        self._under_way: set[str] = set()
        self._later: list[tuple[datetime, str, Dispatch]] = []
        """A heap of retries; an entry whose dispatch is planned for another time by now is stale."""

    def add(
        self, webhook: Webhook, event_type: str, data: Mapping[str, str], resource: Mapping[str, Any]
    ) -> Dispatch:
        """Return a new dispatch of an event to a webhook, to be called at once."""
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
        self._dispatches[dispatch.id] = self._due[dispatch.id] = dispatch
        webhook.dispatches.append(dispatch)
        return dispatch

    @property
    def has_due_calls(self) -> bool:
        """Whether `take_due` would return one."""
        self._move_due()
        return bool(self._due)

    def next_retry_at(self) -> datetime | None:
        """Return when the next call will be due that is not due yet, or None."""
        self._move_due()
        return self._later[0][0] if self._later else None

    @property
    def has_calls_under_way(self) -> bool:
        """Whether a call was handed out whose end was not recorded yet."""
        return bool(self._under_way)

    def of(self, user: User) -> list[Dispatch]:
        """Return the user's dispatches, oldest first."""
        return [dispatch for dispatch in self._dispatches.values() if dispatch.webhook.user == user]

    def find(self, dispatch_id: str, caller: Caller) -> Dispatch:
        """Return the caller's dispatch.

        Raises:
            Rejection: The caller has none of this id.
        """
        dispatch = self._dispatches.get(dispatch_id)
        if dispatch is None or dispatch.webhook.user != caller.user:
            raise rejections.not_found("Webhook dispatch")
        return dispatch

    def take_due(self) -> list[DueCall]:
        """Return the calls to make now; each is handed out once, until `record` says how it went."""
        self._move_due()
        taken, self._due = self._due, {}
        self._under_way |= taken.keys()
        for dispatch in taken.values():
            dispatch.next_call_at = None
        return [
            DueCall(
                dispatch_id=dispatch.id,
                url=dispatch.request_url,
                headers=dispatch.headers,
                body=dispatch.body,
                ignore_ssl_errors=dispatch.webhook.settings.ignore_ssl_errors,
                attempt=len(dispatch.calls) + 1,
                event_type=dispatch.event_type,
            )
            for dispatch in taken.values()
        ]

    def record(self, dispatch_id: str, call: Call) -> None:
        """Note how a call went: 2xx ends the dispatch, anything else is tried again, eleven times at most."""
        dispatch = self._dispatches[dispatch_id]
        self._under_way.discard(dispatch_id)
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
            heapq.heappush(self._later, (dispatch.next_call_at, dispatch.id, dispatch))

    def repeat(self, dispatch: Dispatch) -> bool:
        """Let a dispatch be called once more, now; False where it is being called."""
        if dispatch.status == "ACTIVE" and dispatch.next_call_at is None:
            return False
        dispatch.status = "ACTIVE"
        dispatch.finished_at = None
        dispatch.next_call_at = self._timeline.now
        self._due[dispatch.id] = dispatch
        return True

    def give_up(self, webhook: Webhook) -> None:
        """Make no call any more for what the webhook still has to hear."""
        for dispatch in webhook.dispatches:
            if dispatch.status == "ACTIVE":
                self._close(dispatch, "FAILED")

    def _close(self, dispatch: Dispatch, status: DispatchStatus) -> None:
        self._due.pop(dispatch.id, None)
        self._under_way.discard(dispatch.id)
        dispatch.status = status
        dispatch.next_call_at = None
        dispatch.finished_at = self._timeline.now

    def _move_due(self) -> None:
        """Let the retries be due whose time has come, and forget those that are stale."""
        while self._later:
            at, dispatch_id, dispatch = self._later[0]
            if dispatch.next_call_at == at:
                if at > self._timeline.now:
                    return
                self._due[dispatch_id] = dispatch
            heapq.heappop(self._later)


def _body(settings: WebhookSettings, variables: Mapping[str, Any]) -> bytes:
    template = settings.payload_template or DEFAULT_PAYLOAD_TEMPLATE
    try:
        payload = fill_template(template, variables, interpolate_strings=settings.should_interpolate_strings)
    except InvalidTemplate:
        # Text of the run looks like a variable; the template itself was checked with its webhook.
        payload = fill_template(template, variables, interpolate_strings=False)
    return written(payload)


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
