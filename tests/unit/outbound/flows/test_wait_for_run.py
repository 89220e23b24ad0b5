"""A job waits for a run that something else has started; nothing is started for it."""

from __future__ import annotations

import itertools
from datetime import timedelta

import pytest
from apify_camunda.camunda.model import ActivatedJob
from apify_camunda.errors import ApifyRejected, ErrorCode
from apify_camunda.identifiers import RunId

from tests import builders_outbound as a
from tests.fakes.apify import FakeApify, StartTrouble
from tests.fakes.mortal import Lifetime
from tests.outbound_deployment import Deployment


def with_run(*, calls_back: bool = True) -> tuple[Deployment, RunId]:
    """Return a deployment whose Apify has a run that another client started."""
    deployment = Deployment(calls_back=calls_back)
    run_id = FakeApify(deployment.world, "token-of-acme").begin(a.start_request())
    deployment.world.started.clear()
    return deployment, run_id


def waiting(run_id: str, **inputs: object) -> ActivatedJob:
    return a.job(a.variables("waitForRun", "waitForRunInput", runId=run_id, **inputs))


def status_of(deployment: Deployment) -> object:
    result = deployment.completed["result"]
    assert isinstance(result, dict)
    run = result["data"]
    assert isinstance(run, dict)
    return run["status"]


def test_job_is_completed_when_the_run_ends() -> None:
    """The run's callback ends the wait; no run was started."""
    deployment, run_id = with_run()
    deployment.jobs.add(waiting(run_id))
    deployment.invoke()
    assert deployment.jobs.reported == []
    [webhook] = deployment.world.webhooks.values()
    assert webhook.condition == {"actorRunId": run_id}
    deployment.end_and_wake()
    assert status_of(deployment) == "SUCCEEDED"
    assert deployment.world.started == []


def test_run_that_has_ended_completes_the_job_at_once() -> None:
    """Nothing is waited for, and no webhook is made."""
    deployment, run_id = with_run()
    deployment.end_runs("FAILED")
    deployment.work(waiting(run_id))
    assert status_of(deployment) == "FAILED"
    assert deployment.world.webhooks == {}


def test_unsuccessful_run_fails_the_job_if_the_model_says_so() -> None:
    """The run's own code is given to the error expression."""
    deployment, run_id = with_run()
    deployment.end_runs("FAILED")
    deployment.work(waiting(run_id, failOnUnsuccessfulRun=True))
    assert deployment.error["code"] == ErrorCode.RUN_FAILED


def test_unknown_run_is_an_incident() -> None:
    """A run that Apify does not know is an error at once."""
    deployment, _ = with_run()
    deployment.work(waiting("missing"))
    assert (deployment.failed.retries, deployment.error["code"]) == (0, ErrorCode.RUN_NOT_FOUND)


def test_run_is_looked_at_where_no_callback_can_be_set() -> None:
    """Without a webhook the lock runs out, and the run is looked at."""
    deployment, run_id = with_run()
    refused = ApifyRejected("Too many webhooks", code=ErrorCode.WEBHOOK_REFUSED, status=400)
    deployment.world.call_troubles = [StartTrouble(refused, after_effect=False)]
    job = waiting(run_id)
    deployment.jobs.add(job)
    deployment.invoke()
    assert deployment.world.webhooks == {}
    deployment.carry_to_the_end(job)
    assert status_of(deployment) == "SUCCEEDED"


def test_two_jobs_wait_for_one_run() -> None:
    """A given run belongs to no job alone."""
    deployment, run_id = with_run()
    first = waiting(run_id)
    second = a.job(first.variables, key=a.JOB + 1, element_instance_key=1)
    for job in (first, second):
        deployment.jobs.add(job)
    deployment.invoke()
    assert len(deployment.world.webhooks) == 2
    for job in (first, second):
        deployment.carry_to_the_end(job)
    assert {key for key, _ in deployment.jobs.reported} == {first.key, second.key}


@pytest.mark.parametrize("calls_back", [True, False], ids=["with callbacks", "without callbacks"])
def test_one_completion_wherever_a_machine_dies(calls_back: bool) -> None:  # noqa: FBT001 - a column
    """An invocation that dies at any step leaves one completion in the end, and one webhook at most."""
    for after in (False, True):
        for step in itertools.count():
            deployment, run_id = with_run(calls_back=calls_back)
            job = waiting(run_id)
            deployment.jobs.add(job)
            lifetime = Lifetime(step, after=after)
            deployment.invoke(lifetime)
            if lifetime.taken <= step:
                assert step > 5, "an invocation takes more steps than that"
                break
            deployment.clock.advance(timedelta(minutes=1))
            deployment.carry_to_the_end(job)

            assert status_of(deployment) == "SUCCEEDED", f"killed at step {step}"
            assert len(deployment.world.webhooks) <= 1
            assert deployment.world.started == []
