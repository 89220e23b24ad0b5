"""Decides which elements keep listening while it is unknown what they mean at Apify."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from apify_camunda.camunda.elements import InboundElement
from apify_camunda.identifiers import RegistrationId
from apify_camunda.registration.domain.desired_webhook import all_event_types
from apify_camunda.registration.domain.plan import Observed, WantedRegistration
from apify_camunda.webhooks.routes import registration_route

_WHAT_IS_LISTENED_TO = ("resourceType", "resourceId")


@dataclass(frozen=True, slots=True)
class Unresolved:
    """An element of which it is unknown just now what it means at Apify.

    Attributes:
        is_faulty: Its model, a secret or a permission has to be corrected; otherwise time may help.
    """

    element: InboundElement
    reason: str
    is_faulty: bool


def retain(
    wanted: Mapping[RegistrationId, WantedRegistration],
    unresolved: Sequence[Unresolved],
    observed: Observed,
    leaving: Mapping[RegistrationId, Sequence[InboundElement]],
) -> dict[RegistrationId, WantedRegistration]:
    """Return the wanted registrations with those retained for elements that cannot be resolved just now.

    An element stays on its path while a secret is missing or Apify is away; so does a process of which a
    newer version is deployed meanwhile.

    Args:
        wanted: What is needed for those that can be resolved.
        unresolved: The others.
        observed: What there is.
        leaving: Elements of older versions that still listen on a registration's path.
    """
    retained = dict(wanted)
    for registration_id, row in observed.registrations.items():
        keys = observed.routes.get(registration_route(registration_id), frozenset())
        staying = (
            *(each.element for each in unresolved if each.element.is_among(keys)),
            *_successors(unresolved, leaving.get(registration_id, ())),
        )
        if not staying:
            continue
        each = retained.get(registration_id)
        retained[registration_id] = WantedRegistration(
            id=registration_id,
            apify_user_id=row.apify_user_id,
            kind=row.kind,
            resource_id=row.resource_id,
            event_types=all_event_types([row.event_types, each.event_types if each else ()]),
            token_expressions=tuple(
                sorted({*row.token_expressions, *(each.token_expressions if each else ())})
            ),
            elements=(*(each.elements if each else ()), *staying),
        )
    return retained


def _successors(
    unresolved: Sequence[Unresolved], leaving: Sequence[InboundElement]
) -> Iterator[InboundElement]:
    """Yield the elements that replace those that leave a path while their newer version is unresolved.

    That is the newer version's element where it names the same resource in the same words. Where it names
    another it may mean the same or not: the older element stays until Apify tells.
    """
    newer = {_place(each.element): each for each in unresolved}
    for older in leaving:
        successor = newer.get(_place(older))
        if successor is None:
            continue
        if _names(successor.element) == _names(older):
            yield successor.element
        elif not successor.is_faulty:
            yield older


def _place(element: InboundElement) -> tuple[str, str, str]:
    return element.tenant_id, element.process_id, element.element_id


def _names(element: InboundElement) -> tuple[str | None, ...]:
    return tuple(element.property_or_none(name) for name in _WHAT_IS_LISTENED_TO)
