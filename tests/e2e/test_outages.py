"""What is lost when Camunda is away, a callback or an answer is lost, or a function dies: nothing."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from datetime import timedelta

import pytest
from emulators.apify import DelayAnswer, DropAnswer

from tests.e2e.world import Stage, stage

pytestmark = pytest.mark.xdist_group("outages")
SUCCEEDED = "ACTOR.RUN.SUCCEEDED"
STARTS = "/v2/actors/*/runs"
PAST_A_LOOK = timedelta(minutes=2)
PAST_A_LOCK = timedelta(minutes=6)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with stage(tmp_path_factory.mktemp("outages")) as it:
        it.deploy("async-actor")
        it.deploy("run-actor")
        yield it


def test_event_outlives_an_outage_of_camunda(running: Stage) -> None:
    """
    An event that comes while Camunda is away is parked before it is answered 202, and delivered later.
    """
    running.apify.hold_deliveries()
    instance = running.start("async-actor", query="tea")
    run_id = running.run_of(instance)
    running.story.wait_for("apify", "run.succeeded", lambda facts: facts["id"] == run_id)

    running.camunda.stop()
    running.apify.release_deliveries()
    sent = running.dispatch_of(run_id, SUCCEEDED)
    called = running.story.wait_for("apify", "webhook.called", lambda facts: facts["dispatch"] == sent.id)
    assert called.facts["status"] == 202
    assert running.apify.settle()
    (call,) = sent.calls
    assert json.loads(call.response_body or "")["status"] == "parked"
    assert running.messages_for(run_id) == 0
    running.camunda.start()

    assert running.result(instance)["items"] == [{"title": "Result"}]
    assert running.messages_for(run_id) == 1
    assert running.messages_in("UndeliveredEvents") == 0


def runs_since(running: Stage, before: list[str]) -> list[str]:
    return [run for run in running.run_ids() if run not in before]


def job_of(running: Stage, instance: int) -> int:
    return running.engine.jobs(instance)[0].key


def test_lost_callback_is_made_up_by_a_look(running: Stage) -> None:
    """
    A job whose callback never comes is handed out again when its lock runs out, and completed by a look.
    """
    before = running.run_ids()
    running.apify.hold_deliveries()
    instance = running.start("run-actor", url="https://example.com/")
    running.story.wait_for("apify", "run.succeeded", lambda f: f["id"] not in before)
    running.story.wait_for("camunda", "job.locked", lambda f: f["key"] == job_of(running, instance))

    running.engine.advance_clock(PAST_A_LOOK)
    out = running.result(instance)

    running.apify.release_deliveries()
    assert out["status"] == "SUCCEEDED"
    assert len(runs_since(running, before)) == 1


@pytest.mark.parametrize("callbacks_come", [True, False], ids=["callbacks-come", "callbacks-are-lost"])
def test_lost_answer_of_the_start_starts_no_second_run(
    running: Stage,
    callbacks_come: bool,  # noqa: FBT001  # a column of the table
) -> None:
    """
    Where Apify's answer to a start is lost, the run that was started is found, and no second one is paid for.
    """
    before = running.run_ids()
    if not callbacks_come:
        running.apify.hold_deliveries()
    running.apify.faults.add(DropAnswer(), method="POST", path=STARTS)
    instance = running.start("run-actor", url="https://example.com/")
    running.story.wait_for("apify", "run.succeeded", lambda f: f["id"] not in before)
    if not callbacks_come:
        running.story.wait_for("camunda", "job.locked", lambda f: f["key"] == job_of(running, instance))
        running.engine.advance_clock(PAST_A_LOCK)

    assert running.result(instance)["status"] == "SUCCEEDED"
    running.apify.release_deliveries()
    assert len(runs_since(running, before)) == 1


@pytest.mark.parametrize("callbacks_come", [True, False], ids=["callbacks-come", "callbacks-are-lost"])
def test_death_between_start_and_record_starts_no_second_run(
    running: Stage,
    callbacks_come: bool,  # noqa: FBT001  # a column of the table
) -> None:
    """
    Where the poller is killed after Apify has started a run and before it is written down, the next poller of
    the job finds that run.
    """
    before, deaths = running.run_ids(), len(running.story.all("poll_jobs", "invocation.failed"))
    running.apify.hold_deliveries()
    running.apify.faults.add(DelayAnswer(3), method="POST", path=STARTS)
    instance = running.start("run-actor", url="https://example.com/")
    running.story.wait_for("apify", "run.ready", lambda f: f["id"] not in before)

    os.kill(running.worker_of("local-poll-jobs"), signal.SIGKILL)
    running.story.wait_for("poll_jobs", "invocation.failed", times=deaths + 1)
    if callbacks_come:
        running.apify.release_deliveries()
    running.story.wait_for("apify", "run.succeeded", lambda f: f["id"] not in before)
    running.engine.advance_clock(PAST_A_LOCK)

    assert running.result(instance)["status"] == "SUCCEEDED"
    running.apify.release_deliveries()
    assert len(runs_since(running, before)) == 1
