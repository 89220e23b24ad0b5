"""A worker that may be killed by what it reads: one invocation over DynamoDB, in a process of its own.

It handles two jobs, of which one reads a dataset that ends the process, and prints each outcome.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import boto3
from apify_camunda.camunda.model import JobOutcome, JobReply
from apify_camunda.identifiers import JobKey
from apify_camunda.outbound.dynamodb_attempts import DynamoDBAttempts
from apify_camunda.outbound.dynamodb_cancellable import DynamoDBCancellableRuns
from apify_camunda.outbound.dynamodb_trials import DynamoDBTrials
from apify_camunda.outbound.flows.run_jobs import RunJobs, RunJobsConfig
from apify_camunda.platform.deadline import Deadline

from tests import builders_outbound as a
from tests.contract.aws import CREDENTIALS, REGION
from tests.fakes.apify import FakeApify, FakeApifyAccounts, FakeWorld
from tests.fakes.catalog import FakeCatalog
from tests.fakes.clock import FrozenClock
from tests.fakes.documents import FakeDocuments
from tests.fakes.elements import FakeElements
from tests.fakes.job_queue import FakeJobQueue
from tests.fakes.metrics import FakeMetrics
from tests.fakes.registry import FakeRegistry
from tests.fakes.secret_source import FakeSecretSource

POISON = JobKey(1)
INNOCENT = JobKey(2)
TABLE = "ledger"


class DeadlyApify(FakeApify):
    async def dataset_items(self, dataset: str, **asked: Any) -> Any:
        if dataset == "acme~poison":
            os.kill(os.getpid(), signal.SIGKILL)
        return await super().dataset_items(dataset, **asked)


class DeadlyAccounts(FakeApifyAccounts):
    def with_token(self, token: str) -> FakeApify:
        return DeadlyApify(self.world, token)


class PrintingQueue(FakeJobQueue):
    async def report(self, job: JobKey, outcome: JobOutcome) -> JobReply:
        error = outcome.variables.get("error")
        code = error.get("code") if isinstance(error, dict) else ""
        sys.stdout.write(f"{job} {type(outcome).__name__} {code}\n")
        sys.stdout.flush()
        return await super().report(job, outcome)


def main(endpoint: str, done: Sequence[str]) -> None:
    """Run one invocation; `done` names the jobs that are gone."""
    clock = FrozenClock()
    make: Any = boto3.client  # typed for each service by its literal name
    # The clock of the fakes runs ahead of the machine's, so a lock must not end while its job is at work.
    config = RunJobsConfig(job_type=a.JOB_TYPE, cluster=a.CLUSTER, public_url="", job_lock=timedelta(hours=1))
    client = make("dynamodb", region_name=REGION, endpoint_url=endpoint, **CREDENTIALS)
    jobs = PrintingQueue(clock)
    for key, dataset in ((POISON, "acme/poison"), (INNOCENT, "acme/products")):
        if str(key) not in done:
            jobs.add(a.job(a.get_items(datasetId=dataset), key=key, element_instance_key=key))
    run_jobs = RunJobs(
        jobs=jobs,
        accounts=DeadlyAccounts(FakeWorld(clock)),
        attempts=DynamoDBAttempts(client=client, table=TABLE, clock=clock),
        trials=DynamoDBTrials(client=client, table=TABLE, cluster=a.CLUSTER, clock=clock),
        cancellable=DynamoDBCancellableRuns(client=client, table=TABLE, clock=clock),
        elements=FakeElements(),
        documents=FakeDocuments(),
        catalog=FakeCatalog(),
        pause_store=FakeRegistry(),
        secrets=FakeSecretSource(),
        clock=clock,
        metrics=FakeMetrics(),
        config=config,
    )
    asyncio.run(run_jobs(Deadline(clock.now() + timedelta(minutes=5))))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
