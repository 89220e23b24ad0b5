"""Files that are deployed at the start, and again when they are saved."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest
from apify_camunda_cli.errors import UsageError
from apify_camunda_cli.local.cluster import Refused
from apify_camunda_cli.local.steps import Step
from apify_camunda_cli.local.watching import DeployedFiles
from apify_camunda_cli.local.world import FunctionFailed, LocalWorld, last_words


class FakeWorld:
    """Takes every file that does not hold the word `wrong`."""

    def __init__(self) -> None:
        self.deployed: list[tuple[str, bytes]] = []
        self.reconciled = 0
        self.fails = False

    @property
    def cluster(self) -> FakeWorld:
        return self

    def deploy(self, name: str, content: bytes) -> None:
        if b"wrong" in content:
            raise Refused("Expected to deploy, but got the following errors: it is wrong")
        self.deployed.append((name, content))

    def reconcile(self) -> None:
        self.reconciled += 1
        if self.fails:
            raise FunctionFailed("reconcile_webhooks failed: it did")


def files_of(world: FakeWorld, *paths: Path, watches: bool, steps: list[Step]) -> DeployedFiles:
    return DeployedFiles(cast(LocalWorld, world), paths, watches=watches, report=steps.append)


def told(steps: list[Step]) -> list[tuple[str, Any]]:
    return [(step.what, step.facts.get("reason")) for step in steps]


def test_saved_file_is_deployed_again(tmp_path: Path) -> None:
    """
    A file is deployed at the start, and again once for each other content; its webhooks are reconciled.
    """
    path, world, steps = tmp_path / "a.bpmn", FakeWorld(), list[Step]()
    path.write_bytes(b"one")
    files = files_of(world, path, watches=True, steps=steps)
    files.deploy()
    files.redeploy_saved()
    path.write_bytes(b"one")  # saved, unchanged
    files.redeploy_saved()
    assert world.deployed == [("a.bpmn", b"one")]

    path.write_bytes(b"two")
    files.redeploy_saved()
    files.redeploy_saved()

    assert world.deployed == [("a.bpmn", b"one"), ("a.bpmn", b"two")]
    assert world.reconciled == 1
    assert told(steps) == [("file.deployed", None), ("file.deployed", None)]


def test_wrong_file_is_reported_and_can_be_corrected(tmp_path: Path) -> None:
    """
    A file that is refused, at the start or later, or that is not there, ends nothing where it is watched.
    """
    path, world, steps = tmp_path / "a.bpmn", FakeWorld(), list[Step]()
    path.write_bytes(b"wrong")
    files = files_of(world, path, watches=True, steps=steps)
    files.deploy()
    path.unlink()
    files.redeploy_saved()
    path.write_bytes(b"")  # an editor has just begun to write
    files.redeploy_saved()
    path.write_bytes(b"right")
    world.fails = True
    files.redeploy_saved()

    assert world.deployed == [("a.bpmn", b"right")]
    assert told(steps) == [
        ("file.refused", "it is wrong"),
        ("file.deployed", None),
        ("reconciliation.failed", "reconcile_webhooks failed: it did"),
    ]


def test_wrong_file_that_is_not_watched_is_refused(tmp_path: Path) -> None:
    """
    Without --watch a refused file ends the run with the file and the reason.
    """
    path, steps = tmp_path / "a.bpmn", list[Step]()
    path.write_bytes(b"wrong")
    with pytest.raises(UsageError, match=r"a\.bpmn cannot be deployed: it is wrong"):
        files_of(FakeWorld(), path, watches=False, steps=steps).deploy()


def test_last_words_are_the_childs_own() -> None:
    """
    Of what a child wrote, its own last lines are shown: neither Lambda's lines nor records of our log.
    """
    lines = [
        "START RequestId: 1 Version: $LATEST",
        '{"level": "INFO", "message": "job was started"}',
        "Traceback (most recent call last):",
        "ModuleNotFoundError: No module named 'nonsense'",
        "END RequestId: 1",
    ]
    assert last_words(lines) == (
        "; its last lines: Traceback (most recent call last): | "
        "ModuleNotFoundError: No module named 'nonsense'"
    )
    assert last_words(["", "END RequestId: 1"]) == ""
