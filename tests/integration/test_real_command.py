"""`apify-camunda local --camunda engine`: Camunda 8.6.0 itself, for whoever wants to try a process."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from real_engines import CamundaDistribution, CamundaInMemory
from real_engines.maven import cache

from tests.e2e.command import EXAMPLES, processes_of, run, run_example
from tests.e2e.test_examples import TEA_ITEMS
from tests.engines import available_or_skip

ENGINE = ("--camunda", "engine")
TEA = ("--variables", '{"query": "tea"}')


@pytest.mark.engine
@pytest.mark.xdist_group("camunda-8.6.0")
class TestOnTheEngine:
    @pytest.fixture(autouse=True)
    def fetched(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Let the command, whose HOME is its own, use what was fetched already."""
        available_or_skip(CamundaDistribution)
        monkeypatch.setenv("XDG_CACHE_HOME", str(cache().parent))

    def test_example_runs_to_its_end(self, tmp_path: Path) -> None:
        """
        The process is deployed to the engine and runs there; its story is told as that of the stand-in.
        """
        said = run_example(tmp_path, "async-actor", *ENGINE, *TEA)

        assert (said.exit_code, said.err) == (0, "")
        assert (said.summary["state"], said.summary["variables"]["items"]) == ("ended", TEA_ITEMS)
        assert said.summary["messages_published"] == 1
        assert said.path == [
            *("Start", "RunActor", "Fork", "Confirm", "ActorFinished", "Join", "GetItems", "End"),
        ]
        assert processes_of(tmp_path) == {}

    def test_process_that_does_not_end_says_where_it_stands(self, tmp_path: Path) -> None:
        """
        At the time limit the command tells what the instance waits for, as the engine's records show it.
        """
        endless = json.loads((EXAMPLES / "async-actor.world.json").read_text())
        endless["actors"][0]["runs"][0]["durationSeconds"] = 3600
        world = tmp_path / "endless.world.json"
        world.write_text(json.dumps(endless))
        process = EXAMPLES / "async-actor.bpmn"
        said = run(tmp_path, "--process", process, "--world", world, "--json", *ENGINE, *TEA, "--until", "8")

        assert said.exit_code == 1
        assert said.summary["state"] == "stuck"
        assert "ActorFinished waits for message" in said.summary["reason"]
        assert processes_of(tmp_path) == {}


@pytest.mark.engine
def test_without_maven_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Where the engine cannot be fetched the command ends with one line and exit code 2, and starts nothing.
    """
    available_or_skip(CamundaInMemory)  # a machine without a JDK is told of that first
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", "/nowhere")

    said = run_example(tmp_path, "async-actor", *ENGINE, *TEA)

    assert said.exit_code == 2
    assert said.err.startswith("apify-camunda: --camunda engine cannot be had: The Maven client mvn is not")
    assert said.err.count("\n") == 1
    assert processes_of(tmp_path) == {}
