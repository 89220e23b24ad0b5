"""What release 0.1.0 left behind: every flow goes on from it. What a newer release left is left alone."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from apify_camunda.camunda.model import CompleteJob
from apify_camunda.errors import StoreUnavailable
from apify_camunda.identifiers import EventId, RunId
from apify_camunda.inbound.domain.effect import EffectState
from apify_camunda.inbound.domain.event_identity import event_id
from apify_camunda.inbound.ports import UnresolvedEffect
from apify_camunda.webhooks.events import ReceivedEvent

from tests import builders
from tests.contract.aws import aws_client, make_table
from tests.upgrade.files import items_in, read, restore_apify
from tests.upgrade.site import CLUSTER, DECIDED_JOB, TABLES, WAITING_JOB, Site

RECORDED = read(Path(__file__).with_name("recorded_0_1_0"))
ARCHITECTURE = Path(__file__).parents[2] / "docs" / "architecture.md"
ROW_OF_TABLE = r"^\| (ledger|registry)? ?\| (`[^`]+`)?[^|]*\|"
A_WHILE = timedelta(hours=1)

# Kinds of rows that are not recorded, and why.
NOT_RECORDED = {"outcome": "its parts are raw bytes of an outcome that the row of the attempt describes"}


@pytest.fixture
def client() -> Iterator[Any]:
    with aws_client("dynamodb") as client:
        for table in TABLES:
            make_table(client, table)
        yield client


@pytest.fixture
def site(client: Any) -> Site:
    """Give a deployment of today with what the older release left, right after that."""
    return upgraded(client, {})


def upgraded(client: Any, changes: dict[str, Any], *, message: dict[str, Any] | None = None) -> Site:
    """Load the recording; `changes` go into each row, `message` into each parked event."""
    for table in TABLES:
        for item in items_in(RECORDED[table]):
            client.put_item(TableName=table, Item={**item, **changes})
    site = Site(client, datetime.fromisoformat(RECORDED["recorded_at"]))
    restore_apify(site.apify, RECORDED["apify"])
    for body in RECORDED["queue"]:
        asyncio.run(site.parking.park(ReceivedEvent.from_json(body), delay=timedelta()))
        if message:
            held = list(site.parking._held.values())[-1]
            held.body = json.dumps(body | message)
    return site


def event_of(run_id: str) -> EventId:
    return event_id(builders.received(builders.body(resource=builders.run() | {"id": run_id})))


def effects(site: Site, run_id: str) -> int:
    """Return how many commands this deployment sent for the event of a run."""
    event = event_of(run_id)
    starts = sum(start.business_id == event for start in site.engine.started)
    return starts + sum(message.message_id == event for message in site.engine.published)


def unresolved(site: Site, state: EffectState) -> list[UnresolvedEffect]:
    return [each for each in asyncio.run(site.events.unresolved()) if each.effect.state is state]


@pytest.mark.parametrize("run_id", ["run-parked", "run-while-paused"])
def test_parked_event_is_delivered(site: Site, run_id: str) -> None:
    """
    An event that was parked has both its effects, each once, whether it had been begun or not.
    """
    for _ in range(3):
        site.clock.advance(A_WHILE)
        site.work_queue()

    assert effects(site, run_id) == 2
    assert effects(site, "run-done") == 0
    assert effects(site, "run-refused") == 0


def test_event_that_was_done_stays_done(site: Site) -> None:
    """
    A delivery that Apify repeats after the upgrade is a duplicate.
    """
    assert site.post("run-done")["status"] == "duplicate"
    assert effects(site, "run-done") == 0


def test_rejected_event_is_replayed(site: Site) -> None:
    """
    What was rejected is listed with its reason, and has its effects after a replay.
    """
    assert {each.effect.reason for each in unresolved(site, EffectState.REJECTED)} == {"Refused."}

    assert asyncio.run(site.replay(event_of("run-refused"))) == 2
    site.clock.advance(A_WHILE)
    site.work_queue()

    assert effects(site, "run-refused") == 2
    assert unresolved(site, EffectState.REJECTED) == []


@pytest.mark.parametrize(("happened", "commands"), [(True, 1), (False, 2)])
def test_doubt_is_resolved(site: Site, happened: bool, commands: int) -> None:  # noqa: FBT001
    """
    A doubt ends as the operator says: what happened is not done again. The event's other effect goes on.
    """
    [doubt] = unresolved(site, EffectState.ATTEMPTED)
    assert asyncio.run(site.events.doubts()) == 1

    assert asyncio.run(site.replay.resolve(doubt.event, doubt.effect.key, happened=happened))
    for _ in range(8):
        site.clock.advance(A_WHILE)
        site.work_queue()

    assert effects(site, "run-in-doubt") == commands
    assert asyncio.run(site.events.doubts()) == 0
    assert site.parking.events == []


def test_event_set_aside_is_listed(site: Site) -> None:
    """
    An event that was set aside is listed with its reason.
    """
    [aside] = asyncio.run(site.events.aside())

    assert "older than 13 days" in aside.reason


def test_waiting_run_completes_its_job(site: Site) -> None:
    """
    A job that waited for its run gets its result, a decided one is reported; no run is started again.
    """
    asyncio.run(site.registry.set_paused("outbound", paused=False))
    site.add_jobs()
    runs = dict(site.apify.runs)
    site.apify.end_run(waiting_run(site))

    site.clock.advance(A_WHILE)
    site.outbound.invoke()

    reported = dict(site.outbound.jobs.reported)
    assert reported.keys() == {DECIDED_JOB, WAITING_JOB}
    assert all(isinstance(outcome, CompleteJob) for outcome in reported.values())
    assert site.apify.runs.keys() == runs.keys()


def waiting_run(site: Site) -> RunId:
    [run_id] = [run_id for run_id, run in site.apify.runs.items() if run["status"] == "RUNNING"]
    return run_id


def test_webhooks_stay_as_they_are(site: Site) -> None:
    """
    The reconciler finds its webhook as it should be: it changes none, and reads no XML again.
    """
    webhooks, routes = dict(site.apify.webhooks), site.reconciler.routes
    assert site.reconciler.tick()["status"] == "busy"  # the older release's tick had not ended

    asyncio.run(site.registry.end_tick())
    summary = site.reconciler.tick()

    assert (summary["status"], summary["failed"]) == ("ok", [])
    assert summary["steps"] == ["SaveRegistration"]  # each hour: until when no event was missed
    assert site.apify.webhooks == webhooks
    assert site.reconciler.routes == routes
    assert site.reconciler.catalog.xml_reads == 0


def test_registration_that_departed_is_remembered(site: Site) -> None:
    """
    An element that comes back after the upgrade has its runs searched from when it went.
    """
    assert len(asyncio.run(site.registry.tombstones())) == 1


def test_what_operators_left_is_known(site: Site) -> None:
    """
    Pauses, processes that were taken off, troubles, states of elements and the slot of a poller are read.
    """
    assert asyncio.run(site.registry.is_paused("outbound"))
    assert not asyncio.run(site.registry.is_paused("inbound"))
    assert [process for _, process in asyncio.run(site.registry.removed_processes(CLUSTER))] == ["taken-off"]
    assert [each.element for each in asyncio.run(site.troubles.troubles())] == ["orders/1/Failing"]
    assert site.reconciler.statuses["orders/1/Started"] == ("registered", None)
    assert asyncio.run(site.slots.take(until=site.clock.now() + A_WHILE)) is None


def test_every_kind_of_row_is_recorded() -> None:
    """
    The recording has each kind of row that docs/architecture.md lists.
    """
    listed: dict[str, set[str]] = {table: set() for table in TABLES}
    table = ""
    for name, pk in re.findall(ROW_OF_TABLE, ARCHITECTURE.read_text(), re.MULTILINE):
        table = name or table
        listed[table] |= {pk.strip("`").partition("#")[0]} - {""}
    recorded = {table: {row["pk"]["S"].partition("#")[0] for row in RECORDED[table]} for table in TABLES}

    assert {table: kinds - NOT_RECORDED.keys() for table, kinds in listed.items()} == recorded


def content(client: Any) -> list[Any]:
    """Return every row of the newer release."""
    rows = [row for table in TABLES for row in client.scan(TableName=table)["Items"] if "version" in row]
    return sorted(rows, key=lambda row: (row["pk"]["S"], row["sk"]["S"]))


def refused(work: Any) -> str:
    """Return the message with which work is refused."""
    with pytest.raises(StoreUnavailable) as raised:
        asyncio.run(work)
    return raised.value.message


def test_rows_of_a_newer_release_are_left_alone(client: Any) -> None:
    """
    After a way back the flows say what they cannot read; no row is changed, and nothing is done twice.
    """
    site = upgraded(client, {"version": {"N": "2"}})
    before = content(client)

    messages = [
        refused(site.events.unresolved()),
        refused(site.registry.registrations()),
        refused(site.registry.set_paused("outbound", paused=False)),
        refused(site.registry.routes()),
        refused(site.outbound.attempts.latest(WAITING_JOB)),
        refused(site.replay(event_of("run-refused"))),
        refused(site.troubles.troubles()),
    ]
    site.clock.advance(A_WHILE)
    site.work_queue()

    assert all("newer release" in message for message in messages)
    assert content(client) == before
    assert (site.engine.started, site.engine.published) == ([], [])
    assert len(site.parking.events) == len(RECORDED["queue"])


def test_events_of_a_newer_release_stay_parked(client: Any, caplog: pytest.LogCaptureFixture) -> None:
    """
    An event that a newer release parked stays in the queue, and the log says why.
    """
    site = upgraded(client, {}, message={"version": 2})

    site.clock.advance(A_WHILE)
    site.work_queue()

    assert "parked by a newer release" in caplog.text
    assert len(site.parking._held) == len(RECORDED["queue"])
    assert (site.engine.started, site.engine.published) == ([], [])
