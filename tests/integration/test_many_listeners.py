"""An event on which many elements listen, on Camunda's own engines, through the functions as deployed."""

from __future__ import annotations

import pytest

from tests.engines.fixtures import engine_named, of_engine
from tests.integration.many_listeners import measure

NUMBER = 201
"""More than one invocation can serve on a loaded machine; docs/operations.md has larger numbers."""
pytestmark = pytest.mark.timeout(600)


@pytest.mark.parametrize(
    ("version", "kind"),
    [
        pytest.param(version, kind, marks=of_engine(version))
        for version, kind in (("8.8.21", "starts"), ("8.6.0", "messages"))
    ],
)
def test_each_listener_is_served_once(request: pytest.FixtureRequest, version: str, kind: str) -> None:
    """
    The receiver answers before Lambda ends it, and each instance is started, or gets its message, once.
    """
    measured = measure(engine_named(version, request), kind, NUMBER)

    assert measured.failures == []
    assert set(measured.answers) <= {200, 202}
    assert sorted(measured.happened.values()) == [1] * NUMBER
    assert measured.states == {"done": NUMBER}
