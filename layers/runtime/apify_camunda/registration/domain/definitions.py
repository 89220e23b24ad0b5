"""What is known of a deployed process definition and of its elements."""

from __future__ import annotations

from dataclasses import dataclass

from apify_camunda.camunda.elements import InboundElement
from apify_camunda.camunda.model import ProcessDefinition
from apify_camunda.identifiers import DefinitionKey, TenantId


@dataclass(frozen=True, slots=True)
class ScannedDefinition:
    """What the XML of one definition says about us.

    Attributes:
        elements: Its inbound elements with our type.
        problems: (element id, reason) of elements that cannot work as they are modelled.
        last_waiting: When an older version was last known or assumed to wait for messages (ISO 8601, UTC).
        unseen_since: Since when the cluster has not shown the process any more (ISO 8601, UTC), or None.
        is_retired: Its process was undeployed; it is kept for instances that still wait.
    """

    definition: ProcessDefinition
    elements: tuple[InboundElement, ...]
    problems: tuple[tuple[str, str], ...] = ()
    last_waiting: str | None = None
    unseen_since: str | None = None
    is_retired: bool = False

    @property
    def may_wait(self) -> bool:
        """Say whether instances of this version may wait for messages of ours."""
        return any(not element.kind.only_newest_version for element in self.elements)


@dataclass(frozen=True, slots=True)
class ElementStatus:
    """How an element fares: registered, waiting, or why not."""

    element: str
    definition_key: DefinitionKey
    tenant_id: TenantId
    state: str
    detail: str | None
    at: str
