"""How long jobs wait for Apify and Camunda, and when waiting ends."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from apify_camunda.camunda.model import (
    ActivatedJob,
    CompleteJob,
    FailJob,
    JobReply,
    ThrowBpmnError,
)
from apify_camunda.errors import ApifyRejected, ApifyUnavailable, EngineUnavailable, ErrorCode
from apify_camunda.identifiers import JobKey
from apify_camunda.outbound.flows.job_locks import JobLocks
from apify_camunda.outbound.flows.resolve_secrets import SecretScope

from tests import builders_outbound as a
from tests.event_loop import run_async
from tests.fakes.apify import StartTrouble
from tests.fakes.clock import NOON
from tests.fakes.job_queue import FakeJobQueue
from tests.outbound_deployment import Deployment

MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)
FAILS = ApifyUnavailable("Apify API error (503): Service Unavailable", outcome_unknown=True)
RATE_LIMITED = ApifyUnavailable("Too many requests", code=ErrorCode.RATE_LIMITED)
UNANSWERED = ApifyUnavailable("Apify API request failed: ReadTimeout")
AWAY = EngineUnavailable("Camunda is away.")
PUSHES_BACK = EngineUnavailable("Too much to do.", code=ErrorCode.ENGINE_BACK_PRESSURE)


@pytest.fixture
def deployment() -> Deployment:
    return Deployment()


def go_on(deployment: Deployment, minutes: int) -> None:
    for _ in range(minutes):
        deployment.invoke(lasting=MINUTE)
        deployment.clock.advance(MINUTE / 2)


# --- Starts ----------------------------------------------------------------------------------------------


def test_start_that_fails_again_and_again_uses_up_retries(deployment: Deployment) -> None:
    """Three starts that Apify answers with 5xx, and that surely started nothing, use one retry up."""
    deployment.world.start_troubles = [StartTrouble(FAILS)] * 9
    deployment.jobs.add(a.job(headers={"retryBackoff": "PT2M"}))

    go_on(deployment, minutes=90)

    failures = [outcome for _, outcome in deployment.jobs.reported if isinstance(outcome, FailJob)]
    assert [failed.retries for failed in failures] == [2, 1, 0]
    assert {failed.backoff for failed in failures} == {2 * MINUTE}
    error: Any = failures[-1].variables["error"]
    assert error["code"] == "APIFY_UNAVAILABLE"
    assert "503" in error["message"]
    assert "no run exists" in error["message"]
    assert deployment.world.runs == {}


def test_start_that_fails_twice_costs_no_retry(deployment: Deployment) -> None:
    """A start that Apify takes at the third time is no failure."""
    deployment.world.start_troubles = [StartTrouble(FAILS)] * 2
    deployment.jobs.add(a.job())

    go_on(deployment, minutes=10)
    deployment.end_and_wake()

    assert deployment.completed
    assert len(deployment.world.runs) == 1


# --- Reads -----------------------------------------------------------------------------------------------


def test_not_now_of_a_read_is_waited_for_with_growing_delay(
    deployment: Deployment, caplog: pytest.LogCaptureFixture
) -> None:
    """A read that is refused for now waits longer and longer, says so, and after an hour uses a retry."""
    deployment.world.read_troubles = [RATE_LIMITED] * 100
    deployment.jobs.add(a.job(a.get_items(), headers={"retryBackoff": "PT1H"}))
    with caplog.at_level(logging.INFO):
        while not deployment.jobs.reported:
            deployment.invoke()

    waits = [lock / SECOND for _, lock in deployment.jobs.locks]
    assert waits[:6] == [10, 20, 40, 80, 160, 300]
    assert set(waits[6:]) == {300}
    assert deployment.failed.retries == 2
    assert deployment.error["code"] == "RATE_LIMITED"
    assert timedelta(hours=1) <= deployment.clock.now() - NOON < timedelta(minutes=80)
    assert caplog.messages.count("read was put off: Apify did not answer it now") == len(waits)


@pytest.mark.parametrize("trouble", [RATE_LIMITED, UNANSWERED])
def test_look_that_apify_does_not_answer_keeps_the_run(
    deployment: Deployment, trouble: ApifyUnavailable
) -> None:
    """A waiting job whose looks are not answered fails in the end, and goes on with its run after that."""
    deployment.jobs.add(a.job())
    deployment.invoke(lasting=MINUTE)
    deployment.world.read_troubles = [trouble] * 1000
    while not deployment.jobs.reported:
        deployment.clock.advance(MINUTE)
        deployment.invoke(lasting=MINUTE)
    assert deployment.failed.retries == 2

    deployment.world.read_troubles = []
    deployment.end_and_wake()

    assert isinstance(deployment.jobs.reported[-1][1], CompleteJob)
    assert len(deployment.world.runs) == 1


def test_troubles_that_lie_far_apart_do_not_add_up(deployment: Deployment) -> None:
    """Looks that are not answered once in a while use no retry, however long the run takes."""
    deployment.jobs.add(a.job())
    deployment.invoke(lasting=MINUTE)
    for _ in range(10):
        deployment.world.read_troubles = [UNANSWERED]
        deployment.clock.advance(timedelta(hours=2))
        deployment.invoke(lasting=MINUTE)

    assert deployment.jobs.reported == []


# --- Runs ------------------------------------------------------------------------------------------------


def test_run_that_was_deleted_is_noticed_at_the_next_look(deployment: Deployment) -> None:
    """A run that Apify has shown before and does not show any more was deleted."""
    deployment.jobs.add(a.job())
    deployment.invoke(lasting=MINUTE)
    deployment.clock.advance(MINUTE)
    deployment.invoke(lasting=MINUTE / 2)
    assert deployment.row.is_seen

    deployment.world.runs.clear()
    deployment.clock.advance(2 * MINUTE)
    deployment.invoke(lasting=MINUTE / 2)

    assert deployment.error["code"] == "RUN_NOT_FOUND"


# --- Tokens ----------------------------------------------------------------------------------------------


def rotating(deployment: Deployment, inputs: Any) -> ActivatedJob:
    """Return a job that takes its token from a secret of which the cache holds the previous value."""
    deployment.config = replace(deployment.config, secret_scope=SecretScope.ANY)
    deployment.secrets.cached = {"APIFY_TOKEN": "previous-token"}
    deployment.secrets.held = {"APIFY_TOKEN": "token-of-acme"}
    return a.job({**inputs, "authentication": {"token": "{{secrets.APIFY_TOKEN}}"}})


@pytest.mark.parametrize(
    "inputs", [a.get_items(), a.get_record(), a.run_actor()], ids=["items", "record", "run"]
)
def test_refused_token_is_read_again_from_its_secret(deployment: Deployment, inputs: Any) -> None:
    """A token that was rotated while its job waited costs no retry."""
    deployment.jobs.add(rotating(deployment, inputs))
    deployment.invoke(lasting=MINUTE)
    if deployment.world.runs:
        deployment.end_and_wake()

    assert deployment.completed


def test_run_whose_token_was_rotated_goes_on(deployment: Deployment) -> None:
    """A run is looked at with the token as it is, not as it was when the run was started."""
    job = rotating(deployment, a.run_actor())
    deployment.secrets.cached = None
    deployment.jobs.add(job)
    deployment.invoke(lasting=MINUTE)
    deployment.secrets.cached = {"APIFY_TOKEN": "previous-token"}

    deployment.end_and_wake()

    assert deployment.completed


def test_token_that_is_refused_twice_is_an_incident(deployment: Deployment) -> None:
    """A token that is refused as its secret has it now fails the job at once; no value of it is shown."""
    job = rotating(deployment, a.get_items())
    deployment.secrets.held = {"APIFY_TOKEN": "revoked-token"}
    deployment.jobs.add(job)
    deployment.invoke(lasting=MINUTE)

    assert deployment.failed.retries == 0
    assert deployment.error["code"] == "UNAUTHORIZED"


def test_new_token_is_masked_too(deployment: Deployment) -> None:
    """A token that was read again does not leave in messages."""
    job = rotating(deployment, a.get_items(datasetId="acme/missing"))
    deployment.world.datasets.clear()
    deployment.world.tokens["a-new-token"] = "user-acme"
    deployment.secrets.held = {"APIFY_TOKEN": "a-new-token"}
    deployment.world.read_troubles = [
        ApifyRejected("No a-new-token here", code=ErrorCode.FORBIDDEN, status=403)
    ]
    deployment.jobs.add(job)
    deployment.invoke(lasting=MINUTE)

    assert "a-new-token" not in str(deployment.outcome)


# --- Camunda ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("trouble", [AWAY, PUSHES_BACK], ids=["away", "back pressure"])
def test_all_goes_on_soon_after_an_outage_of_camunda(trouble: EngineUnavailable) -> None:
    """Six seconds without Camunda delay jobs by less than twenty: polls, reports, locks and hand-backs."""
    deployment = Deployment(concurrency=4)
    outage_ends = NOON + 6 * SECOND
    jobs = deployment.jobs

    def away_until_then(method: Any) -> Any:
        async def call(*args: Any, **kwargs: Any) -> Any:
            if deployment.clock.now() < outage_ends:
                raise trouble
            return await method(*args, **kwargs)

        return call

    done_at = {}
    report = jobs.report

    async def noted(job: JobKey, outcome: Any) -> Any:
        done_at[job] = deployment.clock.now()
        return await report(job, outcome)

    jobs.report = away_until_then(noted)  # type: ignore[method-assign] # an outage
    jobs.set_lock = away_until_then(jobs.set_lock)  # type: ignore[method-assign] # an outage
    jobs.add(a.job(a.get_items(), key=JobKey(1)))
    jobs.add(a.job(a.run_actor(), key=JobKey(2), element_instance_key=2))
    activate = jobs.activate
    polls = 0

    async def first_then_away(**asked: Any) -> Any:
        nonlocal polls
        polls += 1
        return await (activate(**asked) if polls == 1 else away_until_then(activate)(**asked))

    jobs.activate = first_then_away  # type: ignore[method-assign] # an outage
    deployment.invoke(lasting=3 * MINUTE)

    assert done_at[JobKey(1)] < NOON + 20 * SECOND
    assert jobs.comes_back_in(JobKey(2)) + deployment.clock.now() < NOON + 20 * SECOND + MINUTE
    assert polls > 3


def test_killed_pollers_job_comes_again_within_90_seconds(deployment: Deployment) -> None:
    """An activated job is locked for 90 seconds, so a poller that is killed delays it by no more."""
    deployment.jobs.add(a.job(a.get_items()))
    asked: list[timedelta] = []
    activate = deployment.jobs.activate

    async def noted(**values: Any) -> Any:
        asked.append(values["lock"])
        return await activate(**values)

    deployment.jobs.activate = noted  # type: ignore[method-assign] # it is watched
    deployment.invoke(lasting=MINUTE)

    assert set(asked) == {timedelta(seconds=90)}


def test_job_at_work_keeps_its_lock() -> None:
    """The lock of a job that is at work is renewed, until it is set to something else."""

    async def scenario() -> list[tuple[JobKey, timedelta]]:
        deployment = Deployment()
        jobs: FakeJobQueue = deployment.jobs
        locks = JobLocks(jobs=jobs, clock=deployment.clock, renew_every=timedelta(microseconds=1))
        jobs.add(a.job())
        [job] = await jobs.activate(job_type=a.JOB_TYPE, max_jobs=1, lock=MINUTE, wait=MINUTE)
        renewed = asyncio.Semaphore(0)
        set_lock = jobs.set_lock

        async def noted(key: JobKey, duration: timedelta) -> JobReply:
            renewed.release()
            return await set_lock(key, duration)

        jobs.set_lock = noted  # type: ignore[assignment,method-assign] # it is watched
        async with locks.kept(job):
            for _ in range(3):
                await renewed.acquire()
            await locks.set(job.key, timedelta(hours=1))
            for _ in range(100):
                await asyncio.sleep(0)
        return jobs.locks

    locks = run_async(scenario())
    assert [duration for _, duration in locks] == [
        *[timedelta(seconds=90)] * (len(locks) - 1),
        timedelta(hours=1),
    ]


def test_error_expression_sees_apify_unavailable(deployment: Deployment) -> None:
    """A modeller can catch that Apify does not answer, by its code."""
    deployment.world.read_troubles = [UNANSWERED] * 5
    expression = '=if error.code = "APIFY_UNAVAILABLE" then bpmnError("AWAY", "later") else null'
    deployment.jobs.add(a.job(a.get_items(), headers={"errorExpression": expression}))
    while not deployment.jobs.reported:
        deployment.invoke()

    assert deployment.outcome == ThrowBpmnError("AWAY", "later", {})
