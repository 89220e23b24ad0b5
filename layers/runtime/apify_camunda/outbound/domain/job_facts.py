"""The log facts that name a job."""

from __future__ import annotations

from apify_camunda.camunda.model import ActivatedJob
from apify_camunda.platform.log_facts import LogFacts


def facts_of_job(job: ActivatedJob) -> LogFacts:
    """Return what names a job in the log."""
    return LogFacts(job_key=job.key, element=job.element_ref)
