"""One cluster a test."""

import pytest

from tests.unit.emulators.camunda.cluster import Cluster


@pytest.fixture
def cluster() -> Cluster:
    return Cluster()
