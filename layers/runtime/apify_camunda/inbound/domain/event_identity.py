"""Decides when two deliveries report the same event, and what names an effect of an event."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime

from apify_camunda.apify.model import RUN_CREATED
from apify_camunda.identifiers import EffectKey, EventId, TenantId
from apify_camunda.webhooks.events import ReceivedEvent


def event_id(received: ReceivedEvent) -> EventId:
    """Return the id of the reported event: the same for each webhook and each repetition.

    A run is created once. One that is resurrected and ends again has another `finishedAt`, so that is another
    event. Where a delivery carries no such time it is named by Apify's id of the dispatch, which repetitions
    share, and where it has none either, by its body.
    """
    event = received.event
    run = event.run()
    if run.id is not None and event.event_type == RUN_CREATED:
        return EventId(_digest("run", run.id, event.event_type))
    if run.id is not None and run.finished_at is not None:
        return EventId(_digest("run", run.id, event.event_type, _instant(run.finished_at)))
    if received.dispatch_id is not None:
        return EventId(_digest("dispatch", received.dispatch_id))
    return EventId(_digest("body", json.dumps(received.body, sort_keys=True, separators=(",", ":"))))


def message_effect_key(
    event: EventId, tenant: TenantId, *, name: str, correlation_key: str, message_id: str
) -> EffectKey:
    """Return what names a message: all elements that wait for this very message share it."""
    return EffectKey(_digest(event, "message", tenant, name, correlation_key, message_id))


def start_effect_key(event: EventId, tenant: TenantId, *, process_id: str, element_id: str) -> EffectKey:
    """Return what names a plain start; the version is left out, so that a redeployment repeats nothing."""
    return EffectKey(_digest(event, "start", tenant, process_id, element_id))


def rejected_effect_key(event: EventId, tenant: TenantId, *, process_id: str, element_id: str) -> EffectKey:
    """Return what names the failure to work out an element's effect."""
    return EffectKey(_digest(event, "rejected", tenant, process_id, element_id))


def instance_tag(effect: EffectKey) -> str:
    """Return the tag by which an instance that this effect created is found again.

    Source: https://docs.camunda.io/docs/components/concepts/process-instance-creation/#tags (a letter
    first; letters, digits, `_-:.`; at most 100 characters)
    """
    return f"apify:{effect}"


def _instant(text: str) -> str:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC).isoformat()


def _digest(*parts: str) -> str:
    return hashlib.sha256(json.dumps(parts, separators=(",", ":")).encode()).hexdigest()
