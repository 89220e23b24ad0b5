"""Jobs that start runs: how they wait, what ends them, and what never starts a second run."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from apify_camunda.apify.model import RUN_CREATED, TERMINAL_EVENT_TYPES
from apify_camunda.camunda.model import FailJob, ThrowBpmnError
from apify_camunda.errors import (
    ApifyRejected,
    ApifyUnavailable,
    EngineRejected,
    EngineUnavailable,
    ErrorCode,
    StoreUnavailable,
)
from apify_camunda.identifiers import AttemptId
from apify_camunda.outbound.domain.attempt import AttemptState
from apify_camunda.outbound.domain.attempt_transitions import NoteReport, NoteRun, Transition
from apify_camunda.outbound.domain.retry_policy import look_interval
from apify_camunda.webhooks.signature import SIGNATURE_HEADER, is_ours

from tests import builders_outbound as a
from tests.event_loop import run_async
from tests.fakes.apify import StartTrouble
from tests.fakes.clock import NOON
from tests.fakes.secret_source import KEYS
from tests.outbound_deployment import Deployment

MINUTE = timedelta(minutes=1)
NOT_NOW = ApifyUnavailable("Apify API error (402): Out of memory", code=ErrorCode.MEMORY_LIMIT_EXCEEDED)
LOST = ApifyUnavailable("Apify API request failed: ReadTimeout", outcome_unknown=True)
AWAY = ApifyUnavailable("Apify API request failed: ConnectError")
REVOKED = ApifyRejected("Apify API error (401): No such token", code=ErrorCode.UNAUTHORIZED, status=401)


@pytest.fixture
def deployment() -> Deployment:
    return Deployment()


# --- Waiting ---------------------------------------------------------------------------------------------


def test_job_waits_in_camunda_for_its_run(deployment: Deployment) -> None:
    """While its run goes on the job is locked until the next look, shows its run, and is not reported."""
    deployment.jobs.add(a.job())
    deployment.invoke()
    assert deployment.jobs.reported == []
    assert deployment.jobs.locks == [(a.JOB, look_interval(0, deployment.row.id))]
    assert deployment.row.state is AttemptState.STARTED
    assert deployment.jobs.local_variables[a.job().element_instance_key] == {
        "apifyRunId": deployment.run_id,
        "apifyRunUrl": f"https://console.apify.com/view/runs/{deployment.run_id}"
        "?utm_source=camunda&utm_medium=integrations",
    }


def test_callback_completes_the_job(deployment: Deployment) -> None:
    """The job is completed as soon as the run's callback has handed it out again."""
    deployment.jobs.add(a.job())
    deployment.invoke()
    deployment.end_and_wake()
    assert deployment.completed == {"result": {"data": deployment.world.runs[deployment.run_id]}}
    assert (deployment.row.state, deployment.row.outcome) == (AttemptState.CLOSED, None)
    assert deployment.metrics.counted["RunsStarted"] == deployment.metrics.counted["JobsCompleted"] == 1


def test_waiting_is_measured(deployment: Deployment) -> None:
    """How long the job waited for its run is noted once, when it is over."""
    deployment.jobs.add(a.job())
    deployment.invoke()
    assert not deployment.metrics.measured["RunWait"]
    deployment.end_and_wake()
    [waited] = deployment.metrics.measured["RunWait"]
    assert waited > timedelta()


def test_run_calls_back_with_our_signature(deployment: Deployment) -> None:
    """A run starts with a webhook of its own that names the attempt and proves to be ours."""
    deployment.jobs.add(a.job())
    deployment.invoke()
    [start] = deployment.world.started
    [webhook] = start.webhooks
    assert webhook.request_url == f"{a.PUBLIC_URL}/runs/{a.JOB}-1"
    assert webhook.event_types == (RUN_CREATED, *TERMINAL_EVENT_TYPES)
    assert is_ours(f"/runs/{a.JOB}-1", webhook.headers[SIGNATURE_HEADER], KEYS)


def test_callback_that_comes_early_is_not_lost(deployment: Deployment) -> None:
    """A run that ends before the job's lock was extended completes the job at once."""
    deployment.jobs.add(a.job())
    set_lock = deployment.jobs.set_lock

    async def ended_meanwhile(job: object, duration: timedelta) -> object:
        reply = await set_lock(a.JOB, duration)
        deployment.end_runs()
        await deployment.attempts.change(deployment.row.id, NoteReport(deployment.run_id, "SUCCEEDED"))
        return reply

    deployment.jobs.set_lock = ended_meanwhile  # type: ignore[assignment,method-assign] # a race, arranged
    deployment.invoke()
    assert deployment.completed


def test_without_callbacks_the_run_is_looked_at(deployment: Deployment) -> None:
    """Where no callback comes the run is looked at again and again, ever more rarely."""
    deployment.jobs.add(a.job())
    deployment.invoke()
    waits = []
    for _ in range(9):
        deployment.clock.advance(deployment.jobs.comes_back_in(a.JOB))
        deployment.invoke()
        waits.append(deployment.jobs.locks[-1][1])
    assert waits == [look_interval(looks, deployment.row.id) for looks in range(9)]
    assert len(deployment.world.started) == 1

    deployment.end_runs()
    deployment.clock.advance(deployment.jobs.comes_back_in(a.JOB))
    deployment.invoke()
    assert deployment.completed


def test_run_that_is_not_waited_for(deployment: Deployment) -> None:
    """A job that does not wait is completed with the run as it was started."""
    deployment.jobs.add(a.job(a.run_actor(waitForFinish="false")))
    deployment.invoke()
    result = deployment.completed["result"]
    assert isinstance(result, dict)
    assert isinstance(result["data"], dict)
    assert result["data"]["status"] == "RUNNING"
    [start] = deployment.world.started
    assert start.webhooks[0].event_types == (RUN_CREATED,)


def test_no_public_url_no_callback() -> None:
    """Without a public URL runs start without webhooks, and looks carry the job."""
    deployment = Deployment(public_url="")
    deployment.jobs.add(a.job())
    deployment.invoke()
    assert deployment.world.started[0].webhooks == ()
    deployment.end_runs()
    deployment.clock.advance(MINUTE)
    deployment.invoke()
    assert deployment.completed


def test_apify_takes_no_more_webhooks(deployment: Deployment) -> None:
    """A run whose webhook is refused starts without one."""
    deployment.world.webhook_limit = 0
    deployment.jobs.add(a.job())
    deployment.invoke()
    [start] = deployment.world.started
    assert start.webhooks == ()
    assert deployment.row.state is AttemptState.STARTED


def test_what_operators_see_is_not_vital(deployment: Deployment) -> None:
    """A run whose id cannot be shown in Operate is still waited for."""

    async def refuse(*_: object) -> None:
        raise EngineRejected("no such element", rejection="NOT_FOUND")

    deployment.jobs.set_local_variables = refuse  # type: ignore[assignment,method-assign] # it fails, arranged
    deployment.jobs.add(a.job())
    deployment.invoke()
    deployment.end_and_wake()
    assert deployment.completed


# --- Ends ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", ["FAILED", "ABORTED", "TIMED-OUT"])
def test_unsuccessful_run_completes_the_job(deployment: Deployment, status: str) -> None:
    """A run that did not succeed completes the job with its status, as the reference does."""
    deployment.jobs.add(a.job(headers={"resultExpression": "={status: data.status}"}))
    deployment.invoke()
    deployment.end_and_wake(status)
    assert deployment.completed == {"status": status}


@pytest.mark.parametrize(
    ("status", "code"), [("FAILED", "RUN_FAILED"), ("ABORTED", "RUN_ABORTED"), ("TIMED-OUT", "RUN_TIMED_OUT")]
)
def test_unsuccessful_run_fails_where_it_shall(deployment: Deployment, status: str, code: str) -> None:
    """With `failOnUnsuccessfulRun` such a run is an incident with a code."""
    deployment.jobs.add(a.job(a.run_actor(failOnUnsuccessfulRun=True)))
    deployment.invoke()
    deployment.end_and_wake(status)
    assert deployment.failed.retries == 0
    assert deployment.error["code"] == code


def test_error_expression_sees_the_failed_run(deployment: Deployment) -> None:
    """A modeller can turn a failed run into a BPMN error by its code, with the run's id at hand."""
    expression = '=if error.code = "RUN_FAILED" then bpmnError("CRAWL", error.variables.runId) else null'
    job = a.job(a.run_actor(failOnUnsuccessfulRun="true"), headers={"errorExpression": expression})
    deployment.jobs.add(job)
    deployment.invoke()
    deployment.end_and_wake("FAILED")
    assert deployment.outcome == ThrowBpmnError("CRAWL", deployment.run_id, {})


def test_scrape_gives_the_first_item(deployment: Deployment) -> None:
    """Scraping gives the page without its text, which the page already holds."""
    deployment.jobs.add(a.job(a.scrape()))
    deployment.invoke()
    deployment.end_and_wake(items=[{"url": "https://acme.example/page", "text": "x", "markdown": "# x"}])
    assert deployment.completed == {
        "result": {"data": {"url": "https://acme.example/page", "markdown": "# x"}}
    }


def test_scrape_that_found_nothing_is_tried_again(deployment: Deployment) -> None:
    """A page that gave no item uses up a retry, and the next attempt starts a new run."""
    deployment.jobs.add(a.job(a.scrape()))
    deployment.invoke()
    deployment.end_and_wake(items=[])
    assert deployment.failed.retries == 2
    assert (
        deployment.error["message"] == "Error: No items found in dataset for URL: https://acme.example/page"
    )
    assert len(deployment.world.started) == 2


def test_scrape_whose_run_failed_says_so(deployment: Deployment) -> None:
    """A crawl that failed and left nothing is reported as the failure that it is."""
    deployment.jobs.add(a.job(a.scrape()))
    deployment.invoke()
    deployment.end_and_wake("FAILED", items=[])
    assert deployment.error["code"] == "RUN_FAILED"


def test_result_that_is_too_large_keeps_its_run(deployment: Deployment) -> None:
    """A result that the engine cannot take is an incident that says how large it is; the run is kept."""
    deployment.jobs.add(a.job(a.scrape()))
    deployment.invoke()
    deployment.end_and_wake(items=[{"markdown": "x" * 1_600_000}])
    assert deployment.failed.retries == 0
    assert "1,600,0" in deployment.failed.message
    assert (deployment.row.state, deployment.row.retries) == (AttemptState.STARTED, 0)


# --- Not now, not there, not allowed ---------------------------------------------------------------------


def test_not_now_uses_up_no_retries(deployment: Deployment) -> None:
    """Where Apify says "not now" the job waits, and starts when it may, with its retries untouched."""
    deployment.world.start_troubles = [StartTrouble(NOT_NOW)] * 3
    deployment.jobs.add(a.job())
    while not deployment.world.runs:
        deployment.invoke()
        deployment.clock.advance(timedelta(seconds=5))
    waits = [lock for _, lock in deployment.jobs.locks]
    assert [wait.total_seconds() for wait in waits[:3]] == [10, 20, 40]
    assert waits[3:] == [look_interval(0, deployment.row.id)]
    assert deployment.jobs.reported == []
    assert (deployment.row.number, deployment.row.retries) == (1, 3)
    assert len(deployment.world.runs) == 1


def test_not_now_is_bounded(deployment: Deployment) -> None:
    """After an hour of "not now" a retry is used up, so that a person hears of it."""
    deployment.world.start_troubles = [StartTrouble(NOT_NOW)] * 100
    deployment.jobs.add(a.job())
    while not deployment.jobs.reported:
        deployment.invoke()
        deployment.clock.advance(MINUTE)
    assert deployment.failed.retries == 2
    assert deployment.error["code"] == "MEMORY_LIMIT_EXCEEDED"
    assert timedelta(hours=1) <= deployment.clock.now() - NOON < timedelta(hours=1, minutes=10)


def test_start_that_never_arrived_uses_a_retry(deployment: Deployment) -> None:
    """A start that surely did not arrive fails the job like any other fault of the network."""
    deployment.world.start_troubles = [StartTrouble(AWAY)]
    deployment.jobs.add(a.job(headers={"retryBackoff": "PT30S"}))
    deployment.invoke()
    assert (deployment.failed.retries, deployment.failed.backoff) == (2, timedelta(seconds=30))
    assert deployment.row.state is AttemptState.CLOSED


def test_unknown_actor_is_an_incident(deployment: Deployment) -> None:
    """An Actor that does not exist is an incident at once, with the documented code."""
    deployment.jobs.add(a.job(a.run_actor(actorId="acme/missing")))
    deployment.invoke()
    assert deployment.failed.retries == 0
    assert deployment.error["code"] == "ACTOR_NOT_FOUND"


def test_new_retries_are_a_new_attempt(deployment: Deployment) -> None:
    """After an incident was resolved the job starts a run of its own."""
    deployment.jobs.add(a.job(a.run_actor(failOnUnsuccessfulRun="true")))
    deployment.invoke()
    deployment.end_and_wake("FAILED")
    deployment.jobs.resolve_incident(a.JOB, retries=1)
    deployment.invoke()
    assert [row.number for row in deployment.attempts.rows.values()] == [1, 2]
    assert len(deployment.world.runs) == 2


def test_revoked_token_keeps_the_run(deployment: Deployment) -> None:
    """A run that cannot be looked at is an incident; once that is resolved the same run goes on."""
    deployment.jobs.add(a.job())
    deployment.invoke()
    deployment.world.read_troubles = [REVOKED]
    deployment.clock.advance(MINUTE)
    deployment.invoke()
    assert deployment.failed.retries == 0

    deployment.jobs.resolve_incident(a.JOB, retries=1)
    deployment.end_and_wake()
    assert len(deployment.world.runs) == 1
    assert len(deployment.jobs.reported) == 2
    assert deployment.row.state is AttemptState.CLOSED


def test_lost_secret_keeps_the_run(deployment: Deployment) -> None:
    """A job that cannot even be read any more is an incident; once that is resolved its run goes on."""
    deployment.jobs.add(a.job())
    deployment.invoke()
    job_inputs = a.run_actor(actorId="")
    deployment.jobs.cancel(a.JOB)
    deployment.jobs.add(a.job(job_inputs))
    deployment.clock.advance(MINUTE)
    deployment.invoke()
    assert deployment.failed.retries == 0

    deployment.jobs.cancel(a.JOB)
    deployment.jobs.add(a.job(retries=1))
    deployment.end_and_wake()
    assert len(deployment.world.runs) == 1
    assert len(deployment.jobs.reported) == 2


def test_signing_keys_away_start_nothing(deployment: Deployment) -> None:
    """Where the signing keys cannot be read nothing is begun, so that nothing must be looked for."""
    deployment.secrets.failure = StoreUnavailable("Throttled")
    deployment.jobs.add(a.job())
    deployment.invoke()
    assert deployment.attempts.rows == {}
    deployment.secrets.failure = None
    deployment.carry_to_the_end(a.job())
    assert deployment.completed


def test_end_that_apify_does_not_show_yet(deployment: Deployment) -> None:
    """A run that has ended by its callback, and goes on by its replica, is looked at again within seconds."""
    deployment.jobs.add(a.job())
    deployment.invoke()
    for _ in range(4):
        deployment.clock.advance(deployment.jobs.comes_back_in(a.JOB))
        deployment.invoke()
    deployment.end_runs()
    deployment.call_back()
    deployment.world.runs[deployment.run_id]["status"] = "RUNNING"
    deployment.clock.advance(timedelta(seconds=1))
    deployment.invoke(lasting=timedelta(seconds=40))
    assert deployment.jobs.locks[-1][1] <= timedelta(seconds=10)
    deployment.end_runs()
    deployment.clock.advance(timedelta(seconds=20))
    deployment.invoke()
    assert deployment.completed


def test_surplus_run_that_cannot_be_aborted(deployment: Deployment) -> None:
    """Where even aborting fails, the attempt still goes on with the run that is noted."""
    deployment.jobs.add(a.job())
    noted = deployment.world.start_elsewhere(a.start_request(input={"other": 1}))

    async def late(attempt: AttemptId, transition: Transition) -> None:
        if isinstance(transition, NoteRun):
            deployment.attempts.meanwhile = None
            deployment.world.read_troubles = [AWAY]
            await deployment.attempts.change(attempt, NoteRun(noted))

    deployment.attempts.meanwhile = late
    deployment.invoke()
    deployment.end_and_wake()
    assert deployment.row.number == 1
    assert deployment.completed


def test_apify_away_while_the_job_waits(deployment: Deployment) -> None:
    """A look that Apify does not answer uses up nothing."""
    deployment.jobs.add(a.job())
    deployment.invoke()
    deployment.world.read_troubles = [AWAY]
    deployment.clock.advance(MINUTE)
    deployment.invoke()
    assert deployment.jobs.reported == []
    deployment.end_and_wake()
    assert deployment.completed


def test_run_that_was_deleted_is_an_incident(deployment: Deployment) -> None:
    """A run that Apify no longer knows ends its attempt."""
    deployment.jobs.add(a.job())
    deployment.invoke()
    deployment.world.runs.clear()
    deployment.clock.advance(MINUTE * 3)
    for _ in range(25):
        deployment.invoke(lasting=timedelta(seconds=40))
        deployment.clock.advance(timedelta(seconds=5))
    assert deployment.error["code"] == "RUN_NOT_FOUND"


def test_fresh_run_may_be_missing_for_a_while(deployment: Deployment) -> None:
    """A run that was started just now may not be on every replica of Apify yet."""
    deployment.jobs.add(a.job())
    deployment.invoke()
    hidden = dict(deployment.world.runs)
    deployment.world.runs.clear()
    deployment.clock.advance(MINUTE)
    deployment.invoke(lasting=timedelta(seconds=40))
    assert deployment.jobs.locks[-1] == (a.JOB, timedelta(seconds=5))
    deployment.world.runs.update(hidden)
    deployment.end_and_wake()
    assert deployment.completed


def test_fresh_run_may_be_missing_although_its_job_waited_long(deployment: Deployment) -> None:
    """What counts is when the run was started, not when the job first asked for it."""
    deployment.world.start_troubles = [StartTrouble(NOT_NOW)] * 6
    deployment.jobs.add(a.job())
    while deployment.world.start_troubles:
        deployment.invoke()
        deployment.clock.advance(MINUTE)
    while not deployment.world.runs:
        deployment.invoke(lasting=timedelta(seconds=40))
        deployment.clock.advance(MINUTE)
    hidden = dict(deployment.world.runs)
    deployment.world.runs.clear()
    deployment.clock.advance(MINUTE)
    deployment.invoke(lasting=timedelta(seconds=40))
    assert deployment.jobs.reported == []
    deployment.world.runs.update(hidden)
    deployment.end_and_wake()
    assert deployment.completed


# --- Lost answers ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("took_effect", [True, False], ids=["it was started", "it was not started"])
@pytest.mark.parametrize("webhook_limit", [100, 0], ids=["with a webhook", "without a webhook"])
def test_lost_answer_leads_to_one_run(took_effect: bool, webhook_limit: int) -> None:  # noqa: FBT001 - a column
    """After a lost answer the run is looked for, and only where there is none another is started."""
    deployment = Deployment(calls_back=False)
    deployment.world.webhook_limit = webhook_limit
    deployment.world.start_troubles = [StartTrouble(LOST, after_effect=took_effect)]
    if webhook_limit == 0:
        deployment = without_webhooks(deployment)
    deployment.jobs.add(a.job())
    deployment.invoke()
    assert deployment.jobs.locks == [(a.JOB, MINUTE)]
    deployment.carry_to_the_end(a.job())
    assert deployment.completed
    assert len(deployment.world.runs) == 1


def without_webhooks(deployment: Deployment) -> Deployment:
    deployment.config = replace(deployment.config, public_url="")
    return deployment


def test_created_callback_tells_the_run(deployment: Deployment) -> None:
    """Where the answer was lost the callback for CREATED is enough to find the run."""
    deployment.world.start_troubles = [StartTrouble(LOST, after_effect=True)]
    deployment.jobs.add(a.job())
    deployment.invoke()
    deployment.world.webhooks.clear()
    deployment.world.shows_user_agents = False
    run_async(deployment.attempts.change(deployment.row.id, NoteReport(deployment.run_id, "READY")))
    deployment.carry_to_the_end(a.job())
    assert deployment.completed
    assert len(deployment.world.runs) == 1


def test_runs_that_look_alike_are_an_incident() -> None:
    """Where two runs could be ours, none is chosen: the incident says so."""
    deployment = Deployment(calls_back=False, public_url="")
    deployment.world.shows_user_agents = False
    deployment.world.start_troubles = [StartTrouble(LOST, after_effect=True)]
    deployment.jobs.add(a.job())
    deployment.invoke()
    deployment.world.start_elsewhere(a.start_request())
    deployment.clock.advance(MINUTE * 2)
    deployment.invoke()
    assert deployment.failed.retries == 0
    assert deployment.error["code"] == "START_UNCLEAR"
    assert "2 runs with the same input" in deployment.failed.message
    assert len(deployment.world.runs) == 2


def test_changed_inputs_are_an_incident() -> None:
    """Where the job's inputs have changed since, they do not identify its run."""
    deployment = Deployment(calls_back=False, public_url="")
    deployment.world.shows_user_agents = False
    deployment.world.start_troubles = [StartTrouble(LOST, after_effect=True)]
    deployment.jobs.add(a.job())
    deployment.invoke()
    deployment.jobs.cancel(a.JOB)
    deployment.jobs.add(a.job(a.run_actor(inputJson={"url": "https://changed.example"})))
    deployment.clock.advance(MINUTE * 2)
    deployment.invoke()
    assert deployment.error["code"] == "START_UNCLEAR"
    assert "inputs have changed" in deployment.failed.message


def test_runs_of_others_are_not_ours() -> None:
    """Runs with another input, or that were started in the console, are left alone."""
    deployment = Deployment(calls_back=False)
    deployment.world.start_troubles = [StartTrouble(LOST)]
    deployment.jobs.add(a.job())
    deployment.invoke()
    deployment.world.start_elsewhere(a.start_request(input={"url": "https://other.example"}))
    deployment.world.start_elsewhere(a.start_request(), origin="WEB")
    deployment.clock.advance(MINUTE * 2)
    deployment.invoke()
    assert len(deployment.world.runs) == 3
    assert deployment.row.run_id == list(deployment.world.runs)[-1]


def test_two_jobs_with_lost_answers_get_their_own_runs() -> None:
    """Two jobs with the same input, both without an answer, find each its own run by its webhook."""
    deployment = Deployment(calls_back=False)
    deployment.world.start_troubles = [StartTrouble(LOST, after_effect=True)] * 2
    second = a.job(key=a.JOB + 1)
    deployment.jobs.add(a.job())
    deployment.jobs.add(second)
    deployment.invoke()
    deployment.carry_to_the_end(a.job())
    deployment.carry_to_the_end(second)
    assert len(deployment.world.runs) == 2
    assert len({row.run_id for row in deployment.attempts.rows.values()}) == 2


def test_start_that_arrives_late_is_surplus() -> None:
    """A start that took effect after another was made leaves one run that goes on."""
    deployment = Deployment()
    deployment.jobs.add(a.job())
    deployment.world.start_troubles = [StartTrouble(LOST)]
    deployment.invoke()
    deployment.clock.advance(MINUTE * 2)
    late = deployment.world.start_elsewhere(replace(a.start_request(), input={"other": 1}))

    async def found_before(attempt: AttemptId, transition: Transition) -> None:
        if isinstance(transition, NoteRun):
            deployment.attempts.meanwhile = None
            await deployment.attempts.change(attempt, NoteRun(late))

    deployment.attempts.meanwhile = found_before
    deployment.invoke()
    statuses = {run_id: run["status"] for run_id, run in deployment.world.runs.items()}
    assert statuses.pop(late) == "RUNNING"
    assert set(statuses.values()) == {"ABORTED"}


def test_lease_keeps_a_second_poller_away() -> None:
    """While the first may still be starting, a second poller looks and starts nothing."""
    deployment = Deployment(calls_back=False)
    deployment.attempts.rows[a.attempt().id] = a.attempt()
    deployment.jobs.add(a.job())
    deployment.invoke()
    assert deployment.world.started == []
    assert deployment.jobs.locks == [(a.JOB, timedelta(minutes=20))]


# --- Camunda ---------------------------------------------------------------------------------------------


def test_cancelled_job_aborts_its_run_where_it_shall(deployment: Deployment) -> None:
    """A job that is gone when its run has just started aborts it, if the model says so."""
    deployment.jobs.add(a.job(a.run_actor(cancelRunWhenJobIsGone="true")))

    async def cancelled_meanwhile(_: AttemptId, transition: Transition) -> None:
        if isinstance(transition, NoteRun):
            deployment.jobs.cancel(a.JOB)

    deployment.attempts.meanwhile = cancelled_meanwhile
    deployment.invoke()
    assert deployment.world.runs[deployment.run_id]["status"] == "ABORTED"


def test_job_whose_lock_ran_out_keeps_its_run(deployment: Deployment) -> None:
    """A lock that ran out while the run was started is no cancellation: the job comes again."""
    deployment.jobs.add(a.job(a.run_actor(cancelRunWhenJobIsGone="true")))

    async def much_later(_: AttemptId, transition: Transition) -> None:
        if isinstance(transition, NoteRun):
            deployment.clock.advance(timedelta(minutes=6))

    deployment.attempts.meanwhile = much_later
    deployment.invoke(lasting=timedelta(minutes=12))
    deployment.carry_to_the_end(a.job())
    assert deployment.completed
    assert len(deployment.world.runs) == 1


def test_report_that_was_not_answered_is_made_again(deployment: Deployment) -> None:
    """An outcome whose report Camunda did not answer is reported word for word when the job comes again."""
    deployment.jobs.add(a.job())
    deployment.invoke()
    deployment.jobs.report_troubles = [EngineUnavailable("Camunda is away.")] * 1000
    deployment.end_and_wake()
    assert deployment.jobs.reported == []
    assert deployment.row.state is AttemptState.DECIDED
    deployment.jobs.report_troubles = []
    deployment.clock.advance(timedelta(minutes=6))
    deployment.invoke()
    assert deployment.completed
    assert len(deployment.world.runs) == 1


def test_store_away_starts_nothing(deployment: Deployment) -> None:
    """Without its ledger nothing is started; the job comes again with its retries untouched."""
    deployment.attempts.is_away = True
    deployment.jobs.add(a.job())
    deployment.invoke()
    assert deployment.world.started == []
    assert deployment.jobs.reported == []
    deployment.attempts.is_away = False
    deployment.carry_to_the_end(a.job())
    assert deployment.completed


def test_another_cluster_is_another_job(deployment: Deployment) -> None:
    """Job keys repeat on another cluster: a row of the old one does not belong to the new one."""
    place = {"cluster": "cluster-0", "place": "crawl/1/run-crawler/2"}
    old = a.attempt(**place, run_id="run-of-old", state=AttemptState.STARTED)
    deployment.attempts.rows[old.id] = old
    deployment.jobs.add(a.job())
    deployment.invoke()
    assert [row.number for row in deployment.attempts.rows.values()] == [1, 2]
    assert len(deployment.world.runs) == 1


def test_unexpected_error_keeps_the_run(deployment: Deployment) -> None:
    """A fault of ours fails the job visibly, and the run that was paid for goes on to be its result."""
    deployment.jobs.add(a.job())
    deployment.invoke()
    del deployment.world.runs[deployment.run_id]["status"]
    deployment.clock.advance(MINUTE)
    deployment.invoke()
    first = deployment.jobs.reported[0][1]
    assert isinstance(first, FailJob)
    assert "UNEXPECTED_ERROR" in first.message
    assert len(deployment.world.runs) == 1
    assert deployment.row.number == 1
