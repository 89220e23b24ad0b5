"""What every memory of jobs' tries does: the fake, and DynamoDB."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from apify_camunda.outbound.domain.trials import Trials
from apify_camunda.outbound.dynamodb_trials import DynamoDBTrials
from apify_camunda.outbound.ports import JobTrials

from tests import builders_outbound as a
from tests.contract.aws import DYNAMODBS, dynamodb_table, endpoint_of
from tests.fakes.clock import NOON, FrozenClock
from tests.fakes.trials import FakeTrials

JOB = a.job()


@pytest.fixture(params=["fake", *DYNAMODBS])
def trials(request: pytest.FixtureRequest) -> Iterator[JobTrials]:
    if request.param == "fake":
        yield FakeTrials()
        return
    with dynamodb_table("ledger", endpoint_of(request.param, request)) as client:
        yield DynamoDBTrials(client=client, table="ledger", cluster=a.CLUSTER, clock=FrozenClock())


def test_work_is_counted_before_it_begins(trials: JobTrials) -> None:
    """The first work is counted; while it has not come to an end, another is counted only as a suspect's."""

    async def check() -> None:
        assert await trials.read(JOB) == Trials()
        assert await trials.begin(JOB)
        assert not await trials.begin(JOB)
        assert await trials.read(JOB) == Trials(works=1)
        assert await trials.begin(JOB, is_suspect=True)
        assert await trials.read(JOB) == Trials(works=2)

    asyncio.run(check())


def test_what_was_written_is_read(trials: JobTrials) -> None:
    """Tries and their times come back as they were written, and a work is counted beside them."""
    written = Trials(tries=3, since=NOON, last_at=NOON + timedelta(minutes=5, microseconds=1))

    async def check() -> None:
        await trials.write(JOB, written)
        assert await trials.read(JOB) == written
        assert await trials.begin(JOB)
        assert (await trials.read(JOB)).works == 1
        assert (await trials.read(JOB)).since == NOON

    asyncio.run(check())


@pytest.mark.parametrize(
    "other",
    [{"retries": 2}, {"element_instance_key": 7}, {"process_instance_key": 7}, {"key": a.JOB + 1}],
    ids=lambda other: next(iter(other)),
)
def test_another_job_and_another_retry_begin_again(trials: JobTrials, other: dict[str, Any]) -> None:
    """What is remembered is of the job in its place, with the retries that it has."""

    async def check() -> None:
        await trials.begin(JOB)
        assert await trials.read(a.job(**other)) == Trials()

    asyncio.run(check())
