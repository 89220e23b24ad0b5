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

CHARACTERS = 1_200_000
"""Rows are packed, and a random text shrinks to half: this many do not fit into the 400 KB of an item."""


@pytest.fixture
def world() -> Iterator[World]:
    """Give a receiver over a real table, with an element whose key is the event's and an innocent one."""
    keyed = {"correlationKeyExpression": "=request.body.resource.note"}
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
    A correlation key of a megabyte is rejected with its size and with advice; nothing is tried again.
    """
    note = random.Random(1).randbytes(CHARACTERS // 2).hex()
    request = builders.request(builders.body(resource=builders.run() | {"note": note}))

    assert world.post_this(request)

    assert [start.process_id for start in world.engine.started] == ["others"]
    assert world.engine.published == []
    assert not world.parking.events
    [rejected] = world.unresolved
    assert (rejected.element.element_id, rejected.state) == ("Hungry", EffectState.REJECTED)
    assert rejected.code == ErrorCode.STORE_REJECTED
    assert rejected.reason is not None
    assert "The correlation key has 1,200,000 characters" in rejected.reason
    assert "shorter correlation key" in rejected.reason
