"""Foreign clients, each started once in a test process that asks for it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.clients.judged import EACH_KIND, Judged, judged_as
from tests.clients.sdk import Sdk, connected


@pytest.fixture(scope="session", params=EACH_KIND)
def judged(request: pytest.FixtureRequest) -> Iterator[Judged]:
    """The stand-in with Camunda's connector runtime at work for it."""
    with judged_as(request.param) as world:
        yield world


@pytest.fixture
def sdk() -> Iterator[Sdk]:
    """Camunda's Python client, connected to the stand-in's REST API."""
    with connected() as connection:
        yield connection


@pytest.fixture
def name(request: pytest.FixtureRequest) -> str:
    """Return a name that no other test uses: a runtime serves all of a test process."""
    return "".join(c if c.isalnum() else "-" for c in request.node.name)
