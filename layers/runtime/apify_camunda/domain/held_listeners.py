"""Decides who keeps listening although nobody can say just now what it listens to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from apify_camunda.contracts.element import InboundElement
from apify_camunda.contracts.json_types import RegistrationId
from apify_camunda.domain.reconciliation import Observed, WantedRegistration
from apify_camunda.domain.webhook_wish import all_event_types


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
