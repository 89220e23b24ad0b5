"""Decides which steps make the registered webhooks equal to the wanted ones, in an order that loses no event.

New listeners come before the webhook that calls them, and everything that goes comes last: an event that
arrives twice is one event, one that arrives nowhere is lost. It must not call anybody.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from apify_camunda.contracts.apify import Webhook
from apify_camunda.contracts.element import InboundElement, ResourceKind
from apify_camunda.contracts.json_types import ApifyUserId, RegistrationId
from apify_camunda.contracts.registration import Registration
from apify_camunda.domain.webhook_steps import (
    CreateWebhook,
    DeleteWebhook,
    RemoveRegistration,
    SaveRegistration,
    SetListeners,
    Step,
    UpdateWebhook,
)
from apify_camunda.domain.webhook_wish import all_event_types, is_of_deployment, request_url

_CONDITION_OF = {ResourceKind.ACTOR: "actorId", ResourceKind.TASK: "actorTaskId"}
_COVER_EVERY = timedelta(hours=1)
"""How often a healthy registration notes that it was healthy; a gap is searched from there on."""
_CLOCK_SKEW = timedelta(minutes=2)
"""How far Apify's clock, which dates the runs, may be off ours."""
_FIRST_BACKOFF = timedelta(minutes=1)
_LONGEST_BACKOFF = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class WantedRegistration:
    """A webhook that the elements of the deployed processes need."""

    id: RegistrationId
    apify_user_id: ApifyUserId
    kind: ResourceKind
    resource_id: str
    event_types: tuple[str, ...]
    token_expression: str
    elements: tuple[InboundElement, ...]


@dataclass(frozen=True, slots=True)
class Observed:
    """What there is.

    Attributes:
        routes: Keys of the elements that listen on each path.
        webhooks: The webhooks of each Apify user; a user whose list could not be read is missing.
    """

    registrations: Mapping[RegistrationId, Registration]
    routes: Mapping[str, frozenset[str]]
    webhooks: Mapping[ApifyUserId, Sequence[Webhook]]
    key_id: str
    now: datetime


@dataclass(frozen=True, slots=True)
class Deployment:
    """What distinguishes our webhooks from those of others.

    Attributes:
        id: Begins the ids of all registrations.
        public_url: Where Apify reaches the HTTP API.
    """

    id: str
    public_url: str


def plan(
    wanted: Mapping[RegistrationId, WantedRegistration],
    by_hand: Mapping[str, tuple[InboundElement, ...]],
    observed: Observed,
    deployment: Deployment,
) -> tuple[Step, ...]:
    """Return the steps from what there is to what is wanted.

    Args:
        wanted: The registrations that are needed.
        by_hand: Who listens on each `inbound/{context}`.
        observed: What there is.
        deployment: Which webhooks are ours.
    """
    listening = {f"apify/{each.id}": each.elements for each in wanted.values()} | dict(by_hand)
    webhooks = [step for each in wanted.values() for step in _towards(each, observed, deployment)]
    makes = [step for step in webhooks if not isinstance(step, DeleteWebhook)]
    surplus = [step for step in webhooks if isinstance(step, DeleteWebhook)]
    return (
        *_added_listeners(listening, observed.routes),
        *makes,
        *surplus,
        *_unwanted(wanted, observed, deployment),
        *_removed_listeners(listening, observed),
    )


def backed_off(registration: Registration, *, problem: str, now: datetime) -> Registration:
    """Return the registration after a failed step: it is left alone for a while, twice as long each time."""
    delay = min(_FIRST_BACKOFF * 2 ** min(registration.failures, 10), _LONGEST_BACKOFF)
    change = {
        "failures": registration.failures + 1,
        "not_before": (now + delay).isoformat(),
        "problem": problem,
    }
    return registration.model_copy(update=change)


def _towards(each: WantedRegistration, observed: Observed, deployment: Deployment) -> Iterator[Step]:
    standing = observed.registrations.get(each.id)
    row = _row(each, standing, observed.now)
    listed = observed.webhooks.get(each.apify_user_id)
    if listed is None or _rests(row, observed.now):
        if row != standing:
            yield SaveRegistration(row)
        return
    url = request_url(deployment.public_url, each.id)
    ours = [hook for hook in listed if hook.request_url == url or hook.id == row.webhook_id]
    working = sorted(
        (hook for hook in ours if hook.is_enabled and _is_about(hook, each)),
        key=lambda hook: (hook.id != row.webhook_id, hook.id),
    )
    if working:
        yield from _kept_up(row, standing, working[0], url, observed)
    else:
        # Apify enables no webhook again, so one that was disabled is replaced, under another idempotency key.
        replaced = row.model_copy(update={"webhook_id": ours[0].id}) if ours else row
        yield SaveRegistration(replaced)
        yield CreateWebhook(replaced)
    for hook in ours:
        if hook not in working[:1]:
            yield DeleteWebhook(each.id, each.apify_user_id, hook.id)


def _kept_up(
    row: Registration, standing: Registration | None, hook: Webhook, url: str, observed: Observed
) -> Iterator[Step]:
    """Yield what brings an existing webhook up to date, or notes that all is well."""
    was_unknown = row.webhook_id != hook.id
    row = row.model_copy(update={"webhook_id": hook.id})
    is_as_wanted = (
        hook.request_url == url
        and tuple(sorted(hook.event_types)) == row.event_types
        and row.key_id == observed.key_id
    )
    if not is_as_wanted:
        ends_gap = was_unknown or hook.request_url != url
        yield UpdateWebhook(row, hook.id, ends_gap)
        return
    healthy = row.model_copy(update={"failures": 0, "not_before": None, "problem": None})
    if was_unknown:
        healthy = healthy.model_copy(update={"gap_until": observed.now.isoformat()})
    elif healthy.gap_until is None and _is_old(healthy.covered_until, observed.now):
        covered_until = observed.now - _CLOCK_SKEW
        healthy = healthy.model_copy(update={"covered_until": covered_until.isoformat()})
    if healthy != standing:
        yield SaveRegistration(healthy)


def _unwanted(
    wanted: Mapping[RegistrationId, WantedRegistration], observed: Observed, deployment: Deployment
) -> Iterator[Step]:
    """Yield the removal of what nobody wants: registrations of ours, and webhooks that bear our name."""
    wanted_urls = {request_url(deployment.public_url, each) for each in wanted}
    claimed = {row.webhook_id for row in observed.registrations.values() if row.id in wanted}
    for row in observed.registrations.values():
        listed = observed.webhooks.get(row.apify_user_id)
        if row.id in wanted or listed is None or _rests(row, observed.now):
            continue
        url = request_url(deployment.public_url, row.id)
        for hook in listed:
            if hook.id == row.webhook_id or hook.request_url == url:
                yield DeleteWebhook(row.id, row.apify_user_id, hook.id)
        yield RemoveRegistration(row.id)
    known_urls = {request_url(deployment.public_url, row) for row in observed.registrations}
    for user, hooks in observed.webhooks.items():
        for hook in hooks:
            url = hook.request_url
            is_ours = is_of_deployment(url, public_url=deployment.public_url, deployment_id=deployment.id)
            if is_ours and url not in wanted_urls | known_urls and hook.id not in claimed:
                yield DeleteWebhook(None, user, hook.id)


def _added_listeners(
    listening: Mapping[str, tuple[InboundElement, ...]], routes: Mapping[str, frozenset[str]]
) -> Iterator[SetListeners]:
    """Yield the paths that get listeners; who moves to another path stays here until that one works."""
    everywhere = {element.key: element for elements in listening.values() for element in elements}
    for route, elements in listening.items():
        standing = routes.get(route, frozenset())
        keys = {element.key for element in elements}
        if keys <= standing:
            continue
        moving = tuple(everywhere[key] for key in sorted(standing - keys) if key in everywhere)
        yield SetListeners(route, (*elements, *moving))


def _removed_listeners(
    listening: Mapping[str, tuple[InboundElement, ...]], observed: Observed
) -> Iterator[SetListeners]:
    """Yield the paths that lose listeners; a registration's own path goes with the registration."""
    everywhere = {element.key for elements in listening.values() for element in elements}
    for route, elements in listening.items():
        standing = observed.routes.get(route, frozenset())
        keys = {element.key for element in elements}
        stays_for_now = (standing - keys) & everywhere
        if standing - keys and (keys <= standing or stays_for_now):
            yield SetListeners(route, elements)
    for route in sorted(observed.routes.keys() - listening.keys()):
        if route.removeprefix("apify/") not in observed.registrations:
            yield SetListeners(route, ())


def _row(each: WantedRegistration, standing: Registration | None, now: datetime) -> Registration:
    """Return the registration's row as it has to be, before anything is done at Apify."""
    if standing is None:
        return Registration(
            id=each.id,
            apify_user_id=each.apify_user_id,
            kind=each.kind,
            resource_id=each.resource_id,
            event_types=each.event_types,
            token_expression=each.token_expression,
            covered_until=now.isoformat(),
        )
    change = {"event_types": each.event_types, "token_expression": each.token_expression}
    return standing.model_copy(update=change)


def hold(
    wanted: Mapping[RegistrationId, WantedRegistration],
    unresolved: Sequence[InboundElement],
    observed: Observed,
) -> dict[RegistrationId, WantedRegistration]:
    """Return the wanted registrations with those kept for elements that cannot be resolved just now.

    A secret that is missing, or an Apify that is away, takes no element off the path on which it listens.
    """
    held = dict(wanted)
    for registration_id, row in observed.registrations.items():
        keys = observed.routes.get(f"apify/{registration_id}", frozenset())
        staying = tuple(element for element in unresolved if element.key in keys)
        if not staying:
            continue
        each = held.get(registration_id)
        held[registration_id] = WantedRegistration(
            id=registration_id,
            apify_user_id=row.apify_user_id,
            kind=row.kind,
            resource_id=row.resource_id,
            event_types=all_event_types([row.event_types, each.event_types if each else ()]),
            token_expression=each.token_expression if each else row.token_expression,
            elements=(*(each.elements if each else ()), *staying),
        )
    return held


def _is_about(hook: Webhook, each: WantedRegistration) -> bool:
    return not hook.is_ad_hoc and hook.condition.get(_CONDITION_OF[each.kind]) == each.resource_id


def _rests(row: Registration, now: datetime) -> bool:
    return row.not_before is not None and datetime.fromisoformat(row.not_before) > now


def _is_old(covered_until: str | None, now: datetime) -> bool:
    return covered_until is None or now - datetime.fromisoformat(covered_until) >= _COVER_EVERY
