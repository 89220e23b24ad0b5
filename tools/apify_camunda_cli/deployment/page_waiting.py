"""Says what an element waits for, and which webhook brings it events."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from apify_camunda.camunda.elements import InboundElement
from apify_camunda.errors import InvalidInput
from apify_camunda.registration.domain.registration import Registration
from apify_camunda.webhooks.event_types import wanted_event_types
from apify_camunda.webhooks.routes import is_registration, registration_of, url_of

from apify_camunda_cli.deployment.container import Container
from apify_camunda_cli.deployment.page_elements import PageElement
from apify_camunda_cli.deployment.page_hints import Hints


def waits_for(element: PageElement, subscriptions: Sequence[Mapping[str, Any]], hints: Hints) -> list[str]:
    """Return a sentence for each thing that an element waits for.

    Args:
        element: The element.
        subscriptions: The open subscriptions of instances that wait there, as REST has them.
        hints: What became of events.
    """
    if element.kind == "outbound":
        return ["Each instance that comes here makes a job; the poller carries it out."]
    return list(_waits(element, subscriptions, hints))


def _waits(element: PageElement, subscriptions: Sequence[Mapping[str, Any]], hints: Hints) -> Iterator[str]:
    if element.message_name is None:
        yield "An event of its Actor or task, whose condition is true, starts an instance."
        return
    for row in subscriptions:
        where = f" (instance {row['processInstanceKey']})" if row.get("processInstanceKey") else ""
        yield f"Message {row['messageName']!r} with key {row['correlationKey']!r}{where}."
    if not subscriptions:
        yield f"No instance waits here now; it would wait for message {element.message_name!r}."
    if others := sorted({key for row in subscriptions for key in hints.other_keys(row)}):
        keys = ", ".join(map(repr, others[:5]))
        yield f"Events came with the key {keys}, for which no instance waits: the two keys differ."
    if element.correlation_key and subscriptions:
        yield f"The process's own correlation key is {element.correlation_key}."


async def webhook_of(container: Container, element: InboundElement) -> dict[str, Any] | None:
    """Return the webhook that brings an element its events, or None where none is registered."""
    routes = await container.registry.routes()
    registrations = {each.id: each for each in await container.registry.registrations()}
    for route, keys in routes.items():
        if is_registration(route) and element.is_among(keys):
            found = registrations.get(registration_of(route))  # type: ignore[arg-type] # it is one
            if found is not None:
                return _shown(container, found, element, route)
    return None


def _shown(container: Container, row: Registration, element: InboundElement, route: str) -> dict[str, Any]:
    try:
        types = wanted_event_types(element)
    except InvalidInput:
        types = ()
    return {
        "id": row.webhook_id,
        "url": url_of(route, container.deployment.setting("PUBLIC_URL")),
        "target": f"{row.kind.value} {row.resource_id}",
        "eventTypes": list(types),
    }
