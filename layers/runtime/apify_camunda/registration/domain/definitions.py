"""What is known of a deployed process definition and of its elements."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, TypeAlias

from apify_camunda.camunda.elements import InboundElement
from apify_camunda.camunda.model import ProcessDefinition
from apify_camunda.identifiers import DefinitionKey, TenantId

SCAN_RULES: Final = 2
"""The rules that a definition is scanned by; one of older rules is read again where it has elements."""

ProcessKey: TypeAlias = tuple[TenantId, str]
"""What names a process within its cluster: tenant and process id."""


@dataclass(frozen=True, slots=True)
class ScannedDefinition:
    """What the XML of one definition says about us.

    Attributes:
        elements: Its inbound elements with our type.
        problems: (element id, reason) of elements that cannot work as they are modelled.
        notes: (element id, note) of elements that work.
        scanned_at: When the XML was read; None: by a release that did not note it.
        rules: The SCAN_RULES by which it was scanned.
        last_waiting: When an older version was last known or assumed to wait for messages.
        unseen_since: Since when the cluster has not shown the process any more, or None.
        is_retired: Its process was undeployed; it is kept for instances that still wait.
    """

    definition: ProcessDefinition
    elements: tuple[InboundElement, ...]
    problems: tuple[tuple[str, str], ...] = ()
    notes: tuple[tuple[str, str], ...] = ()
    scanned_at: datetime | None = None
    rules: int = SCAN_RULES
    last_waiting: datetime | None = None
    unseen_since: datetime | None = None
    is_retired: bool = False

    @property
    def process(self) -> ProcessKey:
        """Return the process that this is a version of."""
        return process_of(self.definition)

    @property
    def may_wait(self) -> bool:
        """Say whether instances of this version may wait for messages of ours."""
        return any(not element.kind.only_newest_version for element in self.elements)

    @property
    def is_outdated(self) -> bool:
        """Say whether today's rules may find something else in the XML."""
        return self.rules < SCAN_RULES and bool(self.elements or self.problems)

    def seen_waiting(self, at: datetime) -> ScannedDefinition:
        """Return the definition with the note that it was known or assumed to wait then."""
        return replace(self, last_waiting=at)

    def out_of_sight(self, since: datetime) -> ScannedDefinition:
        """Return the definition of a process that the cluster does not show any more."""
        return replace(self, unseen_since=since)

    def back_in_sight(self) -> ScannedDefinition:
        """Return the definition of a process that the cluster lists."""
        return replace(self, unseen_since=None, is_retired=False)

    def retired(self, at: datetime) -> ScannedDefinition:
        """Return the definition of a process that was undeployed, kept for instances that may still wait."""
        waiting_since = self.last_waiting or at
        return replace(self, is_retired=True, unseen_since=None, last_waiting=waiting_since)

    def rescanned(self, later: ScannedDefinition) -> ScannedDefinition:
        """Return what a later scan of the same XML found, with what is known of the instances."""
        return replace(
            later,
            last_waiting=self.last_waiting,
            unseen_since=self.unseen_since,
            is_retired=self.is_retired,
        )

    def without_starts(self) -> ScannedDefinition:
        """Return an older version as it listens: start events belong to the newest version."""
        older = tuple(element for element in self.elements if not element.kind.only_newest_version)
        return replace(self, elements=older, problems=(), notes=())


Known: TypeAlias = Mapping[DefinitionKey, ScannedDefinition]
Newest: TypeAlias = Mapping[ProcessKey, ProcessDefinition]


@dataclass(frozen=True, slots=True)
class ElementStatus:
    """The state of an element as an operator sees it: registered, waiting, or why not."""

    element: str
    definition_key: DefinitionKey
    tenant_id: TenantId
    state: str
    detail: str | None
    at: datetime


def process_of(definition: ProcessDefinition) -> ProcessKey:
    """Return what names the definition's process within its cluster."""
    return definition.tenant_id, definition.process_id


def newest_known(scanned: Iterable[ScannedDefinition]) -> dict[ProcessKey, ScannedDefinition]:
    """Return the newest of these versions of each process."""
    by_age = sorted(scanned, key=lambda each: each.definition.key)
    return {each.process: each for each in by_age}
