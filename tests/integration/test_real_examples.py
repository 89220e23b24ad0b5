"""Each example, unchanged, on Camunda's own engines: the four functions do what they do on the stand-in."""

from __future__ import annotations

import pytest
from apify_camunda_cli.local.process_file import read_process_file
from emulators.apify import load_world

from tests.e2e.command import EXAMPLES
from tests.e2e.test_examples import TABLE, Example, at_path
from tests.engines.fixtures import engine_named, of_engine
from tests.integration.real_world import real_world

BY_NAME = {example.name: example for example in TABLE}
OVER_REST = ("async-actor", "start-event", "run-actor")
"""The kinds of commands that there are: messages, starts of instances, and jobs that wait."""
NEEDS_8_8 = frozenset({"agent-tool"})
"""8.6.0 has no ad-hoc sub-processes."""
NEED_A_DOCUMENT_STORE = frozenset({"documents"})
"""A bare engine has none; `tests/contract/test_document_store_port.py` says what 8.6.0 answers."""
CASES = [
    *(("8.8.21", "auto", example) for example in TABLE if example.name not in NEED_A_DOCUMENT_STORE),
    *(
        ("8.6.0", "auto", example)
        for example in TABLE
        if example.name not in NEEDS_8_8 | NEED_A_DOCUMENT_STORE
    ),
    *(("8.6.0", "rest", BY_NAME[name]) for name in OVER_REST),
]


@pytest.mark.parametrize(
    ("version", "transport", "example"),
    [
        pytest.param(
            version, transport, example, marks=of_engine(version), id=f"{version} {transport} {example.name}"
        )
        for version, transport, example in CASES
    ],
)
def test_example_ends_as_it_should(
    request: pytest.FixtureRequest, version: str, transport: str, example: Example
) -> None:
    """
    The instance ends on the path and with the variables that the diagram promises, and with one effect a run.
    """
    engine = engine_named(version, request)
    process = read_process_file(EXAMPLES / f"{example.name}.bpmn")
    apify = load_world(EXAMPLES / f"{example.name}.world.json")

    with real_world(engine, process.content, apify, transport=transport) as world:
        if process.starts_by_hand:
            world.start(example.given)
        world.let_events_come()
        ended = world.ended()

        assert (ended.state, ended.passed) == ("COMPLETED", example.path)
        assert {path: at_path(ended.variables, path) for path in example.variables} == example.variables
        assert world.messages_to(ended.key) == example.messages
        assert len({step.facts["id"] for step in world.story.all("apify", "run.ready")}) == example.runs
        assert len(world.story.all("reconcile_webhooks", "webhook was created")) == example.webhooks
        assert len(world.instances()) == 1
