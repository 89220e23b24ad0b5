"""What a callback of a waiting run is answered, and what it sets going."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from apify_camunda.errors import ConfigurationError, EngineUnavailable, StoreUnavailable
from apify_camunda.identifiers import AttemptId, JobKey, RunId
from apify_camunda.outbound.domain.attempt import Attempt, AttemptState
from apify_camunda.outbound.domain.next_step import surplus_of
from apify_camunda.outbound.flows.record_callback import RecordCallback
from apify_camunda.platform.http_messages import HttpReply

from tests import builders, builders_outbound
from tests.fakes.attempts import FakeAttemptLedger
from tests.fakes.clock import FrozenClock
from tests.fakes.job_queue import FakeJobQueue
from tests.fakes.secret_source import FakeSecretSource
from tests.fakes.waker import FakeWaker

ROW = builders_outbound.attempt(state=AttemptState.STARTING)
PATH = f"/runs/{ROW.id}"


class World:
    """The door for callbacks and what lies behind it, with one attempt."""

    def __init__(self) -> None:
        self.attempts = FakeAttemptLedger()
        self.jobs = FakeJobQueue(FrozenClock())
        self.waker = FakeWaker()
        self.secrets = FakeSecretSource()
        self.record = RecordCallback(
            attempts=self.attempts, jobs=self.jobs, waker=self.waker, secrets=self.secrets
        )
        asyncio.run(self.attempts.open(ROW))

    def other(self, *, run_id: str) -> Attempt:
        """Let an attempt of another job have this run."""
        other = builders_outbound.attempt(
            id=AttemptId("77-1"), job_key=JobKey(77), state=AttemptState.STARTED, run_id=RunId(run_id)
        )
        asyncio.run(self.attempts.open(other))
        return other

    def post(self, *, path: str = PATH, status: str = "SUCCEEDED", **changes: Any) -> HttpReply:
        event_type = {"SUCCEEDED": "ACTOR.RUN.SUCCEEDED", "READY": "ACTOR.RUN.CREATED"}[status]
        content = builders.body(event_type=event_type, resource=builders.run(status=status))
        return asyncio.run(self.record(builders.request(content, path=path, **changes)))


def test_end_hands_the_job_out_again() -> None:
    """The end of a run is noted, the job's lock shortened to a millisecond, and the poller woken."""
    world = World()

    assert world.post() == HttpReply(200, {"status": "ok"})

    assert world.attempts.rows[ROW.id].run_status == "SUCCEEDED"
    assert world.jobs.locks == [(ROW.job_key, timedelta(milliseconds=1))]
    assert world.waker.woken == 1


def test_beginning_only_notes_the_run() -> None:
    """That a run was created tells its id and disturbs nobody."""
    world = World()

    assert world.post(status="READY").status == 200

    assert world.attempts.rows[ROW.id].run_id == "run1"
    assert (world.jobs.locks, world.waker.woken) == ([], 0)


@pytest.mark.parametrize("status", ["READY", "SUCCEEDED"])
def test_run_belongs_to_the_attempt_that_it_calls_back(status: str) -> None:
    """A run that only its callback told of is not found by another job that asks for the same."""
    world = World()

    world.post(status=status)

    assert asyncio.run(world.attempts.owner_of_run(RunId("run1"))) == ROW.id


def test_run_that_another_attempt_found_is_that_ones() -> None:
    """Where another job found the run, that job is told of its end; two jobs follow no run in common."""
    world = World()
    finder = world.other(run_id="run1")
    asyncio.run(world.attempts.claim_run(RunId("run1"), finder.id))

    assert world.post() == HttpReply(200, {"status": "ok"})

    assert world.attempts.rows[ROW.id].run_id is None
    assert world.attempts.rows[finder.id].run_status == "SUCCEEDED"
    assert world.jobs.locks == [(finder.job_key, timedelta(milliseconds=1))]


def test_run_that_another_attempt_let_go_of_is_ours() -> None:
    """Who claimed the run and has another one by now does not keep it from the attempt that it names."""
    world = World()
    claimant = world.other(run_id="run2")
    asyncio.run(world.attempts.claim_run(RunId("run1"), claimant.id))

    world.post()

    assert world.attempts.rows[ROW.id].run_id == "run1"
    assert world.attempts.rows[claimant.id].run_id == "run2"
    assert asyncio.run(world.attempts.owner_of_run(RunId("run1"))) == ROW.id


def test_superfluous_run_is_reported_in_vain() -> None:
    """The end of a run that its attempt did not need changes nothing, and Apify need not repeat it."""
    world = World()
    asyncio.run(world.attempts.record_run(ROW.id, RunId("run2")))
    asyncio.run(world.attempts.claim_run(RunId("run1"), surplus_of(ROW.job_key)))

    assert world.post().status == 200

    assert (world.attempts.rows[ROW.id].run_id, world.attempts.rows[ROW.id].run_status) == ("run2", None)


def test_repetition_is_harmless() -> None:
    """The same callback again is answered alike."""
    world = World()

    assert world.post() == world.post()


@pytest.mark.parametrize("headers", [{"x-apify-camunda-signature": "k2.00"}], ids=["wrong"])
def test_stranger_is_refused(headers: dict[str, str]) -> None:
    """Without our signature the answer is 401, before the store is asked."""
    world = World()
    world.attempts.is_away = True

    assert world.post(headers=headers) == HttpReply(401)


def test_unknown_attempt_is_404() -> None:
    """A callback of an attempt that nobody knows is 404."""
    assert World().post(path="/runs/1-1").status == 404


def test_test_event_is_noted() -> None:
    """Apify's TEST event changes nothing."""
    world = World()
    request = builders.request(builders.body(event_type="TEST"), path=PATH)

    assert asyncio.run(world.record(request)).status == 200
    assert world.attempts.rows[ROW.id] == ROW


@pytest.mark.parametrize("content", [b"{", b"{}", b'{"eventType": "ACTOR.RUN.SUCCEEDED"}'])
def test_unusable_body_is_400(content: bytes) -> None:
    """A body that names no run is refused with a reason."""
    reply = asyncio.run(World().record(builders.request(content, path=PATH)))

    assert reply.status == 400


def test_store_away_is_503() -> None:
    """What could not be noted is asked for again."""
    world = World()
    world.attempts.is_away = True

    assert world.post().status == 503


@pytest.mark.parametrize(
    "failure", [StoreUnavailable("away"), ConfigurationError("gone")], ids=["away", "gone"]
)
def test_keys_away_is_503(failure: Exception) -> None:
    """Without keys Apify is asked to come again."""
    world = World()
    world.secrets.failure = failure

    assert world.post().status == 503


def test_engine_away_is_harmless() -> None:
    """Where the lock cannot be shortened it runs out by itself; the end of the run is noted all the same."""
    world = World()
    world.jobs.troubles = [EngineUnavailable("away")]

    assert world.post().status == 200
    assert world.attempts.rows[ROW.id].run_status == "SUCCEEDED"
    assert world.waker.woken == 1
