"""Finds the elements that should listen: newest versions, and older ones that still wait for messages.

It reads each definition's XML once in its life, and at most a bounded number of them a tick.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from apify_camunda.contracts.element import InboundElement, ProcessDefinition
from apify_camunda.contracts.json_types import DefinitionKey, TenantId
from apify_camunda.contracts.log_facts import LogFacts
from apify_camunda.domain.bpmn_scan import BpmnScan, scan_bpmn
from apify_camunda.domain.deadline import Deadline
from apify_camunda.errors import InvalidInput
from apify_camunda.flows.waiting_versions import Waiting, WaitingVersions
from apify_camunda.ports import Clock, ProcessCatalog, Registry, ScannedDefinition

log = logging.getLogger(__name__)

ProcessKey = tuple[TenantId, str]

_WAITS_FOR = timedelta(hours=1)
"""An older version that was seen to wait is taken to wait for this long: it is not asked about each tick.

Where there are so many that their round takes longer, for two rounds.
"""
_NOTE_WAITING_EVERY = timedelta(minutes=20)
_FORGET_AFTER = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class ScanConfig:
    """What is ours, and how much is asked in one tick.

    Attributes:
        xml_reads: Definitions whose XML is read in one tick; the others follow in the next.
        probes: Older versions of one kind that are asked about in one tick, one by one; the kinds are those
            with elements of ours, and those that nobody has read yet.
        confirmations: Processes that are asked for alone in one tick before they count as gone.
    """

    inbound_type: str
    xml_reads: int = 200
    probes: int = 50
    confirmations: int = 50


@dataclass(frozen=True, slots=True)
class Deployed:
    """What the cluster's processes want.

    Attributes:
        elements: Those that should listen.
        faulty: Elements of listening versions that cannot work as modelled: definition, element id, reason.
        unread: How many definitions have not been read yet.
        sees_undeployed: Whether the cluster tells that a definition was deleted.
    """

    cluster: str
    elements: tuple[InboundElement, ...]
    faulty: tuple[tuple[ProcessDefinition, str, str], ...]
    unread: int
    sees_undeployed: bool


class ScanDefinitions:
    """Reads the process catalogue, and remembers in the registry what never changes.

    With n processes a tick asks the cluster for n / 200 pages of newest versions, for two lists of versions
    with message subscriptions in such pages (8.8 has none), and then at most 2 * `probes` single questions,
    `xml_reads` definitions with their documents, and `confirmations` single processes. 10,000 processes of
    one version each: about 50 pages, and at most 550 questions more; most ticks ask none of these.
    """

    def __init__(
        self, *, catalog: ProcessCatalog, registry: Registry, clock: Clock, config: ScanConfig
    ) -> None:
        self._catalog = catalog
        self._registry = registry
        self._clock = clock
        self._config = config
        self._ask_who_waits = WaitingVersions(catalog=catalog, clock=clock, probes=config.probes)

    async def __call__(self, deadline: Deadline) -> Deployed:
        """Return what is deployed.

        Raises:
            EngineUnavailable: The list of newest versions is not to be had, so nobody knows what is gone.
            StoreUnavailable: The registry did not answer.
        """
        cluster = await self._catalog.cluster_id()
        removed = await self._registry.removed_processes(cluster)
        scanned = await self._registry.known_definitions(cluster)
        off = {key for key, each in scanned.items() if _is_removed(each.definition, removed)}
        known = {key: each for key, each in scanned.items() if key not in off}
        listed = {_process(each): each async for each in self._catalog.latest_definitions()}
        newest = {process: each for process, each in listed.items() if not _is_removed(each, removed)}
        newest |= await self._confirmed(cluster, known, newest)
        newest_keys = {each.key for each in newest.values()}
        older = [key for key, each in known.items() if key not in newest_keys and _may_wait(each.elements)]
        asked = await self._ask_who_waits(older, known=scanned.keys() | newest_keys)
        waiting = replace(asked, keys=asked.keys - off)
        unread = await self._read_new(cluster, known, newest, waiting.keys, deadline)
        known = {key: each for key, each in known.items() if not _is_removed(each.definition, removed)}
        listening = await self._listening(cluster, known, newest, waiting)
        return Deployed(
            cluster=cluster,
            elements=tuple(element for each in listening for element in each.elements),
            faulty=tuple(
                (each.definition, element_id, reason)
                for each in listening
                for element_id, reason in each.problems
            ),
            unread=unread,
            sees_undeployed=self._catalog.sees_undeployed,
        )

    async def _confirmed(
        self,
        cluster: str,
        known: dict[DefinitionKey, ScannedDefinition],
        newest: Mapping[ProcessKey, ProcessDefinition],
    ) -> dict[ProcessKey, ProcessDefinition]:
        """Return processes that the list left out but that are there; forget those that are gone."""
        missing = _newest_known(each for each in known.values() if _process(each.definition) not in newest)
        found: dict[ProcessKey, ProcessDefinition] = {}
        for number, (process, definition) in enumerate(sorted(missing.items())):
            if number >= self._config.confirmations:
                found[process] = definition
                continue
            tenant_id, process_id = process
            active = await self._catalog.newest_active(process_id, tenant_id)
            if active is not None:
                found[process] = active
                continue
            log.info("process was gone", extra=LogFacts(process_id=process_id, tenant_id=tenant_id))
            for key in [key for key, each in known.items() if _process(each.definition) == process]:
                await self._registry.forget_definition(cluster, key)
                del known[key]
        return found

    async def _read_new(
        self,
        cluster: str,
        known: dict[DefinitionKey, ScannedDefinition],
        newest: Mapping[ProcessKey, ProcessDefinition],
        waiting: frozenset[DefinitionKey],
        deadline: Deadline,
    ) -> int:
        """Read and keep what is new, as far as the tick allows; return how many remain."""
        listed = {each.key: each for each in newest.values()}
        # The newest deployments first: somebody is probably waiting for them.
        new = sorted((listed.keys() | waiting) - known.keys(), reverse=True)
        read = 0
        for key in new[: self._config.xml_reads]:
            if deadline.has_passed(self._clock.now()):
                break
            definition = listed.get(key) or await self._catalog.definition(key)
            xml = await self._catalog.xml(key) if definition else None
            if definition is None or xml is None:
                continue
            known[key] = self._scanned(definition, xml)
            await self._registry.save_definition(cluster, known[key])
            read += 1
        return len(new) - read

    def _scanned(self, definition: ProcessDefinition, xml: str) -> ScannedDefinition:
        try:
            scan = scan_bpmn(xml, definition, inbound_type=self._config.inbound_type)
        except InvalidInput as error:
            scan = BpmnScan((), (("", error.message),))
        return ScannedDefinition(definition, scan.elements, scan.problems)

    async def _listening(
        self,
        cluster: str,
        known: Mapping[DefinitionKey, ScannedDefinition],
        newest: Mapping[ProcessKey, ProcessDefinition],
        waiting: Waiting,
    ) -> list[ScannedDefinition]:
        """Return the definitions that listen, older ones without what only the newest does."""
        newest_keys = {each.key for each in newest.values()}
        # Until the newest version has been read, the newest that we know goes on as if it were it.
        unread = {process for process, each in newest.items() if each.key not in known}
        stand_ins = _newest_known(each for each in known.values() if _process(each.definition) in unread)
        newest_keys |= {each.key for each in stand_ins.values()}
        listening: list[ScannedDefinition] = []
        for key, each in known.items():
            if key in newest_keys:
                listening.append(each)
            elif _may_wait(each.elements) and await self._still_waits(cluster, each, waiting):
                older = tuple(element for element in each.elements if not element.kind.only_newest_version)
                listening.append(replace(each, elements=older, problems=()))
        return listening

    async def _still_waits(self, cluster: str, each: ScannedDefinition, waiting: Waiting) -> bool:
        """Say whether an older version is to listen, and keep the note that it was seen waiting."""
        now = self._clock.now()
        is_waiting = each.definition.key in waiting.keys
        seen = datetime.fromisoformat(each.last_waiting) if each.last_waiting else None
        if seen is None or (is_waiting and now - seen >= _NOTE_WAITING_EVERY):
            await self._registry.save_definition(cluster, replace(each, last_waiting=now.isoformat()))
            return True
        if now - seen >= _FORGET_AFTER:
            await self._registry.forget_definition(cluster, each.definition.key)
        return is_waiting or now - seen < max(_WAITS_FOR, 2 * waiting.round)


def _is_removed(definition: ProcessDefinition, removed: Mapping[ProcessKey, DefinitionKey]) -> bool:
    up_to = removed.get(_process(definition))
    return up_to is not None and definition.key <= up_to


def _process(definition: ProcessDefinition) -> ProcessKey:
    return definition.tenant_id, definition.process_id


def _newest_known(scanned: Iterable[ScannedDefinition]) -> dict[ProcessKey, ProcessDefinition]:
    by_age = sorted(scanned, key=lambda each: each.definition.key)
    return {_process(each.definition): each.definition for each in by_age}


def _may_wait(elements: Iterable[InboundElement]) -> bool:
    return any(not element.kind.only_newest_version for element in elements)
