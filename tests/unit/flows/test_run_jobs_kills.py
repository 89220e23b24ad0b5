"""A machine may die between any two steps; the job that comes again must start no second run."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from apify_camunda.contracts.commands import ActivatedJob, CompleteJob
from apify_camunda.contracts.ledger import AttemptState
from apify_camunda.domain.deadline import Deadline
from apify_camunda.flows.run_jobs import RunJobs, RunJobsConfig

from tests import builders_outbound as a
from tests.fakes.apify import FakeApify, FakeApifyAccounts, FakeWorld
from tests.fakes.attempts import FakeAttemptLedger
from tests.fakes.clock import FrozenClock
from tests.fakes.job_queue import FakeJobQueue
from tests.fakes.metrics import FakeMetrics
from tests.fakes.mortal import Killed, Lifetime
from tests.fakes.registry import FakeRegistry
from tests.fakes.secret_source import FakeSecretSource

INVOCATION = timedelta(minutes=5)


@dataclass
class MortalAccounts:
    accounts: FakeApifyAccounts
    lifetime: Lifetime

    def with_token(self, token: str) -> FakeApify:
        return self.lifetime.mortal(self.accounts.with_token(token))


@dataclass
class Deployment:
    """The outbound half over fakes that outlive each invocation."""

    clock: FrozenClock = field(default_factory=FrozenClock)
    attempts: FakeAttemptLedger = field(default_factory=FakeAttemptLedger)
    calls_back: bool = True

    def __post_init__(self) -> None:
        self.world = FakeWorld(self.clock)
        self.jobs = FakeJobQueue(self.clock)
        self.called_back: set[str] = set()

    def invocation(self, lifetime: Lifetime) -> RunJobs:
        mortal: Any = lifetime.mortal
        return RunJobs(
            jobs=mortal(self.jobs),
            accounts=MortalAccounts(FakeApifyAccounts(self.world), lifetime),
            attempts=mortal(self.attempts),
            catalog=None,
            registry=FakeRegistry(),
            secrets=FakeSecretSource(),
            clock=self.clock,
            metrics=FakeMetrics(),
            # With one job at a time nothing else happens after the death.
            config=RunJobsConfig(
                job_type=a.JOB_TYPE, cluster=a.CLUSTER, public_url=a.PUBLIC_URL, concurrency=1
            ),
        )

    def invoke(self, lifetime: Lifetime | None = None) -> bool:
        """Run one invocation; False where it was killed."""
        try:
            asyncio.run(self.invocation(lifetime or Lifetime())(Deadline(self.clock.now() + INVOCATION)))
        except Killed:
            return False
        return True

    def call_back(self) -> None:
        """Report each run that has ended to the attempt that its webhook names, and wake the job."""

        async def deliver() -> None:
            for webhook in list(self.world.webhooks.values()):
                run_id = webhook.condition["actorRunId"]
                status = str(self.world.runs[run_id]["status"])
                if status != "RUNNING" and run_id not in self.called_back:
                    self.called_back.add(run_id)
                    name = webhook.request_url.removeprefix(f"{a.PUBLIC_URL}/runs/")
                    row = await self.attempts.record_status(name, run_id, status)  # type: ignore[arg-type]
                    assert row is not None
                    await self.jobs.set_lock(row.job_key, timedelta(milliseconds=1))

        if self.calls_back:
            asyncio.run(deliver())

    def carry_to_the_end(self, job: ActivatedJob) -> None:
        """Let time pass, runs end and invocations happen until the job is gone."""
        for _ in range(200):
            if not self.jobs.is_there(job.key):
                return
            for run_id, run in self.world.runs.items():
                if run["status"] == "RUNNING":
                    self.world.end_run(run_id)
            self.call_back()
            self.clock.advance(timedelta(minutes=1))
            self.invoke()
        pytest.fail("the job never ended")


def ended_well(deployment: Deployment) -> bool:
    [(key, outcome)] = deployment.jobs.reported
    assert isinstance(outcome, CompleteJob), outcome
    [run_id] = deployment.world.runs
    [row] = deployment.attempts.rows.values()
    return (
        key == a.JOB
        and outcome.variables["result"]["data"]["id"] == run_id  # type: ignore[index,call-overload]
        and row.state in (AttemptState.CLOSED, AttemptState.DECIDED)
    )


def started(job: ActivatedJob, *, calls_back: bool = True) -> Deployment:
    """Return a deployment that has a job to begin."""
    deployment = Deployment(calls_back=calls_back)
    deployment.jobs.add(job)
    return deployment


def run_ended(job: ActivatedJob) -> Deployment:
    """Return a deployment whose job has waited for its run, which has just ended."""
    deployment = started(job)
    assert deployment.invoke()
    [run_id] = deployment.world.runs
    deployment.world.end_run(run_id)
    deployment.call_back()
    deployment.clock.advance(timedelta(seconds=1))
    return deployment


def every_death(begin: Callable[[], Deployment]) -> Iterator[tuple[int, Deployment]]:
    """Yield what is left after an invocation died at its n-th step, for each n, before and after the effect."""
    for after in (False, True):
        for step in itertools.count():
            deployment = begin()
            if deployment.invoke(Lifetime(step, after=after)):
                assert step > 5, "an invocation takes more steps than that"
                break
            yield step, deployment


@pytest.mark.parametrize("calls_back", [True, False], ids=["with callbacks", "without callbacks"])
@pytest.mark.parametrize("waits", ["true", "false"], ids=["waiting", "not waiting"])
def test_one_run_wherever_the_start_dies(waits: str, calls_back: bool) -> None:  # noqa: FBT001 - a column
    """An invocation that dies at any step of starting leaves one run and one completion in the end."""
    job = a.job(a.run_actor(waitForFinish=waits))
    for step, deployment in every_death(lambda: started(job, calls_back=calls_back)):
        deployment.carry_to_the_end(job)

        assert ended_well(deployment), f"killed at step {step}"


def test_one_completion_wherever_the_end_dies() -> None:
    """An invocation that dies at any step of finishing leaves one run and one completion in the end."""
    job = a.job()
    for step, deployment in every_death(lambda: run_ended(job)):
        deployment.carry_to_the_end(job)

        assert ended_well(deployment), f"killed at step {step}"


def test_one_run_whoever_dies_twice() -> None:
    """Two deaths in a row, each at any step, still leave one run."""
    job = a.job()
    for first, _ in every_death(lambda: started(job)):
        for step in range(8):
            deployment = started(job)
            deployment.invoke(Lifetime(first))
            deployment.clock.advance(timedelta(minutes=6))
            deployment.invoke(Lifetime(step, after=True))
            deployment.carry_to_the_end(job)

            assert ended_well(deployment), f"killed at steps {first} and {step}"
