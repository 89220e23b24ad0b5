"""Finds the older versions that still wait for messages, by a bounded number of questions a tick.

What follows for a version is decided by domain/scan_plan.py.
"""

from __future__ import annotations

import logging
from collections.abc import Collection

from apify_camunda.camunda.ports import ProcessCatalog
from apify_camunda.errors import EngineRejected, EngineUnavailable
from apify_camunda.identifiers import DefinitionKey
from apify_camunda.platform.deadline import Deadline
from apify_camunda.platform.log_facts import LogFacts
from apify_camunda.platform.ports import Clock
from apify_camunda.registration.domain.scan_plan import Waiting
from apify_camunda.registration.flows.round_robin import RoundRobin

log = logging.getLogger(__name__)


class WaitingVersions:
    """Asks the cluster for lists of waiting versions where it has them, else about one version after another.

    Args:
        probes: In one tick so many older versions with elements of ours are asked about one by one, and so
            many that have not been read yet; round robin, so that each of any number is asked about.
    """

    def __init__(self, *, catalog: ProcessCatalog, clock: Clock, probes: int) -> None:
        self._catalog = catalog
        self._clock = clock
        self._ours = RoundRobin[DefinitionKey](clock, probes)
        self._unread = RoundRobin[DefinitionKey](clock, probes)

    async def __call__(
        self, older: Collection[DefinitionKey], *, known: Collection[DefinitionKey], deadline: Deadline
    ) -> Waiting:
        """Return the versions that were seen to wait, and older ones that the cluster could not tell about.

        Args:
            older: Versions that are not the newest and have elements that may wait.
            known: All versions that have been or will be read; of the others only a list can tell.
            deadline: When to stop asking.
        """
        try:
            listed = await self._catalog.waiting_definitions()
        except (EngineRejected, EngineUnavailable) as error:
            log.warning("waiting versions could not be asked for", extra=LogFacts(error=error.message))
            return Waiting(frozenset(older), listed=None)
        if listed is None:
            alive = await self._alive(self._ours.next(older), deadline, unless_known=True)
            return Waiting(alive, self._ours.round(older))
        unsure = [key for key in older if key in listed.perhaps]
        strangers = listed.perhaps.difference(known)
        alive = await self._alive(self._ours.next(unsure), deadline, unless_known=True)
        alive |= await self._alive(self._unread.next(strangers), deadline, unless_known=False)
        return Waiting(listed.surely | alive, self._ours.round(unsure), listed.surely | listed.perhaps)

    async def _alive(
        self, keys: Collection[DefinitionKey], deadline: Deadline, *, unless_known: bool
    ) -> frozenset[DefinitionKey]:
        """Return those that have instances; `unless_known` counts where the cluster cannot say."""
        alive: set[DefinitionKey] = set()
        for key in keys:
            if deadline.has_passed(self._clock.now()):
                break
            try:
                has_instances = await self._catalog.has_instances(key)
            except (EngineRejected, EngineUnavailable) as error:
                facts = LogFacts(definition_key=key, error=error.message)
                log.warning("definition could not be asked about", extra=facts)
                has_instances = unless_known
            if has_instances:
                alive.add(key)
        return frozenset(alive)
