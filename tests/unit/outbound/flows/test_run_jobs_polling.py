"""When the poller asks for jobs, how many it works at once, and what it leaves behind when its time is up."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from apify_camunda.camunda.model import CompleteJob, FailJob, JobOutcome
from apify_camunda.errors import EngineRejected, EngineUnavailable
from apify_camunda.identifiers import JobKey
from apify_camunda.outbound.domain.job_outcome import OperationResult, outcome_of_result
from apify_camunda.outbound.flows.run_jobs import PollMode
from apify_camunda.platform.deadline import Deadline

from tests import builders_outbound as a
from tests.event_loop import run_async
from tests.fakes.apify import FakeApify
from tests.fakes.clock import NOON
from tests.fakes.mortal import Lifetime
from tests.outbound_deployment import INVOCATION, Deployment

AWAY = EngineUnavailable("Camunda is away.")
AT_ONCE = timedelta(milliseconds=1)


def reading(number: int) -> Any:
    return a.job(a.get_items(), key=JobKey(number))


def test_economical_poller_ends_when_no_jobs_come() -> None:
    """Two long polls without jobs end the invocation."""
    deployment = Deployment()
    assert deployment.invoke() == {"polls": 2, "jobs": 0, "stopped": "no jobs"}
    assert deployment.clock.now() - NOON == timedelta(seconds=20)
    assert deployment.metrics.counted["PollerHeartbeat"] == 1


def test_silent_camunda_stops_the_heartbeat() -> None:
    """The heartbeat says that Camunda was reached, so that its absence raises an alarm."""
    deployment = Deployment()
    deployment.jobs.troubles = [AWAY] * 10
    deployment.invoke()
    assert deployment.metrics.counted["PollerHeartbeat"] == 0


def test_jobs_keep_the_poller_awake() -> None:
    """Each job that comes lets the poller wait for two more polls."""
    deployment = Deployment()
    deployment.jobs.add(reading(1))
    summary = deployment.invoke()
    assert summary is not None
    assert (summary["jobs"], summary["stopped"]) == (1, "no jobs")
    assert deployment.completed


def test_continuous_poller_ends_with_its_time() -> None:
    """A continuous poller asks until no job that comes could be worked any more."""
    deployment = Deployment(poll_mode=PollMode.CONTINUOUS)
    summary = deployment.invoke()
    assert summary is not None
    assert summary["stopped"] == "time is up"
    left = INVOCATION - (deployment.clock.now() - NOON)
    assert timedelta() < left <= timedelta(seconds=25)


def test_last_poll_is_cut_to_the_time_that_is_left() -> None:
    """No poll waits for so long that its jobs could not be worked."""
    deployment = Deployment(poll_mode=PollMode.CONTINUOUS)
    deployment.invoke(lasting=timedelta(seconds=32))
    assert deployment.clock.now() - NOON == timedelta(seconds=7)


def test_no_time_no_poll() -> None:
    """An invocation without time asks for no jobs, so that it locks none."""
    deployment = Deployment()
    deployment.jobs.add(reading(1))
    summary = deployment.invoke(lasting=timedelta(seconds=20))
    assert summary == {"polls": 0, "jobs": 0, "stopped": "time is up"}
    assert deployment.jobs.activations == 0


def test_job_that_comes_too_late_is_handed_back() -> None:
    """A job that a slow poll brings when its time would not suffice is handed out again at once."""
    deployment = Deployment()
    deployment.jobs.add(reading(1))
    activate = deployment.jobs.activate

    async def slowly(**asked: Any) -> Any:
        found = await activate(**asked)
        deployment.clock.advance(INVOCATION - timedelta(seconds=10))
        return found

    deployment.jobs.activate = slowly  # type: ignore[method-assign] # a slow gateway
    deployment.invoke()
    assert deployment.jobs.reported == []
    assert deployment.jobs.locks == [(JobKey(1), AT_ONCE)]


def test_all_jobs_are_worked() -> None:
    """More jobs than are worked at once are all worked in the end."""
    deployment = Deployment(concurrency=3, max_jobs=2)
    for number in range(1, 11):
        deployment.jobs.add(reading(number))
    deployment.invoke()
    assert {key for key, _ in deployment.jobs.reported} == {JobKey(number) for number in range(1, 11)}


def test_never_more_jobs_than_are_worked_at_once() -> None:
    """A poll asks for no more jobs than there are hands free."""
    deployment = Deployment(concurrency=3, max_jobs=32)
    asked: list[int] = []
    activate = deployment.jobs.activate

    async def noted(**values: Any) -> Any:
        asked.append(values["max_jobs"])
        return await activate(**values)

    deployment.jobs.activate = noted  # type: ignore[method-assign] # it is watched
    for number in range(1, 6):
        deployment.jobs.add(reading(number))
    deployment.invoke()
    assert max(asked) == 3
    assert min(asked) >= 1


def test_slow_job_does_not_hold_up_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """While one job waits for Apify, others are worked."""
    deployment = Deployment(concurrency=2)
    others_done = asyncio.Event()
    dataset_items = FakeApify.dataset_items

    async def one_is_slow(self: FakeApify, dataset: str, **asked: Any) -> Any:
        if dataset == "acme~slow":
            await others_done.wait()
        return await dataset_items(self, "acme~products", **asked)

    monkeypatch.setattr(FakeApify, "dataset_items", one_is_slow)
    report = deployment.jobs.report

    async def noted(job: JobKey, outcome: Any) -> Any:
        if job == JobKey(3):
            others_done.set()
        return await report(job, outcome)

    deployment.jobs.report = noted  # type: ignore[method-assign] # it is watched
    deployment.jobs.add(a.job(a.get_items(datasetId="acme/slow"), key=JobKey(1)))
    deployment.jobs.add(reading(2))
    deployment.jobs.add(reading(3))
    deployment.invoke()
    assert [key for key, _ in deployment.jobs.reported] == [2, 3, 1]


def test_job_whose_time_is_up_is_handed_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """A job that Apify keeps waiting is handed back before the invocation ends, its retries untouched."""
    deployment = Deployment(job_budget=timedelta(), hand_back_margin=timedelta(seconds=11.95))

    async def never(self: FakeApify, *_: object, **__: object) -> Any:
        await asyncio.Event().wait()

    monkeypatch.setattr(FakeApify, "dataset_items", never)
    deployment.jobs.add(reading(1))

    run_async(deployment.poller(Lifetime())(Deadline(NOON + timedelta(seconds=12))))

    assert deployment.jobs.reported == []
    assert (JobKey(1), AT_ONCE) in deployment.jobs.locks


def test_job_that_takes_longer_than_its_lock_uses_a_retry(monkeypatch: pytest.MonkeyPatch) -> None:
    """A job that is cut off by its own timeout fails, so that it does not go round for ever."""
    deployment = Deployment()

    async def never(self: FakeApify, *_: object, **__: object) -> Any:
        await asyncio.Event().wait()

    monkeypatch.setattr(FakeApify, "dataset_items", never)
    deployment.jobs.add(a.job(a.get_items(), retries=1, headers={"jobTimeout": "PT0.05S"}))
    deployment.invoke()
    assert deployment.failed.retries == 0
    assert deployment.error["code"] == "JOB_TIMED_OUT"


def test_outcome_that_cannot_be_reported_takes_no_other_job_down() -> None:
    """A job whose every report Camunda refuses is handed back, and the next one is worked."""
    deployment = Deployment()
    report = deployment.jobs.report

    async def refuses_one(job: JobKey, outcome: Any) -> Any:
        if job == JobKey(1):
            raise EngineRejected("No.", rejection="INVALID_ARGUMENT")
        return await report(job, outcome)

    deployment.jobs.report = refuses_one  # type: ignore[method-assign] # it refuses
    deployment.jobs.add(reading(1))
    deployment.jobs.add(reading(2))
    deployment.invoke(lasting=timedelta(seconds=40))
    assert {key for key, _ in deployment.jobs.reported} == {JobKey(2)}
    assert deployment.jobs.locks[0] == (JobKey(1), timedelta(seconds=5))


def test_paused_poller_takes_no_jobs() -> None:
    """A poller that an operator has paused asks for nothing."""
    deployment = Deployment()
    run_async(deployment.registry.set_paused("outbound", paused=True))
    deployment.jobs.add(reading(1))
    summary = deployment.invoke()
    assert summary == {"polls": 0, "jobs": 0, "stopped": "paused"}
    assert deployment.jobs.activations == 0


def test_inbound_pause_is_not_ours() -> None:
    """Pausing the other direction leaves the poller at work."""
    deployment = Deployment()
    run_async(deployment.registry.set_paused("inbound", paused=True))
    deployment.jobs.add(reading(1))
    deployment.invoke()
    assert deployment.completed


def test_unknown_pause_takes_no_jobs() -> None:
    """Where the poller cannot read whether it is paused, it takes no jobs."""
    deployment = Deployment()
    deployment.registry.is_away = True
    deployment.jobs.add(reading(1))
    summary = deployment.invoke()
    assert summary is not None
    assert summary["stopped"] == "the store does not answer"
    assert deployment.jobs.activations == 0


def test_camunda_away_for_a_moment() -> None:
    """A poll that Camunda does not answer is made again."""
    deployment = Deployment()
    deployment.jobs.troubles = [AWAY, AWAY]
    deployment.jobs.add(reading(1))
    deployment.invoke()
    assert deployment.completed


def test_camunda_away_ends_the_invocation() -> None:
    """Where Camunda does not answer again and again the invocation ends, and the schedule tries again."""
    deployment = Deployment()
    deployment.jobs.troubles = [AWAY] * 10
    summary = deployment.invoke()
    assert summary == {"polls": 6, "jobs": 0, "stopped": "Camunda does not answer"}
    assert deployment.clock.now() - NOON == timedelta(seconds=15)


@pytest.mark.parametrize(
    "header",
    [lambda: {"jobTimeout": "PT30M"}, lambda: {"jobTimeout": " PT30M "}],
    ids=["plain", "with blanks"],
)
def test_job_timeout_is_the_models(header: Callable[[], dict[str, str]]) -> None:
    """A job that names its own timeout is locked for so long before it is worked."""
    deployment = Deployment()
    deployment.jobs.add(a.job(a.get_items(), headers=header()))
    deployment.invoke()
    assert deployment.jobs.locks == [(a.JOB, timedelta(minutes=30))]
    assert deployment.completed == {}


def test_job_that_is_gone_is_not_worked() -> None:
    """A job whose lock cannot be extended because it is gone is left alone."""
    deployment = Deployment()
    deployment.jobs.add(a.job(headers={"jobTimeout": "PT30M"}))
    activate = deployment.jobs.activate

    async def then_cancelled(**asked: Any) -> Any:
        found = await activate(**asked)
        if found:
            deployment.jobs.cancel(a.JOB)
        return found

    deployment.jobs.activate = then_cancelled  # type: ignore[method-assign] # a race, arranged
    deployment.invoke()
    assert deployment.world.started == []


def test_gateway_that_does_not_wait_is_not_hurried() -> None:
    """Where a gateway answers empty polls at once, the poller itself waits a second before the next."""
    deployment = Deployment()

    async def at_once(**_: Any) -> Any:
        return []

    deployment.jobs.activate = at_once  # type: ignore[method-assign] # another gateway
    deployment.invoke()
    assert deployment.clock.now() - NOON == timedelta(seconds=2)


def test_faulty_job_does_not_take_others_down(monkeypatch: pytest.MonkeyPatch) -> None:
    """A job on which our own program breaks fails visibly, and the next one is worked."""
    deployment = Deployment()

    def breaks(result: OperationResult, *said: Any, **named: Any) -> JobOutcome:
        if "items" in result.response:
            raise RuntimeError("a fault of ours")
        return outcome_of_result(result, *said, **named)

    monkeypatch.setattr("apify_camunda.outbound.flows.make_outcome.outcome_of_result", breaks)
    deployment.jobs.add(a.job(a.get_items(), key=JobKey(1), retries=1))
    deployment.jobs.add(a.job(a.run_actor(waitForFinish="false"), key=JobKey(2)))
    deployment.invoke()
    outcomes = dict(deployment.jobs.reported)
    assert isinstance(outcomes[JobKey(1)], FailJob)
    assert isinstance(outcomes[JobKey(2)], CompleteJob)
