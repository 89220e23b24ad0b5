"""What one job cannot do to others: hold their slots, or end their process again and again."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from apify_camunda.camunda.model import ActivatedJob, CompleteJob, FailJob
from apify_camunda.identifiers import JobKey
from apify_camunda.outbound.domain.trials import Trials

from tests import builders_outbound as a
from tests.event_loop import run_async
from tests.fakes.apify import FakeApify
from tests.outbound_deployment import Deployment

SLOTS = 32
OTHER_TOKEN = "token-of-another"


def reading(number: int, dataset: str, process: str, token: str = "token-of-acme") -> ActivatedJob:
    inputs = a.get_items(datasetId=dataset) | {"authentication": {"token": token}}
    return a.job(inputs, key=JobKey(number), process_id=process, element_instance_key=number)


class Datasets:
    """Datasets that never answer until all other jobs are done, slow ones, and fast ones."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, deployment: Deployment) -> None:
        self.others = 0
        self.hanging = self.most_hanging = 0
        self._deployment = deployment
        self._others_done = asyncio.Event()
        self._answer = FakeApify.dataset_items
        self._report = deployment.jobs.report
        deployment.jobs.report = self.report  # type: ignore[method-assign] # it is watched
        datasets = self

        async def dataset_items(apify: FakeApify, dataset: str, **asked: Any) -> Any:
            return await datasets.items(apify, dataset, **asked)

        monkeypatch.setattr(FakeApify, "dataset_items", dataset_items)

    async def items(self, apify: FakeApify, dataset: str, **asked: Any) -> Any:
        if dataset == "acme~hanging":
            self.hanging += 1
            self.most_hanging = max(self.most_hanging, self.hanging)
            await self._others_done.wait()
            self.hanging -= 1
        elif dataset == "acme~slow":
            for _ in range(1000):
                await asyncio.sleep(0)
        return await self._answer(apify, "acme~products", **asked)

    async def report(self, job: JobKey, outcome: Any) -> Any:
        reply = await self._report(job, outcome)
        if len(self._deployment.jobs.reported) >= self.others:
            self._others_done.set()
        return reply


@pytest.mark.parametrize(
    ("processes", "token", "most"),
    [(1, "token-of-acme", 24), (3, "token-of-acme", 30), (3, OTHER_TOKEN, 28)],
    ids=["one process", "several processes of one account", "another account"],
)
def test_reads_that_never_answer_stop_no_other_job(
    monkeypatch: pytest.MonkeyPatch, processes: int, token: str, most: int
) -> None:
    """While 40 reads of a dataset hang, slow and fast jobs of another process are completed."""
    deployment = Deployment(concurrency=SLOTS, slot_wait=timedelta(milliseconds=10))
    deployment.world.tokens[OTHER_TOKEN] = "user-another"
    datasets = Datasets(monkeypatch, deployment)
    for number in range(40):
        deployment.jobs.add(reading(number, "acme/hanging", f"hanging-{number % processes}", token))
    others = [reading(100 + number, "acme/slow", "other") for number in range(10)]
    others += [reading(200 + number, "acme/products", "other") for number in range(60)]
    for job in others:
        deployment.jobs.add(job)
    datasets.others = len(others)

    deployment.invoke()

    first = {key for key, _ in deployment.jobs.reported[: len(others)]}
    assert first == {job.key for job in others}
    assert 1 < datasets.most_hanging <= most
    deployment.clock.advance(timedelta(minutes=1))
    deployment.invoke()
    completed = Counter(key for key, outcome in deployment.jobs.reported if isinstance(outcome, CompleteJob))
    assert completed == Counter([*range(40), *(job.key for job in others)])


def test_job_without_a_slot_keeps_its_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    """A job whose process holds its share waits in Camunda for some seconds, not all for the same time."""
    deployment = Deployment(concurrency=4, slot_wait=timedelta(milliseconds=1))
    datasets = Datasets(monkeypatch, deployment)
    datasets.others = 1
    for number in range(6):
        deployment.jobs.add(reading(number, "acme/hanging", "hanging"))
    deployment.jobs.add(reading(100, "acme/products", "other"))

    deployment.invoke()

    delays = [duration for _, duration in deployment.jobs.locks]
    assert len(set(delays)) > 1
    assert all(timedelta(seconds=10) <= delay <= timedelta(seconds=20) for delay in delays)
    assert all(isinstance(outcome, CompleteJob) for _, outcome in deployment.jobs.reported)


@pytest.mark.parametrize("works", [1, 2])
def test_job_that_ended_its_process_is_tried_again(works: int) -> None:
    """A job during whose work the process ended once or twice may have been another job's victim."""
    deployment = Deployment()
    job = a.job(a.get_items())
    run_async(deployment.trials.write(job, Trials(works=works)))

    assert isinstance(deployment.work(job), CompleteJob)


def test_job_that_ends_its_process_again_and_again_is_an_incident() -> None:
    """The fourth work does not begin: the job is an incident that says why, and others are completed."""
    deployment = Deployment(concurrency=4)
    poison, innocent = a.job(a.get_items()), a.job(a.get_items(), key=JobKey(2), element_instance_key=2)
    run_async(deployment.trials.write(poison, Trials(works=3)))
    run_async(deployment.trials.write(innocent, Trials(works=1)))
    deployment.jobs.add(poison)
    deployment.jobs.add(innocent)

    deployment.invoke()

    outcomes = dict(deployment.jobs.reported)
    failed = outcomes[poison.key]
    assert isinstance(failed, FailJob)
    assert failed.retries == 0
    assert "WORKER_KILLED" in str(failed.variables)
    assert isinstance(outcomes[innocent.key], CompleteJob)

    deployment.jobs.resolve_incident(poison.key, retries=3)
    deployment.invoke()
    assert isinstance(deployment.jobs.reported[-1][1], CompleteJob)


def test_result_of_a_run_that_ends_the_process_keeps_its_run() -> None:
    """A run whose result ends the process again and again is an incident that keeps the run."""
    deployment = Deployment()
    job = a.job()
    deployment.jobs.add(job)
    deployment.invoke()
    run_async(deployment.trials.write(job, Trials(works=3)))
    deployment.end_and_wake()
    assert deployment.error["code"] == "WORKER_KILLED"

    deployment.jobs.resolve_incident(job.key, retries=1)
    deployment.clock.advance(timedelta(minutes=1))
    deployment.invoke()
    assert len(deployment.world.runs) == 1
    assert isinstance(deployment.jobs.reported[-1][1], CompleteJob)
