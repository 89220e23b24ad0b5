"""Decides which steps make the registered webhooks equal to the wanted ones, in an order that loses no event.

New listeners come before the webhook that calls them, and removals come last: an event that arrives twice is
one event, one that arrives nowhere is lost.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from apify_camunda.apify.model import ResourceKind, Webhook
from apify_camunda.camunda.elements import InboundElement
from apify_camunda.identifiers import ApifyUserId, RegistrationId
from apify_camunda.platform.signing_keys import SigningKeys
from apify_camunda.registration.domain.desired_webhook import is_of_deployment, request_url
from apify_camunda.registration.domain.plan_steps import (
    CheckWebhook,
    CreateWebhook,
    DeleteWebhook,
    RemoveRegistration,
    SaveRegistration,
    SetListeners,
    Step,
)
from apify_camunda.registration.domain.registration import Registration, Tombstone
from apify_camunda.registration.domain.webhook_upkeep import Upkeep, edited_properties, is_about, keep_up
from apify_camunda.webhooks.routes import registration_of, registration_route

_MOST_REMEMBERED: Final = 1000
"""So many listeners of a removed registration are kept; by one of them that is restored it is known again."""


@dataclass(frozen=True, slots=True)
class WantedRegistration:
    """A webhook that the elements of the deployed processes need."""

    id: RegistrationId
    apify_user_id: ApifyUserId
    kind: ResourceKind
    resource_id: str
    event_types: tuple[str, ...]
    token_expressions: tuple[str, ...]
    elements: tuple[InboundElement, ...]


@dataclass(frozen=True, slots=True)
class Observed:
    """What there is.

    Attributes:
        routes: Keys of the elements that listen on each path.
        webhooks: The webhooks of each Apify user; a user whose list could not be read is missing.
        tombstones: What is kept of registrations that were removed some days ago at most.
    """

    registrations: Mapping[RegistrationId, Registration]
    routes: Mapping[str, frozenset[str]]
    webhooks: Mapping[ApifyUserId, Sequence[Webhook]]
    keys: SigningKeys
    now: datetime
    tombstones: Mapping[RegistrationId, Tombstone] = field(default_factory=dict)


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
    listening = {registration_route(each.id): each.elements for each in wanted.values()} | dict(by_hand)
    entries = [_PlanEntry.of(each, observed, deployment) for each in wanted.values()]
    upkeep = Upkeep(deployment.public_url, observed.keys, observed.now)
    return (
        *_added_listeners(listening, observed.routes),
        *(step for entry in entries for step in entry.towards(upkeep)),
        *(step for entry in entries for step in entry.surplus()),
        *_unwanted(wanted, observed, deployment),
        *_removed_listeners(listening, observed),
    )


@dataclass(frozen=True, slots=True)
class _PlanEntry:
    """A wanted registration, and which webhooks there are for it.

    Attributes:
        noted: Its row as it is, or None.
        row: Its row as it has to be, before anything is done at Apify.
        ours: Its webhooks; None where they are unknown, or nothing is to be tried.
    """

    each: WantedRegistration
    noted: Registration | None
    row: Registration
    ours: Sequence[Webhook] | None

    @classmethod
    def of(cls, each: WantedRegistration, observed: Observed, deployment: Deployment) -> _PlanEntry:
        noted = observed.registrations.get(each.id)
        row = _row(each, noted, observed)
        url = request_url(deployment.public_url, each.id)
        listed = observed.webhooks.get(each.apify_user_id)
        if listed is None or row.is_backing_off(observed.now):
            return cls(each, noted, row, None)
        ours = [hook for hook in listed if hook.request_url == url or hook.id == row.webhook_id]
        return cls(each, noted, row, ours)

    def working(self) -> list[Webhook]:
        """Return the webhooks that report what is wanted, the one that we know first."""
        working = (hook for hook in self.ours or () if hook.is_enabled and is_about(hook, self.row))
        return sorted(working, key=lambda hook: (hook.id != self.row.webhook_id, hook.id))

    def towards(self, upkeep: Upkeep) -> Iterator[Step]:
        """Yield what makes one webhook work."""
        if self.ours is None:
            if self.row != self.noted:
                yield SaveRegistration(self.row)
            return
        working = self.working()
        if working:
            yield from keep_up(self.row, self.noted, working[0], upkeep)
            return
        if self.row.webhook_id is not None and not self.ours:
            # No token lists it, which may be the tokens' fault: only the question for its id tells.
            yield CheckWebhook(self.row, self.noted, self.row.webhook_id)
            return
        # Apify enables no webhook again, so one that was disabled is replaced, under another idempotency key.
        # It reports nothing, so it goes first: an account may be at its limit of webhooks.
        replaced = self.row.of_webhook(self.ours[0].id) if self.ours else self.row
        yield SaveRegistration(replaced)
        for hook in self.ours:
            yield DeleteWebhook(self.each.id, self.each.apify_user_id, hook.id)
        repairs = edited_properties(self.ours[0], self.noted or self.row, upkeep) if self.ours else ()
        yield CreateWebhook(replaced, repairs)

    def surplus(self) -> Iterator[Step]:
        """Yield the removal of what is there beside a webhook that works."""
        working = self.working()
        for hook in self.ours or ():
            if working and hook != working[0]:
                yield DeleteWebhook(self.each.id, self.each.apify_user_id, hook.id)


def _unwanted(
    wanted: Mapping[RegistrationId, WantedRegistration], observed: Observed, deployment: Deployment
) -> Iterator[Step]:
    """Yield the removal of what is not wanted: registrations, and other webhooks under our URL."""
    wanted_urls = {request_url(deployment.public_url, each) for each in wanted}
    claimed = {row.webhook_id for row in observed.registrations.values() if row.id in wanted}
    for row in observed.registrations.values():
        listed = observed.webhooks.get(row.apify_user_id)
        if row.id in wanted or listed is None or row.is_backing_off(observed.now):
            continue
        url = request_url(deployment.public_url, row.id)
        ours = {hook.id for hook in listed if hook.request_url == url}
        for webhook_id in sorted(ours | ({row.webhook_id} if row.webhook_id else set())):
            yield DeleteWebhook(row.id, row.apify_user_id, webhook_id)
        yield RemoveRegistration(row.id, _tombstone(row, observed))
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
    """Yield the paths that get listeners; one that moves to another path stays until that one works."""
    everywhere = {element.listener_key: element for elements in listening.values() for element in elements}
    for route, elements in listening.items():
        noted = routes.get(route, frozenset())
        keys = {element.listener_key for element in elements}
        if keys <= noted:
            continue
        moving = tuple(everywhere[key] for key in sorted(noted - keys) if key in everywhere)
        yield SetListeners(route, (*elements, *moving))


def _removed_listeners(
    listening: Mapping[str, tuple[InboundElement, ...]], observed: Observed
) -> Iterator[SetListeners]:
    """Yield the paths that lose listeners; a registration's own path goes with the registration."""
    everywhere = {element.listener_key for elements in listening.values() for element in elements}
    for route, elements in listening.items():
        noted = observed.routes.get(route, frozenset())
        keys = {element.listener_key for element in elements}
        stays_for_now = (noted - keys) & everywhere
        if noted - keys and (keys <= noted or stays_for_now):
            yield SetListeners(route, elements)
    for route in sorted(observed.routes.keys() - listening.keys()):
        if registration_of(route) not in observed.registrations:
            yield SetListeners(route, ())


def _tombstone(row: Registration, observed: Observed) -> Tombstone | None:
    """Return what is kept of a registration that goes; None where it is half removed already."""
    listeners = sorted(observed.routes.get(registration_route(row.id), ()))
    if not listeners or row.covered_until is None:
        return None
    kept = frozenset(listeners[-_MOST_REMEMBERED:])
    return Tombstone(id=row.id, covered_until=row.covered_until, listeners=kept)


def _row(each: WantedRegistration, noted: Registration | None, observed: Observed) -> Registration:
    """Return the registration's row as it has to be, before anything is done at Apify."""
    if noted is not None:
        return noted.wanting(event_types=each.event_types, token_expressions=each.token_expressions)
    tombstone = observed.tombstones.get(each.id)
    is_restored = tombstone is not None and any(
        element.is_among(tombstone.listeners) for element in each.elements
    )
    return Registration(
        id=each.id,
        apify_user_id=each.apify_user_id,
        kind=each.kind,
        resource_id=each.resource_id,
        event_types=each.event_types,
        token_expressions=each.token_expressions,
        covered_until=tombstone.covered_until if tombstone and is_restored else observed.now,
    )
