"""Diagrams as Camunda Modeler leaves them: a field without a value is an input without a source."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from apify_camunda_cli.local.process_file import read_process_file
from emulators.apify import load_world

from tests.e2e.command import EXAMPLES, run
from tests.e2e.test_examples import TABLE, Example, at_path
from tests.engines.fixtures import engine_named, of_engine
from tests.integration.real_world import real_world
from tests.templates.official import as_applied_by_modeler

OPERATIONS = ("run-actor", "run-task", "scrape-single-url", "get-dataset-items", "get-record")
BY_OPERATION = [pytest.param(example, id=example.name) for example in TABLE if example.name in OPERATIONS]


@pytest.mark.parametrize("example", BY_OPERATION)
def test_fields_left_empty_are_as_good_as_absent(tmp_path: Path, example: Example) -> None:
    """Each operation does the same where its optional fields came as null."""
    diagram = tmp_path / "applied.bpmn"
    diagram.write_bytes(as_applied_by_modeler((EXAMPLES / f"{example.name}.bpmn").read_bytes()))
    world = EXAMPLES / f"{example.name}.world.json"
    given = json.dumps(example.given)
    said = run(tmp_path, "--process", diagram, "--world", world, "--variables", given, "--json")
    assert said.exit_code == 0, said.summary
    out = said.summary["variables"]
    assert {path: at_path(out, path) for path in example.variables} == example.variables
    assert said.path == example.path


@pytest.mark.parametrize("version", [pytest.param("8.8.21", marks=of_engine("8.8.21"))])
@pytest.mark.parametrize("example", BY_OPERATION)
def test_so_they_are_on_camundas_engine(
    request: pytest.FixtureRequest, version: str, example: Example
) -> None:
    """The engine hands the empty fields out as null; 8.6 deploys none, and the templates ask for 8.8."""
    content = as_applied_by_modeler(read_process_file(EXAMPLES / f"{example.name}.bpmn").content)
    apify = load_world(EXAMPLES / f"{example.name}.world.json")
    with real_world(engine_named(version, request), content, apify, transport="auto") as world:
        world.start(example.given)
        ended = world.ended()
        assert (ended.state, ended.passed) == ("COMPLETED", example.path)
        assert {path: at_path(ended.variables, path) for path in example.variables} == example.variables
