"""Keeps webhooks, and decides which of them an event concerns; what becomes of it is decided elsewhere."""

from __future__ import annotations

from dataclasses import replace

from emulators.apify import rejections
from emulators.apify.dispatches import Dispatches
from emulators.apify.dummy_event import dummy_event
from emulators.apify.identity import IdSequence
from emulators.apify.rejections import Rejection
from emulators.apify.representations.runs import run_json
from emulators.apify.state import (
    Caller,
    Condition,
    Dispatch,
    Run,
    Webhook,
    WebhookSettings,
)
from emulators.apify.timeline import Timeline
from emulators.apify.webhook_requests import AdHocWebhook
from emulators.apify.world import User


class Webhooks:
    """All webhooks of all users, oldest first."""

    def __init__(self, dispatches: Dispatches, timeline: Timeline, ids: IdSequence) -> None:
        self._dispatches = dispatches
        self._timeline = timeline
        self._ids = ids
        self._webhooks: dict[str, Webhook] = {}
        self._by_key: dict[tuple[str, str], Webhook] = {}
        """By user id and idempotency key."""
        self._by_run: dict[str | None, dict[str, Webhook]] = {}
        """By the only run that a webhook is for; None: those that are for more than one."""

    def create(self, user: User, settings: WebhookSettings, idempotency_key: str | None) -> Webhook:
        """Return the new webhook, or, unchanged, the one that the user created with this key before.

        Raises:
            Rejection: The user has as many webhooks as a user may have; ad-hoc ones do not count.
        """
        existing = self._by_key.get((user.id, idempotency_key)) if idempotency_key is not None else None
        if existing:
            return existing
        if not settings.is_ad_hoc and self._lasting_of(user) >= user.limits.webhooks:
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
        if idempotency_key is not None:
            self._by_key[user.id, idempotency_key] = webhook
        self._watch(webhook)
        self._note(webhook, "created")
        return webhook

    def attach(self, run: Run, webhook: AdHocWebhook) -> None:
        """Let an ad-hoc webhook listen to a run; one whose key is known is not created again."""
        settings = replace(webhook.settings, condition=Condition(run_id=run.id), is_ad_hoc=True)
        self.create(run.user, settings, webhook.idempotency_key)

    def change(self, webhook: Webhook, settings: WebhookSettings) -> None:
        self._unwatch(webhook)
        webhook.settings = settings
        self._watch(webhook)
        webhook.modified_at = self._timeline.now
        self._note(webhook, "changed")

    def delete(self, webhook: Webhook) -> None:
        """Forget the webhook and its idempotency key; calls that were still to come are not made.

        What Apify does with them is not documented; so the caller must not rely on them.
        """
        del self._webhooks[webhook.id]
        if webhook.idempotency_key is not None:
            del self._by_key[webhook.user.id, webhook.idempotency_key]
        self._unwatch(webhook)
        self._dispatches.give_up(webhook)
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

    def _lasting_of(self, user: User) -> int:
        """Return how many webhooks the user has that are not ad-hoc."""
        return sum(1 for webhook in self.of(user) if not webhook.settings.is_ad_hoc)

    def _watch(self, webhook: Webhook) -> None:
        self._by_run.setdefault(webhook.settings.condition.run_id, {})[webhook.id] = webhook

    def _unwatch(self, webhook: Webhook) -> None:
        watching = self._by_run[webhook.settings.condition.run_id]
        del watching[webhook.id]
        if not watching:
            del self._by_run[webhook.settings.condition.run_id]

    def _watching(self, run: Run) -> list[Webhook]:
        """Return the webhooks that may be for this run, oldest first."""
        found = self._by_run.get(None, {}) | self._by_run.get(run.id, {})
        return sorted(found.values(), key=lambda webhook: webhook.created_at)

    def trigger(self, run: Run, event_type: str) -> None:
        """Make a dispatch for each webhook that listens to this event of this run."""
        for webhook in self._watching(run):
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
                self._dispatches.add(webhook, event_type, data, run_json(run, self._timeline.now))

    def test(self, webhook: Webhook) -> Dispatch:
        """Return a dispatch of a TEST event about a run that does not exist."""
        data, resource = dummy_event(webhook, self._timeline.now)
        return self._dispatches.add(webhook, "TEST", data, resource)

    def _note(self, webhook: Webhook, what: str) -> None:
        self._timeline.note("webhook", id=webhook.id, what=what, url=webhook.settings.request_url)
