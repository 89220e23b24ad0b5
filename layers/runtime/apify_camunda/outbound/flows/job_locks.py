"""Keeps the locks of jobs: renews them while their jobs are at work, and sets them to what they wait for.

A job whose process is killed comes again when its short lock runs out; one that is at work keeps it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta

from apify_camunda.camunda.model import ActivatedJob, JobGone, JobReply
from apify_camunda.camunda.ports import JobQueue
from apify_camunda.errors import EngineRejected, EngineUnavailable
from apify_camunda.identifiers import JobKey
from apify_camunda.outbound.domain import retry_policy
from apify_camunda.outbound.domain.job_facts import facts_of_job
from apify_camunda.platform.log_facts import LogFacts
from apify_camunda.platform.ports import Clock

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class JobLocks:
    """The locks of the jobs that one process holds.

    Attributes:
        lock: How long a job is locked that is at work.
        renew_every: After which time the lock of a job that is at work is renewed.
    """

    jobs: JobQueue
    clock: Clock
    lock: timedelta = retry_policy.JOB_LOCK
    renew_every: timedelta = retry_policy.RENEW_LOCK_EVERY
    _renewed: set[JobKey] = field(default_factory=set)

    @asynccontextmanager
    async def kept(self, job: ActivatedJob) -> AsyncIterator[None]:
        """Keep a job locked while it is at work, until its lock is set to something else."""
        self._renewed.add(job.key)
        renewing: list[asyncio.Task[None]] = []
        # Most jobs end before their lock must be renewed: a timer costs them less than a task.
        # The machine's time, not the clock's: the engine counts the lock down meanwhile.
        first = asyncio.get_running_loop().call_later(
            self.renew_every.total_seconds(), lambda: renewing.append(asyncio.create_task(self._renew(job)))
        )
        try:
            yield
        finally:
            self._renewed.discard(job.key)
            first.cancel()
            for task in renewing:
                task.cancel()

    async def set(self, job: JobKey, duration: timedelta) -> JobReply:
        """Let the lock run out after `duration` from now, and renew it no longer.

        Raises:
            EngineUnavailable: Camunda did not answer any of the tries.
            EngineRejected: Camunda refuses the command.
        """
        self._renewed.discard(job)
        return await self._patiently(job, duration)

    async def _patiently(self, job: JobKey, duration: timedelta) -> JobReply:
        for pause in retry_policy.CAMUNDA_PAUSES:
            try:
                return await self.jobs.set_lock(job, duration)
            except EngineUnavailable:
                await self.clock.sleep(pause)
        return await self.jobs.set_lock(job, duration)

    async def renew(self, job: ActivatedJob) -> JobReply:
        """Lock a job that stays at work as if it had just been activated.

        Raises:
            EngineUnavailable: Camunda did not answer any of the tries.
            EngineRejected: Camunda refuses the command.
        """
        return await self._patiently(job.key, self.lock)

    async def hand_back(self, job: ActivatedJob, delay: timedelta, *, at_once: bool = False) -> None:
        """Let the engine hand the job out again after `delay`, with its retries untouched.

        Args:
            job: The job.
            delay: From now.
            at_once: The invocation ends: Camunda is asked once only.
        """
        self._renewed.discard(job.key)
        try:
            await (self.jobs.set_lock(job.key, delay) if at_once else self.set(job.key, delay))
        except (EngineUnavailable, EngineRejected) as error:
            facts = facts_of_job(job) | LogFacts(error=error.message)
            log.warning("job was not handed back; it comes again when its lock runs out", extra=facts)

    async def _renew(self, job: ActivatedJob) -> None:
        while job.key in self._renewed:
            try:
                reply = await self.jobs.set_lock(job.key, self.lock)
            except (EngineUnavailable, EngineRejected) as error:
                facts = facts_of_job(job) | LogFacts(error=error.message)
                log.warning("lock of a job was not renewed", extra=facts)
            else:
                if isinstance(reply, JobGone):
                    return
            await asyncio.sleep(self.renew_every.total_seconds())
