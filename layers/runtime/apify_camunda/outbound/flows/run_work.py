"""The data of a job whose change at Apify must be made at most once."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from apify_camunda.apify.port import Apify
from apify_camunda.camunda.model import ActivatedJob, JobOutcome
from apify_camunda.errors import ConnectorError
from apify_camunda.outbound.domain.attempt import Attempt
from apify_camunda.outbound.domain.job_facts import facts_of_job
from apify_camunda.outbound.domain.job_headers import JobHeaders
from apify_camunda.outbound.domain.job_outcome import outcome_of_error
from apify_camunda.outbound.operations.model import ActOperation, RunOperation, StartOperation
from apify_camunda.outbound.operations.wait_for_run import WaitForRun
from apify_camunda.platform.deadline import Deadline
from apify_camunda.platform.log_facts import LogFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptWork:
    """One job with attempts, with all that was read of it.

    Attributes:
        secrets: Values that must not leave us.
        token_reference: What the element's token field says, where it names a secret.
        deadline: When the invocation ends that works the job.
    """

    job: ActivatedJob
    headers: JobHeaders
    apify: Apify
    secrets: Collection[str]
    deadline: Deadline
    token_reference: str = ""

    def outcome_of(self, error: ConnectorError) -> JobOutcome:
        """Return what the job is reported as after this error."""
        return outcome_of_error(error, self.headers, retries=self.job.retries, secrets=self.secrets)

    def facts(self, attempt: Attempt) -> LogFacts:
        """Return what names the job and its attempt in the log."""
        return facts_of_job(self.job) | LogFacts(attempt_id=attempt.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunWork(AttemptWork):
    """One job that may wait for a run."""

    operation: RunOperation


@dataclass(frozen=True, slots=True, kw_only=True)
class StartWork(RunWork):
    """One job that starts a run."""

    operation: StartOperation


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitWork(RunWork):
    """One job that waits for a run which something else has started."""

    operation: WaitForRun


@dataclass(frozen=True, slots=True, kw_only=True)
class ActWork(AttemptWork):
    """One job that changes something at Apify, which must not be done twice."""

    operation: ActOperation
