"""The promise of the inbound half over the real stores: a death at each step, one effect in the end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from apify_camunda.camunda.elements import InboundElement
from apify_camunda.inbound.dynamodb_events import DynamoDBEventLedger
from apify_camunda.registration.dynamodb_registry import DynamoDBRegistry

from tests import builders
from tests.contract.aws import dynamodb_table
from tests.fakes.clock import FrozenClock
from tests.fakes.engine import ANSWER_LOST, UNREACHABLE, Trouble
from tests.fakes.mortal import Lifetime
from tests.fakes.receiver_world import World


@pytest.fixture
def stores() -> Iterator[dict[str, Any]]:
    """Give both stores on empty tables, and their clock."""
    clock = FrozenClock()
    with ExitStack() as stack:
        ledger = stack.enter_context(dynamodb_table("ledger"))
        registry = stack.enter_context(dynamodb_table("registry"))
        yield {
            "clock": clock,
            "ledger": DynamoDBEventLedger(client=ledger, table="ledger", clock=clock),
            "registry": DynamoDBRegistry(client=registry, table="registry", clock=clock),
        }


@pytest.mark.parametrize("step", range(12))
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize(
    ("element", "trouble"),
    [
        pytest.param(builders.plain_start(), ANSWER_LOST, id="start"),
        pytest.param(builders.catch(), UNREACHABLE, id="message"),
    ],
)
def test_receiver_dies(
    stores: dict[str, Any], element: InboundElement, trouble: Trouble, step: int, after: Any
) -> None:
    """A receiver that dies before or after any of its steps leaves exactly one effect in the end."""
    world = World(element, **stores)
    world.engine.troubles = [trouble]

    accepted = world.post(Lifetime(step, after=after))
    world.go_on(accepted=accepted, minutes=12)

    assert world.effects == 1
