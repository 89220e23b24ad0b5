"""What every store of pollers' slots does: the fake, and DynamoDB."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
from apify_camunda.outbound.dynamodb_slots import DynamoDBSlots
from apify_camunda.outbound.ports import PollerSlots

from tests.contract.aws import DYNAMODBS, dynamodb_table, endpoint_of
from tests.fakes.clock import NOON, FrozenClock
from tests.fakes.slots import FakeSlots

TABLE = "ledger"
SOON = NOON + timedelta(minutes=5)


@dataclass
class Target:
    """Two slots, as two pollers see them."""

    slots: PollerSlots
    other: PollerSlots
    clock: FrozenClock


@pytest.fixture(params=["fake", *DYNAMODBS])
def target(request: pytest.FixtureRequest) -> Iterator[Target]:
    clock = FrozenClock()
    if request.param == "fake":
        fake = FakeSlots(clock, 2)
        yield Target(fake, fake, clock)
        return
    with dynamodb_table(TABLE, endpoint_of(request.param, request)) as client:
        one, other = (DynamoDBSlots(client=client, table=TABLE, clock=clock, slots=2) for _ in range(2))
        yield Target(one, other, clock)


def test_no_more_have_a_place_than_there_are(target: Target) -> None:
    """Each slot is one poller's; when all are taken, a poller gets none."""

    async def check() -> None:
        taken = {await target.slots.take(until=SOON), await target.other.take(until=SOON)}
        assert len(taken - {None}) == 2
        assert await target.other.take(until=SOON) is None

    asyncio.run(check())


def test_place_that_was_left_is_free(target: Target) -> None:
    """Who ends before its time leaves its slot to the next."""

    async def check() -> None:
        first = await target.slots.take(until=SOON)
        assert first is not None
        await target.other.take(until=SOON)
        await target.slots.leave(first, until=SOON)
        assert await target.other.take(until=SOON) == first

    asyncio.run(check())


def test_slot_of_a_killed_poller_is_freed_later(target: Target) -> None:
    """A poller that died has its slot for as long as it could have lived, and no longer."""

    async def check() -> None:
        for _ in range(2):
            await target.slots.take(until=SOON)
        target.clock.advance(timedelta(minutes=4, seconds=59))
        assert await target.other.take(until=SOON) is None
        target.clock.advance(timedelta(seconds=1))
        assert await target.other.take(until=SOON + timedelta(minutes=5)) is not None

    asyncio.run(check())


def test_late_poller_leaves_the_slots_of_others(target: Target) -> None:
    """A poller that outlived its time does not give away the slot that another one has by now."""

    async def check() -> None:
        late = await target.slots.take(until=SOON)
        assert late is not None
        target.clock.advance(timedelta(minutes=5))
        later = SOON + timedelta(minutes=5)
        assert await target.other.take(until=later) == late
        await target.other.take(until=later)

        await target.slots.leave(late, until=SOON)

        assert await target.slots.take(until=later) is None

    asyncio.run(check())
