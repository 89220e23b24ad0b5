"""Tries of jobs in memory."""

from __future__ import annotations

from dataclasses import replace

from apify_camunda.camunda.model import ActivatedJob
from apify_camunda.errors import StoreUnavailable
from apify_camunda.outbound.domain.next_step import place_of
from apify_camunda.outbound.domain.trials import Trials


class FakeTrials:
    def __init__(self) -> None:
        self._rows: dict[tuple[int, int, str], Trials] = {}
        self.is_away = False

    async def begin(self, job: ActivatedJob, *, is_suspect: bool = False) -> bool:
        trials = await self.read(job)
        if trials.works and not is_suspect:
            return False
        await self.write(job, replace(trials, works=trials.works + 1))
        return True

    async def read(self, job: ActivatedJob) -> Trials:
        if self.is_away:
            raise StoreUnavailable("The fake trials are away.")
        return self._rows.get(_key(job), Trials())

    async def write(self, job: ActivatedJob, trials: Trials) -> None:
        if self.is_away:
            raise StoreUnavailable("The fake trials are away.")
        self._rows[_key(job)] = trials


def _key(job: ActivatedJob) -> tuple[int, int, str]:
    return job.key, job.retries, place_of(job)
