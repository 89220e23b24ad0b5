"""A machine may die between any two steps; the job that comes again must start no second run."""

from __future__ import annotations

import asyncio
import inspect
import itertools
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from apify_camunda.camunda.model import ActivatedJob
from apify_camunda.errors import ApifyUnavailable
from apify_camunda.outbound.domain.attempt import AttemptState
from apify_camunda.platform.deadline import Deadline

from tests import builders_outbound as a
from tests.event_loop import run_async
from tests.fakes.apify import StartTrouble
from tests.fakes.mortal import Lifetime
from tests.outbound_deployment import INVOCATION, Deployment


def ended_well(deployment: Deployment) -> bool:
    [(key, _)] = deployment.jobs.reported
    result = deployment.completed["result"]
    assert isinstance(result, dict)
    run = result["data"]
    assert isinstance(run, dict)
    return (
        key == a.JOB
        and run["id"] == deployment.run_id
        and deployment.row.state in (AttemptState.CLOSED, AttemptState.DECIDED)
    )


def started(job: ActivatedJob, *, calls_back: bool = True) -> Deployment:
    """Return a deployment that has a job to begin."""
    deployment = Deployment(calls_back=calls_back)
    deployment.jobs.add(job)
    return deployment


def run_ended(job: ActivatedJob) -> Deployment:
    """Return a deployment whose job has waited for its run, which has just ended."""
    deployment = started(job)
    assert deployment.invoke() is not None
    [run_id] = deployment.world.runs
    deployment.world.end_run(run_id)
    deployment.call_back()
    deployment.clock.advance(timedelta(seconds=1))
    return deployment


def every_death(begin: Callable[[], Deployment]) -> Iterator[tuple[int, Deployment]]:
    """Yield what is left after an invocation died at step n, for each n, before and after its effect."""
    for after in (False, True):
        for step in itertools.count():
            deployment = begin()
            lifetime = Lifetime(step, after=after)
            deployment.invoke(lifetime)
            if lifetime.taken <= step:
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


def test_one_document_wherever_the_end_dies() -> None:
    """An invocation that dies at any step of storing a result leaves one run, document and completion."""
    inputs = a.variables(
        "runActorAndGetItems", "runActorAndGetItemsInput", actorId="acme/crawler", storeAsDocument="always"
    )
    job = a.job(inputs)
    for step, deployment in every_death(lambda: run_ended(job)):
        deployment.carry_to_the_end(job)

        assert len(deployment.world.runs) == 1, f"killed at step {step}"
        [document] = deployment.documents.kept.values()
        result: Any = deployment.completed["result"]
        assert result["document"]["documentId"] == document.id, f"killed at step {step}"


def test_one_run_after_any_two_deaths() -> None:
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


class _Yielding:
    """Lets other tasks go on before and after each call of a port."""

    def __init__(self, port: Any) -> None:
        self._port = port

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._port, name)
        if not inspect.iscoroutinefunction(method):
            return method

        async def call(*args: Any, **kwargs: Any) -> Any:
            await asyncio.sleep(0)
            answer = await method(*args, **kwargs)
            await asyncio.sleep(0)
            return answer

        return call


class _YieldingLifetime(Lifetime):
    def mortal(self, port: Any) -> Any:
        return _Yielding(port)


@pytest.mark.parametrize("took_effect", [True, False], ids=["it was started", "it was not started"])
@pytest.mark.parametrize("calls_back", [True, False], ids=["with callbacks", "without callbacks"])
def test_one_run_for_a_lost_answer_and_a_death(calls_back: bool, took_effect: bool) -> None:  # noqa: FBT001 - columns
    """An answer that was lost, and then a death at any step of dealing with it, leave one run."""
    job = a.job()

    def answer_was_lost() -> Deployment:
        deployment = started(job, calls_back=calls_back)
        lost = ApifyUnavailable("Apify API request failed: ReadTimeout", outcome_unknown=True)
        deployment.world.start_troubles = [StartTrouble(lost, after_effect=took_effect)]
        return deployment

    def looked_for() -> Deployment:
        deployment = answer_was_lost()
        assert deployment.invoke() is not None
        deployment.clock.advance(timedelta(minutes=2))
        return deployment

    for begin in (answer_was_lost, looked_for):
        for step, deployment in every_death(begin):
            deployment.carry_to_the_end(job)

            assert ended_well(deployment), f"killed at step {step} after {begin.__name__}"


@pytest.mark.parametrize("head_start", range(12))
def test_one_run_for_two_pollers_at_once(head_start: int) -> None:
    """Two pollers that hold the same job, one some steps behind the other, start one run."""
    deployment = Deployment()
    job = a.job()
    deployment.jobs.add(job)

    async def both() -> None:
        found = await deployment.jobs.activate(
            job_type=a.JOB_TYPE, max_jobs=1, lock=INVOCATION, wait=timedelta(seconds=1)
        )
        until = Deadline(deployment.clock.now() + INVOCATION)
        pollers = [deployment.poller(_YieldingLifetime()) for _ in range(2)]
        first = asyncio.create_task(pollers[0].work(found[0], until))
        for _ in range(head_start):
            await asyncio.sleep(0)
        await asyncio.gather(first, pollers[1].work(found[0], until))

    run_async(both())
    deployment.carry_to_the_end(job)

    assert ended_well(deployment)
