"""What it costs to keep the waiting versions of 10,000 processes listening: questions in each tick."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from apify_camunda.camunda.model import ProcessDefinition
from apify_camunda.identifiers import DEFAULT_TENANT, DefinitionKey
from apify_camunda.platform.deadline import Deadline
from apify_camunda.registration.domain.definitions import ScannedDefinition
from apify_camunda.registration.domain.deployed import Deployed
from apify_camunda.registration.flows.scan_definitions import ScanConfig, ScanDefinitions

from tests import builders
from tests.event_loop import run_async
from tests.fakes.catalog import FakeCatalog
from tests.fakes.clock import FrozenClock
from tests.fakes.registry import FakeRegistry

MANY = 10_000
ROUND = 10
ELEMENT = builders.catch()
A_MINUTE = timedelta(minutes=1)


class Cluster:
    """10,000 processes that were all read: an older version that was seen to wait lately, and the newest."""

    def __init__(self, *, lists_waiting: bool) -> None:
        self.clock = FrozenClock()
        self.catalog = CountingCatalog(lists_waiting=lists_waiting)
        registry = FakeRegistry()
        self._scan = ScanDefinitions(
            catalog=self.catalog,
            registry=registry,
            clock=self.clock,
            config=ScanConfig(inbound_type="in", probes=MANY // ROUND),
        )
        seen = self.clock.now() - timedelta(minutes=50)
        older = [version_of(number, 1) for number in range(MANY)]
        self.catalog.newest = [version_of(number, 2) for number in range(MANY)]
        self.older = [each.key for each in older]

        async def remember() -> None:
            for each in (*older, *self.catalog.newest):
                place = {"definition_key": each.key, "version": each.version}
                last_waiting = seen if each.version == 1 else None
                scanned = ScannedDefinition(
                    each, (ELEMENT.model_copy(update=place),), last_waiting=last_waiting
                )
                await registry.save_definition("cluster1", scanned)

        run_async(remember())

    def tick(self) -> Deployed:
        self.clock.advance(A_MINUTE)
        return run_async(self._scan(Deadline(self.clock.now() + timedelta(minutes=5))))


def version_of(number: int, version: int) -> ProcessDefinition:
    process_id = f"process-{number}"
    key = DefinitionKey(2 * number + version)
    return ProcessDefinition(key=key, process_id=process_id, version=version, tenant_id=DEFAULT_TENANT)


class CountingCatalog(FakeCatalog):
    """Counts the questions that are no pages of a list."""

    def __init__(self, *, lists_waiting: bool) -> None:
        super().__init__(lists_waiting=lists_waiting)
        self.newest: list[ProcessDefinition] = []
        self.single_questions = 0

    async def latest_definitions(self) -> AsyncIterator[ProcessDefinition]:
        for each in self.newest:
            yield each

    async def has_instances(self, key: DefinitionKey) -> bool:
        self.single_questions += 1
        return await super().has_instances(key)

    async def xml(self, key: DefinitionKey) -> str | None:
        self.single_questions += 1
        return await super().xml(key)

    async def definition(self, key: DefinitionKey) -> ProcessDefinition | None:
        self.single_questions += 1
        return await super().definition(key)


@pytest.mark.parametrize("lists_waiting", [True, False])
def test_10_000_definitions_cost_a_bounded_number_of_questions(lists_waiting: bool) -> None:  # noqa: FBT001 - a column
    """Each tick asks at most for the configured number of single versions; live ones listen without a gap."""
    cluster = Cluster(lists_waiting=lists_waiting)
    cluster.catalog.correlated.update(cluster.older)
    alive = {cluster.older[7], cluster.older[-1]}
    cluster.catalog.alive.update(alive)

    listening: list[set[DefinitionKey]] = []
    for _ in range(ROUND + 2):
        cluster.catalog.single_questions = 0
        elements = cluster.tick().elements
        assert cluster.catalog.single_questions == MANY // ROUND
        listening.append({each.definition_key for each in elements if each.version == 1})

    assert all(alive <= each for each in listening)
    assert listening[-1] == alive
