"""No second paid run, and no run that two jobs share, although answers are lost and jobs come twice."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from apify_camunda.apify.model import AdHocWebhook, ResourceKind, StartRun
from apify_camunda.camunda.model import CompleteJob, FailJob
from apify_camunda.errors import ApifyRejected, ApifyUnavailable, EngineRejected, ErrorCode
from apify_camunda.identifiers import AttemptId, RunId
from apify_camunda.outbound.domain.attempt import AttemptState
from apify_camunda.outbound.domain.attempt_transitions import NoteReport, NoteRun, Transition
from apify_camunda.outbound.flows.record_callback import RecordCallback
from apify_camunda.platform.deadline import Deadline

from tests import builders
from tests import builders_outbound as a
from tests.event_loop import run_async
from tests.fakes.apify import StartTrouble
from tests.fakes.job_queue import FakeJobQueue
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
    """Let a poller that still holds the job work it, after something else happened."""
    deadline = Deadline(deployment.clock.now() + 5 * MINUTE)
    run_async(deployment.poller(Lifetime()).work(a.job(**job), deadline))


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
    """Who still holds a job that another poller has failed begins no attempt: the job is handed out again."""
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


def test_late_and_first_poller_together_start_one_run() -> None:
    """Who still holds a job that failed and begins its next attempt begins it for the next poller."""
    deployment = Deployment()
    backoff = {"retryBackoff": "PT30S"}
    deployment.jobs.add(a.job(a.scrape(), headers=backoff))
    deployment.invoke(lasting=MINUTE)
    deployment.end_runs(items=[])
    deployment.call_back()
    deployment.clock.advance(timedelta(seconds=1))
    deployment.invoke(lasting=timedelta(seconds=26))
    deployment.clock.advance(MINUTE)
    [handed_out] = run_async(
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


FORBIDDEN = ApifyRejected("no permission", code=ErrorCode.FORBIDDEN, status=403)


@pytest.mark.parametrize("shows_user_agents", [True, False], ids=["agents shown", "agents hidden"])
@pytest.mark.parametrize("shows_webhooks", [True, False], ids=["webhooks shown", "webhooks hidden"])
def test_no_job_takes_the_run_of_another_job(shows_webhooks: bool, shows_user_agents: bool) -> None:  # noqa: FBT001 - columns
    """A job that lost its answer takes no run that looks alike: it starts its own, or asks a person."""
    deployment = Deployment(calls_back=False)
    world = deployment.world
    world.webhooks_refused = None if shows_webhooks else FORBIDDEN
    world.shows_user_agents = shows_user_agents
    world.start_troubles = [StartTrouble(LOST), StartTrouble(LOST, after_effect=True)]
    for key in (a.JOB, SECOND):
        deployment.jobs.add(a.job(key=key))
        deployment.invoke(lasting=MINUTE / 2)
    [of_second] = world.runs

    go_on(deployment, minutes=4)

    rows = deployment.attempts.rows
    if shows_webhooks or shows_user_agents:
        assert rows[AttemptId(f"{SECOND}-1")].run_id == of_second
        assert rows[AttemptId(f"{a.JOB}-1")].run_id not in (of_second, None)
        assert len(world.runs) == 2
    else:
        codes = [outcome.variables["error"]["code"] for _, outcome in deployment.jobs.reported]  # type: ignore[index,call-overload] # an object
        assert codes == ["START_UNCLEAR", "START_UNCLEAR"]
        assert list(world.runs) == [of_second]


@pytest.mark.parametrize("with_webhook", [True, False], ids=["with its own webhook", "without a webhook"])
@pytest.mark.parametrize("offset", [timedelta(), 10 * MINUTE, -10 * MINUTE], ids=["", "ahead", "behind"])
@pytest.mark.parametrize("took_effect", [True, False], ids=["ours was started", "ours was not started"])
def test_run_that_another_client_started_is_not_ours(
    took_effect: bool,  # noqa: FBT001 - a column
    offset: timedelta,
    with_webhook: bool,  # noqa: FBT001 - a column
) -> None:
    """The same Actor, started by another client with the same input after our lost start, is never taken."""
    deployment = Deployment(calls_back=False)
    world = deployment.world
    world.clock_offset = offset
    world.start_troubles = [StartTrouble(LOST, after_effect=took_effect)]
    deployment.jobs.add(a.job())
    deployment.invoke(lasting=MINUTE / 2)
    hook = AdHocWebhook(("ACTOR.RUN.SUCCEEDED",), "https://elsewhere.example/hook", {}, "key")
    foreign = world.start_elsewhere(a.start_request(webhooks=(hook,) if with_webhook else ()))

    go_on(deployment, minutes=4)

    assert deployment.row.run_id != foreign
    assert len(world.runs) == (1 if not (took_effect or with_webhook) else 2)
    if took_effect or with_webhook:
        assert deployment.row.run_id in world.runs
    else:
        assert deployment.error["code"] == "START_UNCLEAR"
        assert foreign in deployment.failed.message


@pytest.mark.parametrize("offset", [10 * MINUTE, -10 * MINUTE], ids=["ahead", "behind"])
def test_clock_of_apify_is_its_own(offset: timedelta) -> None:
    """Which runs are old is decided by Apify's clock, however far it is from ours."""
    deployment = Deployment(public_url="", calls_back=False)
    world = deployment.world
    world.clock_offset = offset
    world.shows_user_agents = False
    world.start_elsewhere(a.start_request())
    deployment.clock.advance(MINUTE)
    world.start_troubles = [StartTrouble(LOST)]
    deployment.jobs.add(a.job())

    go_on(deployment, minutes=4)

    assert deployment.jobs.reported == []
    assert len(world.runs) == 2


def test_refused_webhook_makes_the_start_unclear() -> None:
    """Where Apify took no webhook of ours, another client's webhook says nothing about a run."""
    deployment = Deployment(calls_back=False)
    world = deployment.world
    world.webhook_limit = 0
    world.shows_user_agents = False
    world.start_troubles_without_webhooks = [StartTrouble(LOST)]
    deployment.jobs.add(a.job())
    deployment.invoke(lasting=MINUTE / 2)
    assert deployment.row.sends_callback is False
    world.webhook_limit = 100
    hook = AdHocWebhook(("ACTOR.RUN.SUCCEEDED",), "https://elsewhere.example/hook", {}, "key")
    world.start_elsewhere(a.start_request(webhooks=(hook,)))

    go_on(deployment, minutes=4)

    assert deployment.error["code"] == "START_UNCLEAR"
    assert len(world.runs) == 1


def test_two_deployments_on_one_account_share_no_run() -> None:
    """Two deployments whose jobs have the same keys and inputs use one account: each finds its own run."""
    first = Deployment(public_url="", calls_back=False)
    second = Deployment(public_url="", calls_back=False, cluster="cluster-2")
    second.clock, second.world = first.clock, first.world
    second.jobs = FakeJobQueue(first.clock)
    first.world.start_troubles = [StartTrouble(LOST, after_effect=True)] * 2
    for deployment in (first, second):
        deployment.jobs.add(a.job())
        deployment.invoke(lasting=MINUTE / 2)

    for _ in range(3):
        for deployment in (second, first):
            deployment.invoke(lasting=MINUTE / 2)
        first.clock.advance(MINUTE)

    assert [first.row.run_id, second.row.run_id] == list(first.world.runs)


def forge(deployment: Deployment, run_id: RunId, status: str = "SUCCEEDED") -> int:
    """Let a callback at the attempt's address name a run, and return its answer."""
    record = RecordCallback(
        attempts=deployment.attempts,
        jobs=deployment.jobs,
        waker=FakeWaker(),
        secrets=deployment.secrets,
        clock=deployment.clock,
    )
    event_type = "ACTOR.RUN.CREATED" if status == "READY" else f"ACTOR.RUN.{status}"
    content = builders.body(event_type=event_type, resource=builders.run(id=run_id, status=status))
    path = f"/runs/{deployment.row.id}"
    return run_async(record(builders.request(content, path=path))).status


@pytest.mark.parametrize("status", ["READY", "SUCCEEDED"])
def test_forged_callback_aborts_no_paid_run(status: str) -> None:
    """A callback that names another run while ours is being started changes nothing: ours goes on."""
    deployment = Deployment(calls_back=False)
    foreign = deployment.world.start_elsewhere(a.start_request())
    deployment.jobs.add(a.job())

    async def forged(attempt: AttemptId, transition: Transition) -> None:
        if isinstance(transition, NoteRun):
            deployment.attempts.meanwhile = None
            await deployment.attempts.change(attempt, NoteReport(foreign, status))

    deployment.attempts.meanwhile = forged
    deployment.invoke()
    deployment.end_and_wake()
    deployment.clock.advance(MINUTE)
    deployment.invoke()

    ours = [*deployment.world.runs][-1]
    assert deployment.completed["result"] == {"data": deployment.world.runs[ours]}
    assert "ABORTED" not in [run["status"] for run in deployment.world.runs.values()]


@pytest.mark.parametrize(
    "changes",
    [{"input": {"url": "https://other.example"}}, {"resource_id": "apify~website-content-crawler"}],
    ids=["another input", "another Actor"],
)
def test_forged_callback_after_a_lost_answer_is_checked_at_apify(changes: Any) -> None:
    """A run that a callback names is taken only where Apify confirms it; then the search goes on."""
    deployment = Deployment(calls_back=False)
    world = deployment.world
    foreign = world.start_elsewhere(a.start_request(**changes))
    world.start_troubles = [StartTrouble(LOST, after_effect=True)]
    deployment.jobs.add(a.job())
    deployment.invoke(lasting=MINUTE / 2)
    assert forge(deployment, foreign) == 200

    deployment.clock.advance(timedelta(seconds=1))
    deployment.invoke(lasting=MINUTE / 2)

    assert deployment.row.run_id == [*world.runs][-1] != foreign
    assert len(world.runs) == 2


def test_old_run_that_a_callback_names_is_not_ours() -> None:
    """A run that was started before the attempt is not the attempt's, even if a callback says so."""
    deployment = Deployment(calls_back=False, public_url="")
    world = deployment.world
    world.shows_user_agents = False
    old = world.start_elsewhere(a.start_request())
    deployment.clock.advance(10 * MINUTE)
    world.start_troubles = [StartTrouble(LOST)]
    deployment.jobs.add(a.job())
    deployment.invoke(lasting=MINUTE / 2)
    forge(deployment, old)

    go_on(deployment, minutes=4)

    assert deployment.row.run_id == [*world.runs][-1] != old


@pytest.mark.parametrize("waits", ["true", "false"])
def test_created_callback_ends_the_wait_after_a_lost_answer(waits: str) -> None:
    """A run whose start was not answered is known within seconds by its CREATED callback."""
    deployment = Deployment(calls_back=False)
    deployment.world.start_troubles = [StartTrouble(LOST, after_effect=True)]
    deployment.jobs.add(a.job(a.run_actor(waitForFinish=waits)))
    deployment.invoke(lasting=MINUTE / 2)
    deployment.world.webhooks_refused = FORBIDDEN  # neither the list nor the agents tell it
    deployment.world.shows_user_agents = False
    assert forge(deployment, deployment.run_id, "READY") == 200

    deployment.clock.advance(timedelta(seconds=1))
    deployment.invoke(lasting=MINUTE / 2)

    assert deployment.row.run_id == deployment.run_id
    assert bool(deployment.jobs.reported) == (waits == "false")


def test_superfluous_run_belongs_to_no_job() -> None:
    """A run that was started beside the one that its job has is aborted, and no other job finds it."""
    deployment = Deployment(calls_back=False)
    world, attempts = deployment.world, deployment.attempts
    world.webhooks_refused = FORBIDDEN
    world.start_troubles = [StartTrouble(LOST), StartTrouble(LOST)]
    deployment.jobs.add(a.job())
    deployment.jobs.add(a.job(key=SECOND))
    deployment.invoke(lasting=MINUTE / 2)
    arrived_late = world.start_elsewhere(a.start_request())
    first = AttemptId(f"{a.JOB}-1")

    async def found_meanwhile(attempt: AttemptId, transition: Transition) -> None:
        if attempt == first and isinstance(transition, NoteRun):
            attempts.meanwhile = None
            await attempts.change(first, NoteRun(arrived_late))

    del world.runs[arrived_late]  # it is not shown yet
    attempts.meanwhile = found_meanwhile
    run_async(attempts.claim_run(arrived_late, first))
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
    """Where another job took a run that was just started, the run goes on, and its starter starts another."""
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
    assert run_async(deployment.attempts.owner_of_run(RunId(first))) == other


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
    deployment.world.shows_user_agents = False
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
def test_wrong_expression_starts_no_run(header: str) -> None:
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
