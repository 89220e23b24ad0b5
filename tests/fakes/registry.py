"""A registry in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from apify_camunda.camunda.elements import InboundElement
from apify_camunda.errors import StoreUnavailable
from apify_camunda.identifiers import DefinitionKey, RegistrationId, TenantId
from apify_camunda.platform.ports import Clock
from apify_camunda.registration.domain.cluster_epoch import ClusterEpoch
from apify_camunda.registration.domain.definitions import ElementStatus, ScannedDefinition
from apify_camunda.registration.domain.registration import Registration, Tombstone

from tests.fakes.clock import FrozenClock

KEPT_FOR = timedelta(days=7)


class FakeRegistry:
    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock or FrozenClock()
        self._tick_until: datetime | None = None
        self._listeners: dict[str, tuple[InboundElement, ...]] = {}
        self._registrations: dict[RegistrationId, Registration] = {}
        self._tombstones: dict[RegistrationId, tuple[datetime, Tombstone]] = {}
        self._definitions: dict[str, dict[DefinitionKey, ScannedDefinition]] = {}
        self._statuses: dict[str, dict[tuple[str, str], ElementStatus]] = {}
        self._removed: dict[str, dict[tuple[TenantId, str], tuple[datetime, DefinitionKey]]] = {}
        self._written: dict[RegistrationId, datetime] = {}
        self._epochs: dict[str, ClusterEpoch] = {}
        self._paused: set[str] = set()
        self.is_away = False

    async def listeners(self, route: str) -> tuple[InboundElement, ...] | None:
        self._answer()
        return self._listeners.get(route)

    async def set_listeners(self, route: str, elements: Sequence[InboundElement]) -> None:
        self._answer()
        if elements:
            self._listeners[route] = tuple(elements)
        else:
            self._listeners.pop(route, None)

    async def routes(self) -> Mapping[str, frozenset[str]]:
        self._answer()
        return {
            route: frozenset(element.listener_key for element in elements)
            for route, elements in self._listeners.items()
        }

    async def registrations(self) -> Sequence[Registration]:
        self._answer()
        return list(self._registrations.values())

    async def save_registration(self, registration: Registration) -> bool:
        self._answer()
        if self._written_later(registration.id):
            return False
        self._registrations[registration.id] = registration
        return True

    async def delete_registration(self, registration: RegistrationId) -> None:
        self._answer()
        if self._written_later(registration):
            return
        self._registrations.pop(registration, None)
        self._listeners.pop(f"apify/{registration}", None)

    async def save_tombstone(self, tombstone: Tombstone) -> None:
        self._answer()
        self._tombstones[tombstone.id] = (self._clock.now() + KEPT_FOR, tombstone)

    async def tombstones(self) -> Mapping[RegistrationId, Tombstone]:
        self._answer()
        now = self._clock.now()
        return {name: tombstone for name, (until, tombstone) in self._tombstones.items() if now < until}

    async def known_definitions(self, cluster: str) -> Mapping[DefinitionKey, ScannedDefinition]:
        self._answer()
        return dict(self._definitions.get(cluster, {}))

    async def save_definition(self, cluster: str, scanned: ScannedDefinition) -> None:
        self._answer()
        self._definitions.setdefault(cluster, {})[scanned.definition.key] = scanned

    async def forget_definition(self, cluster: str, key: DefinitionKey) -> None:
        self._answer()
        self._definitions.get(cluster, {}).pop(key, None)

    async def remove_process(
        self, cluster: str, tenant_id: TenantId, process_id: str, *, up_to: DefinitionKey
    ) -> None:
        self._answer()
        self._removed.setdefault(cluster, {})[tenant_id, process_id] = (self._clock.now(), up_to)

    async def removed_processes(
        self, cluster: str, *, since: datetime | None = None
    ) -> Mapping[tuple[TenantId, str], DefinitionKey]:
        self._answer()
        removed = self._removed.get(cluster, {}).items()
        return {process: up_to for process, (at, up_to) in removed if since is None or at >= since}

    async def cluster_epoch(self, cluster: str) -> ClusterEpoch:
        self._answer()
        return self._epochs.get(cluster, ClusterEpoch())

    async def save_cluster_epoch(self, cluster: str, epoch: ClusterEpoch) -> None:
        self._answer()
        self._epochs[cluster] = epoch

    async def report_element(self, cluster: str, status: ElementStatus) -> None:
        self._answer()
        self._statuses.setdefault(cluster, {})[status.tenant_id, status.element] = status

    async def elements(self, cluster: str) -> Sequence[ElementStatus]:
        self._answer()
        return list(self._statuses.get(cluster, {}).values())

    async def begin_tick(self, *, until: datetime) -> bool:
        self._answer()
        if self._tick_until is not None and self._clock.now() < self._tick_until:
            return False
        self._tick_until = until
        return True

    async def end_tick(self) -> None:
        self._answer()
        self._tick_until = None

    async def is_paused(self, direction: str) -> bool:
        self._answer()
        return direction in self._paused

    async def set_paused(self, direction: str, *, paused: bool) -> None:
        self._answer()
        if paused:
            self._paused.add(direction)
        else:
            self._paused.discard(direction)

    def _written_later(self, registration: RegistrationId) -> bool:
        """Say whether the registration was written later than now, and note the time if not."""
        now = self._clock.now()
        if self._written.setdefault(registration, now) > now:
            return True
        self._written[registration] = now
        return False

    def _answer(self) -> None:
        if self.is_away:
            raise StoreUnavailable("The fake registry is away.")
