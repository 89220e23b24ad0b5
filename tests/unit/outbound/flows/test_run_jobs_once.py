"""No second paid run, and no run that two jobs share, whatever was lost or handed out twice."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from apify_camunda.apify.model import ResourceKind, StartRun
from apify_camunda.camunda.model import ActivatedJob, CompleteJob, FailJob
from apify_camunda.errors import ApifyRejected, ApifyUnavailable, EngineRejected, ErrorCode
from apify_camunda.identifiers import AttemptId, RunId
from apify_camunda.outbound.domain.attempt import AttemptState
from apify_camunda.outbound.flows.record_callback import RecordCallback
from apify_camunda.platform.deadline import Deadline

from tests import builders
from tests import builders_outbound as a
from tests.fakes.apify import StartTrouble
from tests.fakes.mortal import Lifetime
from tests.fakes.waker import FakeWaker
from tests.outbound_deployment import Deployment

MINUTE = timedelta(minutes=1)
LOST = ApifyUnavailable("Apify API request failed: ReadTimeout", outcome_unknown=True)
SECOND = a.JOB + 1


def go_on(deployment: Deployment, minutes: int = 12) -> None:
    for _ in range(minutes):
        deployment.invoke()
        deployment.clock.advance(MINUTE)


def work_once_more(deployment: Deployment, **job: Any) -> None:
    """Let a poller that still holds the job work it, after whatever happened meanwhile."""
    deadline = Deadline(deployment.clock.now() + 5 * MINUTE)
    asyncio.run(deployment.poller(Lifetime()).work(a.job(**job), deadline))


def test_job_that_was_handed_out_twice_pays_once() -> None:
    """Who still holds a job that another poller has completed begins no further attempt."""
    deployment = Deployment()
    deployment.jobs.add(a.job())
    deployment.invoke()
    deployment.end_and_wake()
    assert len(deployment.jobs.reported) == 1

    work_once_more(deployment)

    assert len(deployment.world.runs) == 1
    assert len(deployment.jobs.reported) == 1


def test_job_that_another_poller_failed_pays_once() -> None:
    """Who still holds a job that another poller has failed begins no attempt: it is handed out anew."""
    deployment = Deployment()
    backoff = {"retryBackoff": "PT1H"}
    deployment.jobs.add(a.job(a.scrape(), headers=backoff))
    deployment.invoke()
    deployment.end_and_wake(items=[])
    [(_, outcome)] = deployment.jobs.reported
    assert isinstance(outcome, FailJob)
    assert outcome.retries == 2

    work_once_more(deployment, inputs=a.scrape(), headers=backoff)

    assert len(deployment.world.runs) == 1


def test_who_comes_late_and_first_pays_for_both() -> None:
    """Who still holds a job that failed and begins its next attempt begins it for who was handed it anew."""
    deployment = Deployment()
    backoff = {"retryBackoff": "PT30S"}
    deployment.jobs.add(a.job(a.scrape(), headers=backoff))
    deployment.invoke(lasting=MINUTE)
    deployment.end_runs(items=[])
    deployment.call_back()
    deployment.clock.advance(timedelta(seconds=1))
    deployment.invoke(lasting=timedelta(seconds=26))
    deployment.clock.advance(MINUTE)
    [handed_out] = asyncio.run(
        deployment.jobs.activate(job_type=a.JOB_TYPE, max_jobs=1, lock=5 * MINUTE, wait=timedelta())
    )
    assert handed_out.retries == 2

    work_once_more(deployment, inputs=a.scrape(), headers=backoff, retries=3)
    work_once_more(deployment, inputs=a.scrape(), headers=backoff, retries=2)

    assert len(deployment.world.runs) == 2
    assert deployment.attempts.rows[AttemptId(f"{a.JOB}-2")].run_id == list(deployment.world.runs)[1]


def test_job_that_comes_again_after_a_failure_gets_its_run() -> None:
    """A retry that the engine hands out is ours, so a new attempt begins."""
    deployment = Deployment()
    deployment.jobs.add(a.job(a.scrape()))
    deployment.invoke()
    deployment.end_and_wake(items=[])
    deployment.clock.advance(MINUTE)
    deployment.invoke()

    assert len(deployment.world.runs) == 2


@pytest.mark.parametrize("first_lost", [True, False], ids=["of the first", "of the second"])
def test_two_jobs_share_no_run(first_lost: bool) -> None:  # noqa: FBT001 - a column
    """Two jobs that ask for the same lose their answers, and one run came to be: each gets its own."""
    deployment = Deployment(public_url="", concurrency=1, calls_back=False)
    deployment.world.start_troubles = [
        StartTrouble(LOST, after_effect=first_lost),
        StartTrouble(LOST, after_effect=not first_lost),
    ]
    deployment.jobs.add(a.job())
    deployment.jobs.add(a.job(key=SECOND))

    go_on(deployment)

    runs = {row.run_id for row in deployment.attempts.rows.values()}
    assert len(runs) == len(deployment.world.runs) == 2
    assert None not in runs


def call_back(deployment: Deployment, run_id: RunId) -> None:
    """Let Apify tell that a run was created, at the address that its webhook has."""
    record = RecordCallback(
        attempts=deployment.attempts,
        jobs=deployment.jobs,
        waker=FakeWaker(),
        secrets=deployment.secrets,
    )
    [hook] = [hook for hook in deployment.world.webhooks.values() if hook.condition["actorRunId"] == run_id]
    content = builders.body(event_type="ACTOR.RUN.CREATED", resource=builders.run(id=run_id, status="READY"))
    path = hook.request_url.removeprefix(a.PUBLIC_URL)
    assert asyncio.run(record(builders.request(content, path=path))).status == 200


class TwoLostStarts:
    """Two jobs that ask for the same have lost their answers; the first was shown the other's run alone."""

    def __init__(self, *, first_took_effect: bool, webhooks_are_shown: bool) -> None:
        self.deployment = Deployment(calls_back=False)
        world = self.deployment.world
        world.start_troubles = [
            StartTrouble(LOST, after_effect=first_took_effect),
            StartTrouble(LOST, after_effect=True),
        ]
        if not webhooks_are_shown:
            world.webhooks_refused = ApifyRejected("no permission", code=ErrorCode.FORBIDDEN, status=403)
        self.jobs = [a.job(), a.job(key=SECOND)]
        for job in self.jobs:
            self.deployment.jobs.add(job)
            self.work(job)
        runs, hooks = dict(world.runs), dict(world.webhooks)
        self.own, self.shown = next(iter(runs)), [*runs][-1]
        world.runs = {self.shown: runs[self.shown]}
        world.webhooks = {}
        self.deployment.clock.advance(2 * MINUTE)
        self.work(self.jobs[0])
        world.runs = runs
        world.webhooks = hooks

    def work(self, job: ActivatedJob) -> None:
        jobs = self.deployment.jobs
        jobs._waiting[job.key].handed_out_from = self.deployment.clock.now() + 5 * MINUTE  # it is locked
        deadline = Deadline(self.deployment.clock.now() + 5 * MINUTE)
        asyncio.run(self.deployment.poller(Lifetime()).work(job, deadline))

    @property
    def runs(self) -> list[RunId | None]:
        """Return the run of each job."""
        rows = self.deployment.attempts.rows
        return [rows[AttemptId(f"{job.key}-1")].run_id for job in self.jobs]


@pytest.mark.parametrize("webhooks_are_shown", [True, False], ids=["shown", "hidden"])
@pytest.mark.parametrize("own_first", [True, False], ids=["its own first", "the other's first"])
def test_late_callbacks_give_no_run_to_two_jobs(own_first: bool, webhooks_are_shown: bool) -> None:  # noqa: FBT001 - columns
    """A job that took the run of another one leaves it its own, in whatever order their callbacks come."""
    lost = TwoLostStarts(first_took_effect=True, webhooks_are_shown=webhooks_are_shown)
    assert lost.runs == [lost.shown, None]

    for run_id in (lost.own, lost.shown) if own_first else (lost.shown, lost.own):
        call_back(lost.deployment, run_id)
    lost.work(lost.jobs[1])

    assert lost.runs == [lost.shown, lost.own]
    assert len(lost.deployment.world.runs) == 2


def test_late_callback_of_a_run_that_was_taken_lets_its_job_start() -> None:
    """A job whose only run another one took, which had none, starts one of its own."""
    lost = TwoLostStarts(first_took_effect=False, webhooks_are_shown=False)

    call_back(lost.deployment, lost.shown)
    lost.work(lost.jobs[1])

    taken, started = lost.deployment.world.runs
    assert lost.runs == [taken, started]


def test_superfluous_run_is_nobodys() -> None:
    """A run that was started beside the one that its job has is aborted, and no other job finds it."""
    deployment = Deployment(calls_back=False)
    world, attempts = deployment.world, deployment.attempts
    world.webhooks_refused = ApifyRejected("no permission", code=ErrorCode.FORBIDDEN, status=403)
    world.start_troubles = [StartTrouble(LOST), StartTrouble(LOST)]
    deployment.jobs.add(a.job())
    deployment.jobs.add(a.job(key=SECOND))
    deployment.invoke(lasting=MINUTE / 2)
    arrived_late = world.start_elsewhere(a.start_request())
    first = AttemptId(f"{a.JOB}-1")
    claim = attempts.claim_run

    async def called_back_meanwhile(run_id: RunId, attempt: AttemptId) -> bool:
        if attempt == first and run_id != arrived_late:
            await attempts.record_status(first, arrived_late, "READY")
        return await claim(run_id, attempt)

    del world.runs[arrived_late]  # it is not shown yet
    attempts.claim_run = called_back_meanwhile  # type: ignore[method-assign]  # a race, arranged
    asyncio.run(claim(arrived_late, first))
    go_on(deployment, minutes=3)

    superfluous, another = world.runs
    assert world.runs[RunId(superfluous)]["status"] == "ABORTED"
    assert attempts.rows[first].run_id == arrived_late
    assert attempts.rows[AttemptId(f"{SECOND}-1")].run_id == another


def test_run_of_another_job_is_not_found() -> None:
    """A run whose start was answered is its job's, so who lost an answer does not take it."""
    deployment = Deployment(public_url="", concurrency=1, calls_back=False)
    deployment.world.start_troubles = [StartTrouble(LOST)]
    deployment.jobs.add(a.job())
    deployment.invoke()
    deployment.jobs.add(a.job(key=SECOND))

    go_on(deployment)

    runs = [row.run_id for row in deployment.attempts.rows.values()]
    assert len(set(runs)) == len(deployment.world.runs) == 2


def test_run_that_another_job_took_goes_on() -> None:
    """Where another job took the run that was just started, nobody aborts it, and its starter starts anew."""
    deployment = Deployment(public_url="", calls_back=False)
    deployment.jobs.add(a.job())
    claim = deployment.attempts.claim_run
    other = AttemptId(f"{SECOND}-1")

    async def came_second(run_id: RunId, attempt: AttemptId) -> bool:
        if len(deployment.world.runs) == 1:
            await claim(run_id, other)
        return await claim(run_id, attempt)

    deployment.attempts.claim_run = came_second  # type: ignore[method-assign]  # a race, arranged

    go_on(deployment)

    first, second = deployment.world.runs
    assert [run["status"] for run in deployment.world.runs.values()] == ["RUNNING", "RUNNING"]
    assert deployment.row.run_id == second
    assert asyncio.run(deployment.attempts.owner_of_run(RunId(first))) == other


@pytest.mark.parametrize("took_effect", [True, False], ids=["it was started", "it was not started"])
def test_old_runs_of_a_task_are_not_ours(took_effect: bool) -> None:  # noqa: FBT001 - a column
    """Apify lists all runs of a task: those from before the attempt are passed over."""
    deployment = Deployment(public_url="", calls_back=False)
    request = StartRun(ResourceKind.TASK, "acme~crawl-acme", input=None)
    old = {deployment.world.start_elsewhere(request) for _ in range(3)}
    deployment.clock.advance(timedelta(hours=1))
    deployment.world.start_troubles = [StartTrouble(LOST, after_effect=took_effect)]
    deployment.jobs.add(a.job(a.run_task()))

    go_on(deployment)

    assert len(deployment.world.runs) == 4
    assert deployment.row.run_id not in old
    assert deployment.jobs.reported == []


@pytest.mark.parametrize(
    ("asked", "options"),
    [
        ({"memory": "300"}, {"memoryMbytes": 512}),
        ({"timeout": "100"}, {"timeoutSecs": 60}),
        ({"buildTag": "latest"}, {"build": "1.2.3"}),
        ({"maxItems": 7}, {"maxItems": 5}),
        ({"maxTotalChargeUsd": "0.1"}, {"maxTotalChargeUsd": 0.5}),
    ],
    ids=lambda value: next(iter(value)),
)
def test_options_that_apify_changed_are_an_incident(asked: dict[str, Any], options: dict[str, Any]) -> None:
    """A run with our input and other options may be ours, altered by Apify: no second one is started."""
    deployment = Deployment(public_url="", calls_back=False)
    deployment.world.start_troubles = [StartTrouble(LOST, after_effect=True)]
    deployment.jobs.add(a.job(a.run_actor(**asked)))
    deployment.invoke()
    [run] = deployment.world.runs.values()
    run["options"] = {**dict(run["options"]), **options}  # type: ignore[arg-type]  # an object

    go_on(deployment)

    assert len(deployment.world.runs) == 1
    assert deployment.error["code"] == "START_UNCLEAR"
    assert str(run["id"]) in deployment.failed.message
    assert next(iter(options)) in deployment.failed.message


@pytest.mark.parametrize("header", ["resultExpression", "errorExpression"])
def test_expression_that_is_none_costs_no_run(header: str) -> None:
    """An expression that does not even parse is found before the run is paid."""
    deployment = Deployment()
    outcome = deployment.work(a.job(headers={header: "={a: 1"}))

    assert isinstance(outcome, FailJob)
    assert outcome.retries == 0
    assert "={a: 1" in outcome.message
    assert deployment.world.runs == {}


@pytest.mark.parametrize(
    "headers",
    [
        {"resultExpression": "={pages: assert(response.data, false)}"},
        {"resultExpression": "=1"},
        {"errorExpression": "=[1]"},
    ],
    ids=["fails", "gives no object", "means nothing"],
)
def test_result_that_cannot_be_mapped_is_mapped_again(headers: dict[str, str]) -> None:
    """Resolving the incident of a mapping looks at the same run again, and pays none."""
    deployment = Deployment()
    deployment.jobs.add(a.job(headers=headers))
    deployment.invoke()
    deployment.end_and_wake()
    assert deployment.failed.retries == 0

    for _ in range(2):
        deployment.jobs.resolve_incident(a.JOB, retries=3)
        deployment.clock.advance(MINUTE)
        deployment.invoke()

    assert len(deployment.world.runs) == 1
    assert len(deployment.jobs.reported) == 3

    deployment.jobs.cancel(a.JOB)
    deployment.jobs.add(a.job(headers={"resultVariable": "run"}))  # the instance was migrated
    deployment.clock.advance(MINUTE)
    deployment.invoke()
    assert isinstance(deployment.jobs.reported[-1][1], CompleteJob)
    assert len(deployment.world.runs) == 1


@pytest.mark.parametrize("took_effect", [True, False], ids=["it was started", "it was not started"])
def test_token_that_may_not_see_webhooks_finds_its_run(took_effect: bool) -> None:  # noqa: FBT001 - a column
    """A token that may only run the Actor finds a run in its list alone."""
    deployment = Deployment(calls_back=False)
    deployment.world.start_troubles = [StartTrouble(LOST, after_effect=took_effect)]
    deployment.world.webhooks_refused = ApifyRejected(
        "insufficient-permissions", code=ErrorCode.FORBIDDEN, status=403
    )
    deployment.jobs.add(a.job())

    go_on(deployment)

    assert len(deployment.world.runs) == 1
    assert deployment.row.run_id in deployment.world.runs
    assert deployment.jobs.reported == []


def test_outcome_that_the_engine_refuses_keeps_its_run() -> None:
    """An outcome that Camunda refuses is an incident; resolving it looks at the same run, and pays none."""
    deployment = Deployment()
    deployment.jobs.add(a.job())
    deployment.invoke()
    refusal = EngineRejected(
        "It does not fit.", rejection="INVALID_ARGUMENT", code=ErrorCode.PAYLOAD_TOO_LARGE
    )
    deployment.jobs.report_troubles = [refusal]
    deployment.end_and_wake()
    assert deployment.failed.retries == 0
    assert "bytes of JSON" in deployment.failed.message
    assert [each.state for each in deployment.attempts.rows.values()] == [AttemptState.STARTED]

    deployment.jobs.resolve_incident(a.JOB, retries=1)
    deployment.clock.advance(MINUTE)
    deployment.invoke()

    assert isinstance(deployment.jobs.reported[-1][1], CompleteJob)
    assert len(deployment.world.runs) == 1
    assert [each.state for each in deployment.attempts.rows.values()] == [AttemptState.CLOSED]
