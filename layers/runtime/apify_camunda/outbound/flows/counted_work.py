"""Counts the works of a job that may end the process, so that no job ends one process after another.

Reading and mapping a result is what takes memory. The count is written before it and stays where the process
is killed; a job that has ended its process is worked alone after that, so that no other job is taken for it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace

from apify_camunda.camunda.model import ActivatedJob, FailJob, JobOutcome
from apify_camunda.outbound.domain.job_facts import facts_of_job
from apify_camunda.outbound.domain.trials import Trials, fatal_error
from apify_camunda.outbound.ports import JobTrials

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class CountedWork:
    """The works of one process that may end it."""

    trials: JobTrials
    _alone: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def __call__(self, job: ActivatedJob, work: Callable[[], Awaitable[JobOutcome]]) -> JobOutcome:
        """Return what the work makes of the job.

        Raises:
            PermanentError: The job's work has ended its process again and again; the code is WORKER_KILLED.
            ConnectorError: The work fails.
            StoreUnavailable: The count could not be written; the work did not begin.
        """
        if await self.trials.begin(job):
            return await self._work(job, work)
        async with self._alone:
            works = (await self.trials.read(job)).works
            fatal = fatal_error(works)
            if fatal is not None:
                log.error("job had ended its process again and again", extra=facts_of_job(job))
                await self.trials.write(job, Trials())
                raise fatal
            await self.trials.begin(job, is_suspect=True)
            return await self._work(job, work)

    async def _work(self, job: ActivatedJob, work: Callable[[], Awaitable[JobOutcome]]) -> JobOutcome:
        try:
            outcome = await work()
        except BaseException:
            await self._end(job)
            raise
        if isinstance(outcome, FailJob):  # a job that is completed does not come again
            await self._end(job)
        return outcome

    async def _end(self, job: ActivatedJob) -> None:
        await self.trials.write(job, replace(await self.trials.read(job), works=0))
