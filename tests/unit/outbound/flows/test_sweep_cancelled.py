"""Runs whose jobs are cancelled while they wait are aborted, where the element asks for it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from apify_camunda.camunda.model import ActivatedJob
from apify_camunda.errors import ApifyUnavailable, EngineRejected, EngineUnavailable
from apify_camunda.identifiers import JobKey
from apify_camunda.outbound.domain.attempt import AttemptState
from apify_camunda.outbound.domain.cancellable_run import MOST_ASKED
from apify_camunda.outbound.flows.resolve_secrets import SecretScope

from tests import builders_outbound as a
from tests.event_loop import run_async
from tests.fakes.secret_source import FakeSecretSource
from tests.outbound_deployment import Deployment

MINUTE = timedelta(minutes=1)
REFERENCE = "{{secrets.APIFY_TOKEN}}"


@pytest.fixture
def deployment() -> Deployment:
    made = Deployment(secret_scope=SecretScope.ANY)
    made.secrets = FakeSecretSource({"APIFY_TOKEN": "token-of-acme"})
    return made


def waiting(deployment: Deployment, number: int = 0, **inputs: Any) -> ActivatedJob:
    """Return a job that waits for its run."""
    given = a.run_actor(**({"cancelRunWhenJobIsGone": "true"} | inputs))
    job = a.job(
        {**given, "authentication": {"token": REFERENCE}},
        key=JobKey(a.JOB + number),
        element_instance_key=500 + number,
    )
    deployment.jobs.add(job)
    deployment.invoke(lasting=MINUTE / 2)
    return job


def cancel(deployment: Deployment, job: ActivatedJob) -> None:
    deployment.jobs.cancel(job.key)
    deployment.elements.ended.add(job.element_instance_key)


def status(deployment: Deployment) -> object:
    return deployment.world.runs[deployment.run_id]["status"]


def sweep(deployment: Deployment) -> None:
    deployment.clock.advance(MINUTE)
    deployment.invoke(lasting=MINUTE / 2)


def test_run_of_a_job_that_was_cancelled_while_it_waited_is_aborted(deployment: Deployment) -> None:
    """A minute after its element was terminated the run is aborted and its attempt closed, without a look."""
    job = waiting(deployment)
    sweep(deployment)
    assert status(deployment) == "RUNNING"

    cancel(deployment, job)
    sweep(deployment)

    assert status(deployment) == "ABORTED"
    assert deployment.row.state is AttemptState.CLOSED
    assert run_async(deployment.cancellable.all()) == []


def test_run_of_another_element_goes_on(deployment: Deployment) -> None:
    """An element that does not ask for it keeps its run when it is cancelled."""
    job = waiting(deployment, cancelRunWhenJobIsGone="false")
    cancel(deployment, job)
    sweep(deployment)

    assert status(deployment) == "RUNNING"
    assert deployment.elements.asked == []


def test_job_that_ended_is_not_asked_for(deployment: Deployment) -> None:
    """A job that was completed is off the list."""
    waiting(deployment)
    deployment.end_and_wake()

    assert run_async(deployment.cancellable.all()) == []


def test_token_is_not_stored(deployment: Deployment) -> None:
    """The list holds what the element says, which names the secret; a token itself is not kept."""
    waiting(deployment)
    [entry] = run_async(deployment.cancellable.all())
    assert entry.token_reference == REFERENCE

    deployment.jobs.add(a.job(a.run_actor(cancelRunWhenJobIsGone="true"), key=JobKey(7)))
    deployment.invoke(lasting=MINUTE / 2)
    assert len(run_async(deployment.cancellable.all())) == 1


@pytest.mark.parametrize(
    "failure",
    [EngineUnavailable("away"), EngineRejected("There is no search.", rejection="NOT_OFFERED")],
    ids=["away", "no search"],
)
def test_search_that_does_not_answer_harms_no_job(deployment: Deployment, failure: Exception) -> None:
    """Where Camunda cannot be asked the runs go on, and so do all jobs."""
    waiting(deployment)
    deployment.elements.failure = failure
    sweep(deployment)
    assert status(deployment) == "RUNNING"

    deployment.end_and_wake()
    assert deployment.completed


def test_abort_that_apify_does_not_answer_is_tried_again(deployment: Deployment) -> None:
    """A run that could not be aborted stays on the list."""
    job = waiting(deployment)
    cancel(deployment, job)
    deployment.world.read_troubles = [ApifyUnavailable("Apify API request failed: ReadTimeout")]
    sweep(deployment)
    assert status(deployment) == "RUNNING"

    sweep(deployment)
    assert status(deployment) == "ABORTED"


def test_sweep_is_bounded_and_reaches_all(deployment: Deployment) -> None:
    """Of many runs each sweep looks at the next ones, so that all are looked at within some minutes."""
    for number in range(MOST_ASKED * 2 + 10):
        waiting(deployment, number)
    deployment.elements.asked.clear()
    asked = []
    for _ in range(4):
        sweep(deployment)
        asked.append(len(deployment.elements.asked))

    assert [after - before for before, after in zip([0, *asked], asked, strict=False)] == [MOST_ASKED] * 4
    assert len(set(deployment.elements.asked)) == MOST_ASKED * 2 + 10


def test_one_poller_sweeps(deployment: Deployment) -> None:
    """Pollers that work side by side do not ask for the same elements in the same minute."""
    waiting(deployment)
    deployment.elements.asked.clear()
    deployment.clock.advance(MINUTE)
    for _ in range(3):
        deployment.invoke(lasting=timedelta(seconds=26))

    assert len(deployment.elements.asked) == 1
