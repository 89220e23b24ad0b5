"""Builds worlds, machines and requests for tests of the Apify emulator; a test says only what it is about."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

from emulators.apify.machine import Machine
from emulators.apify.run_inputs import NO_INPUT, input_of_task, json_input
from emulators.apify.runs import OptionChanges, StartRequest
from emulators.apify.state import Caller, Condition, Run, Webhook, WebhookSettings
from emulators.apify.webhook_requests import AdHocWebhook
from emulators.apify.world import Task, World
from emulators.apify.world_file import parse_world

START = datetime(2026, 1, 1, 12, tzinfo=UTC)
TOKEN = "token-of-acme"
END_EVENTS = ("ACTOR.RUN.SUCCEEDED", "ACTOR.RUN.FAILED", "ACTOR.RUN.ABORTED", "ACTOR.RUN.TIMED_OUT")


def a_world_document(
    *runs: dict[str, Any],
    actor: dict[str, Any] | None = None,
    limits: dict[str, Any] | None = None,
    **more: Any,
) -> dict[str, Any]:
    """Return a world file with the Actor acme/crawler, its task acme/crawl and a stranger."""
    return {
        "seed": "tests",
        "users": [
            {
                "username": "acme",
                "tokens": [TOKEN, {"token": "read-token-of-acme", "access": "read"}],
                "limits": limits or {},
            },
            {"username": "stranger", "tokens": ["token-of-stranger"]},
        ],
        "actors": [
            {
                "owner": "acme",
                "name": "crawler",
                "builds": [{"number": "1.2.3", "tags": ["latest"]}, {"number": "1.3.1", "tags": ["beta"]}],
                "runs": list(runs) or [{"durationSeconds": 10}],
                **(actor or {}),
            },
            {"owner": "apify", "name": "hello", "public": True, "runs": [{"durationSeconds": 10}]},
        ],
        "tasks": [{"owner": "acme", "name": "crawl", "actor": "acme/crawler", "input": {"a": 1, "b": 2}}],
        **more,
    }


def a_world(*runs: dict[str, Any], **more: Any) -> World:
    return parse_world(a_world_document(*runs, **more))


class Stage:
    """A machine whose time the test moves, seen by one of its users."""

    def __init__(self, world: World | None = None, token: str = TOKEN) -> None:
        self.machine = Machine(world or a_world(), START)
        self.caller: Caller = self.machine.directory.caller(token)

    def after(self, seconds: float) -> None:
        """Let so many seconds pass since the machine was last looked at."""
        self.machine.advance(self.machine.now + timedelta(seconds=seconds))

    def start(
        self,
        target: str = "acme~crawler",
        *,
        given: dict[str, Any] | None = None,
        webhooks: tuple[AdHocWebhook, ...] = (),
        **changes: Any,
    ) -> Run:
        """Start a run of an Actor, or of a task whose name begins with `task:`."""
        directory = self.machine.directory
        found: Any
        if target.startswith("task:"):
            found = directory.task(target.removeprefix("task:"), self.caller)
        else:
            found = directory.actor(target, self.caller)
        body = NO_INPUT if given is None else json_input(given)
        return self.machine.runs.start(
            StartRequest(
                user=self.caller.user,
                target=found,
                changes=OptionChanges(**changes),
                input=input_of_task(found, body) if isinstance(found, Task) else body,
                webhooks=webhooks,
            )
        )

    def listen(self, *event_types: str, key: str | None = None, **changes: Any) -> Webhook:
        """Create a webhook; it is for acme/crawler unless the test says a condition."""
        if "condition" not in changes and not changes.get("is_ad_hoc"):
            actor = self.machine.directory.actor("acme~crawler", self.caller)
            changes["condition"] = Condition(actor_id=actor.id)
        return self.machine.webhooks.create(self.caller.user, settings(*event_types, **changes), key)


def settings(*event_types: str, **changes: Any) -> WebhookSettings:
    return WebhookSettings(
        **{
            "event_types": event_types or END_EVENTS,
            "request_url": "https://hooks.example/acme",
            "condition": Condition(),
            **changes,
        }
    )


def an_ad_hoc_webhook(*event_types: str, key: str | None = None, **changes: Any) -> AdHocWebhook:
    return AdHocWebhook(settings=settings(*event_types, is_ad_hoc=True, **changes), idempotency_key=key)


def a_webhook_body(**changes: Any) -> dict[str, Any]:
    """Return the body of a request that creates a webhook."""
    body = {
        "eventTypes": list(END_EVENTS),
        "condition": {"actorId": "an-actor"},
        "requestUrl": "https://hooks.example/acme",
        **changes,
    }
    return {key: value for key, value in body.items() if value is not ...}


def encoded(*webhooks: dict[str, Any]) -> str:
    """Return ad-hoc webhooks as the query parameter has them."""
    return base64.b64encode(json.dumps(webhooks).encode()).decode()
