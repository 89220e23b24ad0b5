"""The reconciler and the receiver against the Apify emulator, over HTTP."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest
from apify_camunda.apify.accounts import ApifyAccountsOverHttp
from apify_camunda.apify.model import ResourceKind, StartRun, Webhook
from apify_camunda.apify.port import Apify
from apify_camunda.identifiers import RunId, WebhookId
from apify_camunda.json_types import JsonObject
from apify_camunda.platform.http_client import new_client
from apify_camunda.platform.http_messages import HttpRequest
from emulators.apify import ApifyEmulator, DrivenClock

from tests.builders_bpmn import start
from tests.fakes.apify import TOKEN
from tests.fakes.clock import NOON
from tests.fakes.engine import FakeEngine
from tests.fakes.event_ledger import FakeEventLedger
from tests.fakes.inbound_flows import InboundPorts
from tests.fakes.reconciler_world import World


class Joined:
    """The reconciler's world with the emulator's Apify in it, on one event loop, in one time."""

    def __init__(self, emulator: ApifyEmulator, clock: DrivenClock, runner: asyncio.Runner, url: str) -> None:
        self.emulator = emulator
        self.world = World(public_url=url)
        self._clock = clock
        self._runner = runner
        self._client = new_client()
        self._accounts = ApifyAccountsOverHttp(
            client=self._client, clock=self.world.clock, base_url=emulator.url
        )
        self._reconcile = self.world.fresh(accounts=self._accounts)

    @property
    def apify(self) -> Apify:
        return self._accounts.with_token(TOKEN)

    def pass_time(self, duration: timedelta) -> None:
        self.world.clock.advance(duration)
        self._clock.advance(duration)

    def tick(self) -> JsonObject:
        self.pass_time(timedelta(minutes=1))
        return self._runner.run(self._reconcile(self.world.deadline))

    def hooks(self) -> list[Webhook]:
        async def listed() -> list[Webhook]:
            return [hook async for hook in self.apify.webhooks()]

        return self._runner.run(listed())

    def webhook(self, webhook_id: WebhookId) -> Webhook:
        found = self._runner.run(self.apify.webhook(webhook_id))
        assert found is not None
        return found

    def edit(self, webhook_id: WebhookId, changes: JsonObject) -> None:
        """Do what a person does in Apify's console."""
        answer = httpx.put(
            f"{self.emulator.url}/v2/webhooks/{webhook_id}",
            json=changes,
            headers={"authorization": f"Bearer {TOKEN}"},
        )
        assert answer.status_code == 200, answer.text

    def finished_run(self, kind: ResourceKind, resource: str) -> RunId:
        """Start a run and let it end."""
        run = self._runner.run(self.apify.start_run(StartRun(kind, resource, input={})))
        self.pass_time(timedelta(minutes=5))
        return run.id

    def close(self) -> None:
        self._runner.run(self._client.aclose())


@pytest.fixture
def joined() -> Iterator[Joined]:
    clock = DrivenClock(NOON)
    with asyncio.Runner() as runner, ApifyEmulator(clock=clock) as emulator:
        emulator.hold_deliveries()
        opened = Joined(emulator, clock, runner, "http://127.0.0.1:9")
        yield opened
        opened.close()


@pytest.mark.parametrize(
    ("kind", "resource"),
    [(ResourceKind.ACTOR, "acme/crawler"), (ResourceKind.TASK, "acme/crawl-acme")],
    ids=["actor", "task"],
)
@pytest.mark.parametrize("loss", ["deleted", "disabled"])
def test_lost_webhook_comes_back_and_its_gap_is_searched(
    joined: Joined, kind: ResourceKind, resource: str, loss: str
) -> None:
    """A webhook that was deleted or disabled works again, and the run that ended meanwhile is parked."""
    joined.world.catalog.deploy(start(resourceType=kind.value, resourceId=resource))
    joined.tick()
    joined.tick()
    [hook] = joined.hooks()
    with joined.emulator.use() as machine:
        found = machine.webhooks.find(hook.id, machine.directory.caller(TOKEN))
        (machine.webhooks.delete if loss == "deleted" else machine.webhooks.disable)(found)
    run_id = joined.finished_run(kind, resource.replace("/", "~"))

    summary = joined.tick()

    [renewed] = joined.hooks()
    assert renewed.is_enabled
    assert renewed.id != hook.id
    assert summary["caughtUp"] == 1
    assert joined.world.found_runs == [run_id]
    assert joined.tick()["steps"] == []


@pytest.mark.parametrize(
    "edit",
    [
        {"headersTemplate": "{}"},
        {"headersTemplate": None},
        {"payloadTemplate": '{"eventType": {{eventType}}}'},
        {"doNotRetry": True},
        {"ignoreSslErrors": True},
        {"shouldInterpolateStrings": True},
        {"requestUrl": "https://elsewhere.example/"},
        {"eventTypes": ["ACTOR.RUN.CREATED"]},
    ],
    ids=str,
)
def test_edited_webhook_is_repaired_and_its_gap_is_searched(joined: Joined, edit: JsonObject) -> None:
    """What a person edits is restored and reported by a tick, and the run that ended meanwhile is parked."""
    joined.world.catalog.deploy(start(resourceId="acme/crawler"))
    joined.tick()
    joined.tick()
    [hook] = joined.hooks()
    before = joined.webhook(hook.id)
    joined.edit(hook.id, edit)
    run_id = joined.finished_run(ResourceKind.ACTOR, "acme~crawler")

    joined.tick()

    assert replace(joined.webhook(hook.id), modified_at=before.modified_at) == before
    assert joined.world.found_runs == [run_id]
    assert next(iter(edit)) in str(joined.world.statuses["orders/1/Start_1"][1]) or edit == {
        "headersTemplate": None
    }
    assert joined.tick()["steps"] == []


def test_event_types_are_changed_in_place(joined: Joined) -> None:
    """New event types come to the webhook that is there."""
    joined.world.catalog.deploy(start(resourceId="acme/crawler", eventTypes="SUCCEEDED"))
    joined.tick()
    [before] = joined.hooks()
    joined.world.catalog.deploy(start(resourceId="acme/crawler", eventTypes="FAILED, CREATED"))

    joined.tick()

    [after] = joined.hooks()
    assert after.id == before.id
    assert set(after.event_types) == {"ACTOR.RUN.FAILED", "ACTOR.RUN.CREATED"}
    assert joined.tick()["steps"] == []


@pytest.mark.parametrize("token", ["read-only-token-of-acme", "apify_api_\u2026", "token-of-nobody"])
def test_token_of_one_element_stops_no_other(joined: Joined, token: str) -> None:
    """A token that may not write, cannot be sent or is unknown leaves the other elements their webhook."""
    joined.world.catalog.deploy(
        start(authentication_token=token, resourceId="acme/crawler"), process_id="bad"
    )
    joined.world.catalog.deploy(start(resourceId="acme/crawler"), process_id="good")

    said = [joined.tick() for _ in range(2)]

    assert [(each["status"], each["failed"]) for each in said] == [("ok", [])] * 2
    assert len(joined.hooks()) == 1
    assert joined.world.statuses["good/1/Start_1"][0] == "registered"


def test_narrow_token_is_not_the_one_that_changes_and_deletes(joined: Joined) -> None:
    """What a read-only token may not do is done by another token of the same user."""
    narrow = start("Narrow", authentication_token="read-only-token-of-acme", resourceId="acme/crawler")
    joined.world.catalog.deploy(narrow, start(resourceId="acme/crawler", eventTypes="SUCCEEDED"))
    joined.tick()
    [before] = joined.hooks()

    joined.world.catalog.deploy(narrow, start(resourceId="acme/crawler", eventTypes="CREATED"))
    joined.tick()

    [after] = joined.hooks()
    assert after.id == before.id
    assert "ACTOR.RUN.CREATED" in after.event_types
    joined.world.catalog.undeploy("orders")
    joined.tick()
    assert joined.hooks() == []


def test_run_reaches_the_process_once() -> None:
    """A run that ends calls our door, signed; what the gap search finds of the same run is a duplicate."""
    clock = DrivenClock(NOON)
    arrived: list[tuple[str, dict[str, str], bytes]] = []

    class Door(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers["content-length"]))
            arrived.append((self.path, {name.lower(): text for name, text in self.headers.items()}, content))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        with asyncio.Runner() as runner, ApifyEmulator(clock=clock) as emulator:
            joined = Joined(emulator, clock, runner, f"http://127.0.0.1:{server.server_port}")
            joined.world.catalog.deploy(start(resourceId="acme/crawler"))
            joined.tick()
            joined.finished_run(ResourceKind.ACTOR, "acme~crawler")
            assert emulator.settle()
            joined.close()
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
    world = joined.world
    engine = FakeEngine(world.clock)
    receive = InboundPorts(
        commands=engine,
        search=engine,
        ledger=FakeEventLedger(),
        registry=world.registry,
        parking=world.parking,
        secrets=world.secrets,
        clock=world.clock,
        metrics=world.metrics,
    ).receiver()

    [(path, headers, content)] = arrived
    request = HttpRequest("POST", path, headers, {}, content, world.clock.now())
    replies = [asyncio.run(receive(request)) for _ in range(2)]

    assert [reply.body and reply.body["status"] for reply in replies] == ["ok", "duplicate"]
    [instance] = engine.started
    result = instance.variables["result"]
    assert isinstance(result, dict)
    data = result["connectorData"]
    assert isinstance(data, dict)
    assert data["status"] == "SUCCEEDED"
