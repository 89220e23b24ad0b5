"""Decides which webhooks the resolved elements need, and the listeners of paths for webhooks made by hand."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from apify_camunda.camunda.elements import InboundElement
from apify_camunda.errors import InvalidInput
from apify_camunda.identifiers import ApifyUserId, RegistrationId
from apify_camunda.registration.domain.desired_webhook import (
    DesiredWebhook,
    all_event_types,
    hand_route,
    registration_id,
    token_expressions,
)
from apify_camunda.registration.domain.plan import WantedRegistration
from apify_camunda.webhooks.routes import is_context


@dataclass(frozen=True, slots=True)
class Resolved:
    """An element and what it means at Apify."""

    element: InboundElement
    desired: DesiredWebhook
    user: ApifyUserId
    resource_id: str

    def registration(self, deployment_id: str) -> RegistrationId:
        """Return the id of the one webhook that the element shares with others of its resource."""
        return registration_id(deployment_id, self.user, self.desired.kind, self.resource_id)


def wanted_registrations(
    resolved: Iterable[Resolved], deployment_id: str
) -> dict[RegistrationId, WantedRegistration]:
    """Return the webhooks that the elements need: one for each (Apify user, resource)."""
    groups: dict[RegistrationId, list[Resolved]] = defaultdict(list)
    for each in resolved:
        groups[each.registration(deployment_id)].append(each)
    return {
        name: WantedRegistration(
            id=name,
            apify_user_id=group[0].user,
            kind=group[0].desired.kind,
            resource_id=group[0].resource_id,
            event_types=all_event_types(each.desired.event_types for each in group),
            token_expressions=token_expressions(each.element for each in group),
            elements=tuple(each.element for each in group),
        )
        for name, group in groups.items()
    }


def listeners_by_hand(
    elements: Iterable[InboundElement], secrets: Mapping[str, str], routes: Mapping[str, frozenset[str]]
) -> dict[str, tuple[InboundElement, ...]]:
    """Return the listeners of the paths that a person may point a webhook at.

    An element whose path cannot be worked out stays where it listens; its status says why.

    Args:
        elements: The elements that should listen.
        secrets: What their expressions may name.
        routes: Keys of the elements that listen on each path now.
    """
    listeners: dict[str, list[InboundElement]] = defaultdict(list)
    for element in elements:
        try:
            route = hand_route(element, secrets)
        except InvalidInput:
            for known, keys in routes.items():
                if is_context(known) and element.is_among(keys):
                    listeners[known].append(element)
            continue
        if route is not None:
            listeners[route].append(element)
    return {route: tuple(listening) for route, listening in listeners.items()}
