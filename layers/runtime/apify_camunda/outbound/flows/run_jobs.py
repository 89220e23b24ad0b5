"""Polls Camunda for jobs and handles many of them at once, for as long as the invocation may live."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from typing import Final

from apify_camunda.apify.port import ApifyAccounts
from apify_camunda.camunda.model import ActivatedJob
from apify_camunda.camunda.ports import DocumentStore, ElementSearch, JobQueue, ProcessCatalog
from apify_camunda.errors import EngineUnavailable, StoreUnavailable
from apify_camunda.json_types import JsonObject
from apify_camunda.outbound.domain import retry_policy
from apify_camunda.outbound.domain.cancellable_run import SWEEP_EVERY
from apify_camunda.outbound.domain.slot_shares import SlotShares
from apify_camunda.outbound.flows.cluster_name import ClusterName
from apify_camunda.outbound.flows.compose_handle_job import compose_handle_job
from apify_camunda.outbound.flows.job_locks import JobLocks
from apify_camunda.outbound.flows.job_slots import JobSlots
from apify_camunda.outbound.flows.poller_invocation import PollerInvocation
from apify_camunda.outbound.flows.resolve_secrets import ResolveSecrets, SecretScope
from apify_camunda.outbound.flows.sweep_cancelled import SweepCancelled
from apify_camunda.outbound.ports import AttemptLedger, CancellableRuns, JobTrials
from apify_camunda.platform.deadline import Deadline
from apify_camunda.platform.log_facts import LogFacts
from apify_camunda.platform.pause import PauseSwitch
from apify_camunda.platform.ports import Clock, Metrics, PauseStore, SecretSource

log = logging.getLogger(__name__)
_OUTBOUND: Final = "outbound"
_PAUSED: Final = "paused"


class PollMode(Enum):
    """When an invocation ends."""

    ECONOMICAL = "economical"
    """When no jobs come any more."""
    CONTINUOUS = "continuous"
    """When its time is up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunJobsConfig:
    """How the poller works.

    Attributes:
        cluster: Names the cluster in our rows.
        public_url: Where Apify reaches our callbacks, without a slash at the end; empty: no callbacks.
        max_jobs: How many jobs one poll asks for at most.
        concurrency: How many jobs are at work at once.
        job_lock: How long a job is locked; renewed while it is at work.
        slot_wait: How long a job waits for a slot that its process or account may hold.
        poll_wait: How long one poll waits for jobs.
        empty_polls: After how many polls in a row without jobs an economical invocation ends.
        job_budget: No job is begun with less time left than this.
        hand_back_margin: What is kept of the invocation's time for handing jobs back.
    """

    job_type: str
    cluster: str
    public_url: str
    secret_scope: SecretScope = SecretScope.ELEMENT
    poll_mode: PollMode = PollMode.ECONOMICAL
    max_jobs: int = 64
    concurrency: int = 64
    job_lock: timedelta = retry_policy.JOB_LOCK
    slot_wait: timedelta = retry_policy.SLOT_WAIT
    poll_wait: timedelta = timedelta(seconds=10)
    empty_polls: int = 2
    job_budget: timedelta = timedelta(seconds=20)
    hand_back_margin: timedelta = timedelta(seconds=5)


class RunJobs:
    """One invocation of the poller."""

    def __init__(
        self,
        *,
        jobs: JobQueue,
        accounts: ApifyAccounts,
        attempts: AttemptLedger,
        trials: JobTrials,
        cancellable: CancellableRuns,
        elements: ElementSearch,
        documents: DocumentStore,
        catalog: ProcessCatalog,
        pause_store: PauseStore,
        secrets: SecretSource,
        clock: Clock,
        metrics: Metrics,
        config: RunJobsConfig,
    ) -> None:
        self._jobs = jobs
        self._clock = clock
        self._metrics = metrics
        self._config = config
        self._pause = PauseSwitch(store=pause_store, clock=clock, direction=_OUTBOUND)
        self._sweep_cancelled = SweepCancelled(
            runs=cancellable,
            elements=elements,
            accounts=accounts,
            attempts=attempts,
            secrets=secrets,
            clock=clock,
        )
        self._locks = JobLocks(jobs=jobs, clock=clock, lock=config.job_lock)
        self._handle_job = compose_handle_job(
            jobs=jobs,
            locks=self._locks,
            accounts=accounts,
            attempts=attempts,
            trials=trials,
            cancellable=cancellable,
            resolve_secrets=ResolveSecrets(
                secrets=secrets,
                catalog=catalog,
                scope=config.secret_scope,
                job_type=config.job_type,
                clock=clock,
            ),
            cluster_name=ClusterName(catalog=catalog, clock=clock),
            documents=documents,
            secrets=secrets,
            clock=clock,
            metrics=metrics,
            slots=JobSlots(shares=SlotShares(config.concurrency), wait=config.slot_wait),
            cluster=config.cluster,
            public_url=config.public_url,
        )

    async def __call__(self, deadline: Deadline) -> JsonObject:
        """Handle jobs until none come (economical) or the time is up, and return what was done.

        When it returns, every job that it activated is reported, waits by its lock, or was handed back.
        """
        self._metrics.count(
            "PollerHeartbeat", 0
        )  # so that an alarm sees a poller which never reaches Camunda
        poll = PollerInvocation(deadline.earlier_by(self._config.hand_back_margin))
        try:
            while await self._goes_on(poll):
                await poll.make_room(self._config.concurrency)
                self._sweep(poll)
                await self._poll(poll)
        finally:
            await poll.finish(poll.deadline.remaining(self._clock.now()))
            if poll.was_answered or poll.stopped == _PAUSED:
                self._metrics.count("PollerHeartbeat")
        return {"polls": poll.polls, "jobs": poll.jobs, "stopped": poll.stopped}

    def _sweep(self, poll: PollerInvocation) -> None:
        """Look for cancelled jobs beside the others, once a minute."""
        now = self._clock.now()
        if poll.swept_at is None or now - poll.swept_at >= SWEEP_EVERY:
            poll.swept_at = now
            poll.sweeps.add(asyncio.create_task(self._sweep_cancelled()))

    async def work(self, job: ActivatedJob, deadline: Deadline) -> None:
        """Handle one job that is locked for us, until it is reported, waits, or was handed back."""
        await self._handle_job(job, deadline)

    async def _goes_on(self, poll: PollerInvocation) -> bool:
        poll.stopped = await self._reason_to_stop(poll)
        return poll.stopped is None

    async def _reason_to_stop(self, poll: PollerInvocation) -> str | None:
        poll.collect()
        if self._poll_wait(poll) is None:
            return "time is up"
        if poll.failed_polls > len(retry_policy.POLL_PAUSES):
            return "Camunda does not answer"
        is_economical = self._config.poll_mode is PollMode.ECONOMICAL
        if is_economical and not poll.at_work and poll.empty_polls >= self._config.empty_polls:
            return "no jobs"
        try:
            return _PAUSED if await self._pause.is_on() else None
        except StoreUnavailable as error:
            log.warning("pause could not be asked for; the poller stops", extra=LogFacts(error=error.message))
            return "the store does not answer"

    def _poll_wait(self, poll: PollerInvocation) -> timedelta | None:
        """Return how long the next poll may wait, or None where jobs that it brings could not be worked."""
        spare = poll.deadline.remaining(self._clock.now()) - self._config.job_budget
        return min(self._config.poll_wait, spare) if spare > timedelta() else None

    async def _poll(self, poll: PollerInvocation) -> None:
        wait = self._poll_wait(poll)
        if wait is None:
            return
        poll.polls += 1
        began_at = self._clock.now()
        try:
            found = await self._jobs.activate(
                job_type=self._config.job_type,
                max_jobs=min(self._config.max_jobs, self._config.concurrency - len(poll.at_work)),
                lock=self._config.job_lock,
                wait=wait,
            )
        except EngineUnavailable as error:
            log.warning("jobs could not be asked for", extra=LogFacts(error=error.message))
            if poll.failed_polls < len(retry_policy.POLL_PAUSES):
                await self._clock.sleep(retry_policy.POLL_PAUSES[poll.failed_polls])
            poll.failed_polls += 1
            return
        poll.failed_polls = 0
        poll.was_answered = True
        poll.empty_polls = 0 if found else poll.empty_polls + 1
        for job in found:
            self._begin(job, poll)
        if not found and self._clock.now() - began_at < retry_policy.SHORTEST_POLL:
            await self._clock.sleep(retry_policy.SHORTEST_POLL)  # a gateway that does not keep polls waiting

    def _begin(self, job: ActivatedJob, poll: PollerInvocation) -> None:
        poll.jobs += 1
        fits = poll.deadline.remaining(self._clock.now()) >= self._config.job_budget
        work = self._handle_job(job, poll.deadline) if fits else self._too_late(job)
        poll.begin(asyncio.create_task(work))

    async def _too_late(self, job: ActivatedJob) -> None:
        """Hand back a job that came when the time does not suffice for it."""
        await self._locks.hand_back(job, retry_policy.AT_ONCE, at_once=True)
