"""What the registry says of the elements of deployed processes, as the page shows it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from apify_camunda.camunda.elements import InboundElement
from apify_camunda.identifiers import TenantId
from apify_camunda.inbound.ports import ConditionTrouble
from apify_camunda.registration.domain.definitions import ElementStatus, ScannedDefinition
from apify_camunda.registration.domain.element_report import DELETION_NOT_SEEN, INACTIVE

from apify_camunda_cli.deployment.commands.webhooks import trouble_text
from apify_camunda_cli.deployment.container import Container
from apify_camunda_cli.deployment.page_camunda import Definition
from apify_camunda_cli.deployment.page_elements import PageElement

_REGISTERED: Final = "registered"
_STATUS_TEXTS: Final = {
    "registered": "Its webhook is registered; events reach it.",
    "waiting": "It waits: a service does not answer, or something is still missing.",
    "faulty": "It gets no events: a person must correct something.",
    "ready": "Its jobs are carried out by the poller.",
    INACTIVE: "It gets no events: a newer version of the process is deployed, or this one was deleted.",
    "unknown": "It has not been looked at yet.",
}


class Registered:
    """What the registry says of elements."""

    def __init__(
        self,
        statuses: Iterable[ElementStatus],
        definitions: Iterable[ScannedDefinition],
        troubles: Iterable[ConditionTrouble],
    ) -> None:
        self._statuses = {(each.tenant_id, each.element): each for each in statuses}
        self._definitions = {str(each.definition.key): each for each in definitions}
        self._troubles = {(each.tenant_id, each.element): each for each in troubles}

    @classmethod
    async def read(cls, container: Container) -> Registered:
        """Return what the registry of the deployment says now."""
        cluster = container.cluster_id
        return cls(
            await container.registry.elements(cluster),
            (await container.registry.known_definitions(cluster)).values(),
            await container.conditions.troubles(),
        )

    def inbound(self, definition: Definition, element: PageElement) -> InboundElement | None:
        """Return an element as it listens, or None where it does not."""
        scanned = self._definitions.get(definition.key)
        elements: Sequence[InboundElement] = scanned.elements if scanned else ()
        return next((each for each in elements if each.element_id == element.id), None)

    def shown(self, definition: Definition, element: PageElement) -> dict[str, Any]:
        """Return an element as the page lists it."""
        status, reason, notes = self._status(definition, element)
        return {
            "id": element.id,
            "name": element.name,
            "kind": element.kind,
            "bpmnType": element.bpmn_type,
            "template": element.template,
            "status": status,
            "statusText": _STATUS_TEXTS.get(status, status),
            "reason": reason,
            "notes": notes,
        }

    def _status(self, definition: Definition, element: PageElement) -> tuple[str, str | None, list[str]]:
        """Return state, reason and notes of an element in the words of its row."""
        if element.kind == "outbound":
            return "ready", None, []
        name = (TenantId(definition.tenant_id), f"{definition.process_id}/{definition.version}/{element.id}")
        row = self._statuses.get(name)
        trouble = trouble_text(self._troubles.get(name))
        troubles = [trouble] if trouble else []
        if row is None:
            return "unknown", None, troubles
        detail = row.detail or ""
        if row.state == _REGISTERED:
            said = [line for line in detail.splitlines() if line != DELETION_NOT_SEEN]  # true of the cluster
            return _REGISTERED, None, [*said, *troubles]
        if row.state == INACTIVE:
            return INACTIVE, None, troubles
        if row.state not in _STATUS_TEXTS:
            return "unknown", detail or None, troubles
        known = self._definitions.get(definition.key)
        notes = [note for name, note in (known.notes if known else ()) if name == element.id]
        reason = detail
        for note in notes:
            reason = reason.removesuffix(note).rstrip()
        return row.state, reason or None, [*notes, *troubles]
