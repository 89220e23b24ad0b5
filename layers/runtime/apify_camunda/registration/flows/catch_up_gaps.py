"""Searches the gaps in which webhooks were missing, as far as time allows; a long one stops no other."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from datetime import timedelta

from apify_camunda.errors import ApifyRejected, ApifyUnavailable, StoreRejected
from apify_camunda.identifiers import ApifyUserId, RegistrationId
from apify_camunda.platform.deadline import Deadline
from apify_camunda.platform.log_facts import LogFacts
from apify_camunda.platform.ports import Clock
from apify_camunda.registration.domain.registration import Registration
from apify_camunda.registration.flows.catch_up_runs import CatchUpRuns
from apify_camunda.registration.flows.open_accounts import Account
from apify_camunda.registration.flows.round_robin import RoundRobin
from apify_camunda.registration.ports import EventParking, Registry

log = logging.getLogger(__name__)

_AT_MOST = 50
"""So many gaps are searched in one tick."""
_FOR_ONE = timedelta(seconds=30)
"""A gap gets this time in one tick, or its share if that is more; the next tick goes on where it ended."""


class CatchUpGaps:
    """Searches gaps of this tick and of earlier ones, round robin."""

    def __init__(self, *, registry: Registry, parking: EventParking, clock: Clock) -> None:
        self._registry = registry
        self._clock = clock
        self._search = CatchUpRuns(parking=parking, clock=clock)
        self._round_robin = RoundRobin[RegistrationId](clock, _AT_MOST)

    async def __call__(
        self, rows: Iterable[Registration], accounts: Mapping[ApifyUserId, Account], deadline: Deadline
    ) -> int:
        """Park what is found, note how far the search has come, and return how many events were found."""
        gaps = {row.id: row for row in rows if row.gap_until is not None and row.apify_user_id in accounts}
        found = 0
        batch = self._round_robin.next(gaps)
        for number, name in enumerate(batch):
            now = self._clock.now()
            if deadline.has_passed(now):
                break
            row = gaps[name]
            share = max(_FOR_ONE, deadline.remaining(now) / (len(batch) - number))
            try:
                caught = await self._search(row, accounts[row.apify_user_id], deadline.or_sooner(now + share))
            except (ApifyRejected, ApifyUnavailable) as error:
                facts = LogFacts(registration_id=row.id, error=error.message)
                log.warning("gap was not searched", extra=facts)
                continue
            found += caught.parked
            searched = row.searched(caught.covered_until, is_whole=caught.is_whole)
            await self._save(searched)
        return found

    async def _save(self, row: Registration) -> None:
        try:
            await self._registry.save_registration(row)
        except StoreRejected as error:
            log.warning("row was refused", extra=LogFacts(registration_id=row.id, error=error.message))
