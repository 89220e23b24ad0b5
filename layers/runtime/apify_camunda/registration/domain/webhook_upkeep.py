"""Decides what one existing webhook of ours needs: nothing, a note in its row, or an update.

A webhook is compared in every property that Apify shows. Lists of Apify's API v2 show no templates: that one
of these may have been edited is seen by the time of the last change, and then the webhook is asked for.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from apify_camunda.apify.model import PAYLOAD_TEMPLATE, ResourceKind, Webhook
from apify_camunda.platform.signing_keys import SigningKeys
from apify_camunda.registration.domain.desired_webhook import request_url, signature_mark
from apify_camunda.registration.domain.plan_steps import (
    CheckWebhook,
    CreateWebhook,
    SaveRegistration,
    Step,
    UpdateWebhook,
)
from apify_camunda.registration.domain.registration import Registration
from apify_camunda.webhooks.routes import path_of, registration_route
from apify_camunda.webhooks.signature import signature_headers

COVER_EVERY: Final = timedelta(hours=1)
"""How often a healthy registration notes that it was healthy; a gap is searched from there on."""
CLOCK_SKEW: Final = timedelta(minutes=2)
"""How far Apify's clock, which dates the runs, may be off ours."""
SHOW_REPAIR_FOR: Final = timedelta(days=1)
"""How long an operator is shown that a webhook was repaired."""
_CONDITION_OF: Final = {ResourceKind.ACTOR: "actorId", ResourceKind.TASK: "actorTaskId"}
_SAME_CHANGE: Final = timedelta(seconds=2)
"""How far the times may be apart that Apify tells of one change."""
DELETED: Final = "deleted"
"""Named as a repair where a webhook was gone."""
TEMPLATES: Final = ("headersTemplate", "payloadTemplate")


@dataclass(frozen=True, slots=True)
class Upkeep:
    """What the webhooks of a deployment are compared with."""

    public_url: str
    keys: SigningKeys
    now: datetime


def is_about(hook: Webhook, row: Registration) -> bool:
    """Say whether the webhook reports the runs of the registration's resource."""
    return not hook.is_ad_hoc and hook.condition.get(_CONDITION_OF[row.kind]) == row.resource_id


def edited_properties(hook: Webhook, row: Registration, upkeep: Upkeep) -> tuple[str, ...]:
    """Return the properties in which a webhook is not as its row says; empty: all is as we made it."""
    edited = {
        "requestUrl": hook.request_url != request_url(upkeep.public_url, row.id),
        "eventTypes": tuple(sorted(hook.event_types)) != row.event_types,
        "condition": not is_about(hook, row),
        "isEnabled": not hook.is_enabled,
        "ignoreSslErrors": hook.ignores_ssl_errors,
        "doNotRetry": hook.does_not_retry,
        "shouldInterpolateStrings": hook.interpolates_strings,
        "headersTemplate": hook.headers_template is not None
        and _headers(hook.headers_template)
        != signature_headers(path_of(registration_route(row.id)), upkeep.keys),
        "payloadTemplate": hook.payload_template not in (None, PAYLOAD_TEMPLATE),
    }
    return tuple(name for name, is_edited in edited.items() if is_edited)


def keep_up(row: Registration, noted: Registration | None, hook: Webhook, upkeep: Upkeep) -> Iterator[Step]:
    """Yield what brings an existing webhook up to date, or notes that all is well.

    Args:
        row: The registration's row as it has to be.
        noted: The row as it is, or None.
        hook: The webhook, which is enabled and about the right resource.
        upkeep: What it is compared with.
    """
    was_unknown = row.webhook_id != hook.id
    is_signed = row.signature == signature_mark(row.id, upkeep.keys)
    edited = edited_properties(hook, noted or row, upkeep)
    if not is_signed:  # the header is of a former key, and known to be
        edited = tuple(name for name in edited if name != "headersTemplate")
    row = row.of_webhook(hook.id)
    if edited or not is_signed or tuple(sorted(hook.event_types)) != row.event_types:
        ends_gap = was_unknown or bool(edited) or not is_signed
        yield UpdateWebhook(row, hook.id, ends_gap, () if was_unknown else edited)
    elif not was_unknown and _may_be_edited(hook, row):
        yield CheckWebhook(row, noted, hook.id)
    else:
        healthy = _healthy(row, hook, upkeep, was_unknown=was_unknown)
        if healthy != noted:
            yield SaveRegistration(healthy)


def after_check(step: CheckWebhook, hook: Webhook | None, upkeep: Upkeep) -> Iterator[Step]:
    """Yield what follows when a webhook was asked for by its id.

    Args:
        step: The question.
        hook: The answer; None: it is gone.
        upkeep: What it is compared with.
    """
    if hook is None:
        yield CreateWebhook(step.registration, (DELETED,))
        return
    for follows in keep_up(step.registration, step.noted, hook, upkeep):
        # Where Apify does not show the templates even now, they are written to be sure.
        if isinstance(follows, CheckWebhook):
            yield UpdateWebhook(step.registration, hook.id, ends_gap=True, repairs=TEMPLATES)
        else:
            yield follows


def _may_be_edited(hook: Webhook, row: Registration) -> bool:
    """Say whether the webhook was changed since our last change, perhaps in what is not shown."""
    shows_all = hook.headers_template is not None and hook.payload_template is not None
    if shows_all or hook.modified_at is None or row.modified_at is None:
        return False
    return hook.modified_at - row.modified_at > _SAME_CHANGE


def _healthy(row: Registration, hook: Webhook, upkeep: Upkeep, *, was_unknown: bool) -> Registration:
    moments = [moment for moment in (row.modified_at, hook.modified_at) if moment is not None]
    healthy = row.working().unchanged_since(max(moments, default=None))
    if healthy.repair is not None and upkeep.now - healthy.repair.at >= SHOW_REPAIR_FOR:
        healthy = healthy.repaired(None)
    if was_unknown:
        return healthy.with_gap(upkeep.now)
    if healthy.gap_until is None and _is_old(healthy.covered_until, upkeep.now):
        return healthy.covered(upkeep.now - CLOCK_SKEW)
    return healthy


def _is_old(covered_until: datetime | None, now: datetime) -> bool:
    return covered_until is None or now - covered_until >= COVER_EVERY


def _headers(template: str) -> object:
    try:
        return json.loads(template)
    except ValueError:
        return None
