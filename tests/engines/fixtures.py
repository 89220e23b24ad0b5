"""Engines for tests, each started once in a test process that asks for it.

What asks for one has the marks `of_engine`, so that one process serves all that ask.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

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


def of_engine(version: str) -> tuple[pytest.MarkDecorator, ...]:
    """Return the marks of a test on the engine "8.8.21" or "8.6.0"."""
    return pytest.mark.engine, pytest.mark.xdist_group(f"camunda-{version}")


ON_BOTH: Final = tuple(pytest.param(version, marks=of_engine(version)) for version in ("8.8.21", "8.6.0"))
"""Parameters of a test on each engine, by its version."""


def engine_named(name: str, request: pytest.FixtureRequest) -> RealEngine:
    """Return the engine "8.8.21" or "8.6.0", which is started unless it runs."""
    fixture = {"8.8.21": "camunda_in_memory", "8.6.0": "camunda_distribution"}[name]
    engine: RealEngine = request.getfixturevalue(fixture)
    return engine
