"""Decides what comes next for a job that starts a run, from what its last attempt wrote; it does nothing.

One attempt starts at most one run. Its row says how far it has come, so that any poller can go on from there.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final, TypeAlias

from apify_camunda.apify.model import StartRun
from apify_camunda.camunda.model import ActivatedJob
from apify_camunda.identifiers import AttemptId, JobKey
from apify_camunda.json_types import JsonObject
from apify_camunda.outbound.domain.attempt import Attempt, AttemptState

MARK_LENGTH: Final = 24


@dataclass(frozen=True, slots=True)
class Begin:
    """No attempt is open: write a new one of this number, then start.

    Attributes:
        retries: With how many at least the job comes again for it.
    """

    number: int
    retries: int


@dataclass(frozen=True, slots=True)
class TakeOver:
    """The last try certainly started no run: take the lease, then start."""

    attempt: Attempt


@dataclass(frozen=True, slots=True)
class FindRun:
    """A run may have been started whose id was not written down: look for it.

    Attributes:
        may_start: The lease has ended, so that a run may be started where none is found.
    """

    attempt: Attempt
    may_start: bool


@dataclass(frozen=True, slots=True)
class FollowRun:
    """The run is known: look at it."""

    attempt: Attempt


@dataclass(frozen=True, slots=True)
class ReportAgain:
    """The outcome was decided and perhaps reported: report it."""

    attempt: Attempt
    outcome: JsonObject


Step: TypeAlias = Begin | TakeOver | FindRun | FollowRun | ReportAgain


def next_step(
    latest: Attempt | None, job: ActivatedJob, *, cluster: str, told: str = "", now: datetime
) -> Step:
    """Return what comes next for a job that was just activated.

    A job with fewer retries than its attempt has failed since, so that a new attempt begins; with as many or
    more it goes on with the open one.

    Args:
        latest: The newest row under the job's key.
        job: The job.
        cluster: The address of the cluster.
        told: What the cluster calls itself, where it does.
        now: The present.
    """
    if latest is None:
        return Begin(1, job.retries)
    is_of_this_job = belongs_to(latest, job, cluster=cluster, told=told)
    if latest.state is AttemptState.CLOSED or not is_of_this_job or job.retries < latest.retries:
        return Begin(latest.number + 1, _retries_after(latest, job) if is_of_this_job else job.retries)
    if latest.state is AttemptState.DECIDED and latest.outcome is not None:
        return ReportAgain(latest, latest.outcome)
    if latest.run_id is not None:
        return FollowRun(latest)
    if latest.lease_until is None:
        return TakeOver(latest)
    return FindRun(latest, may_start=latest.lease_until <= now)


def belongs_to(row: Attempt, job: ActivatedJob, *, cluster: str, told: str = "") -> bool:
    """Say whether a row under the job's key is this job's: a cluster that was reset uses its keys again.

    What the cluster calls itself decides where it is known then and now, and the place. The place decides
    alone where the cluster only has a new address; a row without a place, as early versions wrote, belongs to
    the job with that key on the same cluster.
    """
    if row.cluster_told and told and row.cluster_told != told:
        return False
    return row.place == place_of(job) if row.place else row.cluster == cluster


def _retries_after(last: Attempt, job: ActivatedJob) -> int:
    """Return with how many retries at least a job comes for the attempt after its last one.

    A poller that was handed the job before it failed may begin the next attempt with the old, higher number.
    The poller that is handed the job now has fewer, and must not take that for another failure.
    """
    return min(job.retries, last.retries) if last.retries > 0 else job.retries


def new_attempt(
    job: ActivatedJob,
    begin: Begin,
    *,
    cluster: str,
    told: str = "",
    fingerprint: str,
    now: datetime,
    lease_until: datetime,
    sends_callback: bool,
) -> Attempt:
    """Return the row of a new attempt, whose writer has the right to start until the lease ends.

    Args:
        job: The job.
        begin: The number of the attempt.
        cluster: Names the cluster whose job this is.
        told: What the cluster calls itself, where it does.
        fingerprint: A digest of what is asked of Apify.
        now: The present.
        lease_until: When the writer has certainly ended.
        sends_callback: The start request carries our ad-hoc webhook.
    """
    return Attempt(
        id=attempt_id(job.key, begin.number),
        job_key=job.key,
        number=begin.number,
        retries=begin.retries,
        state=AttemptState.STARTING,
        lease_until=lease_until,
        began_at=now,
        fingerprint=fingerprint,
        sends_callback=sends_callback,
        cluster=cluster,
        cluster_told=told,
        place=place_of(job),
    )


def place_of(job: ActivatedJob) -> str:
    """Return where in which instance the job is."""
    return f"{job.process_id}/{job.process_instance_key}/{job.element_id}/{job.element_instance_key}"


def attempt_id(job: JobKey, number: int) -> AttemptId:
    """Return the name of one attempt of one job."""
    return AttemptId(f"{job}-{number}")


def surplus_of(job: JobKey) -> AttemptId:
    """Return the owner of a job's superfluous runs: no attempt, so that none ever finds them."""
    return attempt_id(job, 0)


def parts_of(attempt: AttemptId) -> tuple[JobKey, int] | None:
    """Return the job and the number that an id names, or None where it is no such id."""
    job, separator, number = attempt.partition("-")
    is_id = separator and job.isascii() and job.isdigit() and number.isascii() and number.isdigit()
    return (JobKey(int(job)), int(number)) if is_id else None


def start_mark(attempt: Attempt) -> str:
    """Return what marks the start requests of one attempt at Apify: no other attempt has the same mark.

    Two deployments may use one Apify account, and a cluster that was reset uses its job keys again.
    """
    named = f"{attempt.cluster} {attempt.place} {attempt.id} {attempt.began_at.isoformat()}"
    return hashlib.sha256(named.encode()).hexdigest()[:MARK_LENGTH]


def fingerprint(request: StartRun) -> str:
    """Return a digest of what is started: the resource, the options and the input, never the webhooks."""
    charge = request.max_total_charge_usd
    facts = {
        "kind": request.kind.value,
        "resource": request.resource_id,
        "input": request.input,
        "timeout": None if request.timeout is None else request.timeout.total_seconds(),
        "memory": request.memory_mbytes,
        "build": request.build,
        "maxItems": request.max_items,
        "maxTotalChargeUsd": None if charge is None else str(Decimal(charge).normalize()),
    }
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()
