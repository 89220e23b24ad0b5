"""A running face for each test."""

from collections.abc import Iterator

import pytest

from tests.unit.emulators.camunda_rest.processes import RunningFace, running_face


@pytest.fixture
def cluster() -> Iterator[RunningFace]:
    """A face that speaks as 8.10."""
    with running_face() as face:
        yield face
