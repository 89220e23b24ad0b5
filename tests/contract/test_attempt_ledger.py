"""What every attempt ledger does: the fake, and DynamoDB."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from apify_camunda.identifiers import AttemptId, JobKey, RunId
from apify_camunda.json_types import JsonObject
from apify_camunda.outbound.domain.attempt import AttemptState
from apify_camunda.outbound.dynamodb_attempts import KEPT_FOR, DynamoDBAttempts
from apify_camunda.outbound.ports import AttemptLedger

from tests import builders_outbound as a
from tests.contract.aws import DYNAMODBS, aws_client, endpoint_of, make_table
from tests.fakes.attempts import FakeAttemptLedger
from tests.fakes.clock import FrozenClock

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

TABLE = "ledger"
RUN = RunId("run1")
OTHER = RunId("run2")
DONE: JsonObject = {"kind": "complete", "variables": {"result": {"pages": 3, "ratio": 0.5, "none": None}}}


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
        second = a.attempt(id=AttemptId(f"{a.JOB}-2"), number=2, looks=3)
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


def test_lease_moves_for_who_saw_it(target: Target) -> None:
    """A lease is taken only by who saw the row as it stands."""

    async def check() -> None:
        row = a.attempt(lease_until=1780000000.123456)
        await target.ledger.open(row)
        assert await target.ledger.take_lease(row, lease_until=1780001200.5)
        assert not await target.other.take_lease(row, lease_until=1780001300.0)
        taken = await target.other.latest(a.JOB)
        assert taken is not None
        assert taken.lease_until == 1780001200.5
        assert await target.other.take_lease(taken, lease_until=0)

    asyncio.run(check())


def test_lease_of_a_started_attempt_stays(target: Target) -> None:
    """Nobody takes the right to start where a run is noted."""

    async def check() -> None:
        row = a.attempt()
        await target.ledger.open(row)
        await target.ledger.record_run(row.id, RUN)
        assert not await target.other.take_lease(row, lease_until=0)

    asyncio.run(check())


def test_first_run_stays(target: Target) -> None:
    """An attempt has one run: the one that was noted first, however often it is noted."""

    async def check() -> None:
        row = a.attempt()
        await target.ledger.open(row)
        assert await target.ledger.record_run(row.id, RUN)
        assert await target.other.record_run(row.id, RUN)
        assert not await target.other.record_run(row.id, OTHER)
        latest = await target.ledger.latest(a.JOB)
        assert latest is not None
        assert (latest.run_id, latest.state) == (RUN, AttemptState.STARTED)

    asyncio.run(check())


def test_callback_notes_a_run_that_nobody_noted(target: Target) -> None:
    """A callback starts the attempt where the answer of the start was lost."""

    async def check() -> None:
        row = a.attempt()
        await target.ledger.open(row)
        noted = await target.other.record_status(row.id, RUN, "READY")
        assert noted is not None
        assert (noted.run_id, noted.run_status, noted.state) == (RUN, "READY", AttemptState.STARTED)

    asyncio.run(check())


def test_callback_makes_looks_count_anew(target: Target) -> None:
    """After a callback the run is looked at as often as one that was just started."""

    async def check() -> None:
        row = a.attempt(looks=7)
        await target.ledger.open(row)
        noted = await target.other.record_status(row.id, RUN, "SUCCEEDED")
        assert noted is not None
        assert noted.looks == 0

    asyncio.run(check())


def test_end_stays_the_end(target: Target) -> None:
    """A terminal status is not undone by a callback that comes late."""

    async def check() -> None:
        row = a.attempt()
        await target.ledger.open(row)
        await target.ledger.record_status(row.id, RUN, "SUCCEEDED")
        noted = await target.other.record_status(row.id, RUN, "READY")
        assert noted is not None
        assert noted.run_status == "SUCCEEDED"

    asyncio.run(check())


def test_callback_of_another_run_changes_nothing(target: Target) -> None:
    """What is said of a run that is not the attempt's is not noted."""

    async def check() -> None:
        row = a.attempt()
        await target.ledger.open(row)
        await target.ledger.record_run(row.id, RUN)
        noted = await target.other.record_status(row.id, OTHER, "FAILED")
        assert noted is not None
        assert (noted.run_id, noted.run_status) == (RUN, None)

    asyncio.run(check())


@pytest.mark.parametrize("unknown", ["2251799813685260-9", "nonsense", "1-", "-1", "\u0661-\u0661", ""])
def test_unknown_attempt_is_none(target: Target, unknown: str) -> None:
    """A callback for an attempt that was never written finds none, and writes none."""

    async def check() -> None:
        assert await target.ledger.record_status(AttemptId(unknown), RUN, "SUCCEEDED") is None
        assert await target.ledger.latest(a.JOB) is None

    asyncio.run(check())


def test_looks_and_retries_are_kept(target: Target) -> None:
    """The count of looks and the expected retries are what was written last."""

    async def check() -> None:
        row = a.attempt()
        await target.ledger.open(row)
        await target.ledger.record_look(row.id, 4)
        await target.ledger.expect_retries(row.id, 0)
        latest = await target.other.latest(a.JOB)
        assert latest is not None
        assert (latest.looks, latest.retries) == (4, 0)

    asyncio.run(check())


def test_first_outcome_stands(target: Target) -> None:
    """An attempt has one outcome; who decides later gets the one that stands."""

    async def check() -> None:
        row = a.attempt()
        await target.ledger.open(row)
        assert await target.ledger.decide(row.id, DONE) == DONE
        assert await target.other.decide(row.id, {"kind": "fail"}) == DONE
        latest = await target.other.latest(a.JOB)
        assert latest is not None
        assert (latest.state, latest.outcome) == (AttemptState.DECIDED, DONE)

    asyncio.run(check())


def test_large_outcome_is_kept_whole(target: Target) -> None:
    """An outcome may be as large as variables may, even where it cannot be compressed."""
    noise = "".join(chr(0x4E00 + (number * 7919 + number // 13) % 20000) for number in range(500_000))
    outcome: JsonObject = {"kind": "complete", "variables": {"text": noise}}

    async def check() -> None:
        row = a.attempt()
        await target.ledger.open(row)
        await target.ledger.decide(row.id, outcome)
        latest = await target.other.latest(a.JOB)
        assert latest is not None
        assert latest.outcome == outcome

    asyncio.run(check())


def test_closed_stays_closed(target: Target) -> None:
    """A closed attempt has let go of its outcome, nobody decides it again, and it tells the retries left."""

    async def check() -> None:
        row = a.attempt()
        await target.ledger.open(row)
        await target.ledger.decide(row.id, DONE)
        await target.ledger.close(row.id, retries=2)
        await target.other.decide(row.id, {"kind": "fail"})
        latest = await target.other.latest(a.JOB)
        assert latest is not None
        assert (latest.state, latest.outcome, latest.retries) == (AttemptState.CLOSED, None, 2)

    asyncio.run(check())


def test_callback_after_the_end_reopens_nothing(target: Target) -> None:
    """A callback that comes after the attempt was closed leaves it closed."""

    async def check() -> None:
        row = a.attempt()
        await target.ledger.open(row)
        await target.ledger.close(row.id)
        noted = await target.other.record_status(row.id, RUN, "SUCCEEDED")
        assert noted is not None
        assert noted.state is AttemptState.CLOSED

    asyncio.run(check())


@pytest.mark.parametrize("client", DYNAMODBS, indirect=True)
def test_expired_row_is_no_row(target: Target) -> None:
    """A row that has expired takes no callback and makes room for a new one, deleted by DynamoDB or not."""

    async def check() -> None:
        await target.ledger.open(a.attempt())
        target.clock.advance(KEPT_FOR + timedelta(seconds=1))
        assert await target.ledger.latest(a.JOB) is None
        assert await target.ledger.record_status(a.attempt().id, RUN, "SUCCEEDED") is None

        assert await target.ledger.open(a.attempt(fingerprint="of the new one"))
        assert not await target.other.open(a.attempt())
        latest = await target.other.latest(a.JOB)
        assert latest is not None
        assert (latest.fingerprint, latest.run_id) == ("of the new one", None)

    asyncio.run(check())


def test_run_belongs_to_one_attempt(target: Target) -> None:
    """Who claims a run first has it, however often it asks; nobody else gets it."""
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


def test_claim_of_an_attempt_with_another_run_is_none(target: Target) -> None:
    """An attempt has one run: what it claims beside is free for who comes next, and then theirs for good."""

    async def check() -> None:
        row = a.attempt()
        await target.ledger.open(row)
        await target.ledger.record_run(row.id, RUN)
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
        await target.ledger.record_run(row.id, RUN)
        assert not await target.other.claim_run(RUN, AttemptId("78-1"))
        assert await target.other.owner_of_run(RUN) == row.id

    asyncio.run(check())


def test_outcome_that_camunda_refuses_is_dropped(target: Target) -> None:
    """A decided attempt that is reconsidered goes on with its run, however few retries are left."""

    async def check() -> None:
        ledger = target.ledger
        await ledger.open(a.attempt())
        attempt = a.attempt().id
        await ledger.record_run(attempt, RUN)
        await ledger.decide(attempt, DONE)

        await ledger.reconsider(attempt)
        row = await target.other.latest(a.JOB)
        assert row is not None
        assert (row.state, row.run_id, row.outcome, row.retries) == (AttemptState.STARTED, RUN, None, 0)

        other: JsonObject = {"kind": "fail"}
        assert await ledger.decide(attempt, other) == other
        await ledger.close(attempt)
        await ledger.reconsider(attempt)
        closed = await target.other.latest(a.JOB)
        assert closed is not None
        assert closed.state is AttemptState.CLOSED

    asyncio.run(check())
