"""A process catalogue in memory; the cluster lists waiting versions, or must be asked about each."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator

from apify_camunda.camunda.model import ProcessDefinition
from apify_camunda.camunda.ports import WaitingDefinitions
from apify_camunda.errors import EngineRejected, EngineUnavailable
from apify_camunda.identifiers import DefinitionKey, TenantId

from tests.builders_bpmn import bpmn
from tests.fakes.untraced import untraced


class FakeCatalog:
    def __init__(self, *, lists_waiting: bool = True) -> None:
        self._lists_waiting = lists_waiting
        self._deployed: dict[DefinitionKey, tuple[ProcessDefinition, str]] = {}
        self._next_key = 1001
        self._versions: Counter[tuple[str, str]] = Counter()
        self.waiting: set[DefinitionKey] = set()
        self.correlated: set[DefinitionKey] = set()
        self.alive: set[DefinitionKey] = set()
        self.probed: list[DefinitionKey] = []
        self.left_out: set[str] = set()
        self.hidden: set[str] = set()
        self.unreadable: set[DefinitionKey] = set()
        self._undeployed: set[tuple[str, TenantId]] = set()
        self.not_yet_readable: set[DefinitionKey] = set()
        self.xml_reads = 0
        self.is_away = False
        self.refusal: EngineRejected | None = None
        self.waiting_is_away = False
        self.sees_undeployed = True
        self.told_id: str | None = None

    def deploy(
        self,
        *elements: str,
        process_id: str = "orders",
        tenant: str = "<default>",
        name: str | None = None,
        xml: str | None = None,
        key: DefinitionKey | None = None,
    ) -> ProcessDefinition:
        """Deploy a new version of a process that consists of these BPMN elements."""
        self._versions[process_id, tenant] += 1
        definition = ProcessDefinition(
            key=key or DefinitionKey(self._next_key),
            process_id=process_id,
            name=name or process_id.title(),
            version=self._versions[process_id, tenant],
            tenant_id=TenantId(tenant),
        )
        self._next_key += 1
        self._deployed[definition.key] = (definition, xml or bpmn(*elements, process_id=process_id))
        return definition

    def undeploy(self, process_id: str, *, version: int | None = None) -> None:
        """Delete a version of a process, or all of them, which not every cluster shows."""
        if not self.sees_undeployed:
            return
        self._undeployed |= {
            (known.process_id, known.tenant_id)
            for known, _ in self._deployed.values()
            if known.process_id == process_id
        }
        self._deployed = {
            key: (known, xml)
            for key, (known, xml) in self._deployed.items()
            if known.process_id != process_id or version not in (None, known.version)
        }

    @property
    def keys(self) -> list[DefinitionKey]:
        """Return the keys of all definitions that are deployed."""
        return list(self._deployed)

    async def cluster_id(self) -> str:
        return "cluster1"

    async def told_cluster_id(self) -> str | None:
        self._answer()
        return self.told_id

    def reset(self) -> None:
        """Become a new, empty cluster under the same address: keys start again."""
        self._deployed.clear()
        self._versions.clear()
        self._undeployed.clear()
        self._next_key = 1001
        self.waiting.clear()
        self.correlated.clear()
        self.alive.clear()
        if self.told_id is not None:
            self.told_id += "'"

    async def latest_definitions(self) -> AsyncIterator[ProcessDefinition]:
        self._answer()
        newest: dict[tuple[str, str], ProcessDefinition] = {}
        for definition, _ in self._deployed.values():
            newest[definition.tenant_id, definition.process_id] = definition
        for definition in newest.values():
            if definition.process_id not in self.left_out | self.hidden:
                yield definition

    async def newest_active(self, process_id: str, tenant_id: TenantId) -> ProcessDefinition | None:
        self._answer()
        self._read(*(each.key for each in self._versions_of(process_id, tenant_id)))
        found = [] if process_id in self.hidden else self._versions_of(process_id, tenant_id)
        return found[-1] if found else None

    async def shows_process(self, process_id: str, tenant_id: TenantId) -> bool:
        self._answer()
        if process_id in self.hidden:
            return False
        return (process_id, tenant_id) in self._undeployed or bool(self._versions_of(process_id, tenant_id))

    async def waiting_definitions(self) -> WaitingDefinitions | None:
        self._answer()
        if self.waiting_is_away:
            raise EngineUnavailable("The fake catalogue cannot list who waits.")
        if not self._lists_waiting:
            return None
        hidden = {key for key, (known, _) in self._deployed.items() if known.process_id in self.hidden}
        return WaitingDefinitions(frozenset(self.waiting - hidden), frozenset(self.correlated - hidden))

    async def has_instances(self, key: DefinitionKey) -> bool:
        self._answer()
        self.probed.append(key)
        self._read(key)
        return key in self.waiting or key in self.alive

    async def xml(self, key: DefinitionKey) -> str | None:
        self._answer()
        self.xml_reads += 1
        self._read(key)
        known = self._deployed.get(key)
        return None if known is None or key in self.not_yet_readable else known[1]

    async def definition(self, key: DefinitionKey) -> ProcessDefinition | None:
        self._answer()
        self._read(key)
        return self._deployed[key][0] if key in self._deployed else None

    def _versions_of(self, process_id: str, tenant_id: TenantId) -> list[ProcessDefinition]:
        versions = (definition for definition, _ in self._deployed.values())
        return [each for each in versions if (each.process_id, each.tenant_id) == (process_id, tenant_id)]

    def _read(self, *keys: DefinitionKey) -> None:
        """Fail as a cluster does that cannot give what it lists."""
        if self.unreadable.intersection(keys):
            raise EngineUnavailable("The fake catalogue cannot read this one.")

    def _answer(self) -> None:
        if self.is_away:
            raise EngineUnavailable("The fake catalogue is away.")
        if self.refusal is not None:
            raise untraced(self.refusal)
