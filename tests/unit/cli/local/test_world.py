"""What a local world says when a part of it does not start."""

from __future__ import annotations

import json
from typing import Any, cast

import pytest
from apify_camunda_cli.local.world import FunctionFailed, LocalWorld, WorldOptions
from emulators.apify import default_world
from local_aws import Failed, LocalAws


class DyingFunctions:
    """A local AWS whose functions end while they start."""

    def function_name(self, logical_id: str) -> str:
        return logical_id

    def invoke(self, name: str, payload: bytes) -> Failed:
        del name, payload
        said = {"errorType": "Runtime.ExitError", "errorMessage": "Runtime exited with error: exit status 1"}
        log = "START RequestId: 1\nModuleNotFoundError: No module named 'nonsense'\nEND RequestId: 1\n"
        return Failed("Runtime.ExitError", json.dumps(said).encode(), log.encode())


def test_function_that_dies_at_its_start_is_reported_with_its_last_lines() -> None:
    """
    The failure names the function, how it ended, and what it wrote last.
    """
    world = LocalWorld(WorldOptions(world=default_world()), lambda _: None)
    cast(Any, world)._aws = cast(LocalAws, DyingFunctions())

    with pytest.raises(FunctionFailed) as failed:
        world.reconcile()

    assert str(failed.value) == (
        "reconcile_webhooks failed: Runtime.ExitError: Runtime exited with error: exit status 1; "
        "its last lines: ModuleNotFoundError: No module named 'nonsense'"
    )
