"""Each function translates its event, calls one flow and translates the answer, for every file of events/."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from apify_camunda import wiring
from apify_camunda.apify.model import TERMINAL_STATUSES
from apify_camunda.identifiers import AttemptId
from apify_camunda.outbound.domain.attempt import AttemptState
from apify_camunda.outbound.flows.record_callback import RecordCallback
from apify_camunda.platform.deadline import Deadline
from apify_camunda.platform.http_messages import HttpReply, HttpRequest
from apify_camunda.platform.signing_keys import SigningKeys
from apify_camunda.webhooks.events import ParkedMessage

from tests import builders, builders_outbound
from tests.fakes.attempts import FakeAttemptLedger
from tests.fakes.clock import FrozenClock
from tests.fakes.engine import FakeEngine
from tests.fakes.event_ledger import FakeEventLedger
from tests.fakes.inbound_flows import InboundPorts
from tests.fakes.job_queue import FakeJobQueue
from tests.fakes.metrics import FakeMetrics
from tests.fakes.parking import FakeParking
from tests.fakes.registry import FakeRegistry
from tests.fakes.secret_source import FakeSecretSource
from tests.fakes.waker import FakeWaker

PROJECT = Path(__file__).parents[2]
EVENTS = PROJECT / "events"
FUNCTIONS = ("receive_webhook", "deliver_event", "reconcile_webhooks", "poll_jobs")
EXAMPLE_KEYS = SigningKeys("k1", {"k1": b"example-signing-secret-never-deploy"})


def handler(function: str) -> Any:
    """Return the handler of a function's folder."""
    path = PROJECT / "functions" / function / "app.py"
    spec = importlib.util.spec_from_file_location(f"{function}_app", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.handler


def event(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((EVENTS / f"{name}.json").read_text())
    return loaded


def route(name: str) -> str:
    """Return the route that an event of the HTTP API takes."""
    path: str = event(name)["rawPath"]
    return path.removeprefix("/")


ATTEMPT = AttemptId(route("receive_callback_created").removeprefix("runs/"))
RUN_ID = json.loads(event("receive_callback_created")["body"])["resource"]["id"]


class Context:
    """What Lambda tells of an invocation."""

    function_name = "function"
    aws_request_id = "request1"

    def get_remaining_time_in_millis(self) -> int:
        return 60_000


class World:
    """The inbound flows over fakes, in wiring's place."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.clock = clock = FrozenClock()
        self.engine = FakeEngine(clock)
        self.registry = FakeRegistry()
        self.attempts = FakeAttemptLedger()
        self.jobs = FakeJobQueue(clock)
        self.waker = FakeWaker()
        secrets = FakeSecretSource(keys=EXAMPLE_KEYS)
        inbound = InboundPorts(
            commands=self.engine,
            search=self.engine,
            ledger=FakeEventLedger(),
            registry=self.registry,
            parking=FakeParking(clock),
            secrets=secrets,
            clock=clock,
            metrics=FakeMetrics(),
        )
        deliveries = inbound.receiver()
        callbacks = RecordCallback(
            attempts=self.attempts, jobs=self.jobs, waker=self.waker, secrets=secrets, clock=clock
        )

        async def answer(request: HttpRequest, _deadline: Deadline) -> HttpReply:
            if request.path.startswith("/runs/"):
                return await callbacks(request)
            return await deliveries(request)

        monkeypatch.setattr(wiring, "receive_webhook", lambda: answer)
        monkeypatch.setattr(wiring, "deliver_event", inbound.deliverer)
        monkeypatch.setattr(wiring, "now", clock.now)
        for name in ("receive_webhook_succeeded", "receive_webhook_by_hand"):
            asyncio.run(self.registry.set_listeners(route(name), [builders.plain_start(), builders.catch()]))


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    return World(monkeypatch)


@pytest.mark.parametrize(
    ("name", "status", "said"),
    [
        ("receive_webhook_succeeded", 200, "ok"),
        ("receive_webhook_failed", 200, "ok"),
        ("receive_webhook_base64", 200, "ok"),
        ("receive_webhook_by_hand", 200, "ok"),
        ("receive_webhook_test", 200, "test"),
    ],
)
def test_delivery_is_answered(world: World, name: str, status: int, said: str) -> None:
    """Each recorded delivery is answered in API Gateway's form."""
    answer = handler("receive_webhook")(event(name), Context())

    assert answer["statusCode"] == status
    assert answer["headers"] == {"content-type": "application/json"}
    assert json.loads(answer["body"])["status"] == said
    assert len(world.engine.started) == (0 if said == "test" else 1)


def test_unsigned_request_gets_an_empty_401(world: World) -> None:
    """A delivery without a signature is answered 401 without a body."""
    answer = handler("receive_webhook")(event("receive_webhook_unsigned"), Context())

    assert answer == {"statusCode": 401, "headers": {}}
    assert not world.engine.started


@pytest.mark.parametrize("name", ["receive_callback_created", "receive_callback_succeeded"])
def test_callback_is_recorded(world: World, name: str) -> None:
    """A callback is noted on its attempt; a run that has ended hands the job out again."""
    row = builders_outbound.attempt(id=ATTEMPT, state=AttemptState.STARTED, run_id=RUN_ID)
    asyncio.run(world.attempts.open(row))

    answer = handler("receive_webhook")(event(name), Context())

    assert answer["statusCode"] == 200
    noted = world.attempts.rows[ATTEMPT]
    has_ended = noted.run_status in TERMINAL_STATUSES
    assert has_ended == (name == "receive_callback_succeeded")
    assert world.waker.woken == int(has_ended)


def test_parked_events_are_delivered(world: World) -> None:
    """A batch is worked on and leaves the queue."""
    assert handler("deliver_event")(event("deliver_event_batch"), Context()) == {"batchItemFailures": []}
    assert len(world.engine.started) == 2


def test_parked_events_of_the_sample_do_not_age(world: World) -> None:
    """The sample is answered alike on any day: its events are not set aside as older than their rows."""
    world.clock.advance(timedelta(days=4_000))

    handler("deliver_event")(event("deliver_event_batch"), Context())

    assert len(world.engine.started) == 2


def test_unfinished_events_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    """The messages that must stay are reported to SQS, and no others."""

    async def one_stays(messages: Sequence[ParkedMessage], _deadline: Deadline) -> frozenset[str]:
        return frozenset({messages[1].id})

    monkeypatch.setattr(wiring, "deliver_event", lambda: one_stays)
    batch = event("deliver_event_batch")

    answer = handler("deliver_event")(batch, Context())

    assert answer == {"batchItemFailures": [{"itemIdentifier": batch["Records"][1]["messageId"]}]}


@pytest.mark.parametrize(
    ("function", "name"),
    [
        ("reconcile_webhooks", "reconcile_webhooks_schedule"),
        ("poll_jobs", "poll_jobs_schedule"),
        ("poll_jobs", "poll_jobs_wake"),
    ],
)
def test_schedule_passes_the_deadline(monkeypatch: pytest.MonkeyPatch, function: str, name: str) -> None:
    """A scheduled function works until Lambda's own time is up, and returns the summary."""
    deadlines: list[Deadline] = []

    async def tick(deadline: Deadline) -> dict[str, str]:
        deadlines.append(deadline)
        return {"status": "ok"}

    monkeypatch.setattr(wiring, function, lambda: tick)

    assert handler(function)(event(name), Context()) == {"status": "ok"}
    remaining = deadlines[0].at - datetime.now(UTC)
    assert timedelta(seconds=50) < remaining <= timedelta(seconds=60)


def test_every_event_is_tried() -> None:
    """No file of events/ is left out above."""
    tried = {
        name
        for name in Path(__file__).read_text().replace('"', " ").split()
        if name.startswith((*FUNCTIONS, "receive_callback")) and (EVENTS / f"{name}.json").exists()
    }

    assert {path.stem for path in EVENTS.glob("*.json")} == tried


@pytest.mark.parametrize("function", FUNCTIONS)
def test_import_does_no_work(function: str) -> None:
    """A cold start needs neither settings nor network nor credentials until the first event comes."""
    code = (
        "import socket, sys, runpy\n"
        "socket.socket.connect = lambda *_: sys.exit('connected')\n"
        f"runpy.run_path({str(PROJECT / 'functions' / function / 'app.py')!r})\n"
    )
    finished = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": str(PROJECT / "layers" / "runtime")},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert (finished.returncode, finished.stderr) == (0, "")
