"""Finds the elements that should listen: newest versions, and older ones that still wait for messages.

It reads each definition's XML once in its life, and at most a bounded number of them a tick.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from apify_camunda.camunda.elements import InboundElement
from apify_camunda.camunda.model import ProcessDefinition
from apify_camunda.camunda.ports import ProcessCatalog
from apify_camunda.identifiers import DefinitionKey
from apify_camunda.platform.deadline import Deadline
from apify_camunda.platform.ports import Clock
from apify_camunda.registration.domain.definitions import ScannedDefinition
from apify_camunda.registration.flows.confirm_processes import (
    ConfirmProcesses,
    Known,
    Newest,
    ProcessKey,
    newest_known,
    process_of,
)
from apify_camunda.registration.flows.read_definitions import DefinitionReader
from apify_camunda.registration.flows.waiting_versions import Waiting, WaitingVersions
from apify_camunda.registration.ports import Registry

_WAITS_FOR = timedelta(hours=1)
"""An older version that was seen to wait is taken to wait for this long: it is not asked about each tick.

Where there are so many that their round takes longer, for two rounds.
"""
_NOTE_WAITING_EVERY = timedelta(minutes=20)
_FORGET_AFTER = timedelta(days=30)
_MOST_FORGOTTEN = 200
"""So many versions that listen no more are forgotten in one tick."""


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
        unreadable: Newest versions that the cluster could not give this time: definition, reason.
        unread: How many definitions have not been read yet.
        out_of_sight: Versions of processes that the cluster does not show at all any more.
        sees_undeployed: Whether the cluster tells that a definition was deleted.
    """

    cluster: str
    elements: tuple[InboundElement, ...]
    faulty: tuple[tuple[ProcessDefinition, str, str], ...]
    unreadable: tuple[tuple[ProcessDefinition, str], ...]
    unread: int
    out_of_sight: frozenset[DefinitionKey]
    sees_undeployed: bool


class ScanDefinitions:
    """Reads the process catalogue, and remembers in the registry what never changes.

    With n processes a tick asks the cluster for n / 200 pages of newest versions, for two lists of versions
    with message subscriptions in such pages (8.8 has none), and then at most 2 * `probes` single questions,
    `xml_reads` definitions with their documents, and twice about `confirmations` single processes. 10,000
    processes of one version each: about 50 pages, and at most 600 questions more; most ticks ask none of
    these.
    """

    def __init__(
        self, *, catalog: ProcessCatalog, registry: Registry, clock: Clock, config: ScanConfig
    ) -> None:
        self._catalog = catalog
        self._registry = registry
        self._clock = clock
        self._confirmed = ConfirmProcesses(
            catalog=catalog, registry=registry, clock=clock, questions=config.confirmations
        )
        self._ask_who_waits = WaitingVersions(catalog=catalog, clock=clock, probes=config.probes)
        self._read = DefinitionReader(
            catalog=catalog,
            registry=registry,
            clock=clock,
            inbound_type=config.inbound_type,
            reads=config.xml_reads,
        )

    async def __call__(self, deadline: Deadline) -> Deployed:
        """Return what is deployed.

        Args:
            deadline: When to ask about no more single processes and versions; the others stay as they are.

        Raises:
            EngineUnavailable: The list of newest versions is not to be had, so nobody knows what is gone.
            EngineRejected: The cluster refuses to list its definitions; a person must act.
            StoreUnavailable: The registry did not answer.
        """
        cluster = await self._catalog.cluster_id()
        removed = await self._registry.removed_processes(cluster)
        scanned = await self._registry.known_definitions(cluster)
        off = {key for key, each in scanned.items() if _is_removed(each.definition, removed)}
        known = {key: each for key, each in scanned.items() if key not in off}
        listed = {process_of(each): each async for each in self._catalog.latest_definitions()}
        newest = {process: each for process, each in listed.items() if not _is_removed(each, removed)}
        newest = await self._confirmed(cluster, known, newest, deadline)
        newest_keys = {each.key for each in newest.values()}
        older = [key for key, each in known.items() if key not in newest_keys and each.may_wait]
        asked = await self._ask_who_waits(older, known=scanned.keys() | newest_keys, deadline=deadline)
        waiting = replace(asked, keys=asked.keys - off)
        by_key = {each.key: each for each in newest.values()}
        new = {key: by_key.get(key) for key in (by_key.keys() | waiting.keys) - known.keys()}
        read = await self._read(cluster, new, deadline)
        known |= {
            key: each for key, each in read.scanned.items() if not _is_removed(each.definition, removed)
        }
        listening = await self._listening(cluster, known, newest, waiting)
        return Deployed(
            cluster=cluster,
            elements=tuple(element for each in listening for element in each.elements),
            faulty=tuple(
                (each.definition, element_id, reason)
                for each in listening
                for element_id, reason in each.problems
            ),
            unreadable=read.unreadable,
            unread=read.left,
            out_of_sight=frozenset(key for key, each in known.items() if each.unseen_since),
            sees_undeployed=self._catalog.sees_undeployed,
        )

    async def _listening(
        self, cluster: str, known: Known, newest: Newest, waiting: Waiting
    ) -> list[ScannedDefinition]:
        """Return the definitions that listen, older ones without what only the newest does."""
        newest_keys = {each.key for each in newest.values()}
        # Until the newest version has been read, the newest that we know goes on as if it were it.
        unread = {process for process, each in newest.items() if each.key not in known}
        stand_ins = newest_known(each for each in known.values() if process_of(each.definition) in unread)
        newest_keys |= {each.definition.key for each in stand_ins.values()}
        unseen = {process_of(each.definition) for each in known.values() if each.unseen_since}
        listening: list[ScannedDefinition] = []
        done_with: list[DefinitionKey] = []
        for key, each in known.items():
            if key in newest_keys:
                listening.append(each)
            elif not each.may_wait:
                if waiting.listed is not None and key not in waiting.listed:
                    done_with.append(key)
            elif process_of(each.definition) in unseen or await self._still_waits(cluster, each, waiting):
                older = tuple(element for element in each.elements if not element.kind.only_newest_version)
                listening.append(replace(each, elements=older, problems=()))
        for key in done_with[:_MOST_FORGOTTEN]:
            await self._registry.forget_definition(cluster, key)
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
    up_to = removed.get(process_of(definition))
    return up_to is not None and definition.key <= up_to
