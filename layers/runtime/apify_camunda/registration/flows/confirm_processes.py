"""Asks for processes that the list of newest versions leaves out, before anybody takes them for gone.

An empty answer says little: a permission may be missing, an index may be on its way. Gone is what the cluster
shows and does not call active, or what it has not shown for a day.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TypeAlias

from apify_camunda.camunda.model import ProcessDefinition
from apify_camunda.camunda.ports import ProcessCatalog
from apify_camunda.errors import EngineRejected, EngineUnavailable
from apify_camunda.identifiers import DefinitionKey, TenantId
from apify_camunda.platform.deadline import Deadline
from apify_camunda.platform.log_facts import LogFacts
from apify_camunda.platform.ports import Clock
from apify_camunda.registration.domain.definitions import ScannedDefinition
from apify_camunda.registration.flows.round_robin import Turns
from apify_camunda.registration.ports import Registry

log = logging.getLogger(__name__)

ProcessKey: TypeAlias = tuple[TenantId, str]
Known: TypeAlias = dict[DefinitionKey, ScannedDefinition]
Newest: TypeAlias = Mapping[ProcessKey, ProcessDefinition]

_UNSEEN_FOR = timedelta(days=1)
"""A process of which nothing is shown any more listens for so long, so that a permission may come back."""


class ConfirmProcesses:
    """Finds out what became of missing processes, a bounded number a tick, in turns.

    Args:
        questions: Processes that are asked for alone in one tick; the others stay as they are.
    """

    def __init__(self, *, catalog: ProcessCatalog, registry: Registry, clock: Clock, questions: int) -> None:
        self._catalog = catalog
        self._registry = registry
        self._clock = clock
        self._turns = Turns[DefinitionKey](clock, questions)

    async def __call__(
        self, cluster: str, known: Known, newest: Newest, deadline: Deadline
    ) -> dict[ProcessKey, ProcessDefinition]:
        """Return the newest versions, with those of missing processes that are there or may be.

        Of a process that is gone, `known` keeps only versions whose instances may still wait.
        """
        await self._welcome(cluster, known, newest)
        missing = newest_known(
            each
            for each in known.values()
            if not each.is_retired and process_of(each.definition) not in newest
        )
        found = {process: each.definition for process, each in missing.items()}
        by_key = {each.definition.key: process for process, each in missing.items()}
        for key in self._turns.next(by_key):
            if deadline.has_passed(self._clock.now()):
                break
            process = by_key[key]
            try:
                active = await self._active(cluster, known, known[key])
            except (EngineRejected, EngineUnavailable) as error:
                facts = LogFacts(tenant_id=process[0], process_id=process[1], error=error.message)
                log.warning("missing process could not be asked for", extra=facts)
                continue
            if active is not None:
                found[process] = active
            else:
                del found[process]
                await self._retire(cluster, known, process)
        return {**newest, **found}

    async def _active(
        self, cluster: str, known: Known, newest: ScannedDefinition
    ) -> ProcessDefinition | None:
        """Return the version that is taken for the newest, or None where the process is gone."""
        definition = newest.definition
        tenant_id, process_id = process_of(definition)
        active = await self._catalog.newest_active(process_id, tenant_id)
        if active is not None or await self._catalog.shows_process(process_id, tenant_id):
            return active
        now = self._clock.now()
        if newest.unseen_since is None:
            known[definition.key] = replace(newest, unseen_since=now.isoformat())
            await self._registry.save_definition(cluster, known[definition.key])
            facts = LogFacts(tenant_id=tenant_id, process_id=process_id)
            log.warning("process was out of sight", extra=facts)
            return definition
        return definition if now - datetime.fromisoformat(newest.unseen_since) < _UNSEEN_FOR else None

    async def _retire(self, cluster: str, known: Known, process: ProcessKey) -> None:
        """Forget a process, but for versions whose instances may wait for messages to their end."""
        log.info("process was gone", extra=LogFacts(tenant_id=process[0], process_id=process[1]))
        now = self._clock.now().isoformat()
        for key, each in list(known.items()):
            if process_of(each.definition) != process:
                continue
            if each.may_wait:
                last_waiting = each.last_waiting or now
                known[key] = replace(each, is_retired=True, unseen_since=None, last_waiting=last_waiting)
                await self._registry.save_definition(cluster, known[key])
            else:
                del known[key]
                await self._registry.forget_definition(cluster, key)

    async def _welcome(self, cluster: str, known: Known, newest: Newest) -> None:
        """Note that versions which were out of sight, or taken for gone, are there again."""
        for definition in newest.values():
            each = known.get(definition.key)
            if each is not None and (each.is_retired or each.unseen_since):
                known[definition.key] = replace(each, is_retired=False, unseen_since=None)
                await self._registry.save_definition(cluster, known[definition.key])


def process_of(definition: ProcessDefinition) -> ProcessKey:
    """Return what names a process within its cluster."""
    return definition.tenant_id, definition.process_id


def newest_known(scanned: Iterable[ScannedDefinition]) -> dict[ProcessKey, ScannedDefinition]:
    """Return the newest of these versions of each process."""
    by_age = sorted(scanned, key=lambda each: each.definition.key)
    return {process_of(each.definition): each for each in by_age}
