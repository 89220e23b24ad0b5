"""Puts the flows together that handle one job."""

from __future__ import annotations

from apify_camunda.apify.port import ApifyAccounts
from apify_camunda.camunda.ports import DocumentStore, JobQueue
from apify_camunda.outbound.flows.act_once import ActOnce
from apify_camunda.outbound.flows.cluster_name import ClusterName
from apify_camunda.outbound.flows.counted_work import CountedWork
from apify_camunda.outbound.flows.end_attempt import EndAttempt
from apify_camunda.outbound.flows.find_run import FindRun
from apify_camunda.outbound.flows.follow_run import FollowRun
from apify_camunda.outbound.flows.given_document import GivenDocument
from apify_camunda.outbound.flows.handle_job import HandleJob
from apify_camunda.outbound.flows.handle_run_job import HandleRunJob
from apify_camunda.outbound.flows.job_locks import JobLocks
from apify_camunda.outbound.flows.job_slots import JobSlots
from apify_camunda.outbound.flows.large_results import LargeResults
from apify_camunda.outbound.flows.make_outcome import MakeOutcome
from apify_camunda.outbound.flows.report_outcome import ReportOutcome
from apify_camunda.outbound.flows.resolve_secrets import ResolveSecrets
from apify_camunda.outbound.flows.start_run import StartRun
from apify_camunda.outbound.flows.wait_for_apify import WaitForApify
from apify_camunda.outbound.flows.wait_for_run import WaitForRun
from apify_camunda.outbound.ports import AttemptLedger, CancellableRuns, JobTrials
from apify_camunda.platform.ports import Clock, Metrics, SecretSource


def compose_handle_job(
    *,
    jobs: JobQueue,
    locks: JobLocks,
    accounts: ApifyAccounts,
    attempts: AttemptLedger,
    trials: JobTrials,
    cancellable: CancellableRuns,
    resolve_secrets: ResolveSecrets,
    cluster_name: ClusterName,
    documents: DocumentStore,
    secrets: SecretSource,
    clock: Clock,
    metrics: Metrics,
    slots: JobSlots,
    cluster: str,
    public_url: str,
) -> HandleJob:
    """Return what handles one job."""
    report = ReportOutcome(jobs=jobs, clock=clock, metrics=metrics)
    make_outcome = MakeOutcome(large_results=LargeResults(), documents=documents, clock=clock)
    counted_work = CountedWork(trials=trials)
    wait_for_apify = WaitForApify(trials=trials, locks=locks, clock=clock)
    end_attempt = EndAttempt(attempts=attempts, report=report, cancellable=cancellable)
    follow_run = FollowRun(
        jobs=jobs,
        locks=locks,
        attempts=attempts,
        end_attempt=end_attempt,
        make_outcome=make_outcome,
        counted_work=counted_work,
        wait_for_apify=wait_for_apify,
        cancellable=cancellable,
    )
    start_run = StartRun(
        attempts=attempts,
        secrets=secrets,
        clock=clock,
        metrics=metrics,
        follow_run=follow_run,
        end_attempt=end_attempt,
        cluster=cluster,
        public_url=public_url,
    )
    handle_run_job = HandleRunJob(
        attempts=attempts,
        clock=clock,
        start_run=start_run,
        find_run=FindRun(public_url=public_url, attempts=attempts),
        follow_run=follow_run,
        end_attempt=end_attempt,
        cluster=cluster,
        cluster_name=cluster_name,
    )
    return HandleJob(
        locks=locks,
        slots=slots,
        accounts=accounts,
        attempts=attempts,
        clock=clock,
        report=report,
        resolve_secrets=resolve_secrets,
        handle_run_job=handle_run_job,
        wait_for_run=WaitForRun(
            attempts=attempts,
            secrets=secrets,
            clock=clock,
            follow_run=follow_run,
            end_attempt=end_attempt,
            cluster=cluster,
            public_url=public_url,
        ),
        act_once=ActOnce(
            attempts=attempts, locks=locks, clock=clock, end_attempt=end_attempt, cluster=cluster
        ),
        make_outcome=make_outcome,
        given_document=GivenDocument(documents=documents),
        counted_work=counted_work,
        wait_for_apify=wait_for_apify,
    )
