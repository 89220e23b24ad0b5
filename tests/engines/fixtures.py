"""Engines for tests, each started once in a test process that asks for it.

What asks for one is marked `engine`, and with `xdist_group` so that one process serves all that ask.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from real_engines import CamundaDistribution, CamundaInMemory, DynamoDBLocal, RealEngine

from tests.engines.availability import available_or_skip


@pytest.fixture(scope="session")
def camunda_in_memory() -> Iterator[CamundaInMemory]:
    """Camunda's engine 8.8.21, in memory."""
    with available_or_skip(CamundaInMemory) as engine:
        yield engine


@pytest.fixture(scope="session")
def camunda_distribution() -> Iterator[CamundaDistribution]:
    """Camunda 8.6.0 as it is in production."""
    with available_or_skip(CamundaDistribution) as engine:
        yield engine


@pytest.fixture(scope="session")
def dynamodb_local() -> Iterator[DynamoDBLocal]:
    """Amazon's own DynamoDB Local."""
    with available_or_skip(DynamoDBLocal) as server:
        yield server


def engine_named(name: str, request: pytest.FixtureRequest) -> RealEngine:
    """Return the engine "8.8.21" or "8.6.0", which is started unless it runs."""
    fixture = {"8.8.21": "camunda_in_memory", "8.6.0": "camunda_distribution"}[name]
    engine: RealEngine = request.getfixturevalue(fixture)
    return engine
