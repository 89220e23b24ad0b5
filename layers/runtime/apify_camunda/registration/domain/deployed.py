"""What a scan of the cluster's processes has found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from apify_camunda.camunda.elements import InboundElement
from apify_camunda.camunda.model import ProcessDefinition
from apify_camunda.identifiers import DefinitionKey


@dataclass(frozen=True, slots=True)
class Deployed:
    """What the cluster's processes want.

    Attributes:
        elements: Those that should listen.
        faulty: Elements of listening versions that cannot work as modelled: definition, element id, reason.
        notes: What an operator should know of elements that listen, by their key.
        unreadable: Newest versions that the cluster could not give this time: definition, reason.
        unread: How many definitions have not been read yet.
        out_of_sight: Versions of processes that the cluster does not show at all any more.
        sees_undeployed: Whether the cluster tells that a definition was deleted.
    """

    cluster: str
    elements: tuple[InboundElement, ...]
    faulty: tuple[tuple[ProcessDefinition, str, str], ...]
    notes: Mapping[str, tuple[str, ...]]
    unreadable: tuple[tuple[ProcessDefinition, str], ...]
    unread: int
    out_of_sight: frozenset[DefinitionKey]
    sees_undeployed: bool
