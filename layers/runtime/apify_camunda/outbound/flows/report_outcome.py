"""Tells Camunda what became of a job, for as long as telling it makes sense."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import assert_never

from apify_camunda.apify.model import ApifyRun
from apify_camunda.camunda.model import (
    ActivatedJob,
    CompleteJob,
    FailJob,
    JobGone,
    JobOutcome,
    JobReply,
    ThrowBpmnError,
)
from apify_camunda.camunda.ports import JobQueue
from apify_camunda.errors import EngineRejected, EngineUnavailable
from apify_camunda.expressions.result_mapping import too_large_for_the_engine
from apify_camunda.outbound.domain import retry_policy
from apify_camunda.outbound.domain.attempt import Attempt
from apify_camunda.outbound.domain.error_context import MAX_MESSAGE
from apify_camunda.outbound.domain.job_facts import facts_of_job
from apify_camunda.platform.log_facts import LogFacts
from apify_camunda.platform.ports import Clock, Metrics

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportOutcome:
    """Reports outcomes of jobs."""

    jobs: JobQueue
    clock: Clock
    metrics: Metrics

    async def __call__(self, job: ActivatedJob, outcome: JobOutcome) -> JobReply:
        """Report the outcome, and return whether the job was still there.

        An outcome that the engine refuses (variables that it cannot take) becomes an incident that says so.

        Raises:
            EngineUnavailable: Camunda did not answer again and again; the report may have arrived.
        """
        try:
            return await self.as_it_is(job, outcome)
        except EngineRejected as error:
            return await self.as_it_is(job, self.failure_of(job, outcome, error))

    async def as_it_is(self, job: ActivatedJob, outcome: JobOutcome) -> JobReply:
        """Report the outcome or nothing.

        Raises:
            EngineRejected: The engine refuses it.
            EngineUnavailable: Camunda did not answer again and again; the report may have arrived.
        """
        reply = await self._patiently(job, outcome)
        self._note(job, outcome, reply)
        return reply

    def measure_run(self, attempt: Attempt, run: ApifyRun) -> None:
        """Note how long a job has waited for its run, and how long after the run's end it goes on."""
        now = self.clock.now()
        self.metrics.measure("RunWait", now - attempt.began_at)
        if run.ended_at is not None:
            self.metrics.measure("JobLag", now - run.ended_at)

    def failure_of(self, job: ActivatedJob, outcome: JobOutcome, error: EngineRejected) -> FailJob:
        """Return the incident that says why the engine refused an outcome."""
        log.warning("outcome was refused", extra=facts_of_job(job) | LogFacts(rejection=error.rejection))
        why = too_large_for_the_engine(outcome.variables, error.code) or error.message
        return FailJob(0, f"Camunda refused the outcome: {why}"[:MAX_MESSAGE], timedelta(), {})

    async def _patiently(self, job: ActivatedJob, outcome: JobOutcome) -> JobReply:
        for pause in retry_policy.CAMUNDA_PAUSES:
            try:
                return await self.jobs.report(job.key, outcome)
            except EngineUnavailable:
                await self.clock.sleep(pause)
        return await self.jobs.report(job.key, outcome)

    def _note(self, job: ActivatedJob, outcome: JobOutcome, reply: JobReply) -> None:
        if isinstance(reply, JobGone):
            log.warning("job was gone when its outcome was reported", extra=facts_of_job(job))
            return
        match outcome:
            case CompleteJob():
                self.metrics.count("JobsCompleted")
                log.info("job was completed", extra=facts_of_job(job))
            case FailJob(retries=retries):
                self.metrics.count("JobsFailed")
                log.info("job was failed", extra=facts_of_job(job) | LogFacts(retries=retries))
            case ThrowBpmnError():
                self.metrics.count("JobsCompleted")
                log.info("job threw a BPMN error", extra=facts_of_job(job))
            case _:
                assert_never(outcome)
