"""Starts whose answers are lost, over REST and a search that lags behind: once, or visibly in doubt."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from apify_camunda.identifiers import DefinitionKey
from emulators.camunda.rest import Cut, Problem

from tests import builders
from tests.contract.camunda_targets import REST_VERSIONS, START, Target, target
from tests.fakes.clock import FrozenClock
from tests.fakes.event_ledger import FakeEventLedger
from tests.fakes.inbound_flows import InboundPorts
from tests.fakes.metrics import FakeMetrics
from tests.fakes.parking import FakeParking
from tests.fakes.registry import FakeRegistry
from tests.fakes.secret_source import FakeSecretSource
from tests.unit.emulators.camunda_rest.processes import straight_process

PROCESS = "orders"
A_MINUTE = timedelta(minutes=1)


class World:
    """A receiver and a deliverer beside a cluster; both clocks go together."""

    def __init__(self, cluster: Target) -> None:
        self.cluster = cluster
        self.clock = FrozenClock(START)
        self.ledger = FakeEventLedger()
        self.metrics = FakeMetrics()
        [self._definition] = cluster.deploy(straight_process(PROCESS))
        self._parking = FakeParking(self.clock)
        registry = FakeRegistry()
        self._flows = InboundPorts(
            commands=cluster.commands,
            search=cluster.search,
            ledger=self.ledger,
            registry=registry,
            parking=self._parking,
            secrets=FakeSecretSource(),
            clock=self.clock,
            metrics=self.metrics,
        )
        listener = builders.plain_start(
            process_id=PROCESS, definition_key=DefinitionKey(self._definition.key)
        )
        cluster.run(registry.set_listeners(builders.ROUTE, (listener,)))

    def lose_the_answer(self, cut: Cut) -> None:
        """Let an event come whose start is not answered."""
        self.cluster.api.faults.add("createProcessInstance", cut)
        reply = self.cluster.run(self._flows.receiver()(builders.request()))
        assert reply.status == 202

    def pass_minutes(self, minutes: int, *, bystanders: bool = False) -> None:
        """Let time pass and the queue be worked; with bystanders others start the process each minute."""
        for _ in range(minutes):
            self.clock.advance(A_MINUTE)
            self.cluster.engine.advance_clock(A_MINUTE)
            if bystanders:
                self.cluster.engine.create_instance(process_id=PROCESS)
            messages = self._parking.receive()
            stay = self.cluster.run(self._flows.deliverer()(messages, self._flows.deadline()))
            for message in messages:
                if message.id not in stay:
                    self._parking.delete(message.id)

    @property
    def ours(self) -> int:
        """Return how many instances our event has, shown or not."""
        lag, self.cluster.engine.search_lag = self.cluster.engine.search_lag, timedelta()
        instances = self.cluster.engine.process_instances()
        self.cluster.engine.search_lag = lag
        return sum(bool(each.tags) for each in instances)

    @property
    def is_in_doubt(self) -> bool:
        return bool(self.cluster.run(self.ledger.unresolved()))


@pytest.fixture(params=REST_VERSIONS)
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    with target(request.param) as cluster:
        yield World(cluster)


@pytest.mark.parametrize("cut", Cut, ids=lambda cut: cut.name)
def test_a_search_that_lags_for_an_hour_makes_no_second_start(world: World, cut: Cut) -> None:
    """For as long as the index does not show what came later the effect is in doubt; then it is done once."""
    world.cluster.engine.search_lag = timedelta(hours=1)
    world.lose_the_answer(cut)

    world.pass_minutes(60, bystanders=True)
    assert world.ours == (1 if cut is Cut.AFTER_EFFECT else 0)
    assert world.is_in_doubt
    assert world.metrics.counted["EffectsInDoubt"] > 0

    world.pass_minutes(60, bystanders=True)
    assert world.ours == 1
    assert not world.is_in_doubt


def test_where_nothing_else_happens_the_doubt_stays(world: World) -> None:
    """On a cluster at rest nothing proves that the index is whole, until something begins."""
    world.lose_the_answer(Cut.BEFORE_EFFECT)

    world.pass_minutes(60)
    assert world.ours == 0
    assert world.is_in_doubt

    world.pass_minutes(1, bystanders=True)
    world.pass_minutes(30)
    assert world.ours == 1
    assert not world.is_in_doubt


def test_a_search_that_is_away_for_a_moment_is_asked_again(world: World) -> None:
    """A page of a proxy before Camunda says nothing about Camunda's search."""
    world.lose_the_answer(Cut.AFTER_EFFECT)
    world.cluster.api.faults.add("searchProcessInstances", Problem(503, "Service Unavailable", "reset"))

    world.pass_minutes(30)

    assert world.ours == 1
    assert not world.is_in_doubt
