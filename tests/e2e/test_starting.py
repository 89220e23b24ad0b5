"""A part that dies while the local world starts is reported with its own last lines."""

from __future__ import annotations

from pathlib import Path

import pytest
from apify_camunda_cli.local.world import FunctionFailed, LocalWorld, WorldOptions
from emulators.apify import default_world

from tests.e2e.command import processes_of


def test_emulated_aws_that_dies_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Where moto ends at its start, the failure says so with what it wrote last, and nothing is left running.
    """
    package = tmp_path / "local_aws"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "moto_server.py").write_text("raise SystemExit('a library of it is missing')")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr("local_aws.aws_services._TOOLS", tmp_path)  # where the child's package is

    with (
        pytest.raises(
            FunctionFailed, match=r"moto\) did not start.*; its last lines: a library of it is missing"
        ),
        LocalWorld(WorldOptions(world=default_world()), lambda _: None),
    ):
        pass

    assert processes_of(tmp_path) == {}
