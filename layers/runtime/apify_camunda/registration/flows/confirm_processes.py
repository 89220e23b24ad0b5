"""Asks the cluster about processes that its list of newest versions leaves out, a bounded number a tick.

What the answers mean is decided by domain/missing_processes.py.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping

from apify_camunda.camunda.ports import ProcessCatalog
from apify_camunda.errors import EngineRejected, EngineUnavailable
from apify_camunda.identifiers import DefinitionKey
from apify_camunda.platform.deadline import Deadline
from apify_camunda.platform.log_facts import LogFacts
from apify_camunda.platform.ports import Clock
from apify_camunda.registration.domain.definitions import ProcessKey, ScannedDefinition
from apify_camunda.registration.domain.missing_processes import Active, NotShown, Sighting, Undeployed
from apify_camunda.registration.flows.round_robin import RoundRobin

log = logging.getLogger(__name__)


class ConfirmProcesses:
    """Asks for missing processes one by one, round robin.

    Args:
        questions: Processes that are asked for in one tick; the others are asked for in a later tick.
    """

    def __init__(self, *, catalog: ProcessCatalog, clock: Clock, questions: int) -> None:
        self._catalog = catalog
        self._clock = clock
        self._round_robin = RoundRobin[DefinitionKey](clock, questions)

    async def __call__(
        self, missing: Mapping[ProcessKey, ScannedDefinition], deadline: Deadline
    ) -> dict[ProcessKey, Sighting]:
        """Return what the cluster shows of missing processes, as far as it was asked and has answered."""
        by_key = {each.definition.key: process for process, each in missing.items()}
        sightings: dict[ProcessKey, Sighting] = {}
        for key in self._round_robin.next(by_key):
            if deadline.has_passed(self._clock.now()):
                break
            tenant_id, process_id = process = by_key[key]
            try:
                sightings[process] = await self._sighting(process)
            except (EngineRejected, EngineUnavailable) as error:
                facts = LogFacts(tenant_id=tenant_id, process_id=process_id, error=error.message)
                log.warning("missing process could not be asked for", extra=facts)
        return sightings

    async def _sighting(self, process: ProcessKey) -> Sighting:
        tenant_id, process_id = process
        active = await self._catalog.newest_active(process_id, tenant_id)
        if active is not None:
            return Active(active)
        is_shown = await self._catalog.shows_process(process_id, tenant_id)
        return Undeployed() if is_shown else NotShown()
