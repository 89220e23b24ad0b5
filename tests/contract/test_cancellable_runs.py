"""What every list of cancellable runs does: the fake, and DynamoDB."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from apify_camunda.identifiers import AttemptId, JobKey, RunId
from apify_camunda.outbound.domain.cancellable_run import CancellableRun
from apify_camunda.outbound.dynamodb_cancellable import DynamoDBCancellableRuns
from apify_camunda.outbound.ports import CancellableRuns

from tests.contract.aws import DYNAMODBS, dynamodb_table, endpoint_of
from tests.fakes.cancellable import FakeCancellableRuns
from tests.fakes.clock import NOON, FrozenClock

RUN = CancellableRun(AttemptId("7-1"), JobKey(7), 8, RunId("run1"), "{{secrets.APIFY_TOKEN}}")


@dataclass
class Target:
    runs: CancellableRuns
    clock: FrozenClock


@pytest.fixture(params=["fake", *DYNAMODBS])
def target(request: pytest.FixtureRequest) -> Iterator[Target]:
    clock = FrozenClock()
    if request.param == "fake":
        yield Target(FakeCancellableRuns(clock), clock)
        return
    with dynamodb_table("ledger", endpoint_of(request.param, request)) as client:
        yield Target(DynamoDBCancellableRuns(client=client, table="ledger", clock=clock), clock)


def test_list_holds_what_was_put(target: Target) -> None:
    """A run is listed once, however often it is put, until it is removed."""
    other = replace(RUN, attempt=AttemptId("6-1"), run_id=RunId("run2"))

    async def check() -> None:
        for run in (RUN, other, RUN):
            await target.runs.put(run)
        assert list(await target.runs.all()) == [other, RUN]
        for _ in range(2):
            await target.runs.remove(RUN.attempt)
        assert list(await target.runs.all()) == [other]

    asyncio.run(check())


def test_one_poller_has_the_turn(target: Target) -> None:
    """The right to look at the list is one poller's until its time is over."""

    async def check() -> None:
        until = NOON + timedelta(minutes=1)
        assert await target.runs.take_turn(until)
        assert not await target.runs.take_turn(until)
        target.clock.advance(timedelta(minutes=1))
        assert await target.runs.take_turn(until + timedelta(minutes=1))

    asyncio.run(check())
