"""A running API for each test."""

from collections.abc import Iterator

import pytest

from tests.unit.emulators.camunda_rest.processes import RunningRest, running_rest


@pytest.fixture
def cluster() -> Iterator[RunningRest]:
    """An API that speaks as 8.10."""
    with running_rest() as api:
        yield api
