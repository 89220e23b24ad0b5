"""What DynamoDB refuses for good is rejected at once, with its reason, and harms no other element."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest
from apify_camunda.errors import ErrorCode
from apify_camunda.inbound.domain.effect import EffectState
from apify_camunda.inbound.dynamodb_events import DynamoDBEventLedger

from tests import builders
from tests.contract.aws import dynamodb_table
from tests.fakes.clock import FrozenClock
from tests.fakes.receiver_world import World

DIGITS, TIMES = 50_000, 15
"""Rows are packed, and hexadecimal digits shrink to half, as repetitions are too far away to be seen. So the
key does not fit into the 400 KB of an item, though the delivery does."""
REPEATED = "=string join(for i in 1..request.body.resource.times return request.body.resource.note)"


@pytest.fixture
def world() -> Iterator[World]:
    """Give a receiver over a real table: one element makes a key of the event, one is innocent."""
    keyed = {"correlationKeyExpression": REPEATED}
    hungry = builders.catch(
        element_id="Hungry", message_name="hungry", properties=builders.properties(**keyed)
    )
    innocent = builders.plain_start(element_id="Innocent", process_id="others")
    clock = FrozenClock()
    with dynamodb_table("ledger") as client:
        ledger = DynamoDBEventLedger(client=client, table="ledger", clock=clock)
        world = World(hungry, innocent, clock=clock, ledger=ledger)
        world.engine.is_busy = False
        yield world


def test_key_that_no_row_can_hold_is_rejected_at_once(world: World) -> None:
    """
    A correlation key of 750 KB is rejected with its size and with advice; nothing is tried again.
    """
    note = random.Random(1).randbytes(DIGITS // 2).hex()
    run = builders.run() | {"note": note, "times": TIMES}
    request = builders.request(builders.body(resource=run))

    assert world.post_this(request)

    assert [start.process_id for start in world.engine.started] == ["others"]
    assert world.engine.published == []
    assert not world.parking.events
    [rejected] = world.unresolved
    assert (rejected.element.element_id, rejected.state) == ("Hungry", EffectState.REJECTED)
    assert rejected.code == ErrorCode.STORE_REJECTED
    assert rejected.reason is not None
    assert f"The correlation key has {DIGITS * TIMES:,} characters" in rejected.reason
    assert "shorter correlation key" in rejected.reason
