"""A change at Apify is made at most once for each attempt, wherever a machine dies."""

from __future__ import annotations

import itertools
from datetime import timedelta
from typing import Any

import pytest
from apify_camunda.camunda.model import ActivatedJob, CompleteJob, FailJob
from apify_camunda.errors import ApifyUnavailable, ErrorCode
from apify_camunda.json_types import JsonObject

from tests import builders_outbound as a
from tests.fakes.apify import StartTrouble
from tests.fakes.mortal import Lifetime
from tests.outbound_deployment import Deployment

ITEM: JsonObject = {"order": 2}


def push(**changes: Any) -> ActivatedJob:
    inputs = a.variables("pushDatasetItems", "pushDatasetItemsInput", datasetId="acme~products", items=[ITEM])
    return a.job(inputs, **changes)


def pushed(deployment: Deployment) -> int:
    return deployment.world.datasets["acme~products"].count(ITEM)


def trouble(*, after_effect: bool, outcome_unknown: bool) -> StartTrouble:
    return StartTrouble(ApifyUnavailable("gone", outcome_unknown=outcome_unknown), after_effect=after_effect)


def test_change_is_made_and_reported() -> None:
    """The job is completed with the result of the change."""
    deployment = Deployment()
    deployment.work(push())
    assert deployment.completed["result"] == {"data": {"count": 1}}
    assert pushed(deployment) == 1


@pytest.mark.parametrize("after_effect", [False, True])
def test_lost_answer_is_an_incident(after_effect: bool) -> None:  # noqa: FBT001 - a column
    """Where nothing can prove whether the change was made, a person decides; it is not made again."""
    deployment = Deployment()
    deployment.world.call_troubles = [trouble(after_effect=after_effect, outcome_unknown=True)]
    deployment.work(push())
    assert (deployment.failed.retries, deployment.error["code"]) == (0, ErrorCode.ACTION_UNCLEAR)
    assert pushed(deployment) == int(after_effect)


def test_change_that_was_certainly_not_made_is_tried_again() -> None:
    """An answer that proves that nothing happened uses up a retry, and the job goes on."""
    deployment = Deployment()
    deployment.world.call_troubles = [trouble(after_effect=False, outcome_unknown=False)]
    job = push()
    deployment.jobs.add(job)
    deployment.invoke()
    deployment.carry_to_the_end(job)
    outcomes = [outcome for _, outcome in deployment.jobs.reported]
    assert isinstance(outcomes[-1], CompleteJob), outcomes
    assert pushed(deployment) == 1


def test_change_is_made_at_most_once_wherever_a_machine_dies() -> None:
    """After a death at any step the items are there once at most, and the job has an end that says so."""
    for after in (False, True):
        for step in itertools.count():
            deployment = Deployment()
            job = push()
            deployment.jobs.add(job)
            lifetime = Lifetime(step, after=after)
            deployment.invoke(lifetime)
            if lifetime.taken <= step:
                assert step > 5, "an invocation takes more steps than that"
                break
            for _ in range(60):
                if deployment.jobs.reported:
                    break
                deployment.clock.advance(timedelta(minutes=1))
                deployment.invoke()

            _, outcome = deployment.jobs.reported[-1]
            if isinstance(outcome, FailJob):
                error: Any = outcome.variables["error"]
                assert error["code"] == ErrorCode.ACTION_UNCLEAR
                assert pushed(deployment) <= 1
            else:
                assert pushed(deployment) == 1, f"killed at step {step}"


def test_job_that_was_resolved_makes_the_change_again() -> None:
    """A person who resolves the incident says that the change was not made."""
    deployment = Deployment()
    deployment.world.call_troubles = [trouble(after_effect=False, outcome_unknown=True)]
    deployment.work(push())
    deployment.jobs.reported.clear()
    deployment.clock.advance(timedelta(minutes=10))
    deployment.jobs.add(push(retries=1))
    deployment.invoke()
    assert deployment.completed["result"] == {"data": {"count": 1}}
    assert pushed(deployment) == 1
