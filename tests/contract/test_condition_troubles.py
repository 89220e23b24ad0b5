"""What every store of elements' troubles does: the fake, and DynamoDB."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import timedelta

import pytest
from apify_camunda.inbound.dynamodb_conditions import DynamoDBConditionTroubles
from apify_camunda.inbound.ports import ConditionTrouble, ConditionTroubles

from tests import builders
from tests.contract.aws import DYNAMODBS, dynamodb_table, endpoint_of
from tests.fakes.clock import NOON, FrozenClock
from tests.fakes.conditions import FakeConditionTroubles

LATER = NOON + timedelta(minutes=5)


@pytest.fixture(params=["fake", *DYNAMODBS])
def store(request: pytest.FixtureRequest) -> Iterator[ConditionTroubles]:
    if request.param == "fake":
        yield FakeConditionTroubles()
        return
    with dynamodb_table("ledger", endpoint_of(request.param, request)) as client:
        yield DynamoDBConditionTroubles(client=client, table="ledger", clock=FrozenClock())


def test_last_trouble_and_their_number_are_kept(store: ConditionTroubles) -> None:
    """Of each element the last reason and time are kept, and how often there was trouble in all."""
    one, other = builders.catch(), builders.catch(element_id="Other")
    asyncio.run(store.note(one, reason="first", times=1, at=NOON))
    asyncio.run(store.note(one, reason="second", times=4, at=LATER))
    asyncio.run(store.note(other, reason="third", times=1, at=NOON))

    found = {each.element: each for each in asyncio.run(store.troubles())}

    assert found == {
        one.ref: ConditionTrouble(one.tenant_id, one.ref, "second", LATER, 5),
        other.ref: ConditionTrouble(other.tenant_id, other.ref, "third", NOON, 1),
    }
