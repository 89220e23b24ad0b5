"""Decides which steps make the registered webhooks equal to the wanted ones, in an order that loses no event.

New listeners come before the webhook that calls them, and everything that goes comes last: an event that
arrives twice is one event, one that arrives nowhere is lost. It must not call anybody.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from apify_camunda.apify.model import ResourceKind, Webhook
from apify_camunda.camunda.elements import InboundElement
from apify_camunda.identifiers import ApifyUserId, RegistrationId
from apify_camunda.platform.signing_keys import SigningKeys
from apify_camunda.registration.domain.desired_webhook import is_of_deployment, request_url, signature_mark
from apify_camunda.registration.domain.plan_steps import (
    CreateWebhook,
    DeleteWebhook,
    RemoveRegistration,
    SaveRegistration,
    SetListeners,
    Step,
    UpdateWebhook,
)
from apify_camunda.registration.domain.registration import Departure, Registration

_CONDITION_OF = {ResourceKind.ACTOR: "actorId", ResourceKind.TASK: "actorTaskId"}
_COVER_EVERY = timedelta(hours=1)
"""How often a healthy registration notes that it was healthy; a gap is searched from there on."""
_CLOCK_SKEW = timedelta(minutes=2)
"""How far Apify's clock, which dates the runs, may be off ours."""
_FIRST_BACKOFF = timedelta(minutes=1)
_LONGEST_BACKOFF = timedelta(hours=1)
_MOST_REMEMBERED = 1000
"""So many listeners of a registration that goes are remembered; by one that comes back it is known again."""


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
        departures: Registrations that went some days ago at most.
    """

    registrations: Mapping[RegistrationId, Registration]
    routes: Mapping[str, frozenset[str]]
    webhooks: Mapping[ApifyUserId, Sequence[Webhook]]
    keys: SigningKeys
    now: datetime
    departures: Mapping[RegistrationId, Departure] = field(default_factory=dict)


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
    fates = [_Fate.of(each, observed, deployment) for each in wanted.values()]
    return (
        *_added_listeners(listening, observed.routes),
        *(step for fate in fates for step in fate.towards(observed)),
        *(step for fate in fates for step in fate.surplus()),
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


@dataclass(frozen=True, slots=True)
class _Fate:
    """A wanted registration, and which webhooks there are for it.

    Attributes:
        standing: Its row as it is, or None.
        row: Its row as it has to be, before anything is done at Apify.
        url: Where its webhook has to post to.
        ours: Its webhooks; None where nobody knows, or nothing is to be tried.
    """

    each: WantedRegistration
    standing: Registration | None
    row: Registration
    url: str
    ours: Sequence[Webhook] | None

    @classmethod
    def of(cls, each: WantedRegistration, observed: Observed, deployment: Deployment) -> _Fate:
        standing = observed.registrations.get(each.id)
        row = _row(each, standing, observed)
        url = request_url(deployment.public_url, each.id)
        listed = observed.webhooks.get(each.apify_user_id)
        if listed is None or _rests(row, observed.now):
            return cls(each, standing, row, url, None)
        ours = [hook for hook in listed if hook.request_url == url or hook.id == row.webhook_id]
        return cls(each, standing, row, url, ours)

    def working(self) -> list[Webhook]:
        """Return those that report what is wanted, the one that we know first."""
        working = (hook for hook in self.ours or () if hook.is_enabled and _is_about(hook, self.each))
        return sorted(working, key=lambda hook: (hook.id != self.row.webhook_id, hook.id))

    def towards(self, observed: Observed) -> Iterator[Step]:
        """Yield what makes one webhook work."""
        if self.ours is None:
            if self.row != self.standing:
                yield SaveRegistration(self.row)
            return
        working = self.working()
        if working:
            yield from _kept_up(self.row, self.standing, working[0], self.url, observed)
            return
        if self.row.webhook_id is not None and not self.ours:
            # No token shows it, which may be the tokens' fault: whether it is gone is told by itself alone.
            yield UpdateWebhook(self.row, self.row.webhook_id, ends_gap=False, is_probe=True)
            return
        # Apify enables no webhook again, so one that was disabled is replaced, under another idempotency key.
        # It reports nothing, so it goes first: an account may be at its limit of webhooks.
        replaced = self.row.model_copy(update={"webhook_id": self.ours[0].id}) if self.ours else self.row
        yield SaveRegistration(replaced)
        for hook in self.ours:
            yield DeleteWebhook(self.each.id, self.each.apify_user_id, hook.id)
        yield CreateWebhook(replaced)

    def surplus(self) -> Iterator[Step]:
        """Yield the removal of what is there beside a webhook that works."""
        working = self.working()
        for hook in self.ours or ():
            if working and hook != working[0]:
                yield DeleteWebhook(self.each.id, self.each.apify_user_id, hook.id)


def _kept_up(
    row: Registration, standing: Registration | None, hook: Webhook, url: str, observed: Observed
) -> Iterator[Step]:
    """Yield what brings an existing webhook up to date, or notes that all is well."""
    was_unknown = row.webhook_id != hook.id
    row = row.model_copy(update={"webhook_id": hook.id})
    is_as_wanted = (
        hook.request_url == url
        and tuple(sorted(hook.event_types)) == row.event_types
        and row.signature == signature_mark(row.id, observed.keys)
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
        ours = {hook.id for hook in listed if hook.request_url == url}
        for webhook_id in sorted(ours | ({row.webhook_id} if row.webhook_id else set())):
            yield DeleteWebhook(row.id, row.apify_user_id, webhook_id)
        yield RemoveRegistration(row.id, _departure(row, observed))
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
    everywhere = {element.listener_key: element for elements in listening.values() for element in elements}
    for route, elements in listening.items():
        standing = routes.get(route, frozenset())
        keys = {element.listener_key for element in elements}
        if keys <= standing:
            continue
        moving = tuple(everywhere[key] for key in sorted(standing - keys) if key in everywhere)
        yield SetListeners(route, (*elements, *moving))


def _removed_listeners(
    listening: Mapping[str, tuple[InboundElement, ...]], observed: Observed
) -> Iterator[SetListeners]:
    """Yield the paths that lose listeners; a registration's own path goes with the registration."""
    everywhere = {element.listener_key for elements in listening.values() for element in elements}
    for route, elements in listening.items():
        standing = observed.routes.get(route, frozenset())
        keys = {element.listener_key for element in elements}
        stays_for_now = (standing - keys) & everywhere
        if standing - keys and (keys <= standing or stays_for_now):
            yield SetListeners(route, elements)
    for route in sorted(observed.routes.keys() - listening.keys()):
        if route.removeprefix("apify/") not in observed.registrations:
            yield SetListeners(route, ())


def _departure(row: Registration, observed: Observed) -> Departure | None:
    """Return what is kept of a registration that goes; None where it has gone half-way already."""
    listeners = sorted(observed.routes.get(f"apify/{row.id}", ()))
    if not listeners or row.covered_until is None:
        return None
    kept = frozenset(listeners[-_MOST_REMEMBERED:])
    return Departure(id=row.id, covered_until=row.covered_until, listeners=kept)


def _row(each: WantedRegistration, standing: Registration | None, observed: Observed) -> Registration:
    """Return the registration's row as it has to be, before anything is done at Apify."""
    if standing is None:
        covered_until = observed.now.isoformat()
        left = observed.departures.get(each.id)
        if left is not None and any(element.is_among(left.listeners) for element in each.elements):
            covered_until = left.covered_until
        return Registration(
            id=each.id,
            apify_user_id=each.apify_user_id,
            kind=each.kind,
            resource_id=each.resource_id,
            event_types=each.event_types,
            token_expressions=each.token_expressions,
            covered_until=covered_until,
        )
    change = {"event_types": each.event_types, "token_expressions": each.token_expressions}
    return standing.model_copy(update=change)


def _is_about(hook: Webhook, each: WantedRegistration) -> bool:
    return not hook.is_ad_hoc and hook.condition.get(_CONDITION_OF[each.kind]) == each.resource_id


def _rests(row: Registration, now: datetime) -> bool:
    return row.not_before is not None and datetime.fromisoformat(row.not_before) > now


def _is_old(covered_until: str | None, now: datetime) -> bool:
    return covered_until is None or now - datetime.fromisoformat(covered_until) >= _COVER_EVERY
