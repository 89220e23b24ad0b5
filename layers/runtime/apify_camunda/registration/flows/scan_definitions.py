"""Finds the elements that should listen: newest versions, and older ones that still wait for messages.

It reads each definition's XML once, and at most a bounded number of them a tick. What is decided is in
domain/: cluster_epoch.py, missing_processes.py and scan_plan.py.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from apify_camunda.camunda.model import ProcessDefinition
from apify_camunda.camunda.ports import ProcessCatalog
from apify_camunda.errors import EngineRejected, EngineUnavailable, StoreRejected
from apify_camunda.identifiers import DefinitionKey
from apify_camunda.platform.deadline import Deadline
from apify_camunda.platform.log_facts import LogFacts
from apify_camunda.platform.ports import Clock
from apify_camunda.registration.domain.cluster_epoch import ClusterEpoch, epoch_after, sort_rows
from apify_camunda.registration.domain.definitions import Known, ProcessKey, ScannedDefinition, process_of
from apify_camunda.registration.domain.deployed import Deployed
from apify_camunda.registration.domain.missing_processes import (
    ConfirmedProcesses,
    confirm_processes,
    missing_processes,
)
from apify_camunda.registration.domain.scan_plan import MOST_FORGOTTEN, Waiting, scan_plan
from apify_camunda.registration.flows.confirm_processes import ConfirmProcesses
from apify_camunda.registration.flows.read_definitions import DefinitionReader
from apify_camunda.registration.flows.waiting_versions import WaitingVersions
from apify_camunda.registration.ports import Registry

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ScanConfig:
    """What is ours, and how much is asked in one tick.

    Attributes:
        inbound_type: The `inbound.type` of our elements.
        job_type: The job type of our elements; one that is near to it is named in the log.
        xml_reads: Definitions whose XML is read in one tick; the others follow in the next.
        probes: Older versions of one kind that are asked about in one tick, one by one; the kinds are those
            with elements of ours, and those that have not been read yet.
        confirmations: Processes that are asked for alone in one tick before they count as gone.
    """

    inbound_type: str
    job_type: str = "io.camunda:apify-outbound:1"
    xml_reads: int = 200
    probes: int = 50
    confirmations: int = 50


class ScanDefinitions:
    """Reads the process catalogue, and stores in the registry what each definition's XML says.

    With n processes a tick asks the cluster for its topology, for n / 200 pages of newest versions, for two
    lists of versions with message subscriptions in such pages (8.8 has none), and then at most 2 * `probes`
    single questions, `xml_reads` definitions with their documents, and twice about `confirmations` single
    processes. 10,000 processes of one version each: about 50 pages, and at most 600 questions more; most
    ticks ask none of these.
    """

    def __init__(
        self, *, catalog: ProcessCatalog, registry: Registry, clock: Clock, config: ScanConfig
    ) -> None:
        self._catalog = catalog
        self._registry = registry
        self._clock = clock
        self._ask_about_missing = ConfirmProcesses(
            catalog=catalog, clock=clock, questions=config.confirmations
        )
        self._ask_who_waits = WaitingVersions(catalog=catalog, clock=clock, probes=config.probes)
        self._read = DefinitionReader(
            catalog=catalog,
            registry=registry,
            clock=clock,
            inbound_type=config.inbound_type,
            job_type=config.job_type,
            reads=config.xml_reads,
        )

    async def __call__(self, deadline: Deadline) -> Deployed:
        """Return what is deployed.

        Args:
            deadline: When to stop asking about single processes and versions; the others stay as they are.

        Raises:
            EngineUnavailable: The list of newest versions could not be read, so it is unknown what is gone.
            EngineRejected: The cluster refuses to list its definitions; a person must act.
            StoreUnavailable: The registry did not answer.
        """
        cluster = await self._catalog.cluster_id()
        rows = await self._registry.known_definitions(cluster)
        listed = {process_of(each): each async for each in self._catalog.latest_definitions()}
        epoch = await self._epoch(cluster, rows, listed.values())
        removed = await self._registry.removed_processes(cluster, since=epoch.since)
        sorted_rows = sort_rows(rows, listed.values(), epoch)
        known = _not_removed(sorted_rows.current, removed)
        newest = {process: each for process, each in listed.items() if not _is_removed(each, removed)}
        confirmed = await self._confirm(known, newest, deadline)
        waiting = await self._waiting(confirmed, sorted_rows.current.keys(), deadline)
        read = await self._read(
            cluster, _to_read(confirmed, waiting), earlier=confirmed.known, deadline=deadline
        )
        known = {**confirmed.known, **_not_removed(read.scanned, removed)}
        doubtful = _not_removed(sorted_rows.doubtful, removed)
        plan = scan_plan(known, confirmed.newest, waiting, doubtful=doubtful, now=self._clock.now())
        stale = sorted(sorted_rows.stale - read.scanned.keys())[:MOST_FORGOTTEN]
        await self._carry_out(
            cluster,
            save={**confirmed.to_save, **plan.to_save},
            forget={*confirmed.to_forget, *plan.to_forget, *stale},
        )
        return Deployed(
            cluster=cluster,
            elements=tuple(element for each in plan.listening for element in each.elements),
            faulty=tuple(
                (each.definition, element_id, reason)
                for each in plan.listening
                for element_id, reason in each.problems
            ),
            notes=_notes(plan.listening),
            unreadable=read.unreadable,
            unread=read.left,
            out_of_sight=frozenset(key for key, each in known.items() if each.unseen_since),
            sees_undeployed=self._catalog.sees_undeployed,
        )

    async def _epoch(self, cluster: str, rows: Known, listed: Iterable[ProcessDefinition]) -> ClusterEpoch:
        """Return the epoch of the cluster that answers, noted before anything follows from it."""
        noted = await self._registry.cluster_epoch(cluster)
        told = await self._told_cluster_id()
        epoch = epoch_after(noted, told=told, rows=rows, listed=listed, now=self._clock.now())
        if epoch != noted:
            await self._registry.save_cluster_epoch(cluster, epoch)
        if epoch.since != noted.since:
            log.warning("cluster was reset", extra=LogFacts(cluster=cluster))
        return epoch

    async def _told_cluster_id(self) -> str | None:
        try:
            return await self._catalog.told_cluster_id()
        except (EngineRejected, EngineUnavailable) as error:
            log.debug("id of the cluster could not be read", extra=LogFacts(error=error.message))
            return None

    async def _confirm(
        self, known: Known, newest: Mapping[ProcessKey, ProcessDefinition], deadline: Deadline
    ) -> ConfirmedProcesses:
        sightings = await self._ask_about_missing(missing_processes(known, newest), deadline)
        confirmed = confirm_processes(known, newest, sightings, self._clock.now())
        for tenant_id, process_id in sorted(confirmed.hidden):
            log.warning(
                "process was out of sight", extra=LogFacts(tenant_id=tenant_id, process_id=process_id)
            )
        for tenant_id, process_id in sorted(confirmed.gone):
            log.info("process was gone", extra=LogFacts(tenant_id=tenant_id, process_id=process_id))
        return confirmed

    async def _waiting(
        self, confirmed: ConfirmedProcesses, known: Iterable[DefinitionKey], deadline: Deadline
    ) -> Waiting:
        """Return which older versions wait; of processes that were taken off, none."""
        newest = {each.key for each in confirmed.newest.values()}
        older = [key for key, each in confirmed.known.items() if key not in newest and each.may_wait]
        all_known = {*known, *newest}
        waiting = await self._ask_who_waits(older, known=all_known, deadline=deadline)
        taken_off = all_known - confirmed.known.keys() - newest
        return replace(waiting, keys=waiting.keys - taken_off)

    async def _carry_out(self, cluster: str, *, save: Known, forget: Iterable[DefinitionKey]) -> None:
        forgotten = set(forget)
        for key, each in save.items():
            if key in forgotten:
                continue
            try:
                await self._registry.save_definition(cluster, each)
            except StoreRejected as error:
                log.warning("row was refused", extra=LogFacts(definition_key=key, error=error.message))
        for key in sorted(forgotten):
            await self._registry.forget_definition(cluster, key)


def _to_read(
    confirmed: ConfirmedProcesses, waiting: Waiting
) -> dict[DefinitionKey, ProcessDefinition | None]:
    """Return the definitions that are to be read: new ones, and those that older rules have scanned."""
    newest = {each.key: each for each in confirmed.newest.values()}
    new = (newest.keys() | waiting.keys) - confirmed.known.keys()
    outdated = {
        key: each.definition
        for key, each in confirmed.known.items()
        if each.is_outdated and (key in newest or each.may_wait)
    }
    return {**{key: newest.get(key) for key in new}, **outdated}


def _notes(listening: Iterable[ScannedDefinition]) -> dict[str, tuple[str, ...]]:
    notes: defaultdict[str, tuple[str, ...]] = defaultdict(tuple)
    for each in listening:
        for element_id, note in each.notes:
            notes[f"{each.definition.key}/{element_id}"] += (note,)
    return dict(notes)


def _not_removed(
    rows: Known, removed: Mapping[ProcessKey, DefinitionKey]
) -> dict[DefinitionKey, ScannedDefinition]:
    return {key: each for key, each in rows.items() if not _is_removed(each.definition, removed)}


def _is_removed(definition: ProcessDefinition, removed: Mapping[ProcessKey, DefinitionKey]) -> bool:
    up_to = removed.get(process_of(definition))
    return up_to is not None and definition.key <= up_to
