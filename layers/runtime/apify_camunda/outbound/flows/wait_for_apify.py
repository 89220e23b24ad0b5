"""Lets a job wait in Camunda, without a slot, where Apify did not answer a read, or answered "not now"."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import assert_never

from apify_camunda.camunda.model import ActivatedJob
from apify_camunda.errors import ApifyUnavailable
from apify_camunda.outbound.domain.job_facts import facts_of_job
from apify_camunda.outbound.domain.trials import UseRetry, WaitAndTry, after_no_answer
from apify_camunda.outbound.flows.job_locks import JobLocks
from apify_camunda.outbound.ports import JobTrials
from apify_camunda.platform.log_facts import LogFacts
from apify_camunda.platform.ports import Clock

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitForApify:
    """Postpones jobs, longer each time, until the time limit is over."""

    trials: JobTrials
    locks: JobLocks
    clock: Clock

    async def __call__(self, job: ActivatedJob, error: ApifyUnavailable) -> bool:
        """Let the job come again later; False where it has waited long enough, so that it must fail.

        Raises:
            EngineUnavailable: Camunda did not answer.
            StoreUnavailable: The tries could not be counted.
        """
        next_try = after_no_answer(await self.trials.read(job), error, self.clock.now())
        await self.trials.write(job, next_try.trials)
        match next_try:
            case UseRetry():
                return False
            case WaitAndTry(delay=delay):
                facts = LogFacts(code=error.code, error=error.message, delay_s=round(delay.total_seconds()))
                log.info("read was put off: Apify did not answer it now", extra=facts_of_job(job) | facts)
                await self.locks.set(job.key, delay)
                return True
            case _:
                assert_never(next_try)
