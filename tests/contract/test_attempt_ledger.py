"""What every attempt ledger does: the fake, and DynamoDB."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from apify_camunda.identifiers import AttemptId, JobKey, RunId
from apify_camunda.json_types import JsonObject
from apify_camunda.outbound.domain.attempt import AttemptState
from apify_camunda.outbound.domain.attempt_transitions import (
    MAX_REPORTED_RUNS,
    Close,
    Decide,
    ExpectRetries,
    NoteLook,
    NoteReport,
    NoteRun,
    NoteWebhookRefused,
    Reconsider,
    TakeLease,
    Transition,
)
from apify_camunda.outbound.dynamodb_attempts import KEPT_FOR, DynamoDBAttempts
from apify_camunda.outbound.ports import AttemptLedger, Change
from apify_camunda.platform.aws_api import AwsAnswer, aws_api

from tests import builders_outbound as a
from tests.contract.aws import DYNAMODBS, aws_client, dynamodb_table, endpoint_of, make_table
from tests.fakes.attempts import FakeAttemptLedger
from tests.fakes.clock import NOON, FrozenClock

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

TABLE = "ledger"
RUN = RunId("run1")
OTHER = RunId("run2")
DONE: JsonObject = {"kind": "complete", "variables": {"result": {"pages": 3, "ratio": 0.5, "none": None}}}
ROW_OF_0_1_0: Any = {
    "pk": {"S": f"attempt#{a.JOB}"},
    "sk": {"S": "000001"},
    "cluster": {"S": a.CLUSTER},
    "place": {"S": "crawl/2251799813685249/run-crawler/2251799813685255"},
    "retries": {"N": "3"},
    "state": {"S": "starting"},
    "lease_until": {"N": "0"},
    "began_at": {"S": "2026-11-21T12:00:00+00:00"},
    "fingerprint": {"S": "abc"},
    "run_id": {"S": RUN},
    "looks": {"N": "2"},
    "expires_at": {"N": str(int((NOON + timedelta(days=30)).timestamp()))},
}


@dataclass
class Target:
    """A ledger, another process' view of the same rows, and the clock of both."""

    ledger: AttemptLedger
    other: AttemptLedger
    clock: FrozenClock


@pytest.fixture(scope="module", params=["fake", *DYNAMODBS])
def client(request: pytest.FixtureRequest) -> Iterator[DynamoDBClient | None]:
    """Give one client for all tests here, or none for the fake; making it takes longer than each of them."""
    if request.param == "fake":
        yield None
        return
    with aws_client("dynamodb", endpoint_of(request.param, request)) as made:
        yield made


@pytest.fixture
def target(client: DynamoDBClient | None) -> Iterator[Target]:
    clock = FrozenClock()
    if client is None:
        fake = FakeAttemptLedger()
        yield Target(fake, fake, clock)
        return
    make_table(client, TABLE)
    ledgers = [DynamoDBAttempts(client=client, table=TABLE, clock=clock) for _ in range(2)]
    yield Target(ledgers[0], ledgers[1], clock)
    client.delete_table(TableName=TABLE)


def test_row_comes_back_as_written(target: Target) -> None:
    """The newest attempt of a job is read as it was written."""

    async def check() -> None:
        second = a.attempt(
            id=AttemptId(f"{a.JOB}-2"),
            number=2,
            looks=3,
            lost_by="503",
            lost_starts=2,
            reported_runs=(RUN, OTHER),
            is_seen=True,
            cluster_told="cluster-of-9",
        )
        assert await target.ledger.open(a.attempt())
        assert await target.ledger.open(second)
        assert await target.other.latest(a.JOB) == second
        assert await target.other.latest(JobKey(1)) is None

    asyncio.run(check())


def test_tenth_attempt_is_newer_than_the_ninth(target: Target) -> None:
    """Attempts are ordered by number, not by text."""

    async def check() -> None:
        for number in (9, 10):
            assert await target.ledger.open(a.attempt(id=AttemptId(f"{a.JOB}-{number}"), number=number))
        latest = await target.other.latest(a.JOB)
        assert latest is not None
        assert latest.number == 10

    asyncio.run(check())


def test_one_writer_of_a_number(target: Target) -> None:
    """Of two pollers that write the same attempt one wins."""

    async def check() -> None:
        assert await target.ledger.open(a.attempt())
        assert not await target.other.open(a.attempt(fingerprint="of the loser"))
        latest = await target.ledger.latest(a.JOB)
        assert latest == a.attempt()

    asyncio.run(check())


def test_lease_moves_for_the_poller_that_read_it(target: Target) -> None:
    """A lease is taken only by a poller that has read the row as it is."""

    async def check() -> None:
        row = a.attempt(lease_until=NOON + timedelta(microseconds=123456))
        await target.ledger.open(row)
        moved = NOON + timedelta(minutes=20, microseconds=1)
        assert (await target.ledger.change(row.id, TakeLease(row.lease_until, moved))).done
        late = await target.other.change(row.id, TakeLease(row.lease_until, NOON + timedelta(hours=1)))
        assert not late.done
        assert late.row is not None
        assert late.row.lease_until == moved
        assert (await target.other.change(row.id, TakeLease(moved, None))).done

    asyncio.run(check())


def test_lease_of_a_started_attempt_stays(target: Target) -> None:
    """The right to start is not taken where a run is noted."""

    async def check() -> None:
        row = a.attempt()
        await target.ledger.open(row)
        await target.ledger.change(row.id, NoteRun(RUN))
        assert not (await target.other.change(row.id, TakeLease(row.lease_until, None))).done

    asyncio.run(check())


def test_lost_starts_are_counted(target: Target) -> None:
    """A start without an answer is remembered with its reason, and counted for the whole attempt."""

    async def check() -> None:
        row = a.attempt()
        await target.ledger.open(row)
        later = NOON + timedelta(minutes=1)
        await target.ledger.change(row.id, TakeLease(row.lease_until, later, lost_by="503"))
        await target.other.change(row.id, TakeLease(later, row.lease_until))
        latest = await target.other.latest(a.JOB)
        assert latest is not None
        assert (latest.lost_by, latest.lost_starts) == ("", 1)

    asyncio.run(check())


def test_first_run_stays(target: Target) -> None:
    """An attempt has one run: the one that was noted first, however often it is noted."""

    async def check() -> None:
        row = a.attempt(looks=3)
        await target.ledger.open(row)
        assert (await target.ledger.change(row.id, NoteRun(RUN))).done
        assert (await target.other.change(row.id, NoteRun(RUN))).done
        assert not (await target.other.change(row.id, NoteRun(OTHER))).done
        latest = await target.ledger.latest(a.JOB)
        assert latest is not None
        assert (latest.run_id, latest.state, latest.looks) == (RUN, AttemptState.STARTED, 0)

    asyncio.run(check())


def test_run_that_a_callback_names_is_only_kept_to_be_checked(target: Target) -> None:
    """A callback does not say which run an attempt has: what it names is kept, up to some runs."""

    async def check() -> None:
        row = a.attempt()
        await target.ledger.open(row)
        for number in range(MAX_REPORTED_RUNS + 2):
            await target.other.change(row.id, NoteReport(RunId(f"run{number}"), "SUCCEEDED"))
        latest = await target.ledger.latest(a.JOB)
        assert latest is not None
        assert (latest.run_id, latest.run_status, latest.state) == (None, None, AttemptState.STARTING)
        assert latest.reported_runs == tuple(f"run{number}" for number in range(MAX_REPORTED_RUNS))

    asyncio.run(check())


def test_callback_restarts_the_count_of_looks(target: Target) -> None:
    """After a callback the run is looked at as often as one that was just started."""

    async def check() -> None:
        row = a.attempt(run_id=RUN, state=AttemptState.STARTED, looks=7)
        await target.ledger.open(row)
        noted = (await target.other.change(row.id, NoteReport(RUN, "SUCCEEDED"))).row
        assert noted is not None
        assert (noted.looks, noted.run_status) == (0, "SUCCEEDED")

    asyncio.run(check())


def test_end_stays_the_end(target: Target) -> None:
    """A terminal status is not undone by a callback that arrives later."""

    async def check() -> None:
        row = a.attempt(run_id=RUN, state=AttemptState.STARTED)
        await target.ledger.open(row)
        await target.ledger.change(row.id, NoteReport(RUN, "SUCCEEDED"))
        noted = (await target.other.change(row.id, NoteReport(RUN, "READY"))).row
        assert noted is not None
        assert noted.run_status == "SUCCEEDED"

    asyncio.run(check())


def test_callback_of_another_run_changes_nothing(target: Target) -> None:
    """A report of a run that is not the attempt's is not noted."""

    async def check() -> None:
        row = a.attempt()
        await target.ledger.open(row)
        await target.ledger.change(row.id, NoteRun(RUN))
        noted = await target.other.change(row.id, NoteReport(OTHER, "FAILED"))
        assert not noted.done
        assert noted.row is not None
        assert (noted.row.run_id, noted.row.run_status) == (RUN, None)

    asyncio.run(check())


@pytest.mark.parametrize("unknown", ["2251799813685260-9", "nonsense", "1-", "-1", "\u0661-\u0661", ""])
def test_unknown_attempt_is_not_found(target: Target, unknown: str) -> None:
    """A callback for an attempt that was never written finds none, and writes none."""

    async def check() -> None:
        report = NoteReport(RUN, "SUCCEEDED")
        assert await target.ledger.change(AttemptId(unknown), report) == Change(done=False, row=None)
        assert await target.ledger.latest(a.JOB) is None

    asyncio.run(check())


def test_late_look_does_not_undo_a_callback(target: Target) -> None:
    """A look is counted once, and not after a callback has reset the count of looks."""

    async def check() -> None:
        row = a.attempt(run_id=RUN, state=AttemptState.STARTED, looks=3)
        await target.ledger.open(row)
        assert (await target.ledger.change(row.id, NoteLook(3, shown=True))).done
        assert not (await target.other.change(row.id, NoteLook(3))).done
        await target.other.change(row.id, NoteReport(RUN, "READY"))
        assert not (await target.ledger.change(row.id, NoteLook(4))).done
        latest = await target.other.latest(a.JOB)
        assert latest is not None
        assert (latest.looks, latest.is_seen) == (0, True)

    asyncio.run(check())


def test_late_write_does_not_raise_retries(target: Target) -> None:
    """The retries that an attempt expects only fall, so a call that arrives late cannot raise them."""

    async def check() -> None:
        row = a.attempt()
        await target.ledger.open(row)
        assert (await target.ledger.change(row.id, ExpectRetries(1), seen=row)).done
        assert not (await target.other.change(row.id, ExpectRetries(2), seen=row)).done
        latest = await target.other.latest(a.JOB)
        assert latest is not None
        assert latest.retries == 1

    asyncio.run(check())


def test_change_of_a_row_that_was_read_before_is_of_the_row_as_it_is(target: Target) -> None:
    """A poller that names the version it has read changes the present one, by the rules for that one."""

    async def check() -> None:
        await target.ledger.open(a.attempt())
        seen = await target.ledger.latest(a.JOB)
        assert seen is not None
        await target.other.change(seen.id, NoteReport(RUN, "READY"))
        changed = await target.ledger.change(seen.id, ExpectRetries(0), seen=seen)
        assert changed.done
        assert changed.row is not None
        assert (changed.row.retries, changed.row.reported_runs) == (0, (RUN,))
        assert not (await target.ledger.change(seen.id, Close(3), seen=seen)).done

    asyncio.run(check())


def test_refused_webhook_is_noted(target: Target) -> None:
    """That Apify took no webhook is kept: no webhook reports the run of the second request."""

    async def check() -> None:
        row = a.attempt()
        await target.ledger.open(row)
        await target.ledger.change(row.id, NoteWebhookRefused())
        latest = await target.other.latest(a.JOB)
        assert latest is not None
        assert (row.sends_callback, latest.sends_callback) == (True, False)

    asyncio.run(check())


def test_first_outcome_is_kept(target: Target) -> None:
    """An attempt has one outcome; a later decision gets the first one."""

    async def check() -> None:
        row = a.attempt()
        await target.ledger.open(row)
        assert (await target.ledger.change(row.id, Decide(DONE))).done
        later = await target.other.change(row.id, Decide({"kind": "fail"}))
        assert not later.done
        assert later.row is not None
        assert (later.row.state, later.row.outcome) == (AttemptState.DECIDED, DONE)

    asyncio.run(check())


def test_large_outcome_is_kept_whole(target: Target) -> None:
    """An outcome may be as large as variables may, even where it cannot be compressed."""
    noise = "".join(chr(0x4E00 + (number * 7919 + number // 13) % 20000) for number in range(500_000))
    outcome: JsonObject = {"kind": "complete", "variables": {"text": noise}}

    async def check() -> None:
        row = a.attempt()
        await target.ledger.open(row)
        await target.ledger.change(row.id, Decide(outcome))
        latest = await target.other.latest(a.JOB)
        assert latest is not None
        assert latest.outcome == outcome

    asyncio.run(check())


def test_closed_stays_closed(target: Target) -> None:
    """A closed attempt has let go of its outcome; no call that arrives late changes it any more."""

    async def check() -> None:
        row = a.attempt()
        await target.ledger.open(row)
        await target.ledger.change(row.id, Decide(DONE))
        await target.ledger.change(row.id, Close(2))
        closed = await target.other.latest(a.JOB)
        assert closed is not None
        assert (closed.state, closed.outcome, closed.retries) == (AttemptState.CLOSED, None, 2)
        late: list[Transition] = [
            Decide({"kind": "fail"}),
            Close(3),
            Reconsider(DONE),
            ExpectRetries(0),
            NoteLook(0),
            NoteRun(RUN),
            NoteReport(RUN, "SUCCEEDED"),
            TakeLease(row.lease_until, None),
        ]
        for transition in late:
            assert await target.other.change(row.id, transition, seen=row) == Change(done=False, row=closed)
        assert await target.ledger.latest(a.JOB) == closed

    asyncio.run(check())


@pytest.mark.parametrize("client", DYNAMODBS, indirect=True)
def test_expired_row_does_not_exist(target: Target) -> None:
    """A row that has expired takes no callback and makes room for a new one, deleted by DynamoDB or not."""

    async def check() -> None:
        await target.ledger.open(a.attempt())
        seen = await target.ledger.latest(a.JOB)
        target.clock.advance(KEPT_FOR + timedelta(seconds=1))
        assert await target.ledger.latest(a.JOB) is None
        report = NoteReport(RUN, "SUCCEEDED")
        assert (await target.ledger.change(a.attempt().id, report, seen=seen)).row is None

        assert await target.ledger.open(a.attempt(fingerprint="of the new one"))
        assert not await target.other.open(a.attempt())
        latest = await target.other.latest(a.JOB)
        assert latest is not None
        assert (latest.fingerprint, latest.run_id) == ("of the new one", None)

    asyncio.run(check())


@pytest.mark.parametrize("client", DYNAMODBS, indirect=True)
def test_row_of_version_0_1_0_is_read_and_changed(client: DynamoDBClient, target: Target) -> None:
    """A row that the first released version wrote keeps its meaning, and takes changes."""
    client.put_item(TableName=TABLE, Item=ROW_OF_0_1_0)

    async def check() -> None:
        row = await target.ledger.latest(a.JOB)
        assert row is not None
        assert (row.state, row.run_id, row.lease_until) == (AttemptState.STARTED, RUN, None)
        assert (row.began_at, row.sends_callback) == (NOON, None)
        assert (await target.ledger.change(row.id, NoteLook(2), seen=row)).done
        assert not (await target.other.change(row.id, NoteLook(2), seen=row)).done

    asyncio.run(check())


def test_run_belongs_to_one_attempt(target: Target) -> None:
    """The first attempt that claims a run has it, and may ask again; no other attempt gets it."""
    ledger, run = target.ledger, RunId("run-of-two")
    first, second = AttemptId("77-1"), AttemptId("78-1")
    assert asyncio.run(ledger.owner_of_run(run)) is None

    assert [asyncio.run(ledger.claim_run(run, each)) for each in (first, second, first)] == [
        True,
        False,
        True,
    ]
    assert asyncio.run(ledger.owner_of_run(run)) == first
    assert asyncio.run(ledger.claim_run(RunId("another-run"), second))


def test_claim_of_an_attempt_with_another_run_does_not_count(target: Target) -> None:
    """An attempt has one run: a second claim does not count, and the next attempt keeps that run."""

    async def check() -> None:
        row = a.attempt()
        await target.ledger.open(row)
        await target.ledger.change(row.id, NoteRun(RUN))
        assert await target.ledger.claim_run(OTHER, row.id)
        assert await target.other.owner_of_run(OTHER) is None
        assert await target.other.claim_run(OTHER, AttemptId("78-1"))

        assert not await target.ledger.claim_run(OTHER, row.id)
        assert not await target.ledger.claim_run(OTHER, AttemptId("79-1"))
        assert await target.ledger.owner_of_run(OTHER) == AttemptId("78-1")

    asyncio.run(check())


def test_claim_of_an_attempt_without_a_run_holds(target: Target) -> None:
    """An attempt that has noted no run yet, or just this one, keeps what it has claimed."""

    async def check() -> None:
        row = a.attempt()
        await target.ledger.open(row)
        assert await target.ledger.claim_run(RUN, row.id)
        assert not await target.other.claim_run(RUN, AttemptId("78-1"))
        await target.ledger.change(row.id, NoteRun(RUN))
        assert not await target.other.claim_run(RUN, AttemptId("78-1"))
        assert await target.other.owner_of_run(RUN) == row.id

    asyncio.run(check())


def test_outcome_that_camunda_refuses_is_dropped(target: Target) -> None:
    """A decided attempt that is reconsidered goes on with its run, however few retries are left."""

    async def check() -> None:
        ledger = target.ledger
        await ledger.open(a.attempt())
        attempt = a.attempt().id
        await ledger.change(attempt, NoteRun(RUN))
        await ledger.change(attempt, Decide(DONE))

        await ledger.change(attempt, Reconsider(DONE))
        row = await target.other.latest(a.JOB)
        assert row is not None
        assert (row.state, row.run_id, row.outcome, row.retries) == (AttemptState.STARTED, RUN, None, 0)

        assert (await ledger.change(attempt, Decide({"kind": "fail"}))).done
        assert not (await ledger.change(attempt, Reconsider(DONE))).done

    asyncio.run(check())


def test_repeated_opening_is_known_as_our_own() -> None:
    """An opening whose answer was lost, and that is written again, is answered as a success; no other is."""

    class Repeating:
        """Sends each call twice, as a client does to which no answer came."""

        def __init__(self, client: DynamoDBClient) -> None:
            self._api = aws_api(client)

        async def call(self, operation: str, request: Mapping[str, Any]) -> AwsAnswer:
            await self._api.call(operation, request)
            return await self._api.call(operation, request)

    clock = FrozenClock()
    with dynamodb_table(TABLE) as client:
        repeating = DynamoDBAttempts(client=Repeating(client), table=TABLE, clock=clock)
        other = DynamoDBAttempts(client=client, table=TABLE, clock=clock)

        assert asyncio.run(repeating.open(a.attempt()))
        assert not asyncio.run(other.open(a.attempt()))
