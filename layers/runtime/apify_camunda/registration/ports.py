"""What the registration flows need from outside, one Protocol for each need."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from apify_camunda.camunda.elements import InboundElement
from apify_camunda.identifiers import DefinitionKey, RegistrationId, TenantId
from apify_camunda.registration.domain.cluster_epoch import ClusterEpoch
from apify_camunda.registration.domain.definitions import ElementStatus, ScannedDefinition
from apify_camunda.registration.domain.registration import Registration, Tombstone
from apify_camunda.webhooks.events import ReceivedEvent


class EventParking(Protocol):
    """Makes an event durable, so that it is delivered as if its webhook had come."""

    async def park(self, event: ReceivedEvent, *, delay: timedelta) -> None:
        """Make the event durable; when this returns, the event is not lost.

        Raises:
            StoreUnavailable: It could not be made durable.
        """
        ...


class Registry(Protocol):
    """Keeps deployed definitions, registered webhooks, and the listeners of each path.

    All raise StoreUnavailable where the store did not answer, StoreRejected for an item that it never takes.
    A row that cannot be read (another release wrote it) is left out of a list, except that of listeners.
    """

    async def listeners(self, route: str) -> tuple[InboundElement, ...] | None:
        """Return the listeners of `apify/{registration}` or `inbound/{context}`; None for an unknown path."""
        ...

    async def set_listeners(self, route: str, elements: Sequence[InboundElement]) -> None:
        """Make exactly these elements the listeners of the path; no elements remove it."""
        ...

    async def routes(self) -> Mapping[str, frozenset[str]]:
        """Return all paths with the keys of their listeners."""
        ...

    async def registrations(self) -> Sequence[Registration]:
        """Return all registrations."""
        ...

    async def save_registration(self, registration: Registration) -> bool:
        """Write a registration; False where it was written or removed later.

        A write that was cut off and arrives late changes nothing.
        """
        ...

    async def delete_registration(self, registration: RegistrationId) -> None:
        """Remove a registration and its path."""
        ...

    async def save_tombstone(self, tombstone: Tombstone) -> None:
        """Keep for some days what is needed if a removed registration is restored."""
        ...

    async def tombstones(self) -> Mapping[RegistrationId, Tombstone]:
        """Return the tombstones of registrations that were removed in the last days."""
        ...

    async def known_definitions(self, cluster: str) -> Mapping[DefinitionKey, ScannedDefinition]:
        """Return the definitions of the cluster that were scanned before."""
        ...

    async def save_definition(self, cluster: str, scanned: ScannedDefinition) -> None:
        """Write the row of a definition."""
        ...

    async def forget_definition(self, cluster: str, key: DefinitionKey) -> None:
        """Delete the row of a definition."""
        ...

    async def remove_process(
        self, cluster: str, tenant_id: TenantId, process_id: str, *, up_to: DefinitionKey
    ) -> None:
        """Note that an operator removed a process; a definition newer than `up_to` brings it back."""
        ...

    async def removed_processes(
        self, cluster: str, *, since: datetime | None = None
    ) -> Mapping[tuple[TenantId, str], DefinitionKey]:
        """Return the processes that an operator removed, each with the newest definition that this concerns.

        Args:
            cluster: The cluster that they are of.
            since: Leave out what was noted before this time: it is about an earlier cluster.
        """
        ...

    async def cluster_epoch(self, cluster: str) -> ClusterEpoch:
        """Return since when the cluster under this name is the one that it is; unknown: an empty epoch."""
        ...

    async def save_cluster_epoch(self, cluster: str, epoch: ClusterEpoch) -> None:
        """Note that rows written before `epoch.since` are about an earlier cluster."""
        ...

    async def report_element(self, cluster: str, status: ElementStatus) -> None:
        """Keep what an operator should see of an element; it is shown by `apify-camunda webhooks list`."""
        ...

    async def elements(self, cluster: str) -> Sequence[ElementStatus]:
        """Return the states of all elements of the cluster."""
        ...

    async def begin_tick(self, *, until: datetime) -> bool:
        """Take the right to reconcile until then; False where another process has it.

        Two at once would carry out two plans: the older would remove listeners that the newer has set.
        """
        ...

    async def end_tick(self) -> None:
        """Give the right to reconcile back before its time."""
        ...

    async def is_paused(self, direction: str) -> bool:
        """Say whether `inbound` or `outbound` has been paused by an operator."""
        ...

    async def set_paused(self, direction: str, *, paused: bool) -> None:
        """Pause or resume `inbound` or `outbound`."""
        ...
