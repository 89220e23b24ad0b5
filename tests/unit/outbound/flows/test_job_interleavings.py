"""What jobs and their runs come to when all that may happen to them happens at once, in any order.

Pollers, callbacks, and a poller that was handed a job that another one holds, work side by side. Another
client starts the same Actor with the same input, and callbacks name runs that are not theirs. Each call to
the ledger, to Apify or to the engine may fail before or after its effect; clocks differ; any step may be the
last one.
"""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Awaitable
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from apify_camunda.apify.model import AdHocWebhook
from apify_camunda.camunda.model import CompleteJob, FailJob
from apify_camunda.errors import (
    ApifyRejected,
    ApifyUnavailable,
    EngineUnavailable,
    ErrorCode,
    StoreUnavailable,
)
from apify_camunda.identifiers import JobKey, RunId
from apify_camunda.json_types import Json
from apify_camunda.outbound.flows.record_callback import RecordCallback
from apify_camunda.platform.deadline import Deadline
from apify_camunda.platform.http_messages import HttpRequest
from apify_camunda.webhooks.signature import SIGNATURE_HEADER, signature

from tests import builders_outbound as a
from tests.event_loop import run_async
from tests.fakes.apify import FakeApify
from tests.fakes.attempts import FakeAttemptLedger
from tests.fakes.clock import NOON
from tests.fakes.job_queue import FakeJobQueue
from tests.fakes.mortal import Killed, Lifetime, Mortality
from tests.fakes.secret_source import KEYS
from tests.fakes.turmoil import Faults, Turmoil
from tests.fakes.waker import FakeWaker
from tests.outbound_deployment import Deployment

AWAY = StoreUnavailable("The store is away.")
NOT_NOW = ApifyUnavailable("Later.", code=ErrorCode.MEMORY_LIMIT_EXCEEDED)
LOST = ApifyUnavailable("No answer came.", outcome_unknown=True)
CUT = EngineUnavailable("The connection was cut.", outcome_unknown=True)
FAULTS = {
    FakeAttemptLedger: Faults(before=[(0.03, AWAY)], after=[(0.03, AWAY)], repeated=0.06),
    FakeApify: Faults(
        names=frozenset({"start_run"}), before=[(0.08, LOST), (0.05, NOT_NOW)], after=[(0.12, LOST)]
    ),
    FakeJobQueue: Faults(names=frozenset({"report", "set_lock"}), before=[(0.06, CUT)], after=[(0.06, CUT)]),
}
LIMIT = timedelta(minutes=5)


class World:
    """Some jobs, each with an input of its own or all with the same, and all who work on them."""

    def __init__(self, seed: int, *, ask_alike: bool = False) -> None:
        self.chance = random.Random(seed)
        self.asks_alike = ask_alike
        has_callbacks = self.chance.random() < 2 / 3
        self.deployment = Deployment(
            concurrency=self.chance.choice([1, 4]), public_url=a.PUBLIC_URL if has_callbacks else ""
        )
        self.called_back: set[tuple[str, str]] = set()
        self.foreign: set[RunId] = set()
        self.deployment.world.clock_offset = timedelta(minutes=self.chance.choice([0, 0, 10, -10]))
        self.deployment.world.shows_user_agents = self.chance.random() < 3 / 4
        self.jobs: dict[JobKey, int] = {}
        for number in range(self.chance.randint(1, 3)):
            waits = self.chance.choice(["true", "true", "false"])
            given = 0 if ask_alike else number
            job = a.job(
                a.run_actor(inputJson={"number": given}, waitForFinish=waits),
                key=JobKey(a.JOB + number),
                element_instance_key=500 + number,
            )
            self.deployment.jobs.add(job)
            self.jobs[job.key] = given
        if ask_alike and self.chance.random() < 1 / 2:
            refusal = ApifyRejected("insufficient-permissions", code=ErrorCode.FORBIDDEN, status=403)
            self.deployment.world.webhooks_refused = refusal

    def runs_of(self, number: int) -> list[RunId]:
        inputs = self.deployment.world.inputs
        ours = (run for run in inputs if run not in self.foreign)
        return [run for run in ours if inputs[run].get("number") == number]

    async def turmoil(self) -> None:
        """Let some invocations overlap, some times, while runs end."""
        works = [
            *(self._poll, self._poll, self._work_what_another_holds),
            *(self._call_back, self._call_back, self._forge, self._start_elsewhere),
        ]
        for _ in range(self.chance.randint(3, 8)):
            chosen = self.chance.choices(works, k=self.chance.randint(1, 3))
            await asyncio.gather(*(_until_it_ends(work()) for work in chosen))
            self.deployment.clock.advance(timedelta(seconds=self.chance.choice([0, 1, 30, 61, 400])))
            self._end_runs(share=0.3)

    async def calm(self) -> None:
        """Let runs end, callbacks arrive, people resolve incidents and pollers work until no job is left."""
        jobs = self.deployment.jobs
        for _ in range(300):
            left = [key for key in self.jobs if jobs.is_there(key)]
            if not left:
                return
            self._end_runs(share=1)
            await self._report_runs(Lifetime(), share=1)
            for key in left:
                if jobs.state(key) == "FAILED" and jobs.comes_back_in(key) <= timedelta():
                    jobs.resolve_incident(key, retries=3)
            self.deployment.clock.advance(timedelta(minutes=1))
            await self.deployment.poller(Lifetime())(Deadline(self.deployment.clock.now() + LIMIT))
        raise AssertionError("A job never ended.")

    async def _poll(self) -> None:
        invocation = self._invocation(LIMIT)
        lasts = timedelta(seconds=self.chance.choice([300, 300, 60, 30]))
        poller = self.deployment.poller(invocation, invocation.clock)
        await poller(Deadline(invocation.clock.now() + lasts))

    async def _work_what_another_holds(self) -> None:
        waiting = [item for item in self.deployment.jobs._waiting.values() if not item.is_incident]
        if not waiting:
            return
        item = self.chance.choice(waiting)
        item.handed_out_from = self.deployment.clock.now() + LIMIT
        invocation = self._invocation(LIMIT)
        poller = self.deployment.poller(invocation, invocation.clock)
        lasts = timedelta(seconds=self.chance.choice([295, 60]))
        await poller.work(item.job, Deadline(invocation.clock.now() + lasts))

    async def _call_back(self) -> None:
        await self._report_runs(self._invocation(timedelta(seconds=25)), share=0.6)

    async def _start_elsewhere(self) -> None:
        """Let another client start what a job asks for, with or without a webhook of its own."""
        hook = AdHocWebhook(("ACTOR.RUN.SUCCEEDED",), "https://elsewhere.example/hook", {}, "key")
        number = self.chance.choice([*self.jobs.values()])
        request = a.start_request(
            input={"number": number}, webhooks=(hook,) if self.chance.random() < 1 / 2 else ()
        )
        self.foreign.add(self.deployment.world.start_elsewhere(request))

    async def _forge(self) -> None:
        """Let a callback of an attempt name a run that may belong to another attempt, or to none."""
        deployment, live = self.deployment, self._invocation(timedelta(seconds=25))
        if not deployment.attempts.rows:
            return
        path = f"/runs/{self.chance.choice([*deployment.attempts.rows])}"
        # One of another job with the same input, or of another client, looks the same as a true one.
        strangers = [run for run in deployment.world.runs if run not in self.foreign]
        named = self.chance.choice([*(strangers if not self.asks_alike else ()), RunId("invented")])
        event_type = self.chance.choice(["ACTOR.RUN.CREATED", "ACTOR.RUN.SUCCEEDED"])
        run = {**deployment.world.runs.get(named, {"status": "SUCCEEDED"}), "id": named}
        await self._record(live)(_request(path, event_type, run))

    def _record(self, live: Mortality) -> RecordCallback:
        return RecordCallback(
            attempts=live.mortal(self.deployment.attempts),
            jobs=live.mortal(self.deployment.jobs),
            waker=FakeWaker(),
            secrets=self.deployment.secrets,
            clock=self.deployment.clock,
        )

    async def _report_runs(self, live: Mortality, share: float) -> None:
        """Let Apify tell of runs what their webhooks ask for, until it is answered 2xx."""
        deployment = self.deployment
        record = self._record(live)
        ours = (
            each for each in deployment.world.webhooks.values() if each.request_url.startswith(a.PUBLIC_URL)
        )
        for webhook in [*ours]:
            run = deployment.world.runs[RunId(webhook.condition["actorRunId"])]
            status = str(run["status"]).replace("RUNNING", "CREATED").replace("-", "_")
            told = (str(webhook.id), f"ACTOR.RUN.{status}")
            if told in self.called_back or told[1] not in webhook.event_types:
                continue
            if self.chance.random() < share:
                path = webhook.request_url.removeprefix(a.PUBLIC_URL)
                if (await record(_request(path, told[1], dict(run)))).status < 300:
                    self.called_back.add(told)

    def _end_runs(self, share: float) -> None:
        world = self.deployment.world
        for run_id, run in world.runs.items():
            if run["status"] == "RUNNING" and self.chance.random() < share:
                world.end_run(run_id, self.chance.choice(["SUCCEEDED", "FAILED"]))

    def _invocation(self, limit: timedelta) -> Turmoil:
        return Turmoil(self.deployment.clock, self.chance, FAULTS, limit=limit)


def _request(path: str, event_type: str, run: dict[str, Json]) -> HttpRequest:
    body = {"eventType": event_type, "eventData": {"actorRunId": run["id"]}, "resource": run}
    headers = {SIGNATURE_HEADER: signature(path, KEYS)}
    return HttpRequest("POST", path, headers, {}, json.dumps(body).encode(), NOON)


async def _until_it_ends(work: Awaitable[Any]) -> None:
    with suppress(Killed, StoreUnavailable, EngineUnavailable):
        await work


@pytest.mark.parametrize("seed", range(80))
def test_each_job_ends_once_with_the_run_that_it_paid_for(seed: int) -> None:
    """A job completes once, with a run of its own, and pays a further run only after it has failed."""
    world = World(seed)

    async def play() -> None:
        await world.turmoil()
        await world.calm()

    run_async(play())

    reported = world.deployment.jobs.reported
    for key, number in world.jobs.items():
        [completed] = [
            outcome for job, outcome in reported if job == key and isinstance(outcome, CompleteJob)
        ]
        result: Any = completed.variables["result"]
        assert result["data"]["id"] in world.runs_of(number)
        failures = sum(job == key and isinstance(outcome, FailJob) for job, outcome in reported)
        assert len(world.runs_of(number)) <= 1 + failures


@pytest.mark.parametrize("seed", range(80))
def test_jobs_that_ask_for_the_same_share_no_run(seed: int) -> None:
    """Jobs whose runs look the same complete each with another one, and none is paid twice."""
    world = World(seed, ask_alike=True)

    async def play() -> None:
        await world.turmoil()
        await world.calm()

    run_async(play())

    reported = [outcome for _, outcome in world.deployment.jobs.reported]
    results: list[Any] = [each.variables["result"] for each in reported if isinstance(each, CompleteJob)]
    runs = {result["data"]["id"] for result in results}
    assert len(runs) == len(results) == len(world.jobs)
    assert not runs & world.foreign
    failures = sum(isinstance(outcome, FailJob) for outcome in reported)
    assert len(world.runs_of(0)) <= len(world.jobs) + failures
