"""What a callback of a waiting run is answered, and what it sets going."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from apify_camunda.errors import (
    ConfigurationError,
    EngineRejected,
    EngineUnavailable,
    ErrorCode,
    StoreUnavailable,
)
from apify_camunda.identifiers import RunId
from apify_camunda.outbound.domain.attempt import Attempt, AttemptState
from apify_camunda.outbound.flows.record_callback import RecordCallback
from apify_camunda.platform.http_messages import HttpReply

from tests import builders, builders_outbound
from tests.event_loop import run_async
from tests.fakes.attempts import FakeAttemptLedger
from tests.fakes.clock import NOON, FrozenClock
from tests.fakes.job_queue import FakeJobQueue
from tests.fakes.secret_source import FakeSecretSource
from tests.fakes.waker import FakeWaker

STARTING = builders_outbound.attempt()
ROW = builders_outbound.attempt(state=AttemptState.STARTED, run_id=RunId("run1"))
LOST = replace(STARTING, lost_by="Apify API request failed: ReadTimeout", lost_starts=1)
PATH = f"/runs/{ROW.id}"
AWAY = EngineUnavailable("Camunda is away.")
PUSHES_BACK = EngineUnavailable("Too much to do.", code=ErrorCode.ENGINE_BACK_PRESSURE)


class World:
    """The receiver of callbacks and what it works with, with one attempt."""

    def __init__(self, row: Attempt = ROW) -> None:
        self.clock = FrozenClock()
        self.attempts = FakeAttemptLedger()
        self.jobs = FakeJobQueue(self.clock)
        self.waker = FakeWaker()
        self.secrets = FakeSecretSource()
        self.record = RecordCallback(
            attempts=self.attempts,
            jobs=self.jobs,
            waker=self.waker,
            secrets=self.secrets,
            clock=self.clock,
        )
        run_async(self.attempts.open(row))

    @property
    def row(self) -> Attempt:
        return self.attempts.rows[ROW.id]

    def post(self, *, path: str = PATH, status: str = "SUCCEEDED", **changes: Any) -> HttpReply:
        event_type = {"SUCCEEDED": "ACTOR.RUN.SUCCEEDED", "READY": "ACTOR.RUN.CREATED"}[status]
        content = builders.body(event_type=event_type, resource=builders.run(status=status))
        return run_async(self.record(builders.request(content, path=path, **changes)))


def test_end_hands_the_job_out_again() -> None:
    """The end of a run is noted, the job's lock shortened to a millisecond, and the poller woken."""
    world = World()

    assert world.post() == HttpReply(200, {"status": "ok"})

    assert world.row.run_status == "SUCCEEDED"
    assert world.jobs.locks == [(ROW.job_key, timedelta(milliseconds=1))]
    assert world.waker.woken == 1


@pytest.mark.parametrize("status", ["READY", "SUCCEEDED"])
def test_callback_decides_nothing(status: str) -> None:
    """A run that only its callback names is kept for the poller, which asks Apify for it."""
    world = World(STARTING)

    world.post(status=status)

    assert (world.row.run_id, world.row.run_status, world.row.reported_runs) == (None, None, ("run1",))
    assert world.row.state is AttemptState.STARTING


def test_beginning_disturbs_no_start() -> None:
    """That a run was created wakes no second poller while the first may still be starting it."""
    world = World(STARTING)

    assert world.post(status="READY").status == 200

    assert (world.jobs.locks, world.waker.woken) == ([], 0)


def test_beginning_ends_the_wait_after_a_lost_answer() -> None:
    """That a run was created hands the job out again at once where its start was not answered."""
    world = World(LOST)

    assert world.post(status="READY").status == 200

    assert world.row.reported_runs == ("run1",)
    assert world.jobs.locks == [(ROW.job_key, timedelta(milliseconds=1))]
    assert world.waker.woken == 1


def test_callback_of_another_run_changes_nothing() -> None:
    """A forged or mistaken run id changes no attempt that has its run, and wakes no poller."""
    known = replace(ROW, run_id=RunId("run2"))
    world = World(known)

    assert world.post() == HttpReply(200, {"status": "ignored"})

    assert world.row == known
    assert (world.jobs.locks, world.waker.woken) == ([], 0)


def test_repetition_is_harmless() -> None:
    """The same callback again is answered alike."""
    world = World()

    assert world.post() == world.post()


@pytest.mark.parametrize("headers", [{"x-apify-camunda-signature": "k2.00"}], ids=["wrong"])
def test_unsigned_request_is_refused(headers: dict[str, str]) -> None:
    """Without our signature the answer is 401, before the store is asked."""
    world = World()
    world.attempts.is_away = True

    assert world.post(headers=headers) == HttpReply(401)


def test_unknown_attempt_is_404() -> None:
    """A callback of an unknown attempt is 404."""
    assert World().post(path="/runs/1-1").status == 404


def test_test_event_is_noted() -> None:
    """Apify's TEST event changes nothing."""
    world = World()
    request = builders.request(builders.body(event_type="TEST"), path=PATH)

    assert run_async(world.record(request)).status == 200
    assert world.row == ROW


@pytest.mark.parametrize("content", [b"{", b"{}", b'{"eventType": "ACTOR.RUN.SUCCEEDED"}'])
def test_unusable_body_is_400(content: bytes) -> None:
    """A body that names no run is refused with a reason."""
    reply = run_async(World().record(builders.request(content, path=PATH)))

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


@pytest.mark.parametrize("trouble", [AWAY, PUSHES_BACK], ids=["away", "back pressure"])
def test_camunda_away_for_a_moment(trouble: EngineUnavailable) -> None:
    """A lock that could not be shortened is tried again within the callback."""
    world = World()
    world.jobs.lock_troubles = [trouble, trouble]

    assert world.post().status == 200
    assert world.jobs.locks[-1] == (ROW.job_key, timedelta(milliseconds=1))


@pytest.mark.parametrize("trouble", [AWAY, PUSHES_BACK], ids=["away", "back pressure"])
def test_camunda_away_is_503(trouble: EngineUnavailable) -> None:
    """Where the lock cannot be shortened Apify repeats the callback; the end of the run is noted."""
    world = World()
    world.jobs.lock_troubles = [trouble] * 3

    assert world.post() == HttpReply(503, {"status": "unavailable"})
    assert world.row.run_status == "SUCCEEDED"
    assert world.clock.now() - NOON < timedelta(seconds=3)

    assert world.post() == HttpReply(200, {"status": "ok"})
    assert world.jobs.locks[-1] == (ROW.job_key, timedelta(milliseconds=1))


def test_refused_lock_is_not_repeated() -> None:
    """A command that Camunda refuses for good is refused again, so Apify need not repeat the callback."""
    world = World()
    world.jobs.lock_troubles = [EngineRejected("No.", rejection="INVALID_ARGUMENT")]

    assert world.post().status == 200
