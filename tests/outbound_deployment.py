"""The outbound half over fakes that outlive each invocation, for tests of its flows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from apify_camunda.camunda.model import ActivatedJob, CompleteJob, FailJob, JobOutcome
from apify_camunda.identifiers import AttemptId, RunId
from apify_camunda.json_types import JsonObject
from apify_camunda.outbound.domain.attempt import Attempt
from apify_camunda.outbound.domain.attempt_transitions import NoteReport
from apify_camunda.outbound.flows.resolve_secrets import SecretScope
from apify_camunda.outbound.flows.run_jobs import RunJobs, RunJobsConfig
from apify_camunda.platform.deadline import Deadline
from apify_camunda.platform.ports import Clock

from tests import builders_outbound as a
from tests.event_loop import run_async
from tests.fakes.apify import FakeApify, FakeApifyAccounts, FakeWorld
from tests.fakes.attempts import FakeAttemptLedger
from tests.fakes.cancellable import FakeCancellableRuns
from tests.fakes.catalog import FakeCatalog
from tests.fakes.clock import FrozenClock
from tests.fakes.documents import FakeDocuments
from tests.fakes.elements import FakeElements
from tests.fakes.job_queue import FakeJobQueue
from tests.fakes.metrics import FakeMetrics
from tests.fakes.mortal import Killed, Lifetime, Mortality
from tests.fakes.registry import FakeRegistry
from tests.fakes.secret_source import FakeSecretSource
from tests.fakes.trials import FakeTrials

INVOCATION = timedelta(minutes=5)


@dataclass
class MortalAccounts:
    accounts: FakeApifyAccounts
    lifetime: Mortality

    def with_token(self, token: str) -> FakeApify:
        mortal: FakeApify = self.lifetime.mortal(self.accounts.with_token(token))
        return mortal


class Deployment:
    def __init__(self, *, calls_back: bool = True, **config: Any) -> None:
        self.clock = FrozenClock()
        self.attempts = FakeAttemptLedger()
        self.trials = FakeTrials()
        self.cancellable = FakeCancellableRuns(self.clock)
        self.elements = FakeElements()
        self.documents = FakeDocuments()
        self.world = FakeWorld(self.clock)
        self.jobs = FakeJobQueue(self.clock)
        self.registry = FakeRegistry()
        self.secrets = FakeSecretSource()
        self.catalog = FakeCatalog()
        self.metrics = FakeMetrics()
        self.calls_back = calls_back
        self.called_back: set[RunId] = set()
        # With one job at a time nothing else happens after a death.
        values: dict[str, Any] = {
            "job_type": a.JOB_TYPE,
            "cluster": a.CLUSTER,
            "public_url": a.PUBLIC_URL,
            "secret_scope": SecretScope.ELEMENT,
            "concurrency": 1,
        }
        self.config = RunJobsConfig(**(values | config))

    def poller(self, lifetime: Mortality, clock: Clock | None = None) -> RunJobs:
        return RunJobs(
            jobs=lifetime.mortal(self.jobs),
            accounts=MortalAccounts(FakeApifyAccounts(self.world), lifetime),
            attempts=lifetime.mortal(self.attempts),
            trials=lifetime.mortal(self.trials),
            cancellable=lifetime.mortal(self.cancellable),
            elements=self.elements,
            documents=lifetime.mortal(self.documents),
            catalog=self.catalog,
            pause_store=self.registry,
            secrets=self.secrets,
            clock=clock or self.clock,
            metrics=self.metrics,
            config=self.config,
        )

    def invoke(
        self, lifetime: Lifetime | None = None, *, lasting: timedelta = INVOCATION
    ) -> JsonObject | None:
        """Run one invocation and return its summary; None where it was killed."""
        deadline = Deadline(self.clock.now() + lasting)
        try:
            return run_async(self.poller(lifetime or Lifetime())(deadline))
        except Killed:
            return None

    def work(self, job: ActivatedJob) -> JobOutcome:
        """Let one invocation work a job that needs no run to end, and return its outcome."""
        self.jobs.add(job)
        self.invoke()
        return self.outcome

    @property
    def outcome(self) -> JobOutcome:
        """Return the only outcome that was reported."""
        [(_, outcome)] = self.jobs.reported
        return outcome

    @property
    def completed(self) -> JsonObject:
        outcome = self.outcome
        assert isinstance(outcome, CompleteJob), outcome
        return outcome.variables

    @property
    def failed(self) -> FailJob:
        outcome = self.outcome
        assert isinstance(outcome, FailJob), outcome
        return outcome

    @property
    def error(self) -> JsonObject:
        """Return the `error` of the only failure."""
        error = self.failed.variables["error"]
        assert isinstance(error, dict)
        return error

    @property
    def row(self) -> Attempt:
        [row] = self.attempts.rows.values()
        return row

    @property
    def run_id(self) -> RunId:
        [run_id] = self.world.runs
        return run_id

    def end_runs(self, status: str = "SUCCEEDED", **leaving: Any) -> None:
        """Let all runs that still go on end."""
        for run_id, run in self.world.runs.items():
            if run["status"] == "RUNNING":
                self.world.end_run(run_id, status, **leaving)

    def call_back(self) -> None:
        """Report each run that has ended to the attempt that its webhook names, and wake the job."""

        async def deliver() -> None:
            for webhook in list(self.world.webhooks.values()):
                run_id = RunId(webhook.condition["actorRunId"])
                status = str(self.world.runs[run_id]["status"])
                if status != "RUNNING" and run_id not in self.called_back:
                    self.called_back.add(run_id)
                    attempt = AttemptId(webhook.request_url.removeprefix(f"{a.PUBLIC_URL}/runs/"))
                    row = (await self.attempts.change(attempt, NoteReport(run_id, status))).row
                    assert row is not None
                    await self.jobs.set_lock(row.job_key, timedelta(milliseconds=1))

        if self.calls_back:
            run_async(deliver())

    def end_and_wake(self, status: str = "SUCCEEDED", **leaving: Any) -> None:
        """Let all runs end, their callbacks arrive, and the poller be woken."""
        self.end_runs(status, **leaving)
        self.call_back()
        self.clock.advance(timedelta(seconds=1))
        self.invoke()

    def carry_to_the_end(self, job: ActivatedJob) -> None:
        """Let time pass, runs end and invocations happen until the job is gone."""
        for _ in range(200):
            if not self.jobs.is_there(job.key):
                return
            self.end_runs()
            self.call_back()
            self.clock.advance(timedelta(minutes=1))
            self.invoke()
        raise AssertionError("the job never ended")
